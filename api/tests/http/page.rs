//! The web interface.

use crate::fixture::{Fixture, read};

#[tokio::test(flavor = "multi_thread")]
async fn every_address_that_a_browser_goes_to_is_the_page() {
    let fixture = Fixture::start().await;
    for path in ["/", "/playlists", "/playlists/some-id", "/index.html"] {
        let request = fixture.request("GET", path).header("Accept", "text/html,*/*;q=0.8");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8", "{path}");
        assert_eq!(response.headers()["cache-control"], "no-cache", "{path}");
        let etag = response.headers()["etag"].clone();
        let page = response.text().await.unwrap();
        assert!(page.to_lowercase().starts_with("<!doctype html>"), "{path}");
        let request = fixture.request("GET", path).header("Accept", "text/html");
        let response = request.header("If-None-Match", etag).send().await.unwrap();
        assert_eq!(response.status(), 304, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_missing_is_not_the_page() {
    let fixture = Fixture::start().await;
    let check = async |path: &str, accept: &str| {
        let request = fixture.request("GET", path).header("Accept", accept);
        let (status, problem) = read(request.send().await.unwrap()).await;
        assert_eq!((status, problem["status"].as_u64()), (404, Some(404)), "{path}");
    };
    check("/assets/gone-12345678.js", "*/*").await;
    check("/assets/gone-12345678.js", "text/html").await;
    check("/favicon.ico", "image/*").await;
    check("/api/nothing", "text/html").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_can_take_the_place_of_what_is_built_in() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.html"), "<!doctype html>mine").unwrap();
    std::fs::create_dir(folder.path().join("assets")).unwrap();
    std::fs::write(folder.path().join("assets/a.js"), "let a").unwrap();
    let ui_dir = Some(folder.path().join("."));
    let fixture = Fixture::with(api::Options { ui_dir, ..Default::default() }).await;
    let response = fixture.request("GET", "/").send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), "<!doctype html>mine");
    let response = fixture.request("GET", "/assets/a.js").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(response.headers()["cache-control"], "no-cache");
    assert_eq!(response.text().await.unwrap(), "let a");
}
