//! Media files.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::Handle;

use super::file;
use crate::extract::{self, Id, Parameters};
use crate::problem::Problem;
use crate::wire::media::{Media, MediaChange};
use crate::wire::{Listed, PageParameters};

/// Media files, newest first. Sorts by `name`, `created_at`, `bytes` and `kind`.
#[utoipa::path(
    get, path = "/api/media", tag = "media",
    params(PageParameters),
    responses(
        (status = 200, description = "The media files", body = Listed<Media>),
        (status = 400, description = "A parameter that cannot be used", body = Problem),
    ),
)]
pub(super) async fn list(
    State(handle): State<Handle>,
    parameters: Parameters,
) -> Result<Json<Listed<Media>>, Problem> {
    let listed = handle.media_list(parameters.page()?).await?;
    Ok(Json(Listed::from_engine(listed)))
}

/// One media file.
#[utoipa::path(
    get, path = "/api/media/{id}", tag = "media",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The media file", body = Media),
        (status = 404, description = "There is no such file", body = Problem),
    ),
)]
pub(super) async fn read(State(handle): State<Handle>, Id(id): Id) -> Result<Json<Media>, Problem> {
    Ok(Json(handle.media(&id).await?.into()))
}

/// Gives a media file another name.
#[utoipa::path(
    patch, path = "/api/media/{id}", tag = "media",
    params(("id" = String, Path)),
    request_body = MediaChange,
    responses(
        (status = 200, description = "The media file as it is now", body = Media),
        (status = 404, description = "There is no such file", body = Problem),
        (status = 422, description = "A name that cannot be used", body = Problem),
    ),
)]
pub(super) async fn change(
    State(handle): State<Handle>,
    Id(id): Id,
    extract::Json(change): extract::Json<MediaChange>,
) -> Result<Json<Media>, Problem> {
    Ok(Json(handle.rename_media(&id, change.name).await?.into()))
}

/// Deletes a media file.
#[utoipa::path(
    delete, path = "/api/media/{id}", tag = "media",
    params(
        ("id" = String, Path),
        ("force" = Option<bool>, Query, description = "Also if playlists use it"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "There is no such file", body = Problem),
        (status = 409, description = "Playlists use it", body = Problem),
    ),
)]
pub(super) async fn delete(
    State(handle): State<Handle>,
    Id(id): Id,
    parameters: Parameters,
) -> Result<StatusCode, Problem> {
    handle.delete_media(&id, parameters.switch("force")?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A small picture of a ready media file.
#[utoipa::path(
    get, path = "/api/media/{id}/thumbnail", tag = "media",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The picture", body = [u8], content_type = "image/png"),
        (status = 304, description = "The caller has it"),
        (status = 404, description = "There is no such file, or no picture of it", body = Problem),
    ),
)]
pub(super) async fn thumbnail(
    State(handle): State<Handle>,
    Id(id): Id,
    request: Request,
) -> Result<Response, Problem> {
    let path = handle.media_thumbnail(&id).await?;
    let answer = file::Answer { path, content_type: "image/png", cache: "private, max-age=86400" };
    answer.to(request).await
}

/// The uploaded bytes exactly. Ranges are understood.
#[utoipa::path(
    get, path = "/api/media/{id}/content", tag = "media",
    params(
        ("id" = String, Path),
        ("Range" = Option<String>, Header, description = "`bytes=0-99`"),
    ),
    responses(
        (status = 200, description = "The file", body = [u8], content_type = "*/*"),
        (status = 206, description = "The part asked for", body = [u8], content_type = "*/*"),
        (status = 304, description = "The caller has it"),
        (status = 404, description = "There is no such file", body = Problem),
        (status = 416, description = "There is no such part", body = Problem),
    ),
)]
pub(super) async fn content(
    State(handle): State<Handle>,
    Id(id): Id,
    request: Request,
) -> Result<Response, Problem> {
    let name = handle.media(&id).await?.name;
    let (path, content_type) = handle.media_content(&id).await?;
    // The bytes of an id never change.
    let cache = "private, max-age=31536000, immutable";
    let answer = file::Answer { path, content_type: &content_type, cache };
    Ok(file::named(answer.to(request).await?, &name))
}
