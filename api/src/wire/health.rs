//! The answer to "is all well?".

use engine::control::snapshot::Status;
use serde::Serialize;
use utoipa::ToSchema;

/// Whether a controller or a person should look.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HealthStatus {
    /// All is well.
    Ok,
    /// The display may go on, but someone should look.
    Degraded,
}

/// The daemon's health.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok` with status 200, `degraded` with status 503.
    pub(crate) status: HealthStatus,
    /// Why it is degraded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    /// The daemon's version.
    version: &'static str,
    /// Seconds since the daemon started.
    uptime_s: f64,
    /// `built`, or `stub` if the program was built without its web interface.
    ui: &'static str,
}

impl From<Status> for Health {
    fn from(status: Status) -> Self {
        let reasons = status.system.reasons;
        Self {
            status: if reasons.is_empty() { HealthStatus::Ok } else { HealthStatus::Degraded },
            reasons,
            version: status.version,
            uptime_s: status.uptime_s,
            ui: if crate::ui_is_stub() { "stub" } else { "built" },
        }
    }
}
