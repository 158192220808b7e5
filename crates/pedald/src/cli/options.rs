//! The options of the service itself, and the end of its long help.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use super::Command;
use crate::service::log::LogFormat;
use crate::tuner::SourceChoice;

/// The pedal's control service
#[derive(Debug, Clone, Parser)]
#[command(name = "pedald", version, max_term_width = 100, after_long_help = MANUAL)]
#[command(
    long_about = "The pedal's control service.\n\nIt owns the pedal's state: board, snapshots, banks, tempo, bindings. \
Footswitches, encoders, the LCD, browsers, MIDI and OSC ask it for changes and show what it tells. It steers \
`archibald-engine`, which makes the sound; when the engine is started anew it gets the same board again. It speaks \
mod-ui's REST and WebSocket, and keeps mod-ui's and pi-stomp's files."
)]
pub struct Options {
    /// Unix socket of archibald-engine
    #[arg(
        long,
        value_name = "SOCKET",
        default_value = "/run/archibald-engine/engine.sock",
        env = "PEDALD_ENGINE"
    )]
    pub engine: PathBuf,

    /// Address and port of the web page; may be given several times. A socket from systemd comes before it
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: Vec<String>,

    /// Address and port of the encrypted page; may be given several times. The plain one then only explains that
    #[arg(long, value_name = "ADDR")]
    pub tls: Vec<String>,

    /// Folder with mod-ui's own pages, to be served instead of ours
    #[arg(long, value_name = "DIR")]
    pub html_dir: Option<PathBuf>,

    /// Trust every program on this machine, as the original pi-stomp program needs it
    #[arg(long)]
    pub legacy_pi_stomp: bool,

    /// Trust every program on this machine, for work on the pedal's software
    #[arg(long)]
    pub dev: bool,

    /// Let those who may do everything install and remove plugins over the web page: code that the engine then runs
    #[arg(long)]
    pub allow_install: bool,

    /// Show a simulated pedal on the web page instead of using hardware
    #[arg(long, value_name = "MODEL")]
    pub simulate: Option<Model>,

    /// Show the simulated pedal in this terminal; v3, if --simulate names no other
    #[arg(long)]
    pub simulate_tui: bool,

    /// Which pedal is around this computer, when neither the configuration nor the computer's model tells
    #[arg(long, value_name = "MODEL", conflicts_with = "simulate")]
    pub hardware: Option<Model>,

    /// What rules the network: home, stage with the pedal's own hotspot, off
    #[arg(long, value_name = "WHAT", default_value = "simulated")]
    pub network: NetworkKind,

    /// Where the tuner listens: `jack`, the inputs of the JACK server, or `tone:HZ`, a string of that frequency
    #[arg(long, value_name = "SOURCE", default_value = "jack")]
    pub tuner_source: SourceChoice,

    /// Serve OSC on this UDP address of this machine, e.g. 127.0.0.1:9000
    #[arg(long, value_name = "ADDR")]
    pub osc: Option<std::net::SocketAddr>,

    /// Asset store whose files the page may fetch, e.g. http://127.0.0.1:8080; plain HTTP, for networks that are trusted
    #[arg(long, value_name = "URL")]
    pub streamdb: Option<String>,

    /// File with the asset store's token in its first line
    #[arg(long, value_name = "FILE", requires = "streamdb")]
    pub streamdb_token_file: Option<PathBuf>,

    /// Folder with boards, banks, files and settings; everything of it lies there [default: $MOD_DATA_DIR or ~/data]
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,

    /// pi-stomp's configuration [default: config/default_config.yml in the data folder]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// How log lines look
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    /// Log more
    #[arg(short, long, global = true)]
    pub verbose: bool,

    /// Instead of running the service
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Options {
    /// The pedal to simulate, if any.
    pub fn simulated(&self) -> Option<Model> {
        self.simulate.or(self.simulate_tui.then_some(Model::V3))
    }
}

/// The pedals that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Model {
    /// pi-Stomp v1: mono LCD of 128×64.
    V1,
    /// pi-Stomp v2: colour LCD, three switches.
    V2,
    /// pi-Stomp v3: colour LCD, four switches, three encoders.
    V3,
    /// A MIDI foot controller.
    Generic,
}

/// What rules the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NetworkKind {
    /// Nothing: the modes can be chosen, and touch no radio.
    Simulated,
    /// NetworkManager, and the unit `wifi-hotspot`: as on the pedal.
    Networkmanager,
}

/// Ends the long help.
const MANUAL: &str = "\
Exit status:
  0    ended by SIGTERM or SIGINT
  1    failure while running: the address is in use, a folder cannot be written
  64   wrong usage of the command line
  78   a configuration that cannot work however often it is tried

Without an engine the program runs on: it shows what is wrong, and goes on trying.

Nobody is let in who is not paired: a browser opens /pair, the display shows a code, and a footswitch confirms.

HTTP beside mod-ui's routes:
  /healthz   200 while the engine plays our board, else 503; JSON
  /metrics   load, lost periods, costs of plugins, temperature: for Prometheus
  /simulate  the simulated pedal, for browsers on this machine

Environment:
  MOD_DATA_DIR, MOD_USER_PEDALBOARDS_DIR, MOD_FACTORY_PEDALBOARDS_DIR, MOD_USER_FILES_DIR, MOD_USER_PLUGINS_DIR
                      folders, as mod-ui has them; not used with --data, but for the factory's boards
  LV2_PATH            folders with LV2 bundles, separated by colons
  STATE_DIRECTORY, CACHE_DIRECTORY, RUNTIME_DIRECTORY
                      set by systemd: kept versions, what can be made anew, boards on their way to the engine
  NOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS, LISTEN_FDNAMES
                      set by systemd: readiness when sound passes, watchdog, sockets; one named `https` is encrypted
  RUST_LOG            what is logged, e.g. `debug` or `pedald::session=debug`

Examples:
  archibald-engine run --backend dummy --socket /tmp/engine.sock &
  pedald --engine /tmp/engine.sock --data /tmp/pedal --simulate v3
  curl -s localhost:8080/healthz | jq .";
