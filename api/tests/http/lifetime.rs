//! The API ends in time, whoever holds on to it.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::fixture::{Fixture, PATIENCE};

const A_SECOND: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn open_sockets_are_told_goodbye() {
    let mut fixture = Fixture::start().await;
    let mut sockets = Vec::new();
    for path in ["/api/events", "/api/preview"] {
        sockets.push(fixture.socket(path, None).await.unwrap());
    }
    timeout(A_SECOND, fixture.end()).await.expect("the API did not end within a second");
    for mut socket in sockets {
        let goodbye = async {
            loop {
                match socket.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => return u16::from(frame.code),
                    Some(Ok(_)) => {}
                    other => panic!("{other:?}"),
                }
            }
        };
        assert_eq!(timeout(PATIENCE, goodbye).await.unwrap(), 1001);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_dawdle_do_not_hold_up_the_end() {
    let mut fixture = Fixture::start().await;
    let mut dawdlers = Vec::new();
    let upload = "POST /api/media HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999\r\n\
        Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx";
    for sent in ["", "GET /api/sta", "GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", upload]
    {
        let mut stream = TcpStream::connect(fixture.address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        dawdlers.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    timeout(A_SECOND, fixture.end()).await.expect("the API did not end within a second");
    assert!(TcpStream::connect(fixture.address).await.is_err(), "the port is still open");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_ask_nothing_give_their_places_back() {
    let fixture = Fixture::start().await;
    let mut steady = TcpStream::connect(fixture.address).await.unwrap();
    ask(&mut steady).await;
    let mut silent = Vec::new();
    for i in 0..255 {
        let mut stream = TcpStream::connect(fixture.address).await.unwrap();
        if i % 2 == 0 {
            stream.write_all(b"GET /api/status HT").await.unwrap();
        }
        silent.push(stream);
    }
    let mut newcomer = TcpStream::connect(fixture.address).await.unwrap();
    timeout(PATIENCE, ask(&mut newcomer)).await.expect("no place came free");
    let mut rest = Vec::new();
    for mut stream in silent {
        let end = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        // The end, or a reset for what had been sent.
        end.expect("a silent connection was kept").ok();
    }
    // Who has asked once may be idle for longer.
    ask(&mut steady).await;
}

/// Asks for the status, and waits for the head of the answer; reads what comes with it.
async fn ask(stream: &mut TcpStream) {
    let request = b"HEAD /api/status HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "closed without an answer");
    }
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
}
