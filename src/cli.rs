//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// An LED display engine: pictures, effects and streams become light.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the display.
    Run(RunOptions),
    /// Check a settings file and say what is wrong with it.
    Check {
        /// The file; without it, the one that `run` would read.
        file: Option<PathBuf>,
        /// The data folder to look in.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Print the description of the HTTP interface (OpenAPI 3.1).
    Openapi,
    /// Draw the frames of one item.
    #[command(hide = true)]
    Producer {
        #[arg(long)]
        ring: String,
        #[arg(long)]
        spec: String,
        #[arg(long)]
        parent: u32,
        #[arg(long)]
        allow_unconfined: bool,
    },
    /// Look at one file.
    #[command(hide = true)]
    Probe {
        #[arg(long)]
        tools: String,
        #[arg(long)]
        parent: u32,
        #[arg(long)]
        allow_unconfined: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// The data folder [default: the first of $STATE_DIRECTORY, else $XDG_DATA_HOME/prismatron, else
    /// ~/.local/share/prismatron].
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The settings file [default: settings.toml in the data folder].
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Listen here too; may be given more than once. The default address is then given up if another
    /// program has it.
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Vec<SocketAddr>,
    /// The name of this display, for a machine with more than one.
    #[arg(long, value_name = "NAME", default_value = "main", value_parser = instance_name)]
    pub(crate) instance: String,
    /// Serve the page from this folder, while working on it.
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) ui_dir: Option<PathBuf>,
}

fn instance_name(name: &str) -> Result<String, String> {
    let valid = (1..=32).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if valid {
        Ok(name.to_owned())
    } else {
        Err("an instance name is 1 to 32 of the characters a-z, 0-9 and -".to_owned())
    }
}
