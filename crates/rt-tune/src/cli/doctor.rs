//! `rt-tune doctor`.

use super::{CommandResult, Common, Failure, print};
use crate::change::Live;
use crate::check::{self, View};
use crate::doctor::{Scrub, history_folder, measured, page};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Whom and what to describe.
#[derive(Debug, clap::Args)]
pub(super) struct DoctorArgs {
    /// Judge limits and groups of this user
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Folder with results of latency-probe (default: its own)
    #[arg(long, value_name = "DIR")]
    history: Option<PathBuf>,
}

/// First line that a program says of its version.
fn version(name: &str, program: &str) -> String {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    match output {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let line =
                text.lines().find(|line| line.chars().any(|c| c.is_ascii_digit())).unwrap_or("").trim();
            format!("{name}: {}", if line.is_empty() { "version not told" } else { line })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => format!("{name}: not installed"),
        Err(error) => format!("{name}: {error}"),
    }
}

pub(super) fn run(args: &DoctorArgs, common: &Common) -> CommandResult {
    let machine = Live::new(common.root.clone());
    let running = common.root.is_system();
    let user = super::check::user(&machine, args.user.as_deref())?;
    let scrub = Scrub::of(&machine, user.as_ref());
    let view = View::new(&machine, running, user);
    if !view.is_a_machine() {
        return Err(Failure::machine("there is no machine to describe: neither /proc nor /sys can be read"));
    }
    let report = check::run(&view);
    let programs = [("PipeWire", "pipewire"), ("WirePlumber", "wireplumber"), ("JACK", "jackd")];
    let versions: Vec<String> =
        programs.iter().filter(|_| running).map(|(name, program)| version(name, program)).collect();
    let mut measurements = measured(&history_folder(args.history.clone(), running));
    match crate::quantum::load(&common.state()) {
        Ok(found) => measurements.extend(found.map(|found| found.sentence())),
        Err(error) => measurements.push(format!("The result of rt-tune quantum cannot be read: {error}.")),
    }
    let text = page(&machine, &report, &versions, &measurements, &scrub);
    print(common.json, &serde_json::json!({ "page": text }), || text.clone());
    Ok(0)
}
