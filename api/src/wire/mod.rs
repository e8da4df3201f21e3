//! What goes over the wire: request and response types, apart from the engine's, so that one can
//! change without the other.

pub(crate) mod catalogue;
pub(crate) mod event;
pub(crate) mod health;
pub(crate) mod input;
pub(crate) mod layout;
pub(crate) mod media;
pub(crate) mod metrics;
pub(crate) mod player;
pub(crate) mod playlist;
pub(crate) mod status;

use engine::library::model as engine_model;
use serde::Serialize;
use utoipa::ToSchema;

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listed<T: ToSchema> {
    /// The part that was asked for.
    pub(crate) items: Vec<T>,
    /// How many there are in all, after `q`.
    pub(crate) total: u64,
}

impl<T: ToSchema> Listed<T> {
    pub(crate) fn from_engine<U: Into<T>>(listed: engine_model::Listed<U>) -> Self {
        Self { items: listed.items.into_iter().map(Into::into).collect(), total: listed.total }
    }

    pub(crate) fn whole(items: Vec<T>) -> Self {
        Self { total: items.len() as u64, items }
    }
}

/// The parameters of lists, for the API document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub(crate) struct PageParameters {
    /// At most this many.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u64>,
    /// After skipping this many.
    #[param(default = 0)]
    offset: Option<u64>,
    /// The field to sort by, with `-` before it for falling order.
    sort: Option<String>,
    /// Only those whose name contains this, without regard to case.
    q: Option<String>,
}
