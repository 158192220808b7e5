//! `rt-tune emit-nix`.

use super::{CommandResult, Common, Failure, print};
use crate::change::{CpuSet, Live, Machine};
use crate::check::View;
use crate::{check, doctor, emit};
use std::path::PathBuf;

/// What to write, and where.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The module sets options of nixpkgs, and options of musnix and archibald only where they exist. Add the file \
to imports, or with ArchibaldOS name it in archibald.tuning.emitted. The period is written when rt-tune quantum has found \
one.\n\nExit codes: 0 written, 1 there is nothing \
to write, 2 the journal cannot be read, 64 wrong use."
)]
pub(super) struct EmitArgs {
    /// Also write what rt-tune check finds to be mended
    #[arg(long)]
    findings: bool,
    /// Judge limits of this user
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// CPUs for audio, such as 2-3 (default: those that the kernel isolates)
    #[arg(long, value_name = "LIST")]
    audio_cpus: Option<CpuSet>,
    /// Write the module to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Folder with results of latency-probe, quoted as the measurement
    #[arg(long, value_name = "DIR")]
    history: Option<PathBuf>,
}

pub(super) fn run(args: &EmitArgs, common: &Common) -> CommandResult {
    let machine = Live::new(common.root.clone());
    let list =
        |path: &str| machine.read(path).ok().and_then(|text| CpuSet::from_list(&text)).unwrap_or_default();
    let isolated = || crate::change::rules::isolated(&machine);
    let facts = emit::Facts {
        cpus: list("/sys/devices/system/cpu/online"),
        audio: args.audio_cpus.clone().unwrap_or_else(isolated),
    };
    let state = common.state();
    let records = crate::journal::Journal::read(&state).map_err(Failure::machine)?;
    let open = crate::journal::open_places(&records);
    let mut emission = emit::from_journal(&open, &facts);
    match crate::quantum::load(&state) {
        Ok(Some(report)) => emission.add_quantum(&report),
        Ok(None) => {}
        Err(error) => emission.left.push((
            "quantum".into(),
            format!("the result of rt-tune quantum in {} cannot be read: {error}", state.display()),
        )),
    }
    if args.findings {
        let user = super::check::user(&machine, args.user.as_deref())?;
        let report = check::run(&View::new(&machine, common.root.is_system(), user));
        emission.add_findings(&report, &facts);
    }
    emission.measured =
        doctor::measured(&doctor::history_folder(args.history.clone(), common.root.is_system()));
    let release = machine.read("/proc/sys/kernel/osrelease").unwrap_or_default();
    let origin = format!(
        "Written by rt-tune {} emit-nix on Linux {}: add it to imports, or name it in archibald.tuning.emitted.",
        env!("CARGO_PKG_VERSION"),
        release.trim()
    );
    let text = emit::module(&emission, &origin);
    if emission.parts.is_empty() {
        eprintln!(
            "rt-tune: nothing is applied that could be made permanent; --findings writes what check finds"
        );
    }
    match &args.output {
        Some(path) => latency_probe::history::write_atomically(path, text.as_bytes())
            .map_err(|e| Failure::machine(format!("{} cannot be written: {e}", path.display())))?,
        None => print(common.json, &serde_json::json!({ "module": text }), || text.clone()),
    }
    Ok(u8::from(emission.parts.is_empty()))
}
