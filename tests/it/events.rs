//! A reader of the events socket.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub(crate) struct Events {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    last_seq: u64,
}

impl Events {
    /// Opens the socket; the snapshot that comes first has been read.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let (socket, _) = connect_async(format!("ws://{address}/api/events")).await.unwrap();
        let mut events = Self { socket, last_seq: 0 };
        let snapshot = events.read().await;
        assert_eq!(snapshot["type"], "snapshot");
        assert!(snapshot["state"]["version"].is_string(), "{snapshot}");
        events.last_seq = snapshot["seq"].as_u64().unwrap();
        events
    }

    /// The next event. None is lost and none comes twice.
    async fn next(&mut self) -> Value {
        let event = self.read().await;
        let seq = event["seq"].as_u64().unwrap();
        assert_eq!(seq, self.last_seq + 1, "{event}");
        self.last_seq = seq;
        event
    }

    /// Every event from now on until told to end.
    pub(crate) async fn all_until(mut self, end: tokio::sync::oneshot::Receiver<()>) -> Vec<Value> {
        let mut all = Vec::new();
        tokio::pin!(end);
        loop {
            tokio::select! {
                event = self.next() => all.push(event),
                _ = &mut end => return all,
            }
        }
    }

    /// Waits for an event of this type.
    pub(crate) async fn of_type(&mut self, kind: &str, limit: Duration) -> Value {
        let mut others = Vec::new();
        let found = tokio::time::timeout(limit, async {
            loop {
                let event = self.next().await;
                if event["type"] == kind {
                    return event;
                }
                others.push(event);
            }
        });
        match found.await {
            Ok(event) => event,
            Err(_) => panic!("no event \"{kind}\" within {limit:?}, but {others:#?}"),
        }
    }

    async fn read(&mut self) -> Value {
        loop {
            match self.socket.next().await.expect("the socket is open").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}
