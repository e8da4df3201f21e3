//! The events socket: everything as it is, then every change.

use axum::extract::State;
use axum::extract::ws::Message;
use axum::response::Response;
use engine::Handle;
use tokio::sync::broadcast::error::RecvError;

use super::{Gone, Upgrade, Viewer};
use crate::problem::Problem;
use crate::wire::event;

/// A WebSocket that tells everything as it is, then every change. A reader that is too slow gets
/// everything as it is again. What the client says is not read.
#[utoipa::path(
    get, path = "/api/events", tag = "streams",
    responses(
        (
            status = 101, description = "Text messages of this form follow",
            body = event::Message,
        ),
        (status = 403, description = "A page of another site", body = Problem),
        (status = 426, description = "Not a WebSocket", body = Problem),
    ),
)]
pub(crate) async fn open(State(handle): State<Handle>, upgrade: Upgrade) -> Response {
    upgrade.run(|viewer| tell(viewer, handle))
}

async fn tell(mut viewer: Viewer, handle: Handle) -> Result<(), Gone> {
    loop {
        let subscription = handle.subscribe();
        let mut changes = subscription.changes;
        let snapshot = event::Message::snapshot(subscription.seq, subscription.state);
        viewer.send(text(&snapshot)?).await?;
        loop {
            let change = tokio::select! {
                change = changes.recv() => change,
                said = viewer.said() => {
                    said?;
                    continue;
                }
            };
            match change {
                Ok(change) => viewer.send(text(&event::Message::from(change))?).await?,
                Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return Err(Gone),
            }
        }
    }
}

fn text(message: &event::Message) -> Result<Message, Gone> {
    match serde_json::to_string(message) {
        Ok(text) => Ok(Message::Text(text.into())),
        Err(error) => {
            tracing::error!(%error, "an event could not be written as JSON");
            Err(Gone)
        }
    }
}
