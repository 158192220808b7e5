//! `rt-tune quantum`.

use super::{CommandResult, Common, Failure, print};
use crate::change::{Live, Outcome, applied_text};
use crate::quantum::{
    Guard, Kind, QuantumReport, RUNGS, RigOptions, SearchPlan, Server, ServerRig, keep, put_back,
    report_text, rungs, search, server, set_for_good, target,
};
use latency_probe::jackio::{Busy, refuse_when_busy};
use latency_probe::result::Origin;
use latency_probe::sched::Load;
use latency_probe::stop;
use std::io::{IsTerminal, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;

/// How to search, and what to do with the result.
#[derive(Debug, clap::Args)]
#[command(long_about = LONG)]
pub(super) struct QuantumArgs {
    /// Seconds of one trial
    #[arg(long, short, default_value_t = 10.0)]
    seconds: f64,
    /// Trials of the lowest clean period and of its neighbour
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(3..=1000))]
    repeats: u32,
    /// Share of each period that our callback burns, 0–90 %
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(0..=90))]
    dsp_load: u32,
    /// Stressors to run meanwhile
    #[arg(long, value_enum, value_delimiter = ',')]
    load: Vec<Load>,
    /// Period to begin with, in frames
    #[arg(long, default_value_t = 256)]
    from: u32,
    /// Smallest period to try
    #[arg(long, default_value_t = 16)]
    lowest: u32,
    /// Largest period to try
    #[arg(long, default_value_t = 1024)]
    highest: u32,
    /// Events in all trials of a period that still pass
    #[arg(long, default_value_t = 0)]
    allow: u64,
    /// Set the recommended period now and for the next start of the server
    #[arg(long)]
    set: bool,
    /// Search even when somebody plays
    #[arg(long)]
    force: bool,
}

const LONG: &str = "Finds the smallest period that this machine and server keep without dropouts.

From --from it goes down the ladder 16, 32, 48, 64, 96, 128, 192, 256, 512, 1024 (PipeWire: powers of two) as long as trials are \
clean. A trial burns --dsp-load of each period in a real-time callback and counts xruns, gaps in frame time, callbacks that began a \
period late, lost cycles, and frames of a test signal that do not come back as they were sent through a second client. The lowest clean \
period and its neighbour are then tried --repeats times each. The confidence is that of Poisson: no event in N seconds means at most \
3/N in a second, 95 %. Recommended is one rung above the lowest.

The old period is back at the end, also after Ctrl-C, and after a crash or kill -9 by a second process that watches this one. Silence \
your loudspeakers: other programs hear the changes of the period. With --set the recommended period stays, and is written where the \
server reads it when it starts; `rt-tune revert quantum` undoes both. The result is kept in the state folder as quantum.json.";

/// Set for the program that is started under PipeWire's libjack.
const UNDER_PW_JACK: &str = "RT_TUNE_UNDER_PW_JACK";

