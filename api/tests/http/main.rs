//! HTTP and WebSockets against a real engine, and what never reaches one.

mod fixture;
mod guards;
mod library;
mod lifetime;
mod media;
mod openapi;
mod page;
mod player;
mod problems;
mod streams;
