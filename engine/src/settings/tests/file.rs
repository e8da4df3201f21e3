//! The file on the disk and the patches to it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::Error;
use crate::settings::*;

const TEXT: &str = r#"# The wall in the foyer.

[api]                        # before the display, on purpose
listen = [ "127.0.0.1:80" ]

[display]
# As bright as the neighbours allow.
brightness = 0.5   # 0..1
width = 320

# The long wall.
[[outputs]]
id = "wall"        # as on its label
kind = "ddp"
# Fixed in the router.
host = "192.0.2.1"
leds = "0..100"

# The short wall.
[[outputs]]
id = "short"
kind = "null"
"#;

struct Fixture {
    folder: TempDir,
    file: SettingsFile,
}

impl Fixture {
    fn new(text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("settings.toml"), text).unwrap();
        let file = SettingsFile::load(&folder.path().join("settings.toml"), &KINDS).unwrap();
        Self { folder, file }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path("settings.toml")).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[test]
fn without_a_file_all_is_default_and_none_is_made() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("new/settings.toml");
    let mut file = SettingsFile::load(&path, &KINDS).unwrap();
    assert_eq!(file.settings(), &Settings::default());
    assert_eq!(file.value(), serde_json::to_value(Settings::default()).unwrap());
    assert!(!path.exists());
    // The first change makes it, with the change alone.
    let settings = file.patch(&json!({"display": {"brightness": 0.25}}), None).unwrap();
    assert_eq!(settings.display.brightness, 0.25);
    assert_eq!(fs::read_to_string(&path).unwrap(), "[display]\nbrightness = 0.25\n");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_patch_keeps_comments_and_order() {
    let check = |patch: Value, change: &dyn Fn(String) -> String| {
        let mut fixture = Fixture::new(TEXT);
        let settings = fixture.file.patch(&patch, None).unwrap();
        assert_eq!(fixture.text(), change(TEXT.to_owned()), "{patch}");
        assert_eq!(Settings::parse(&fixture.text(), &KINDS).unwrap(), settings);
        assert_eq!(fixture.file.settings(), &settings);
    };
    let replace = |from: &'static str, to: &'static str| {
        move |text: String| {
            assert_eq!(text.matches(from).count(), 1);
            text.replace(from, to)
        }
    };
    check(json!({"display": {"brightness": 0.75}}), &replace("0.5 ", "0.75 "));
    check(json!({"display": {"brightness": 1}}), &replace("0.5 ", "1 "));
    check(json!({"display": {"fps": 30}}), &replace("width = 320\n", "width = 320\nfps = 30\n"));
    check(json!({"display": {"width": null}}), &replace("width = 320\n", ""));
    check(
        json!({"api": {"listen": ["127.0.0.1:81", "[::1]:81"]}}),
        &replace("[ \"127.0.0.1:80\" ]", "[\"127.0.0.1:81\", \"[::1]:81\"]"),
    );
    check(json!({"player": {"at_start": "nothing"}}), &|text| {
        format!("{text}\n[player]\nat_start = \"nothing\"\n")
    });
    // Lists are replaced whole; an output that stays by its id keeps its comments.
    let wall = json!({"id": "wall", "kind": "ddp", "host": "192.0.2.9", "order": "GRB"});
    let short = json!({"id": "short", "kind": "null"});
    check(json!({"outputs": [wall, short]}), &|text| {
        text.replace("192.0.2.1", "192.0.2.9").replace("leds = \"0..100\"", "order = \"GRB\"")
    });
    let new = json!({"id": "new", "kind": "ddp", "host": "x", "extra": {"a": [1, {"b": null}]}});
    check(json!({"outputs": [short, new]}), &|text| {
        let (head, _) = text.split_once("\n# The long wall.").unwrap();
        format!(
            "{head}\n# The short wall.\n[[outputs]]\nid = \"short\"\nkind = \"null\"\n\n[[outputs]]\n\
             extra = {{ a = [1, {{}}] }}\nhost = \"x\"\nid = \"new\"\nkind = \"ddp\"\n"
        )
    });
    check(json!({"outputs": null}), &|text| {
        text.split_once("\n# The long wall.").unwrap().0.to_owned()
    });
}

