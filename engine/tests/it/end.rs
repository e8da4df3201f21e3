//! The end: black goes out, everything is joined, nothing is left behind.

use std::sync::Arc;
use std::time::Duration;

use hal::SystemClock;

use crate::fixture::{Fixture, color, list, png};

const LIMIT: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn the_last_light_is_black_and_all_is_over_within_a_second() {
    let display = Fixture::new().start();
    let playlist = display.playlist(list(vec![color([200; 3], 60.0), color([9; 3], 60.0)])).await;
    display.play(&playlist).await;
    display.shows([200; 3]);
    let seen = display.seen.clone();
    let took = display.finish();
    assert!(took < LIMIT, "{took:?}");
    let seen = seen.seen();
    assert_eq!(seen.last.unwrap().bytes, [0; 6]);
    assert_eq!(seen.open_now, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_hangs_does_not_hold_up_the_end() {
    let display = Fixture::new().start();
    let seen = display.seen.clone();
    tokio::task::block_in_place(|| seen.wait_for_frames(1));
    seen.hold();
    let took = display.finish();
    assert!(took < LIMIT + Duration::from_millis(500), "{took:?}");
    seen.release();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_being_looked_at_does_not_hold_up_the_end() {
    let fixture = Fixture::new();
    let producers = Arc::new(fixture.producers());
    producers.hold_probes();
    let display = fixture.start_with(producers.clone(), Arc::new(SystemClock));
    display.add("slow.png", png([1, 2, 3])).await;
    let took = display.finish();
    producers.release_probes();
    assert!(took < LIMIT + Duration::from_millis(500), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn displays_that_start_and_end_leave_no_ring_behind() {
    let fixture = Fixture::new();
    let producers = Arc::new(fixture.producers());
    for _ in 0..3 {
        let display = fixture.start_with(producers.clone(), Arc::new(SystemClock));
        let playlist = display.playlist(list(vec![color([7; 3], 60.0), color([9; 3], 9.0)])).await;
        display.play(&playlist).await;
        display.shows([7; 3]);
        display.finish();
    }
    // A producer's thread may still hold its end of a closed ring, but the name goes with ours.
    let left = std::fs::read_dir("/dev/shm").unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.starts_with(fixture.name()).then_some(name)
    });
    assert_eq!(left.collect::<Vec<_>>(), Vec::<String>::new());
}
