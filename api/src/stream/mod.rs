//! WebSockets: one viewer's connection, its limits and its end.

pub(crate) mod events;
pub(crate) mod preview;

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use crate::problem::Problem;
use crate::serve::Connection;

/// How often a viewer is asked whether it is still there.
const PING: Duration = Duration::from_secs(20);
/// Unanswered questions after which it is not.
const SILENT_PINGS: u32 = 2;
/// How long one message may take to be sent; a slower viewer is let go.
const SEND: Duration = Duration::from_secs(10);
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_millis(200);
/// Viewers say next to nothing.
const MESSAGE_LIMIT: usize = 4096;

/// A request to become a WebSocket, refused with a problem document.
pub(crate) struct Upgrade {
    upgrade: WebSocketUpgrade,
    connection: Option<Connection>,
}

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let connection = parts.extensions.get().cloned();
        match WebSocketUpgrade::from_request_parts(parts, state).await {
            Ok(upgrade) => Ok(Self { upgrade, connection }),
            Err(rejection) => Err(refusal(&rejection)),
        }
    }
}

fn refusal(rejection: &WebSocketUpgradeRejection) -> Problem {
    use WebSocketUpgradeRejection::{InvalidConnectionHeader, InvalidUpgradeHeader};
    let status = match rejection {
        InvalidConnectionHeader(_) | InvalidUpgradeHeader(_) => StatusCode::UPGRADE_REQUIRED,
        other => other.status(),
    };
    Problem::refused(status, format!("this address is a WebSocket: {}", rejection.body_text()))
}

impl Upgrade {
    /// Answers the request and runs `talk` on the socket.
    pub(crate) fn run<F, Fut>(self, talk: F) -> Response
    where
        F: FnOnce(Viewer) -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), Gone>> + Send + 'static,
    {
        let connection = self.connection;
        self.upgrade.max_message_size(MESSAGE_LIMIT).max_frame_size(MESSAGE_LIMIT).on_upgrade(
            async move |socket| {
                let mut ping = interval(PING);
                ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
                ping.reset();
                let viewer = Viewer { socket, connection, ping, unanswered: 0 };
                // There is nobody left to tell.
                let _gone = talk(viewer).await;
            },
        )
    }
}

/// The viewer is gone, was let go, or the daemon ends.
#[derive(Debug)]
pub(crate) struct Gone;

/// One viewer's socket.
pub(crate) struct Viewer {
    socket: WebSocket,
    connection: Option<Connection>,
    ping: Interval,
    unanswered: u32,
}

impl Viewer {
    /// Sends one message. A viewer that does not take it in time is gone.
    pub(crate) async fn send(&mut self, message: Message) -> Result<(), Gone> {
        let sent = tokio::select! {
            sent = timeout(SEND, self.socket.send(message)) => sent,
            () = closing(&mut self.connection) => return self.farewell().await,
        };
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    /// Returns when the viewer has said something. May be dropped and called again.
    pub(crate) async fn said(&mut self) -> Result<(), Gone> {
        loop {
            tokio::select! {
                message = self.socket.recv() => {
                    self.unanswered = 0;
                    match message {
                        Some(Ok(Message::Text(_) | Message::Binary(_))) => return Ok(()),
                        // The library answers pings by itself.
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Gone),
                    }
                }
                _ = self.ping.tick() => {
                    if self.unanswered == SILENT_PINGS {
                        return Err(Gone);
                    }
                    self.unanswered += 1;
                    self.send(Message::Ping(Vec::new().into())).await?;
                }
                () = closing(&mut self.connection) => return self.farewell().await,
            }
        }
    }

    async fn farewell(&mut self) -> Result<(), Gone> {
        let frame = CloseFrame { code: close_code::AWAY, reason: "the daemon ends".into() };
        let _ = timeout(FAREWELL, self.socket.send(Message::Close(Some(frame)))).await;
        Err(Gone)
    }
}

async fn closing(connection: &mut Option<Connection>) {
    match connection {
        Some(connection) => connection.closing().await,
        None => std::future::pending().await,
    }
}
