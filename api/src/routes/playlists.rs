//! Playlists.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use engine::{Error, Handle};

use crate::etag::{etag, if_match_number};
use crate::extract::{self, Id, Parameters};
use crate::problem::Problem;
use crate::wire::playlist::{Playlist, PlaylistWish};
use crate::wire::{Listed, PageParameters};

/// Playlists by name. Sorts by `name` and `created_at`.
#[utoipa::path(
    get, path = "/api/playlists", tag = "playlists",
    params(PageParameters),
    responses(
        (status = 200, description = "The playlists", body = Listed<Playlist>),
        (status = 400, description = "A parameter that cannot be used", body = Problem),
    ),
)]
pub(super) async fn list(
    State(handle): State<Handle>,
    parameters: Parameters,
) -> Result<Json<Listed<Playlist>>, Problem> {
    let listed = handle.playlists(parameters.page()?).await?;
    Ok(Json(Listed::from_engine(listed)))
}

/// Makes a playlist.
#[utoipa::path(
    post, path = "/api/playlists", tag = "playlists",
    request_body = PlaylistWish,
    responses(
        (
            status = 201, description = "The playlist", body = Playlist,
            headers(("ETag" = String, description = "Its revision"), ("Location" = String)),
        ),
        (status = 422, description = "A value that cannot be used", body = Problem),
    ),
)]
pub(super) async fn create(
    State(handle): State<Handle>,
    extract::Json(wish): extract::Json<PlaylistWish>,
) -> Result<Response, Problem> {
    let made = handle.create_playlist(wish.try_into()?).await?;
    let location = (header::LOCATION, format!("/api/playlists/{}", made.id));
    let response = (StatusCode::CREATED, AppendHeaders([location]), tagged(made));
    Ok(response.into_response())
}

/// One playlist.
#[utoipa::path(
    get, path = "/api/playlists/{id}", tag = "playlists",
    params(("id" = String, Path)),
    responses(
        (
            status = 200, description = "The playlist", body = Playlist,
            headers(("ETag" = String, description = "Its revision")),
        ),
        (status = 404, description = "There is no such playlist", body = Problem),
    ),
)]
pub(super) async fn read(State(handle): State<Handle>, Id(id): Id) -> Result<Response, Problem> {
    Ok(tagged(handle.playlist(&id).await?))
}

/// Replaces a playlist. Items whose id is sent keep it; if the list plays, it goes on.
#[utoipa::path(
    put, path = "/api/playlists/{id}", tag = "playlists",
    params(
        ("id" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The revision to replace"),
    ),
    request_body = PlaylistWish,
    responses(
        (
            status = 200, description = "The playlist as it is now", body = Playlist,
            headers(("ETag" = String, description = "Its revision")),
        ),
        (status = 404, description = "There is no such playlist", body = Problem),
        (status = 412, description = "Changed meanwhile", body = Problem),
        (status = 422, description = "A value that cannot be used", body = Problem),
    ),
)]
pub(super) async fn replace(
    State(handle): State<Handle>,
    Id(id): Id,
    headers: HeaderMap,
    extract::Json(wish): extract::Json<PlaylistWish>,
) -> Result<Response, Problem> {
    let revision = if_match_number(&headers)?;
    if let Some(other) = wish.id.as_ref().filter(|other| **other != id) {
        let reason = format!("is not the id in the path, \"{id}\"");
        return Err(Error::invalid("id", other, reason).into());
    }
    Ok(tagged(handle.replace_playlist(&id, wish.try_into()?, revision).await?))
}

/// Deletes a playlist; if it plays, the player stops.
#[utoipa::path(
    delete, path = "/api/playlists/{id}", tag = "playlists",
    params(
        ("id" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The revision to delete"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "There is no such playlist", body = Problem),
        (status = 412, description = "Changed meanwhile", body = Problem),
    ),
)]
pub(super) async fn delete(
    State(handle): State<Handle>,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    handle.delete_playlist(&id, if_match_number(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn tagged(playlist: engine::library::model::Playlist) -> Response {
    let tag = etag(playlist.revision);
    (AppendHeaders(tag), Json(Playlist::from(playlist))).into_response()
}
