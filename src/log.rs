//! Where what the daemon says goes: the journal with its fields under systemd, text elsewhere.

use std::io::{self, IsTerminal};
use std::os::unix::fs::MetadataExt;
use std::{env, fs};

use tracing_journald::{Priority, PriorityMappings};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// The name that `journalctl --identifier` knows us by.
const IDENTIFIER: &str = "prismatron";

/// Begins to log. `RUST_LOG` says what; `info` if it is not set.
pub(crate) fn begin() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let out = match journal() {
        Some(journal) => journal.boxed(),
        None => tracing_subscriber::fmt::layer()
            .with_writer(io::stderr)
            .with_ansi(io::stderr().is_terminal())
            .with_target(false)
            .boxed(),
    };
    tracing_subscriber::registry().with(filter).with(out).init();
}

/// The journal's own door, if standard error leads to the journal. Priorities are the levels;
/// fields keep their names, in capitals: `OUTPUT=wall`.
fn journal() -> Option<tracing_journald::Layer> {
    let promised = env::var("JOURNAL_STREAM").ok()?;
    let stderr = fs::metadata("/proc/self/fd/2").ok()?;
    if !is_stream(&promised, stderr.dev(), stderr.ino()) {
        return None;
    }
    let layer = tracing_journald::layer().ok()?;
    let layer = layer.with_priority_mappings(PriorityMappings {
        error: Priority::Error,
        warn: Priority::Warning,
        info: Priority::Informational,
        debug: Priority::Debug,
        trace: Priority::Debug,
    });
    Some(layer.with_field_prefix(None).with_syslog_identifier(IDENTIFIER.to_owned()))
}

/// Whether this is the stream that systemd connected to the journal: a child whose standard error
/// was led elsewhere inherits the variable too.
fn is_stream(promised: &str, device: u64, inode: u64) -> bool {
    promised == format!("{device}:{inode}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_promised_stream_is_the_journal() {
        assert!(is_stream("8:1234", 8, 1234));
        for other in ["8:1235", "9:1234", "8:12345", "8", "", ":"] {
            assert!(!is_stream(other, 8, 1234), "{other:?}");
        }
    }
}
