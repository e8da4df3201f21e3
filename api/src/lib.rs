//! HTTP and WebSocket: translates between the wire and [`engine::Handle`], decides nothing and
//! holds no state but what a connection needs.
//!
//! - `routes`: one file per resource; the table of routes alone in `routes/mod.rs`
//! - `wire`: what is read from and written to the network, apart from the engine's types
//! - `stream`: the two WebSockets
//! - `problem`: every error as an RFC 9457 document
//! - `guard`: who may speak to us at all
//! - `assets`: the web interface
//! - `serve`: sockets, limits, the end
//! - `alive`: whether all of this still answers

mod alive;
mod assets;
mod etag;
mod extract;
mod guard;
mod options;
mod problem;
mod routes;
mod serve;
mod stream;
mod wire;

pub use alive::answers;
pub use assets::ui_is_stub;
pub use axum::Router;
pub use options::Options;
pub use routes::{openapi_json, router};
pub use serve::serve;