pub(super) fn run(args: &QuantumArgs, common: &Common) -> CommandResult {
    if !(1.0..=86_400.0).contains(&args.seconds) {
        return Err(Failure::usage("--seconds must lie between 1 and 86400 (a day)"));
    }
    if !common.root.is_system() {
        return Err(Failure::usage("a folder has no audio server: leave --root away"));
    }
    let server = find()?;
    let rungs = rungs(args.lowest, args.highest, server.kind == Kind::PipeWire);
    if rungs.is_empty() {
        let (lowest, highest) = (args.lowest, args.highest);
        return Err(Failure::usage(format!(
            "no period lies between {lowest} and {highest}: there are {RUNGS:?}"
        )));
    }
    if !args.force {
        let client = server::open().map_err(Failure::machine)?;
        refuse_when_busy(&client, Busy::Connected).map_err(|e| {
            Failure::machine(e.to_string().replace("nothing was measured", "nothing was changed"))
        })?;
    }
    let (machine, state) = (Live::new(common.root.clone()), common.state());
    stop::catch();
    // Left by a search whose guard was killed as well.
    put_back(&machine, &state).map_err(Failure::machine)?;
    let guard = Guard::start(&state).map_err(|e| {
        Failure::machine(format!("the process that would put everything back cannot be started: {e}"))
    })?;
    let options = RigOptions { load_percent: args.dsp_load, stress: args.load.clone(), warm_up: 2.0 };
    let plan = SearchPlan {
        rungs,
        start: args.from,
        seconds: args.seconds,
        repeats: args.repeats,
        allow: args.allow,
    };
    let mut rig = ServerRig::new(&server, &machine, &state, options);
    let live = std::io::stderr().is_terminal();
    let found = search(&plan, &mut rig, &mut |frames, trial| {
        if live {
            let mut err = std::io::stderr().lock();
            let _ = writeln!(err, "{frames:>6} frames: {} events in {:.0} s", trial.counted(), trial.seconds);
        }
    });
    let rate = rig.rate();
    let back = put_back(&machine, &state).map_err(Failure::machine)?;
    drop(guard);
    if let Some(left) = back.iter().find(|undone| undone.outcome.is_left()) {
        eprintln!("rt-tune: {} is not as it was: {:?}", left.place, left.outcome);
    }
    let found = found.map_err(Failure::machine)?;
    let mut report = QuantumReport {
        origin: Origin::here(),
        server: server.kind,
        rate,
        load_percent: args.dsp_load,
        stress: args.load.clone(),
        found,
        set: None,
    };
    let mut said = String::new();
    let mut code = u8::from(report.found.lowest.is_none());
    if let (true, Some(frames)) = (args.set, report.found.recommended) {
        let (text, good) = set(&machine, &state, &server, frames)?;
        said = text;
        report.set = good.then_some(frames);
        code |= u8::from(!good);
    }
    if report.found.complete {
        keep(&state, &report).map_err(|e| {
            Failure::machine(format!("the result cannot be kept in {}: {e}", state.display()))
        })?;
    }
    print(common.json, &report, || format!("{}{said}", report_text(&report)));
    if common.json && !said.is_empty() {
        eprint!("{said}");
    }
    Ok(code)
}

/// The server. When only PipeWire runs, this program starts itself again with PipeWire's libjack.
fn find() -> Result<Server, Failure> {
    let error = match Server::find() {
        Ok(server) => return Ok(server),
        Err(error) => error,
    };
    if std::env::var_os(UNDER_PW_JACK).is_none() && server::pipewire_answers() {
        let program = std::env::current_exe().map_err(Failure::machine)?;
        let error = std::process::Command::new("pw-jack")
            .arg(program)
            .args(std::env::args_os().skip(1))
            .env(UNDER_PW_JACK, "1")
            .exec();
        return Err(Failure::machine(format!(
            "PipeWire runs, but its libjack cannot be used: pw-jack: {error} (Debian: package pipewire-jack)"
        )));
    }
    Err(Failure::machine(format!("{error}: start one (jackd -d alsa …), or name it by JACK_DEFAULT_SERVER")))
}

/// Sets the period now and for the next start; what it says, and whether all of it was done.
fn set(
    machine: &Live,
    state: &std::path::Path,
    server: &Server,
    frames: u32,
) -> Result<(String, bool), Failure> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let root = nix::unistd::geteuid().is_root();
    let (documents, refusal) = match target(machine, server.kind, frames, home.as_deref(), root) {
        Ok(target) => (vec![target.step], None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let results = set_for_good(machine, state, server, frames, documents).map_err(Failure::machine)?;
    let good = results.iter().all(|result| matches!(result.outcome, Outcome::Done | Outcome::AlreadySo));
    let mut text = format!("{}Undo with: rt-tune revert quantum\n", applied_text(&results));
    if let Some(refusal) = &refusal {
        text.push_str(&format!("not kept for the next start: {refusal}\n"));
    }
    Ok((text, good && refusal.is_none()))
}
