//! How the daemon ends.

use rustix::process::Signal;
use serde_json::json;

use crate::fixture::{Fixture, SOON, ddp};
use crate::process;
use crate::receiver::Receiver;

#[tokio::test]
async fn black_goes_out_to_every_output_before_the_daemon_ends() {
    for signal in [Signal::TERM, Signal::INT] {
        let left = Receiver::open(1024);
        let right = Receiver::open(1024);
        let outputs = [
            ddp("left", left.address(), "leds = \"0..1024\""),
            ddp("right", right.address(), "leds = \"1024..2048\""),
        ];
        let mut fixture = Fixture::start(&outputs.concat()).await;
        fixture.play(json!([{"kind": "color", "color": "#FFFFFF"}]), true).await;
        for receiver in [&left, &right] {
            receiver.next(SOON, "light", |frame| frame.is_all([204; 3])).await;
        }
        let first = [left.count(), right.count()];
        process::send(fixture.pid(), signal);
        for (receiver, first) in [&left, &right].into_iter().zip(first) {
            receiver.find(first, SOON, "black", |frame| frame.is_black() && frame.whole).await;
        }
        // Checks that it ends in time, and what it leaves. Nothing is lit after the black.
        fixture.end();
        for receiver in [&left, &right] {
            let frames = receiver.since(0);
            assert!(frames.last().unwrap().is_black());
        }
    }
}

#[tokio::test]
async fn open_event_sockets_and_slow_clients_do_not_hold_up_the_end() {
    let mut fixture = Fixture::start("").await;
    let mut events = Vec::new();
    for _ in 0..8 {
        events.push(fixture.events().await);
    }
    // A client that has begun a request and says no more.
    let mut slow = tokio::net::TcpStream::connect(fixture.address()).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut slow, b"POST /api/media HTTP/1.1\r\nHost: ")
        .await
        .unwrap();
    fixture.end();
}
