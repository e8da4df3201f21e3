//! The library: media, playlists and what was last wished for, kept on disk.

pub mod model;