#[test]
fn outputs_stand_in_the_order_of_the_patch() {
    let mut fixture = Fixture::new(&format!("{TEXT}\n[player]\nat_start = \"nothing\"\n"));
    let before = fixture.file.settings().clone();
    let mut outputs = fixture.file.value()["outputs"].as_array().unwrap().clone();
    outputs.reverse();
    let settings = fixture.file.patch(&json!({ "outputs": outputs }), None).unwrap();
    assert_eq!(settings.outputs[0], before.outputs[1]);
    assert_eq!(settings.outputs[1], before.outputs[0]);
    assert_eq!(settings.player, before.player);
    assert!(fixture.text().contains("# Fixed in the router.\nhost"));
}

#[test]
fn the_whole_value_sent_back_changes_no_setting() {
    for text in ["", TEXT, "display = { fps = 30 } # short\noutputs = []\n"] {
        let mut fixture = Fixture::new(text);
        let (before, whole) = (fixture.file.settings().clone(), fixture.file.value());
        assert_eq!(fixture.file.patch(&whole, None).unwrap(), before);
        assert_eq!(fixture.file.value(), whole);
    }
}

#[test]
fn a_patch_without_a_change_writes_nothing() {
    let mut fixture = Fixture::new(TEXT);
    let revision = fixture.file.revision();
    for patch in [
        json!({}),
        json!({"display": {"brightness": 0.5, "height": null}}),
        json!({"outputs": [
            {"id": "wall", "kind": "ddp", "host": "192.0.2.1", "leds": "0..100"},
            {"id": "short", "kind": "null", "leds": null},
        ]}),
    ] {
        fixture.file.patch(&patch, None).unwrap();
    }
    assert_eq!(fixture.names(), ["settings.toml"], "no .bak");
    assert_eq!((fixture.text().as_str(), fixture.file.revision()), (TEXT, revision));
}

#[test]
fn a_patch_that_cannot_be_used_changes_nothing() {
    let mut fixture = Fixture::new(TEXT);
    let (before, revision) = (fixture.file.settings().clone(), fixture.file.revision());
    let check = |file: &mut SettingsFile, patch: Value, expect: &str| {
        assert_eq!(file.patch(&patch, None).unwrap_err().to_string(), expect, "{patch}");
    };
    let cases = [
        (json!({"display": {"fps": 0}}), "display.fps: 0 is not between 1 and 1000"),
        (json!({"display": 5}), "display: 5 is not a table"),
        (
            json!({"display": {"hue": 5}}),
            "display.hue: unknown key; known here: width, height, fps, brightness",
        ),
        (json!({"outputs": [{"id": "wall", "kind": "ddp"}]}), "outputs[0].host: is missing"),
        (
            json!({"layout": {"columns": 5, "rows": 5}}),
            "outputs[0].leds: \"0..100\" ends at 100, the layout has 25 LEDs",
        ),
        (
            json!({"api": {"listen": ["127.0.0.1:80", null]}}),
            "api.listen[1]: null cannot stand in a list",
        ),
        (
            json!({"display": {"width": u64::MAX}}),
            "display.width: 18446744073709551615 is larger than a settings file can hold",
        ),
        (json!([]), "settings: a patch is an object"),
    ];
    for (patch, expect) in cases {
        check(&mut fixture.file, patch, expect);
    }
    assert_eq!(fixture.names(), ["settings.toml"]);
    assert_eq!(fixture.text(), TEXT);
    assert_eq!((fixture.file.settings(), fixture.file.revision()), (&before, revision));
}

#[test]
fn a_patch_of_an_old_revision_is_refused() {
    let mut fixture = Fixture::new(TEXT);
    let first = fixture.file.revision();
    let patch = |fps: u32| json!({"display": {"fps": fps}});
    fixture.file.patch(&patch(30), Some(&first)).unwrap();
    let current = fixture.file.revision();
    assert_ne!(current, first);
    let error = fixture.file.patch(&patch(40), Some(&first)).unwrap_err();
    assert_eq!(error, Error::Stale { what: "settings".to_owned(), current });
    assert_eq!(fixture.file.settings().display.fps, 30.0);
}

