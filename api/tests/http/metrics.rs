//! Numbers for Prometheus.

use std::collections::{BTreeMap, BTreeSet};

use crate::fixture::Fixture;

async fn page(fixture: &Fixture) -> String {
    let answer = fixture.request("GET", "/metrics").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4");
    answer.text().await.unwrap()
}

/// The samples, each with its name and labels as they stand there.
fn samples(page: &str) -> BTreeMap<String, f64> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let split = lines.map(|line| line.rsplit_once(' ').expect("a name and a value"));
    split.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

/// What a sample belongs to.
fn family(sample: &str) -> &str {
    let name = sample.split(['{', ' ']).next().unwrap();
    let histogram = "prismatron_frame_lateness_seconds";
    if name.starts_with(histogram) { histogram } else { name }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_says_what_it_is_before_it_is_told() {
    let fixture = Fixture::start().await;
    let page = page(&fixture).await;
    assert!(page.ends_with('\n'));
    let mut said: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            let mut words = rest.splitn(3, ' ');
            let (what, name) = (words.next().unwrap(), words.next().unwrap());
            let text = words.next().unwrap();
            assert!(what != "TYPE" || ["counter", "gauge", "histogram"].contains(&text), "{line}");
            assert!(said.entry(name).or_default().insert(what), "{line} is there twice");
        } else {
            let told = said.get(family(line)).unwrap_or_else(|| panic!("{line} comes first"));
            assert_eq!(told.len(), 2, "{line}");
        }
    }
    assert_eq!(said.len(), 14, "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_are_those_of_the_status() {
    let fixture = Fixture::start().await;
    fixture.status_until(|status| status["frames"]["presented"].as_u64() >= Some(3)).await;
    let (_, before) = fixture.get("/api/status").await;
    let found = samples(&page(&fixture).await);
    let (_, after) = fixture.get("/api/status").await;
    let between = |name: &str, pointer: &str| {
        let bound = |status: &serde_json::Value| status.pointer(pointer).unwrap().as_f64().unwrap();
        let value = found[&format!("prismatron_{name}")];
        assert!((bound(&before)..=bound(&after)).contains(&value), "{name}: {value}");
    };
    between("uptime_seconds", "/uptime_s");
    between("frames_presented_total", "/frames/presented");
    between("frames_late_total", "/frames/late");
    between("frames_ran_late_total", "/frames/ran_late");
    between("frames_dropped_total", "/frames/dropped");
    between("frames_superseded_total", "/frames/superseded");
    between("output_frames_total{output=\"wall\",kind=\"null\"}", "/outputs/0/frames");
    between("producers", "/system/producers");
    assert_eq!(found["prismatron_output_up{output=\"wall\",kind=\"null\"}"], 1.0);
    assert_eq!(found["prismatron_producer_restarts_total"], 0.0);
    let version = after["version"].as_str().unwrap();
    assert_eq!(found[&format!("prismatron_build_info{{version=\"{version}\"}}")], 1.0);
    // These producers are threads, which nothing confines and which tell nothing.
    assert_eq!(after["system"]["sandbox"]["state"], "unknown", "{after}");
    assert_eq!(found["prismatron_sandbox_seccomp"], 0.0);
    assert_eq!(found["prismatron_sandbox_landlock_abi"], 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_histogram_rises_to_the_count_of_all_ticks() {
    let fixture = Fixture::start().await;
    fixture.status_until(|status| status["frames"]["presented"].as_u64() >= Some(3)).await;
    let found = samples(&page(&fixture).await);
    let name = "prismatron_frame_lateness_seconds";
    let bound = |sample: &str| {
        let rest = sample.strip_prefix(&format!("{name}_bucket{{le=\""))?;
        rest.strip_suffix("\"}").unwrap().replace("+Inf", "inf").parse::<f64>().ok()
    };
    let mut buckets: Vec<(f64, f64)> =
        found.iter().filter_map(|(sample, count)| Some((bound(sample)?, *count))).collect();
    buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert!(buckets.len() > 10, "{buckets:?}");
    assert!(buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{buckets:?}");
    let count = found[&format!("{name}_count")];
    assert_eq!(*buckets.last().unwrap(), (f64::INFINITY, count));
    assert!(count >= 3.0);
    assert!(found[&format!("{name}_sum")] > 0.0);
}
