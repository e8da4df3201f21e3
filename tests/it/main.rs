//! Tests of the whole daemon: the real program, real processes, real sockets.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tests print what they measured")]
#![allow(clippy::unwrap_used, reason = "these are tests")]

mod alone;
mod clip;
mod corpus;
mod death;
mod events;
mod film;
mod fixture;
mod gap;
mod hostile;
mod kills;
mod light;
mod live;
mod moment;
mod motion;
mod neighbour;
mod player;
mod process;
mod receiver;
mod sandbox;
mod start;
mod stop;
mod tidy;
