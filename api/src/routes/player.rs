//! What plays.

use axum::Json;
use axum::extract::State;
use engine::control::command::{PlayWhat, PlayerCommand};
use engine::{Error, Handle};

use crate::extract;
use crate::problem::Problem;
use crate::wire::player::{Nothing, PlayWish, SeekWish};
use crate::wire::status::Player;

type Answer = Result<Json<Player>, Problem>;
type NoWish = extract::JsonOrNothing<Nothing>;

/// Plays something, or goes on if nothing is named.
#[utoipa::path(
    post, path = "/api/player/play", tag = "player",
    request_body = Option<PlayWish>,
    responses(
        (status = 200, description = "What plays now", body = Player),
        (status = 404, description = "There is no such thing", body = Problem),
        (status = 409, description = "It cannot be played now", body = Problem),
        (status = 422, description = "It cannot be played", body = Problem),
    ),
)]
pub(super) async fn play(
    State(handle): State<Handle>,
    extract::JsonOrNothing(wish): extract::JsonOrNothing<PlayWish>,
) -> Answer {
    let what = PlayWhat::try_from(wish)?;
    handle
        .player(PlayerCommand::Play(what))
        .await
        .map(|player| Json(player.into()))
        .map_err(missing)
}

/// Freezes light and position.
#[utoipa::path(
    post, path = "/api/player/pause", tag = "player",
    responses(
        (status = 200, description = "What plays now", body = Player),
        (status = 409, description = "There is nothing to do it with", body = Problem),
    ),
)]
pub(super) async fn pause(State(handle): State<Handle>, _: NoWish) -> Answer {
    tell(handle, PlayerCommand::Pause).await
}

/// Goes on after a pause.
#[utoipa::path(
    post, path = "/api/player/resume", tag = "player",
    responses(
        (status = 200, description = "What plays now", body = Player),
        (status = 409, description = "There is nothing to do it with", body = Problem),
    ),
)]
pub(super) async fn resume(State(handle): State<Handle>, _: NoWish) -> Answer {
    tell(handle, PlayerCommand::Resume).await
}

/// Black, position 0.
#[utoipa::path(
    post, path = "/api/player/stop", tag = "player",
    responses((status = 200, description = "What plays now", body = Player)),
)]
pub(super) async fn stop(State(handle): State<Handle>, _: NoWish) -> Answer {
    tell(handle, PlayerCommand::Stop).await
}

/// To the item after this one.
#[utoipa::path(
    post, path = "/api/player/next", tag = "player",
    responses(
        (status = 200, description = "What plays now", body = Player),
        (status = 409, description = "There is nothing to do it with", body = Problem),
    ),
)]
pub(super) async fn next(State(handle): State<Handle>, _: NoWish) -> Answer {
    tell(handle, PlayerCommand::Next).await
}

/// To the item before this one.
#[utoipa::path(
    post, path = "/api/player/previous", tag = "player",
    responses(
        (status = 200, description = "What plays now", body = Player),
        (status = 409, description = "There is nothing to do it with", body = Problem),
    ),
)]
pub(super) async fn previous(State(handle): State<Handle>, _: NoWish) -> Answer {
    tell(handle, PlayerCommand::Previous).await
}

/// To a position in the item that is lit.
#[utoipa::path(
    post, path = "/api/player/seek", tag = "player",
    request_body = SeekWish,
    responses(
        (status = 200, description = "What plays now", body = Player),
        (status = 409, description = "Nothing plays", body = Problem),
        (status = 422, description = "There is no such position", body = Problem),
    ),
)]
pub(super) async fn seek(
    State(handle): State<Handle>,
    extract::Json(SeekWish { position_s }): extract::Json<SeekWish>,
) -> Answer {
    tell(handle, PlayerCommand::Seek { position_s }).await
}

/// Names the key of the wish that named what does not exist.
fn missing(error: Error) -> Problem {
    let Error::NotFound { what, id } = &error else { return error.into() };
    let key = match *what {
        "playlist" => "playlist_id",
        "item" => "item_id",
        "media" => "media_id",
        "effect" => "effect",
        _ => return error.into(),
    };
    let id = id.clone();
    Problem::from(error).about(key, Some(&id))
}

async fn tell(handle: Handle, command: PlayerCommand) -> Answer {
    Ok(Json(handle.player(command).await?.into()))
}
