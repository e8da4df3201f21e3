//! `kill -9` of a busy daemon, again and again: what was acknowledged is there after the next start.
//!
//! Four clients at once upload, rename, delete, make, replace and play. Each notes what was
//! acknowledged, and what it had asked for when the answer did not come: that may have happened or not.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hal::{Clock, SystemClock};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::fixture::{Fixture, SOON};

const CLIENTS: u64 = 4;

fn kills() -> u64 {
    std::env::var("PRISMATRON_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

/// The same numbers for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }
}

/// What is in the library under an id, as far as a client cares.
#[derive(Clone, Debug, PartialEq)]
enum Thing {
    Media { name: String, content: Vec<u8> },
    List { name: String, items: usize },
}

/// What a client asked for and has no answer to.
#[derive(Clone, Debug)]
enum Asked {
    /// Something that has no id yet.
    New(Thing),
    /// This, or nothing, under the id.
    Change(String, Option<Thing>),
    Play(String),
}

struct Client {
    http: reqwest::Client,
    address: SocketAddr,
    number: u64,
    random: Random,
    count: u64,
    things: BTreeMap<String, Thing>,
    /// Lists that are never deleted, for playing.
    stages: Vec<String>,
    plays: Option<String>,
    asked: Option<Asked>,
    acknowledged: u64,
}

impl Client {
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Option<(u16, Value)> {
        let request = self.http.request(method, format!("http://{}{path}", self.address));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let text = response.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    fn any(&mut self, is_list: bool) -> Option<(String, Thing)> {
        let fits = |thing: &Thing| matches!(thing, Thing::List { .. }) == is_list;
        let fitting: Vec<_> = self.things.iter().filter(|(_, thing)| fits(thing)).collect();
        let index = self.random.below(fitting.len().max(1) as u64) as usize;
        fitting.get(index).map(|(id, thing)| ((*id).clone(), (*thing).clone()))
    }

    fn list(&self, name: &str, items: usize) -> Value {
        let item = json!({"kind": "color", "color": "#102030", "duration_s": 5});
        json!({"name": name, "items": vec![item; items]})
    }

    /// Does one thing. `None` if the answer did not come.
    async fn step(&mut self) -> Option<()> {
        self.count += 1;
        let name = format!("{} of client {}", self.count, self.number);
        let list_items = self.random.below(5) as usize;
        // Few at a time, so that looking at all of them after each start stays quick.
        let is_full = self.things.len() > 12;
        match self.random.below(10) {
            0..=3 if is_full => self.delete().await?,
            0 | 1 => {
                let length = 100 + self.random.below(3000) as usize;
                let mut content = format!("no picture: {name} ").into_bytes();
                content.resize(content.len() + length, b'x');
                let thing = Thing::Media { name: name.clone(), content: content.clone() };
                self.asked = Some(Asked::New(thing.clone()));
                let form = Form::new().part("file", Part::bytes(content).file_name(name));
                let url = format!("http://{}/api/media", self.address);
                let response = self.http.post(url).multipart(form).send().await.ok()?;
                assert_eq!(response.status(), 201);
                let media: Value = response.json().await.ok()?;
                self.things.insert(media["id"].as_str().unwrap().to_owned(), thing);
            }
            2 | 3 => {
                let thing = Thing::List { name: name.clone(), items: list_items };
                self.asked = Some(Asked::New(thing.clone()));
                let body = self.list(&name, list_items);
                let (status, list) = self.ask(Method::POST, "/api/playlists", Some(body)).await?;
                assert_eq!(status, 201, "{list}");
                self.things.insert(list["id"].as_str().unwrap().to_owned(), thing);
            }
            4 | 5 => {
                let Some((id, _)) = self.any(true) else { return Some(()) };
                let thing = Thing::List { name: name.clone(), items: list_items };
                self.asked = Some(Asked::Change(id.clone(), Some(thing.clone())));
                let (path, body) = (format!("/api/playlists/{id}"), self.list(&name, list_items));
                let (status, list) = self.ask(Method::PUT, &path, Some(body)).await?;
                assert_eq!(status, 200, "{list}");
                self.things.insert(id, thing);
            }
            6 => {
                let Some((id, Thing::Media { content, .. })) = self.any(false) else {
                    return Some(());
                };
                let thing = Thing::Media { name: name.clone(), content };
                self.asked = Some(Asked::Change(id.clone(), Some(thing.clone())));
                let (path, body) = (format!("/api/media/{id}"), json!({"name": name}));
                let (status, media) = self.ask(Method::PATCH, &path, Some(body)).await?;
                assert_eq!(status, 200, "{media}");
                self.things.insert(id, thing);
            }
            7 => self.delete().await?,
            _ => {
                // What plays is one thing: one client's.
                let Some(id) = self.stages.get(self.random.below(2) as usize).cloned() else {
                    return Some(());
                };
                self.asked = Some(Asked::Play(id.clone()));
                let body = Some(json!({"playlist_id": id}));
                let (status, said) = self.ask(Method::POST, "/api/player/play", body).await?;
                assert_eq!(status, 200, "{said}");
                self.plays = Some(id);
            }
        }
        self.asked = None;
        self.acknowledged += 1;
        Some(())
    }

    async fn delete(&mut self) -> Option<()> {
        let is_list = self.random.below(2) == 0;
        let Some((id, _)) = self.any(is_list) else { return Some(()) };
        self.asked = Some(Asked::Change(id.clone(), None));
        let what = if is_list { "playlists" } else { "media" };
        let (status, said) = self.ask(Method::DELETE, &format!("/api/{what}/{id}"), None).await?;
        assert_eq!(status, 204, "{said}");
        self.things.remove(&id);
        Some(())
    }

    /// Compares what is there with what was acknowledged, and takes over what is there.
    async fn check(&mut self) {
        let asked = self.asked.take();
        let found = self.found().await;
        for (id, thing) in &self.things {
            let now = found.get(id);
            let asked =
                matches!(&asked, Some(Asked::Change(what, to)) if what == id && to.as_ref() == now);
            assert!(now == Some(thing) || asked, "{id}: {now:?} in place of {thing:?}");
        }
        for (id, thing) in found.iter().filter(|(id, _)| !self.things.contains_key(*id)) {
            let asked = matches!(&asked, Some(Asked::New(new)) if new == thing);
            assert!(asked, "{id}: {thing:?} came from nowhere");
        }
        self.things = found;
        if let Some(plays) = &self.plays {
            let (_, status) = self.ask(Method::GET, "/api/status", None).await.expect("it answers");
            let now = status["playing"]["playlist_id"].as_str().unwrap_or("nothing").to_owned();
            let asked = matches!(&asked, Some(Asked::Play(id)) if *id == now);
            assert!(now == *plays || asked, "{now} plays in place of {plays}: {status}");
            self.plays = Some(now);
        }
    }

    /// All that is there of this client.
    async fn found(&self) -> BTreeMap<String, Thing> {
        let mine = format!(" of client {}", self.number);
        let mut found = BTreeMap::new();
        for what in ["media", "playlists"] {
            let path = format!("/api/{what}?limit=1000");
            let (_, listed) = self.ask(Method::GET, &path, None).await.expect("it answers");
            assert!(listed["total"].as_u64().unwrap() <= 1000, "all are looked at");
            for thing in listed["items"].as_array().unwrap() {
                let (id, name) = (thing["id"].as_str().unwrap(), thing["name"].as_str().unwrap());
                if !name.ends_with(&mine) || self.stages.iter().any(|stage| stage == id) {
                    continue;
                }
                let thing = match what {
                    "media" => {
                        let url = format!("http://{}/api/media/{id}/content", self.address);
                        let content = self.http.get(url).send().await.unwrap();
                        assert_eq!(content.status(), 200);
                        let content = content.bytes().await.unwrap().to_vec();
                        Thing::Media { name: name.to_owned(), content }
                    }
                    _ => Thing::List {
                        name: name.to_owned(),
                        items: thing["items"].as_array().unwrap().len(),
                    },
                };
                found.insert(id.to_owned(), thing);
            }
        }
        found
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_the_killing_of_a_busy_daemon() {
    let mut fixture = Fixture::start("").await;
    let seed = SystemClock.now().as_nanos() | 1;
    println!("seed {seed}");
    let mut random = Random(seed);
    let mut clients: Vec<Client> = (0..CLIENTS)
        .map(|number| Client {
            http: reqwest::Client::builder().no_proxy().timeout(SOON).build().unwrap(),
            address: fixture.address(),
            number,
            random: Random(seed.wrapping_mul(number + 3) | 1),
            count: 0,
            things: BTreeMap::new(),
            stages: Vec::new(),
            plays: None,
            asked: None,
            acknowledged: 0,
        })
        .collect();
    for _ in 0..2 {
        let list = json!([{"kind": "color", "color": "#FF0000", "duration_s": 600}]);
        let list = fixture.playlist(list, true).await;
        clients[0].stages.push(list["id"].as_str().unwrap().to_owned());
    }
    let began = SystemClock.now();
    let (mut cut_off, mut most_at_once) = (0, 0);
    for _ in 0..kills() {
        let under_way = Arc::new(AtomicUsize::new(0));
        let ended = Arc::new(AtomicBool::new(false));
        let working: Vec<_> = clients
            .into_iter()
            .map(|mut client| {
                let (under_way, ended) = (under_way.clone(), ended.clone());
                tokio::spawn(async move {
                    while !ended.load(Ordering::Relaxed) {
                        under_way.fetch_add(1, Ordering::SeqCst);
                        let answered = client.step().await;
                        under_way.fetch_sub(1, Ordering::SeqCst);
                        if answered.is_none() {
                            break;
                        }
                    }
                    client
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(20 + random.below(180))).await;
        most_at_once = most_at_once.max(under_way.load(Ordering::SeqCst));
        fixture.kill();
        ended.store(true, Ordering::Relaxed);
        let back = Mutex::new(Vec::new());
        for work in working {
            let client = work.await.expect("a client has no quarrel");
            back.lock().unwrap().push(client);
        }
        clients = back.into_inner().unwrap();
        cut_off += clients.iter().filter(|client| client.asked.is_some()).count();
        fixture.start_again().await;
        for client in &mut clients {
            client.address = fixture.address();
            client.check().await;
        }
    }
    let acknowledged: u64 = clients.iter().map(|client| client.acknowledged).sum();
    println!(
        "measured: {} kills: {acknowledged} acknowledged requests, {cut_off} cut off, {most_at_once} under way at once, {:.0} s",
        kills(),
        SystemClock.now().since(began).as_secs_f64()
    );
    assert!(cut_off as u64 * 2 >= kills(), "the daemon was hardly busy: {cut_off} cut off");
    assert!(acknowledged > kills(), "only {acknowledged} acknowledged");
}
