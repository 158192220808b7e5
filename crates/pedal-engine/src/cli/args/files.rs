//! Options of the subcommands that work on files: boards that are checked, sound that is played.

use std::path::PathBuf;

use clap::{Args, value_parser};

use crate::cli::run::within;

/// `render`
#[derive(Debug, Args)]
pub(in crate::cli) struct RenderArgs {
    /// Board, a JSON file
    pub(in crate::cli) board: PathBuf,

    /// WAV file to play; its rate is the engine's; a single channel goes to both captures
    #[arg(long = "in", value_name = "FILE")]
    pub(in crate::cli) input: PathBuf,

    /// WAV file to write, whole or not at all
    #[arg(long = "out", value_name = "FILE")]
    pub(in crate::cli) output: PathBuf,

    /// Frames per block (1-8192)
    #[arg(long, value_name = "FRAMES", default_value_t = 128, value_parser = value_parser!(u32).range(1..=8192))]
    pub(in crate::cli) period: u32,

    /// Seconds to go on after the end of the input (0-600)
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = within(0.0, 600.0))]
    pub(in crate::cli) tail: f32,

    /// Channels of the output (1-32)
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = value_parser!(u8).range(1..=32))]
    pub(in crate::cli) channels: u8,

    /// Write 24-bit integers instead of 32-bit float
    #[arg(long)]
    pub(in crate::cli) int24: bool,

    /// The figures as one object, for programs
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// `check`
#[derive(Debug, Args)]
pub(in crate::cli) struct CheckArgs {
    /// Board, a JSON file
    pub(in crate::cli) board: PathBuf,

    /// Sample rate in Hz to make the plugins for (8000-384000)
    #[arg(long, value_name = "HZ", default_value_t = 48_000, value_parser = value_parser!(u32).range(8_000..=384_000))]
    pub(in crate::cli) rate: u32,

    /// Frames per block to make the plugins for (1-8192)
    #[arg(long, value_name = "FRAMES", default_value_t = 128, value_parser = value_parser!(u32).range(1..=8192))]
    pub(in crate::cli) period: u32,

    /// The report as one object, for programs
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// `play`
#[derive(Debug, Args)]
pub(in crate::cli) struct PlayArgs {
    /// WAV file to play, at the server's rate
    pub(in crate::cli) input: PathBuf,

    /// WAV file to write, one channel for each --from
    #[arg(long = "out", value_name = "FILE")]
    pub(in crate::cli) output: PathBuf,

    /// Input port that gets the file; several get its channels one after the other
    #[arg(long, value_name = "PORT", required = true)]
    pub(in crate::cli) to: Vec<String>,

    /// Output port to record
    #[arg(long, value_name = "PORT", required = true)]
    pub(in crate::cli) from: Vec<String>,

    /// Name of the server [default: $JACK_DEFAULT_SERVER, or `default`]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) server: Option<String>,

    /// Seconds to go on recording after the end of the input (0-600)
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = within(0.0, 600.0))]
    pub(in crate::cli) tail: f32,

    /// The report as one object, for programs
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
