//! Strangers are kept out.

use reqwest::multipart::{Form, Part};

use crate::fixture::{Fixture, png, read};

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_not_ours_is_refused() {
    let options = api::Options { allowed_hosts: vec!["wall.local".into()], ..Default::default() };
    let fixture = Fixture::with(options).await;
    let port = fixture.address.port();
    let check = async |host: String, expected: u16| {
        let request = fixture.request("GET", "/api/status").header("Host", &host);
        let (status, body) = read(request.send().await.unwrap()).await;
        assert_eq!(status, expected, "{host}: {body}");
        if expected == 421 {
            assert_eq!((&body["field"], &body["value"]), (&"Host".into(), &host.into()));
        }
    };
    check(format!("127.0.0.1:{port}"), 200).await;
    check(format!("localhost:{port}"), 200).await;
    check("wall.local".into(), 200).await;
    check("evil.example".into(), 421).await;
    check(format!("evil.example:{port}"), 421).await;
    check("192.0.2.1".into(), 421).await;
    check("127.0.0.1@evil.example".into(), 400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_changes_nothing() {
    let options = api::Options {
        allowed_origins: vec!["https://panel.example".into()],
        ..Default::default()
    };
    let fixture = Fixture::with(options).await;
    let ours = format!("http://{}", fixture.address);
    let check = async |headers: &[(&str, &str)], expected: u16| {
        let mut request = fixture.request("POST", "/api/player/stop");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (status, body) = read(request.send().await.unwrap()).await;
        assert_eq!(status, expected, "{headers:?}: {body}");
    };
    check(&[], 200).await;
    check(&[("Origin", &ours)], 200).await;
    check(&[("Origin", &ours), ("Sec-Fetch-Site", "same-origin")], 200).await;
    check(&[("Origin", "https://panel.example"), ("Sec-Fetch-Site", "cross-site")], 200).await;
    check(&[("Origin", "http://evil.example")], 403).await;
    check(&[("Origin", "http://127.0.0.1:1")], 403).await;
    check(&[("Origin", "null")], 403).await;
    check(&[("Sec-Fetch-Site", "cross-site")], 403).await;
    check(&[("Sec-Fetch-Site", "same-site")], 403).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_uploads_nothing() {
    let fixture = Fixture::start().await;
    let form = Form::new().part("file", Part::bytes(png(4, 4, [9, 9, 9])).file_name("a.png"));
    let request = fixture.request("POST", "/api/media").header("Origin", "http://evil.example");
    let (status, _) = read(request.multipart(form).send().await.unwrap()).await;
    assert_eq!(status, 403);
    assert_eq!(fixture.get("/api/media").await.1["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_sees_no_stream() {
    let fixture = Fixture::start().await;
    let ours = format!("http://{}", fixture.address);
    for path in ["/api/events", "/api/preview"] {
        assert_eq!(fixture.socket(path, Some("http://evil.example")).await.err(), Some(403));
        assert_eq!(fixture.socket(path, Some(&ours)).await.err(), None);
        assert_eq!(fixture.socket(path, None).await.err(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_is_not_a_matter_of_origin_but_answers_no_other_site() {
    let fixture = Fixture::start().await;
    let request = fixture.request("GET", "/api/status").header("Origin", "http://evil.example");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers().get("Access-Control-Allow-Origin"), None);
}
