//! Uploads: from the socket to the disk through a short queue, never whole in memory.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use engine::control::handle::Added;
use engine::library::model::MediaState;
use engine::{Error, Handle};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::options::App;
use crate::problem::Problem;
use crate::wire::media::{Media, UploadForm};

/// How long a client may send nothing.
const SILENCE: Duration = Duration::from_secs(30);
/// How long the answer is held back, so that scripts usually get the final state.
const SETTLE: Duration = Duration::from_secs(3);
/// How long the rest of a refused file is read, for clients that look at the answer only after
/// they have sent everything.
const REST: Duration = Duration::from_secs(2);
/// How long an upload waits for its turn.
const TURN: Duration = Duration::from_secs(10);
/// Pieces between socket and disk; when full, the client waits.
const QUEUE: usize = 8;

enum Step {
    Bytes(Bytes),
    Finish,
}

/// Adds a media file. The answer may come before the file has been looked at: `state` is
/// `processing` then, and an event tells the rest. A file that cannot be shown is `rejected`.
#[utoipa::path(
    post, path = "/api/media", tag = "media",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "The same content was there already", body = Media),
        (
            status = 201, description = "The media file", body = Media,
            headers(("Location" = String)),
        ),
        (status = 400, description = "No file came", body = Problem),
        (status = 413, description = "Too large", body = Problem),
        (status = 415, description = "Not multipart/form-data", body = Problem),
        (status = 507, description = "The disk is full", body = Problem),
    ),
)]
pub(super) async fn add(
    State(app): State<App>,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let form = form.map_err(|_| {
        let found = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Problem::media_type(found.unwrap_or_default(), "multipart/form-data with a part \"file\"")
    })?;
    let Ok(Ok(_turn)) = timeout(TURN, app.uploads.clone().acquire_owned()).await else {
        return Err(Error::Busy { part: "another upload" }.into());
    };
    let Added { media, existed } = receive(&app.handle, form).await?;
    let media = match media.state {
        // It may be deleted while we wait; then the answer tells what was made.
        MediaState::Processing => {
            app.handle.media_settled(&media.id, SETTLE).await.unwrap_or(media)
        }
        MediaState::Ready | MediaState::Rejected => media,
    };
    let location = AppendHeaders([(header::LOCATION, format!("/api/media/{}", media.id))]);
    let status = if existed { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, location, axum::Json(Media::from(media))).into_response())
}

async fn receive(handle: &Handle, mut form: Multipart) -> Result<Added, Problem> {
    let first = next_field(&mut form).await.map_err(|problem| problem.about("file", None))?;
    let Some(mut field) = first else {
        return Err(missing("there is no part \"file\""));
    };
    if field.name() != Some("file") {
        let found = field.name().unwrap_or_default();
        return Err(missing(&format!("the file has to be in part \"file\", not \"{found}\"")));
    }
    let name = field.file_name().unwrap_or("unnamed").to_owned();
    let (steps, queue) = mpsc::channel(QUEUE);
    // Should this future be dropped (the client is gone), the queue closes without a `Finish`, and
    // the upload is dropped with all that it had written.
    let writer = tokio::task::spawn_blocking({
        let handle = handle.clone();
        move || write(&handle, &name, queue)
    });
    let bytes = feed(&mut field, &steps).await?;
    if steps.is_closed() {
        let _ = timeout(REST, async { while let Ok(Some(_)) = field.chunk().await {} }).await;
        return outcome(writer).await;
    }
    if bytes == 0 {
        return Err(missing("the part \"file\" is empty"));
    }
    drop(field);
    if let Some(field) = next_field(&mut form).await? {
        let found = field.name().unwrap_or_default();
        return Err(Problem::bad_request(format!(
            "one file is taken at a time and nothing else, but there is a further part \"{found}\""
        ))
        .about(found, None));
    }
    // If the writer has just failed nobody hears this, and the outcome says why.
    let _ = steps.send(Step::Finish).await;
    outcome(writer).await
}

/// Hands the part to the writer until its end, or until the writer has given up.
async fn feed(field: &mut Field<'_>, steps: &mpsc::Sender<Step>) -> Result<u64, Problem> {
    let mut bytes = 0;
    while let Some(chunk) = heard(timeout(SILENCE, field.chunk()).await)? {
        bytes += chunk.len() as u64;
        if steps.send(Step::Bytes(chunk)).await.is_err() {
            break;
        }
    }
    Ok(bytes)
}

/// Runs where waiting for the disk holds nobody. None if the client went away.
fn write(
    handle: &Handle,
    name: &str,
    mut queue: mpsc::Receiver<Step>,
) -> Result<Option<Added>, Error> {
    let mut upload = handle.upload(name, None)?;
    while let Some(step) = queue.blocking_recv() {
        match step {
            Step::Bytes(bytes) => upload.write(&bytes)?,
            Step::Finish => return upload.finish().map(Some),
        }
    }
    Ok(None)
}

async fn outcome(writer: JoinHandle<Result<Option<Added>, Error>>) -> Result<Added, Problem> {
    match writer.await {
        Ok(Ok(Some(added))) => Ok(added),
        Ok(Ok(None)) => Err(Problem::internal("the writer of an upload ended without a file")),
        Ok(Err(error)) => Err(error.into()),
        Err(error) => Err(Problem::internal(error)),
    }
}

async fn next_field(form: &mut Multipart) -> Result<Option<Field<'_>>, Problem> {
    heard(timeout(SILENCE, form.next_field()).await)
}

fn heard<T>(
    heard: Result<Result<T, MultipartError>, tokio::time::error::Elapsed>,
) -> Result<T, Problem> {
    match heard {
        Ok(Ok(value)) => Ok(value),
        // Whatever it is, it came from the client: a form cut off or put together wrongly.
        Ok(Err(error)) => {
            Err(Problem::bad_request(format!("the form cannot be read: {}", error.body_text())))
        }
        Err(_) => Err(Problem::too_slow(format!(
            "nothing came for {} seconds, the upload was given up",
            SILENCE.as_secs()
        ))),
    }
}

fn missing(detail: &str) -> Problem {
    Problem::bad_request(format!("{detail}; send one as multipart/form-data")).about("file", None)
}
