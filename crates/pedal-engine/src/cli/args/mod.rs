//! What `archibald-engine` understands, and its manual.

mod files;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, value_parser};

use super::backend::BackendArgs;
use super::run::RunArgs;
pub(super) use files::{CheckArgs, PlayArgs, RenderArgs};

/// LV2 pedalboard engine: a whole board in one real-time callback
#[derive(Debug, Parser)]
#[command(name = "archibald-engine", version, max_term_width = 100, after_long_help = MANUAL)]
#[command(
    long_about = "LV2 pedalboard engine: a whole board of plugins in one real-time callback.\n\nIt loads LV2 plugins, connects \
them, and runs them as one JACK client, on a sound card, or on a timer. Boards are changed without a gap while it plays. It is \
steered with mod-host's text protocol over a Unix socket, or over TCP for mod-ui; called by the name `mod-host` it takes \
mod-host's own options."
)]
pub(super) struct Cli {
    /// Log more, libjack's own messages included
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,

    #[command(subcommand)]
    pub(super) command: Command,
}

/// Ends the long help.
const MANUAL: &str = "\
Exit status:
  0    success; `run` was ended by SIGTERM, SIGINT, SIGHUP or `quit`
  1    failure while running: no server, the server died, no such plugin, an unreadable file
  64   wrong usage of the command line
  78   a configuration that cannot work however often it is tried: an impossible number, a bad board

Environment:
  LV2_PATH             folders with LV2 bundles, separated by colons
  JACK_DEFAULT_SERVER  name of the JACK server, unless --server is given
  RUST_LOG             what is logged, e.g. `debug` or `pedal_engine::backend=debug`
  NOTIFY_SOCKET        set by systemd: READY=1, STATUS=, WATCHDOG=1 and STOPPING=1 are sent there
  WATCHDOG_USEC        set by systemd: the watchdog is fed as long as periods come
  JOURNAL_STREAM       set by systemd: log lines begin with journald's priority `<N>`

Examples:
  jackd -n pedal -R -d alsa -p 64 &
  archibald-engine run --server pedal --socket /run/user/1000/engine.sock
  archibald-engine run --backend dummy --tcp 5555 --feedback 5556
  archibald-engine list --json | jq -r '.[].uri'
  archibald-engine dry-through --server pedal

See docs/reference/protocol.md for the commands that the socket takes.";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the engine until a signal or `quit` comes
    ///
    /// Opens the back end, comes back with the board of the last run (with a state file), and serves mod-host's protocol. SIGTERM
    /// fades the sound out and ends the program in less than 200 ms. When the JACK server dies or the card goes away, the program
    /// ends with exit code 1 and its service manager starts it again; the state file brings the board back.
    #[command(after_long_help = "\
Files:
  $RUNTIME_DIRECTORY/engine.sock     commands, unless --socket is given; feedback on engine.sock.feedback
  $STATE_DIRECTORY/board.json        the board, written at most once a second after a change
  $CACHE_DIRECTORY/costs.json        measured costs of plugins on this machine

