//! The command line, and the programs of the real system.

use crate::health::Engine;
use crate::profile::Profile;
use crate::report::{Offer, look};
use crate::signed;
use crate::state::State;
use crate::steps::{Source, System, Update, UpdateError, Verdict};
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::io::{self, Read, Write};
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
    /// Look whether a flake has a newer system; nothing is fetched
    Check {
        /// Flake reference of a system
        flake: String,
    },
    /// Fetch the newest system, unless one is staged, and boot it on trial; refused while somebody plays
    Install {
        /// Flake reference of a system; without it only what is staged is taken
        flake: Option<String>,
    },
    /// Boot the system before this one, on trial; refused while somebody plays
    Back,
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
            let generation = update.told("An update is fetched", || update.stage(&mut Nix, &source))?;
            say(format!("generation {generation} is staged"));
        }
        Command::Check { flake } => {
            match update.told("Looking for an update", || update.check(&mut Nix, flake))? {
                Some(offer) => say(format!("{} is new", offer.version)),
                None => say("this is the newest system".to_owned()),
            }
        }
        Command::Install { flake } => update.told("The update is fetched and tried", || {
            update.install(&mut Nix, &mut engine, flake.as_deref())
        })?,
        Command::Back => {
            update.told("Going back to the system before", || update.back(&mut Nix, &mut engine))?;
        }
        Command::Switch => {
            update.told("The update is tried", || update.switch(&mut Nix, &mut engine))?;
        }
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
            let mut value = serde_json::to_value(&state).unwrap_or_default();
            value["told"] = serde_json::to_value(look(&update.profile, &update.state)).unwrap_or_default();
            say(serde_json::to_string_pretty(&value).unwrap_or_default());
        }
    }
    Ok(0)
}

/// Tells what the running system was made from, where its configuration says so.
const NIXOS_VERSION: &str = "/run/current-system/sw/bin/nixos-version";

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
                let mut text = String::new();
                std::fs::File::open(&file)
                    .and_then(|open| open.take(signed::LONGEST).read_to_string(&mut text))
                    .map_err(|error| format!("{}: {error}", file.display()))?;
                let path = signed::store_path(&text)
                    .ok_or_else(|| format!("{} names no path of the store", file.display()))?;
                let cache = format!("file://{}", folder.display());
                // The closure must carry this signature, whatever else the machine trusts.
                let options = ["--option", "trusted-public-keys", key, "--option", "require-sigs", "true"];
                Self::run(nix, &[&["copy", "--from", &cache, path][..], &options].concat())?;
                // Asked of the store, not of the stick, which may say something else the second time.
                if signed::by_content(&Self::run(nix, &["path-info", "--json", path])?, path)? {
                    return Err(format!("{path} is named by its content: no key has signed it"));
                }
                path.to_owned()
            }
        };
        Ok(PathBuf::from(path))
    }

    fn newest(&mut self, flake: &str) -> Result<Offer, String> {
        let reference = flake.split('#').next().unwrap_or(flake);
        let text = Self::run(Path::new("nix"), &["flake", "metadata", "--json", "--refresh", reference])?;
        offer(&text)
    }

    fn revision(&mut self) -> Option<String> {
        let text = Self::run(Path::new(NIXOS_VERSION), &["--configuration-revision"]).ok()?;
        Some(text).filter(|text| !text.is_empty())
    }

    fn make_default(&mut self, system: &Path) -> Result<(), String> {
        Self::run(&system.join("bin/switch-to-configuration"), &["boot"]).map(drop)
    }

    fn reboot(&mut self) -> Result<(), String> {
        Self::run(Path::new("systemctl"), &["reboot"]).map(drop)
    }

    fn booted(&self) -> Option<PathBuf> {
        std::fs::read_link("/run/booted-system").ok()
    }
}

/// What `nix flake metadata --json` tells of a reference.
fn offer(text: &str) -> Result<Offer, String> {
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| format!("the answer of nix is not understood: {error}"))?;
    let field =
        |name: &str| value[name].as_str().or_else(|| value["locked"][name].as_str()).map(str::to_owned);
    // a tree that was never committed has only the hash of its content
    let revision = field("revision").or_else(|| field("rev")).or_else(|| field("narHash"));
    let revision = revision.ok_or("nix does not say which revision it found")?;
    let seconds = value["lastModified"].as_u64().or_else(|| value["locked"]["lastModified"].as_u64());
    let short: String = revision.trim_start_matches("sha256-").chars().take(7).collect();
    let version = match seconds {
        Some(seconds) => format!("{} ({short})", date(seconds)),
        None => short,
    };
    Ok(Offer { version, revision })
}

/// A day as `2026-11-21`, universal time.
fn date(seconds: u64) -> String {
    let (mut year, mut days) = (1970, seconds / 86_400);
    let leap = |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_read_from_what_nix_says() {
        let text = r#"{"revision": "5d1f0a2b3c", "lastModified": 1795287181, "locked": {"rev": "other"}}"#;
        let found = offer(text).unwrap();
        assert_eq!((found.version.as_str(), found.revision.as_str()), ("2026-11-21 (5d1f0a2)", "5d1f0a2b3c"));
        let dirty =
            offer(r#"{"locked": {"narHash": "sha256-abcdefghij", "lastModified": 951782400}}"#).unwrap();
        assert_eq!(dirty.version, "2000-02-29 (abcdefg)");
        assert!(offer("{}").is_err() && offer("nonsense").is_err());
        assert_eq!((date(0).as_str(), date(4_107_542_399).as_str()), ("1970-01-01", "2100-02-28"));
    }
}
