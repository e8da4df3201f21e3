//! HTTP and WebSockets against a real engine, and what never reaches one.

// Clippy takes only functions marked as tests for tests; their helpers may unwrap as well.
#![allow(clippy::unwrap_used)]

mod fixture;
mod guards;
mod library;
mod lifetime;
mod media;
mod metrics;
mod openapi;
mod page;
mod player;
mod problems;
mod streams;