#[test]
fn the_text_before_is_kept_and_all_is_for_the_owner_only() {
    let mut fixture = Fixture::new(TEXT);
    fixture.file.patch(&json!({"display": {"fps": 30}}), None).unwrap();
    let between = fixture.text();
    assert_eq!(fs::read_to_string(fixture.path("settings.toml.bak")).unwrap(), TEXT);
    fixture.file.patch(&json!({"display": {"fps": 40}}), None).unwrap();
    assert_eq!(fs::read_to_string(fixture.path("settings.toml.bak")).unwrap(), between);
    assert_eq!(fixture.names(), ["settings.toml", "settings.toml.bak"]);
    for name in fixture.names() {
        let mode = fs::metadata(fixture.path(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn an_edit_by_hand_is_taken_in_and_never_overwritten() {
    let mut fixture = Fixture::new(TEXT);
    let revision = fixture.file.revision();
    assert!(!fixture.file.reload().unwrap());
    let edited = TEXT.replace("width = 320", "width = 640");
    fs::write(fixture.path("settings.toml"), &edited).unwrap();
    let patch = json!({"display": {"brightness": 0.75}});
    let stale = fixture.file.patch(&patch, Some(&revision)).unwrap_err();
    assert!(matches!(stale, Error::Stale { .. }), "{stale}");
    let settings = fixture.file.patch(&patch, None).unwrap();
    assert_eq!((settings.display.width, settings.display.brightness), (640, 0.75));

    let broken = edited.replace("width = 640", "width = ");
    fs::write(fixture.path("settings.toml"), &broken).unwrap();
    let error = fixture.file.patch(&patch, None).unwrap_err().to_string();
    assert!(
        error.starts_with("the settings file was edited and cannot be used: settings.toml:9: "),
        "{error}"
    );
    assert!(fixture.file.reload().is_err());
    assert_eq!(fixture.text(), broken);
    assert_eq!(fixture.file.settings(), &settings, "the last good ones stay");
}

#[test]
fn a_link_to_the_file_stays_a_link() {
    let fixture = Fixture::new(TEXT);
    let link = fixture.path("link.toml");
    std::os::unix::fs::symlink(fixture.path("settings.toml"), &link).unwrap();
    let mut file = SettingsFile::load(&link, &KINDS).unwrap();
    file.patch(&json!({"display": {"fps": 30}}), None).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fixture.text().contains("fps = 30"));
}

#[test]
fn a_file_that_cannot_be_read_is_no_missing_file() {
    let folder = TempDir::new().unwrap();
    let error = Settings::read(folder.path(), &KINDS).unwrap_err();
    assert!(error.to_string().contains(": cannot be read: "), "{error}");
    fs::write(folder.path().join("mine.toml"), "[display]\nfps = 0").unwrap();
    let error = Settings::read(&folder.path().join("mine.toml"), &KINDS).unwrap_err();
    assert_eq!(error.to_string(), "mine.toml:2: display.fps: 0 is not between 1 and 1000");
}

proptest::proptest! {
    // Each case waits for the disk.
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    // RFC 7396 in a dozen lines, on JSON alone: the plain version that the TOML one must equal.
    #[test]
    fn a_patch_does_to_the_file_what_rfc_7396_does_to_json(
        brightness in proptest::option::of(0.0..1.0_f64),
        fps in proptest::option::of(1..1000_u32),
        start in proptest::option::of("resume|nothing"),
        outputs in proptest::option::of(proptest::collection::vec("wall|short|[a-z]{1,3}", 0..3)),
    ) {
        fn merge(target: Value, patch: &Value) -> Value {
            let Value::Object(patch) = patch else { return patch.clone() };
            let mut target = match target { Value::Object(map) => map, _ => Map::new() };
            for (key, value) in patch {
                if value.is_null() {
                    target.remove(key);
                } else {
                    let old = target.remove(key).unwrap_or_default();
                    target.insert(key.clone(), merge(old, value));
                }
            }
            Value::Object(target)
        }
        let outputs = outputs.map(|mut ids| {
            ids.sort();
            ids.dedup();
            ids.reverse();
            ids.iter().map(|id| json!({"id": id, "kind": "ddp", "host": id})).collect::<Vec<_>>()
        });
        let patch = json!({
            "display": {"brightness": brightness, "fps": fps},
            "player": {"at_start": start},
            "outputs": outputs,
        });
        let as_json = |text: &str| -> Value {
            crate::settings::patch::json_of_table(text.parse::<toml_edit::DocumentMut>().unwrap().as_table())
        };
        let mut fixture = Fixture::new(TEXT);
        fixture.file.patch(&patch, None).unwrap();
        proptest::prop_assert_eq!(as_json(&fixture.text()), merge(as_json(TEXT), &patch));
    }
}
