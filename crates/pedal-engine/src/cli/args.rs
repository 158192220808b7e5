//! What `archibald-engine` understands, and its manual.

use super::backend::BackendArgs;
use clap::{Args, Parser, Subcommand};

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
    /// Log more: every command, and libjack's own messages
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
--server pedal --off\n  archibald-engine dry-through --hold            # as a service: removed by SIGTERM\n  \
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

    /// JACK: seconds to wait for a server
    #[arg(long, value_name = "SECONDS", default_value_t = 0, num_args = 0..=1, default_missing_value = "30")]
    pub(super) wait: u64,

    #[command(flatten)]
    pub(super) backend: BackendArgs,
}