Examples:
  archibald-engine run --server pedal
  archibald-engine run --tcp 5555 --feedback 5556 --limiter
  archibald-engine run --backend alsa --device hw:sndrpihifiberry --period 64 --workers 2 --cpus 2,3
  archibald-engine run --backend dummy --socket /tmp/engine.sock --board clean.json")]
    Run(Box<RunArgs>),

    /// Play a WAV file through a board, faster than real time
    ///
    /// The result is the same from run to run, bit for bit, unless a plugin is not. Prints the time that each plugin took, and level
    /// and loudness (EBU R 128) before and after.
    #[command(
        after_long_help = "Example:\n  archibald-engine render clean.json --in guitar.wav --out wet.wav --tail 3"
    )]
    Render(RenderArgs),

    /// Say whether a board is whole: read it, make its plugins, connect them
    ///
    /// Ends with exit code 78 when the file is no board, a plugin is missing, or a connection or value cannot be taken over.
    Check(CheckArgs),

    /// Measure what plugins take on this machine
    ///
    /// Each plugin runs alone on noise for a thousand blocks. The figures are kept per machine and taken from there next time.
    #[command(
        after_long_help = "Example:\n  archibald-engine cost http://lv2plug.in/plugins/eg-amp --period 64"
    )]
    Cost(CostArgs),

    /// Ask a running engine for times per plugin, load and xruns
    #[command(
        after_long_help = "Examples:\n  archibald-engine stats\n  archibald-engine stats --tcp 5555 --json"
    )]
    Stats(StatsArgs),

    /// Play a WAV file into ports of a JACK server in real time and record others in step
    #[command(
        after_long_help = "Example:\n  archibald-engine play guitar.wav --out wet.wav --to archibald-engine:capture_1 \
--from archibald-engine:playback_1 --from archibald-engine:playback_2"
    )]
    Play(PlayArgs),

    /// List the installed plugins
    #[command(
        after_long_help = "Examples:\n  archibald-engine list reverb\n  archibald-engine list --json | jq length"
    )]
    List(ListArgs),

    /// Show what a plugin is and has: ports, ranges, parameters, presets
    #[command(after_long_help = "Example:\n  archibald-engine info http://lv2plug.in/plugins/eg-amp")]
    Info(InfoArgs),

    /// Connect capture straight to playback, for the time without an engine
    ///
    /// With JACK the connections are made inside the server and go on sounding when this command has ended. Nothing is connected
    /// while an engine is running, and a starting engine removes the connections once its own output sounds. Without a server
    /// (--backend alsa) this command copies the samples itself until it is ended.
    #[command(
        after_long_help = "Examples:\n  archibald-engine dry-through --server pedal\n  archibald-engine dry-through \
--server pedal --off\n  archibald-engine dry-through --hold            # as a service: removed by SIGTERM\n  archibald-engine dry-through --guard           # as a service beside `run`\n  \
archibald-engine dry-through --backend alsa --device hw:sndrpihifiberry --period 64"
    )]
    DryThrough(DryThroughArgs),
}

/// `list`
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Only plugins whose URI, name, author or category contains this, upper and lower case alike
    pub(super) word: Option<String>,

    /// An array of objects, for programs
    #[arg(long)]
    pub(super) json: bool,
}

/// `info`
#[derive(Debug, Args)]
pub(super) struct InfoArgs {
    /// URI of the plugin
    pub(super) uri: String,

    /// One object, for programs
    #[arg(long)]
    pub(super) json: bool,
}

/// `dry-through`
#[derive(Debug, Args)]
pub(super) struct DryThroughArgs {
    /// Remove the connections
    #[arg(long)]
    pub(super) off: bool,

    /// JACK: stay until a signal comes, then remove the connections
    #[arg(long, conflicts_with = "off")]
    pub(super) hold: bool,

    /// JACK: stay until a signal comes, and connect whenever a server is there without an engine; for a service beside the
    /// engine's. The server may come and go
    #[arg(long, conflicts_with_all = ["off", "hold", "wait"])]
    pub(super) guard: bool,

    /// JACK: seconds to wait for a server, up to a day
    #[arg(long, value_name = "SECONDS", default_value_t = 0, num_args = 0..=1, default_missing_value = "30")]
    #[arg(value_parser = value_parser!(u64).range(0..=86_400))]
    pub(super) wait: u64,

    #[command(flatten)]
    pub(super) backend: BackendArgs,
}

/// `cost`
#[derive(Debug, Args)]
pub(super) struct CostArgs {
    /// URIs of the plugins
    #[arg(required = true)]
    pub(super) uris: Vec<String>,

    /// Sample rate in Hz (8000-384000)
    #[arg(long, value_name = "HZ", default_value_t = 48_000, value_parser = value_parser!(u32).range(8_000..=384_000))]
    pub(super) rate: u32,

    /// Frames per block (1-8192)
    #[arg(long, value_name = "FRAMES", default_value_t = 128, value_parser = value_parser!(u32).range(1..=8192))]
    pub(super) period: u32,

    /// File that keeps the figures [default: $CACHE_DIRECTORY, $XDG_CACHE_HOME or ~/.cache]
    #[arg(long, value_name = "FILE")]
    pub(super) cache: Option<PathBuf>,

    /// Measure anew and keep nothing
    #[arg(long, conflicts_with = "cache")]
    pub(super) no_cache: bool,

    /// An array of objects, for programs
    #[arg(long)]
    pub(super) json: bool,
}

/// `stats`
#[derive(Debug, Args)]
pub(super) struct StatsArgs {
    /// Unix socket of the engine [default: as for `run`]
    #[arg(long, value_name = "PATH")]
    pub(super) socket: Option<PathBuf>,

    /// TCP port of the engine on 127.0.0.1
    #[arg(long, value_name = "PORT", conflicts_with = "socket")]
    pub(super) tcp: Option<u16>,

    /// One object, for programs
    #[arg(long)]
    pub(super) json: bool,
}
