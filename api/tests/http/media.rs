//! Media files from upload to deletion.

use std::time::Duration;

use reqwest::multipart::{Form, Part};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::fixture::{Fixture, png, read};

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_picture_is_ready_and_can_be_had_back() {
    let fixture = Fixture::start().await;
    let bytes = png(40, 20, [200, 100, 50]);
    let (status, media) = fixture.upload("Käse \"1\".png", bytes.clone()).await;
    assert_eq!(status, 201, "{media}");
    assert_eq!(media["state"], "ready", "{media}");
    assert_eq!(media["kind"], "image");
    assert_eq!((&media["width"], &media["height"]), (&json!(40), &json!(20)));
    assert_eq!(media["bytes"], bytes.len());
    assert_eq!(media["content_type"], "image/png");
    let path = format!("/api/media/{}", media["id"].as_str().unwrap());
    assert_eq!(fixture.get(&path).await, (200, media.clone()));
    assert_eq!(fixture.get("/api/media").await.1, json!({"items": [media], "total": 1}));

    let content = format!("{path}/content");
    let response = fixture.request("GET", &content).send().await.unwrap();
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-disposition").starts_with("inline; filename="));
    assert!(header("content-security-policy").contains("sandbox"));
    assert_eq!(response.bytes().await.unwrap(), bytes);

    let request = fixture.request("GET", &content).header("Range", "bytes=1-3");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 206);
    assert_eq!(response.bytes().await.unwrap(), b"PNG"[..]);
    let request = fixture.request("GET", &content).header("Range", "bytes=999999-");
    let (status, problem) = read(request.send().await.unwrap()).await;
    assert_eq!((status, &problem["field"]), (416, &json!("Range")));

    let thumbnail = format!("{path}/thumbnail");
    let response = fixture.request("GET", &thumbnail).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "image/png");
    let etag = response.headers()["etag"].clone();
    let picture = image::load_from_memory(&response.bytes().await.unwrap()).unwrap().to_rgb8();
    assert_eq!(picture.get_pixel(1, 1).0, [200, 100, 50]);
    let request = fixture.request("GET", &thumbnail).header("If-None-Match", etag);
    assert_eq!(request.send().await.unwrap().status(), 304);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_is_kept_once() {
    let fixture = Fixture::start().await;
    let (first, media) = fixture.upload("a.png", png(4, 4, [1, 2, 3])).await;
    let (second, same) = fixture.upload("b.png", png(4, 4, [1, 2, 3])).await;
    assert_eq!((first, second), (201, 200));
    assert_eq!(media["id"], same["id"]);
    assert_eq!(fixture.get("/api/media").await.1["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_picture_is_kept_with_the_reason() {
    let fixture = Fixture::start().await;
    let (status, media) = fixture.upload("letter.txt", b"dear all".to_vec()).await;
    assert_eq!((status, &media["state"]), (201, &json!("rejected")), "{media}");
    assert!(media["error"].as_str().is_some_and(|error| !error.is_empty()), "{media}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_one_file_is_refused_and_leaves_nothing() {
    let fixture = Fixture::start().await;
    let check = async |form: Form, field: &str| {
        let response = fixture.request("POST", "/api/media").multipart(form).send().await.unwrap();
        let (status, problem) = read(response).await;
        assert_eq!((status, &problem["field"]), (400, &json!(field)), "{problem}");
    };
    let file = |bytes: &'static [u8]| Part::bytes(bytes).file_name("a.png");
    check(Form::new(), "file").await;
    check(Form::new().part("picture", file(b"x")), "file").await;
    check(Form::new().part("file", file(b"")), "file").await;
    check(Form::new().part("file", file(b"x")).part("more", file(b"y")), "more").await;
    assert_eq!(fixture.get("/api/media").await.1["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let fixture = Fixture::start().await;
    let mut stream = TcpStream::connect(fixture.address).await.unwrap();
    let head = format!(
        "POST /api/media HTTP/1.1\r\nHost: {}\r\nContent-Type: multipart/form-data; boundary=b\r\n\
         Content-Length: 1000000\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; \
         filename=\"a.png\"\r\n\r\nhalf a pict",
        fixture.address
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(stream);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(fixture.get("/api/media").await.1["total"], 0);
    assert_eq!(fixture.leftovers(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_media_file_in_use_is_deleted_only_by_force() {
    let fixture = Fixture::start().await;
    let (_, media) = fixture.upload("a.png", png(4, 4, [1, 2, 3])).await;
    let path = format!("/api/media/{}", media["id"].as_str().unwrap());
    let (status, renamed) = fixture.send("PATCH", &path, json!({"name": "Cat.png"})).await;
    assert_eq!((status, &renamed["name"]), (200, &json!("Cat.png")));

    let items = json!([{"kind": "media", "media_id": media["id"]}]);
    let list = json!({"name": "Evening", "items": items});
    assert_eq!(fixture.send("POST", "/api/playlists", list).await.0, 201);
    let delete =
        async |path: &str| read(fixture.request("DELETE", path).send().await.unwrap()).await;
    let (status, problem) = delete(&path).await;
    assert_eq!(status, 409, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("Evening"), "{problem}");
    assert_eq!(delete(&format!("{path}?force=true")).await.0, 204);
    assert_eq!(fixture.get(&path).await.0, 404);
}
