//! Prismatron, the daemon and its command line. Wiring only: what is decided is decided in
//! `engine`, what touches the machine is in `hal`, what speaks HTTP is in `api`.

mod cli;
mod folders;
mod lock;
mod run;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        // Inside a producer nothing is set up that content could reach.
        Command::Producer { ring, spec, parent } => {
            return engine::producer::child::produce(&ring, &spec, parent).into();
        }
        Command::Probe { tools, parent } => {
            return engine::producer::child::probe(&tools, parent).into();
        }
        Command::Run(options) => {
            run::log();
            run::run(&options)
        }
        Command::Check { file, data } => check(file, data),
        Command::Openapi => say(&api::openapi_json()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "prismatron: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn check(file: Option<std::path::PathBuf>, data: Option<std::path::PathBuf>) -> anyhow::Result<()> {
    let path = match file {
        Some(file) => file,
        None => folders::data(data)?.join("settings.toml"),
    };
    engine::settings::Settings::read(&path, hal::output::kinds())?;
    say(&format!("{}: no errors", path.display()))
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{}", text.trim_end())?;
    Ok(())
}
