//! Gathers the web interface to embed: what `make frontend` built, else a page that says how to build it.
//! Never runs Node and never uses the network.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

const STUB_PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Prismatron</title>
<link rel="stylesheet" href="/stub.css">
</head>
<body>
<main>
<h1>Prismatron is running</h1>
<p>This program was built without its web interface. To have it, build the interface and then the program again:</p>
<pre>make frontend
cargo build --release</pre>
<p>Everything else works. Look at the <a href="/api/status">status</a>,
the <a href="/api/media">media</a> or the <a href="/api/openapi.json">description of the API</a>.</p>
</main>
</body>
</html>
"#;

const STUB_STYLE: &str = r#":root { color-scheme: light dark; font: 1.0625rem/1.6 system-ui, sans-serif; }
body { margin: 0; display: grid; min-height: 100vh; place-items: center; }
main { max-width: 38rem; padding: 2rem; }
h1 { font-size: 1.6rem; line-height: 1.2; }
pre { padding: 1rem; border-radius: .5rem; background: color-mix(in srgb, currentColor 10%, transparent); overflow: auto; }
"#;

fn main() -> io::Result<()> {
    // The folder is always there: a watched path that is missing would rebuild the crate each time.
    println!("cargo::rerun-if-changed=../frontend/build");
    println!("cargo::rerun-if-changed=build.rs");
    let built = Path::new("../frontend/build/dist");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    let ui = PathBuf::from(out).join("ui");
    if ui.exists() {
        fs::remove_dir_all(&ui)?;
    }
    fs::create_dir_all(&ui)?;
    let kind = if built.join("index.html").is_file() {
        copy(built, &ui)?;
        "built"
    } else {
        fs::write(ui.join("index.html"), STUB_PAGE)?;
        fs::write(ui.join("stub.css"), STUB_STYLE)?;
        "stub"
    };
    println!("cargo::rustc-env=PRISMATRON_UI={kind}");
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
