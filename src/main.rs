//! Prismatron, the daemon and its command line. Wiring only: what is decided is decided in
//! `engine`, what touches the machine is in `hal`, what speaks HTTP is in `api`.

mod cli;
mod folders;
mod lock;
mod log;
mod notify;
mod run;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        // Inside a producer nothing is set up that content could reach.
        Command::Producer { ring, spec, parent, allow_unconfined } => {
            return engine::producer::child::produce(&ring, &spec, parent, allow_unconfined).into();
        }
        Command::Probe { tools, parent, allow_unconfined } => {
            return engine::producer::child::probe(&tools, parent, allow_unconfined).into();
        }
        Command::Run(options) => {
            log::begin();
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
    let path = folders::settings(file, &folders::data(data)?)?;
    let settings = engine::settings::Settings::read(&path, hal::output::kinds())?;
    // What `run` would refuse is an error here too.
    run::addresses(&settings.api, &[])?;
    say(&format!("{}: no errors", path.display()))
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{}", text.trim_end())?;
    Ok(())
}
