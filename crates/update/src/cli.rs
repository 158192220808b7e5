//! The command line, and the programs of the real system.

use crate::health::Engine;
use crate::profile::Profile;
use crate::state::State;
use crate::steps::{Source, System, Update, UpdateError, Verdict};
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command as Process;

/// Updates a pedal: staged while it plays, tried at the next boot, undone when no sound comes out.
#[derive(Debug, Parser)]
#[command(name = "archibald-update", version, about, max_term_width = 110, after_help = EXIT_CODES)]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// Link of the system's profile
    #[arg(long, value_name = "LINK", default_value = "/nix/var/nix/profiles/system", global = true)]
    profile: PathBuf,
    /// File with the state of the update
    #[arg(long, value_name = "FILE", default_value = "/var/lib/archibald-update/state.json", global = true)]
    state: PathBuf,
    /// Socket of the engine
    #[arg(long, value_name = "SOCKET", default_value = "/run/archibald-engine/engine.sock", global = true)]
    engine: PathBuf,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 not done (the running system stays as it is), 3 the update was undone, \
5 somebody plays, 64 wrong use.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Fetch an update; nothing changes until `switch`
    Stage {
        /// Flake reference of a system, such as github:owner/pedal#nixosConfigurations.pistomp-pi4
        #[arg(required_unless_present = "usb", conflicts_with = "usb")]
        flake: Option<String>,
        /// Folder of a binary cache on a stick; its file `system` names the path of the system
        #[arg(long, value_name = "DIR", requires = "key_file")]
        usb: Option<PathBuf>,
        /// File with the owner's public key. Without a key, updates from a stick are off
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
    },
    /// Boot the staged update on trial; refused while somebody plays
    Switch,
    /// Judge this boot: audio must pass, or the update is undone. Run by a unit
    Judge {
        /// Seconds in which audio must pass, 1–600
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=600))]
        within: u32,
    },
    /// Print the state as JSON
    Status,
}

/// Runs the program; returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            let code = if error.use_stderr() { 64 } else { 0 };
            let _ = error.print();
            return code;
        }
    };
    match perform(&args) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "archibald-update: {error}");
            if matches!(error, UpdateError::Playing) { 5 } else { 1 }
        }
    }
}

fn perform(args: &Args) -> Result<u8, UpdateError> {
    let failed = |what| move |source| UpdateError::File { what, source };
    let profile = Profile::at(&args.profile).map_err(failed("cannot use the profile"))?;
    let update = Update { profile, state: args.state.clone() };
    let mut engine = Engine::new(args.engine.clone());
    let say = |text: String| drop(writeln!(io::stdout(), "{text}"));
    match &args.command {
        Command::Stage { flake, usb, key_file } => {
            let source = match (flake, usb, key_file) {
                (Some(flake), ..) => Source::Flake(flake.clone()),
                (None, Some(folder), Some(key)) => {
                    let key = std::fs::read_to_string(key).map_err(failed("cannot read the owner's key"))?;
                    Source::Stick { folder: folder.clone(), key: key.trim().to_owned() }
                }
                _ => return Err(UpdateError::System("name a flake, or --usb with --key-file".to_owned())),
            };
            let generation = update.stage(&mut Nix, &source)?;
            say(format!("generation {generation} is staged"));
        }
        Command::Switch => update.switch(&mut Nix, &mut engine)?,
        Command::Judge { within } => match update.judge(&mut Nix, &mut engine, *within)? {
            Verdict::NoTrial => say("nothing is on trial".to_owned()),
            Verdict::Good(generation) => say(format!("audio passes: generation {generation} stays")),
            Verdict::RolledBack(reason) => {
                say(format!("the update is undone: {reason}"));
                return Ok(3);
            }
        },
        Command::Status => {
            let state = State::load(&update.state).map_err(failed("cannot read the state"))?;
            say(serde_json::to_string_pretty(&state).unwrap_or_default());
        }
    }
    Ok(0)
}

/// The real system.
struct Nix;

impl Nix {
    fn run(program: &Path, arguments: &[&str]) -> Result<String, String> {
        let shown = program.display();
        let output = Process::new(program)
            .args(arguments)
            .output()
            .map_err(|error| format!("cannot start {shown}: {error}"))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(format!("{shown} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
        }
    }
}

impl System for Nix {
    fn fetch(&mut self, from: &Source) -> Result<PathBuf, String> {
        let nix = Path::new("nix");
        let path = match from {
            Source::Flake(reference) => {
                let attribute = format!("{reference}.config.system.build.toplevel");
                Self::run(nix, &["build", "--no-link", "--print-out-paths", &attribute])?
            }
            Source::Stick { folder, key } => {
                let file = folder.join("system");
                let text =
                    std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
                let path = text.trim().to_owned();
                if !path.starts_with("/nix/store/") || path.contains("..") {
                    return Err(format!("{} names no path of the store", file.display()));
                }
                let cache = format!("file://{}", folder.display());
                // The closure must carry this signature, whatever else the machine trusts.
                let options = ["--option", "trusted-public-keys", key, "--option", "require-sigs", "true"];
                Self::run(nix, &[&["copy", "--from", &cache, &path][..], &options].concat())?;
                path
            }
        };
        Ok(PathBuf::from(path))
    }

    fn make_default(&mut self, system: &Path) -> Result<(), String> {
        Self::run(&system.join("bin/switch-to-configuration"), &["boot"]).map(drop)
    }

    fn reboot(&mut self) -> Result<(), String> {
        Self::run(Path::new("systemctl"), &["reboot"]).map(drop)
    }
}
