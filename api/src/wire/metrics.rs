//! Numbers as Prometheus reads them: its text format, version 0.0.4.

use std::fmt::{Display, Write};

use engine::control::snapshot::{Metrics, OutputState};

/// What the answer calls itself.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4";

/// All numbers.
pub(crate) fn text(metrics: &Metrics) -> String {
    let Metrics { status, lateness, producer_restarts } = metrics;
    let mut page = Page::default();
    page.family("build_info", "gauge", "What runs; always 1");
    page.sample("build_info", &[("version", status.version)], 1);
    page.one("uptime_seconds", "gauge", "Seconds since the daemon started", status.uptime_s);

    let frames = &status.frames;
    page.one(
        "frames_presented_total",
        "counter",
        "Ticks whose bytes were handed to the outputs",
        frames.presented,
    );
    page.one(
        "frames_late_total",
        "counter",
        "Of those, handed over more than 1 ms after the deadline",
        frames.late,
    );
    page.one(
        "frames_ran_late_total",
        "counter",
        "Of those, the ones where our own work passed the deadline",
        frames.ran_late,
    );
    page.one("frames_dropped_total", "counter", "Ticks skipped whole", frames.dropped);
    page.one(
        "frames_superseded_total",
        "counter",
        "Source frames overtaken by a newer one, which is no fault",
        frames.superseded,
    );

    const LATENESS: &str = "frame_lateness_seconds";
    page.family(LATENESS, "histogram", "How long after its deadline a tick was handed over");
    let bucket = format!("{LATENESS}_bucket");
    for (bound_us, count) in &lateness.below_us {
        page.sample(&bucket, &[("le", &seconds(*bound_us))], count);
    }
    page.sample(&bucket, &[("le", "+Inf")], lateness.count);
    page.sample(&format!("{LATENESS}_sum"), &[], seconds(lateness.sum_us));
    page.sample(&format!("{LATENESS}_count"), &[], lateness.count);

    page.family("output_up", "gauge", "Whether the last write to the device went well");
    for output in &status.outputs {
        let labels = [("output", output.id.as_str()), ("kind", output.kind.as_str())];
        page.sample("output_up", &labels, u8::from(output.state == OutputState::Ok));
    }
    page.family("output_frames_total", "counter", "Frames written to the device");
    for output in &status.outputs {
        let labels = [("output", output.id.as_str()), ("kind", output.kind.as_str())];
        page.sample("output_frames_total", &labels, output.frames);
    }

    let system = &status.system;
    page.one("producers", "gauge", "Producer processes that are running", system.producers);
    page.one(
        "producer_restarts_total",
        "counter",
        "Producer processes that died and were started again",
        producer_restarts,
    );
    page.one(
        "sandbox_seccomp",
        "gauge",
        "Whether every producer so far had its system calls filtered; 0 before the first",
        u8::from(system.sandbox.seccomp),
    );
    page.one(
        "sandbox_landlock_abi",
        "gauge",
        "The version of landlock that confines producers; 0 without, or before the first",
        system.sandbox.landlock_abi,
    );
    page.0
}

/// Microseconds as seconds, to the last digit.
fn seconds(us: u64) -> String {
    let text = format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[derive(Default)]
struct Page(String);

impl Page {
    /// The lines before the samples of one name.
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let (help, name) = (help.replace('\\', "\\\\").replace('\n', "\\n"), named(name));
        // Writing to a text does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> =
            labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value))).collect();
        let labels =
            if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{}{labels} {value}", named(name));
    }

    /// A name with one sample and no labels.
    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }
}

fn named(name: &str) -> String {
    format!("prismatron_{name}")
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_break_out_of_their_quotation_marks() {
        let mut page = Page::default();
        page.sample("x", &[("a", "b\"c\\d\ne"), ("f", "")], 1.5);
        assert_eq!(page.0, "prismatron_x{a=\"b\\\"c\\\\d\\ne\",f=\"\"} 1.5\n");
    }

    #[test]
    fn microseconds_are_seconds_without_rounding() {
        let check = |us, expect: &str| assert_eq!(seconds(us), expect);
        check(0, "0");
        check(64, "0.000064");
        check(1_048_576, "1.048576");
        check(3_000_000, "3");
        check(10_500_000, "10.5");
    }
}
