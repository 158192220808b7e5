//! What `pedald` understands, and its manual.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use crate::run::RunError;
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

/// What can be done with the data while the service does not run, or beside it.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Command {
    /// Take over what another pi-Stomp's or MOD device's user has
    ///
    /// Copies boards, banks, presets, plugins for this machine, user files, favourites and settings from the data folder of
    /// another device (or the home folder that holds it) into this pedal's. The source is only read. What is here stays:
    /// equal things are left alone, others come beside it under a new name, a settings file that is replaced is kept as
    /// `.before-import`. Paths in the boards are put right. May be stopped and started again.
    #[command(after_long_help = "Examples:\n  pedald import-data /media/usb0/pistomp --dry-run\n  \
pedald import-data /media/usb0/pistomp && ps-restart")]
    ImportData {
        /// The data folder, or the home folder with `data` in it
        from: PathBuf,

        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,

        /// The plan as one object, for programs
        #[arg(long)]
        json: bool,
    },

    /// Write boards, banks, presets, files and settings into one file, e.g. on a USB stick
    ///
    /// The file is a tar.zst named after the time, with a list of everything in it and of each content's SHA-256. It appears
    /// when it is whole. Paired devices, keys and networks' passwords are not in it; recordings are only listed.
    #[command(
        after_long_help = "Examples:\n  pedald backup /media/stick\n  pedald backup /media/stick --without-files"
    )]
    Backup {
        /// Folder to write it into; made if need be
        to: PathBuf,

        /// Only list models, impulse responses and samples, which may be large
        #[arg(long)]
        without_files: bool,

        /// What was written, as one object, for programs
        #[arg(long)]
        json: bool,
    },

    /// Take a backup in: at the service's next start it replaces what is here
    ///
    /// Everything is unpacked beside what is here and compared with the backup's list first; what is not whole is refused
    /// and changes nothing. The service goes on meanwhile. At its next start (ps-restart) boards, banks and settings of the
    /// backup take their places; boards that are not in it go. Whatever was there is kept, and `--undo` brings it back.
    #[command(after_long_help = "Examples:\n  pedald restore /media/stick --dry-run\n  \
pedald restore /media/stick && ps-restart\n  pedald restore --undo && ps-restart")]
    Restore {
        /// The backup, or a folder: its newest one
        #[arg(required_unless_present = "undo", conflicts_with = "undo")]
        from: Option<PathBuf>,

        /// Only say what would change
        #[arg(long, conflicts_with = "undo")]
        dry_run: bool,

        /// Take the last restore back
        #[arg(long)]
        undo: bool,

        /// Do it at once: the service must not run
        #[arg(long, conflicts_with = "dry_run")]
        now: bool,

        /// What changes, as one object, for programs
        #[arg(long)]
        json: bool,
    },

    /// Pack a board with the player's files that it uses into one file for another pedal
    ExportBoard {
        /// Bundle (a folder ending in .pedalboard)
        bundle: PathBuf,

        /// File to write, e.g. lead.board.tar.zst
        to: PathBuf,
    },

    /// List the paired devices, or put some out
    ///
    /// Works on the list in the state folder. A service that runs keeps its own copy: it takes the change up within a few
    /// seconds, and a device that was put out loses its connections then.
    #[command(after_long_help = "Examples:\n  pedald clients list --state /var/lib/pedald\n  \
pedald clients revoke \"Anna's phone\" --state /var/lib/pedald\n  pedald clients revoke --all")]
    Clients {
        /// Folder with the list (`clients.json`) [default: $STATE_DIRECTORY or the data folder's state]
        #[arg(long, value_name = "DIR", global = true)]
        state: Option<PathBuf>,

        /// What to do
        #[command(subcommand)]
        what: Clients,
    },

    /// Unpack a board that was packed by `export-board`, and say what is missing
    ImportBoard {
        /// The file
        from: PathBuf,

        /// What came and what is missing, as one object, for programs
        #[arg(long)]
        json: bool,
    },
}

/// What can be done with the list of paired devices.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Clients {
    /// Show them: identifier, role, when they were paired and seen last, name
    List {
        /// As one array, for programs
        #[arg(long)]
        json: bool,
    },
    /// Put devices out; they must be paired anew to come back
    Revoke {
        /// Name or identifier of a device
        #[arg(required_unless_present = "all")]
        device: Option<String>,

        /// All devices
        #[arg(long, conflicts_with = "device")]
        all: bool,
    },
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

/// Runs the program with `args` (its own name first) and returns its exit code.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let options = match Options::try_parse_from(args) {
        Ok(options) => options,
        Err(error) if error.use_stderr() => {
            eprintln!("{}", error.render());
            return ExitCode::from(64);
        }
        Err(error) => {
            // help that nobody reads (a closed pipe) is no failure
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
    };
    // lines of the log would stand in the middle of the picture
    if !options.simulate_tui || !std::io::stderr().is_terminal() {
        crate::service::log::start(options.verbose, options.log_format);
    }
    if let Some(command) = options.command.clone() {
        return crate::offline::run(&command, options.data.clone());
    }
    match crate::run::run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(match error {
                RunError::Config(_) => 78,
                _ => 1,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent_and_takes_what_the_unit_passes() {
        Options::command().debug_assert();
        let line = "pedald --engine /run/e.sock --listen 127.0.0.1:80 --html-dir /x --legacy-pi-stomp";
        let options = Options::try_parse_from(line.split(' ')).expect("understood");
        assert_eq!(options.listen, ["127.0.0.1:80"]);
        assert!(options.legacy_pi_stomp && options.simulate.is_none());
        assert!(Options::try_parse_from(["pedald", "--simulate", "v9"]).is_err());
        assert!(options.command.is_none());
        let line = "pedald import-data /media/usb0 --dry-run --data /tmp/pedal";
        let options = Options::try_parse_from(line.split(' ')).expect("understood");
        assert_eq!(options.data, Some("/tmp/pedal".into()));
        assert!(matches!(options.command, Some(Command::ImportData { dry_run: true, .. })));
    }
}
