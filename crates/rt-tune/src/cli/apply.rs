//! `rt-tune apply`.

use super::{CommandResult, Common, Failure, print};
use crate::change::{CpuSet, FIXES, Live, Outcome, Wishes, applied_text, apply, plan, plan_text};
use crate::journal::Journal;
use std::io::{BufRead, IsTerminal, Write};

/// Which settings, and how far.
#[derive(Debug, clap::Args)]
#[command(after_help = known_fixes())]
pub(super) struct ApplyArgs {
    /// Fixes by name (default: all that are safe)
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Show what would be written, and write nothing
    #[arg(long)]
    plan: bool,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    pub(super) wishes: WishArgs,
}

/// What the fixes aim at.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct WishArgs {
    /// CPUs for audio, such as 2-3 (default: those that the kernel isolates)
    #[arg(long, value_name = "LIST")]
    audio_cpus: Option<CpuSet>,
    /// Treat this interrupt as a sound card's, too
    #[arg(long, value_name = "NUMBER")]
    irq: Vec<u32>,
    /// Priority of the sound card's interrupt threads
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u8).range(2..=98))]
    irq_priority: u8,
    /// Priority of a server that has less than 70; its clients get five less
    #[arg(long, default_value_t = 80, value_parser = clap::value_parser!(u8).range(6..=97))]
    server_priority: u8,
    /// Longest time that a CPU may take to leave a sleep state, in µs (66 is a twentieth of 64 frames at 48 kHz)
    #[arg(long, default_value_t = 66, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    latency_us: u32,
}

impl WishArgs {
    pub(super) fn wishes(&self) -> Wishes {
        Wishes {
            audio_cpus: self.audio_cpus.clone(),
            irqs: self.irq.clone(),
            irq_priority: self.irq_priority,
            server_priority: self.server_priority,
            latency_us: self.latency_us,
        }
    }
}

fn known_fixes() -> String {
    let mut text = String::from("Fixes:\n");
    for fix in FIXES {
        let only = if fix.only_when_named.is_some() { " (only when named)" } else { "" };
        text.push_str(&format!("  {:18} {}{only}\n", fix.id, fix.why));
    }
    text
}

pub(super) fn run(args: &ApplyArgs, common: &Common) -> CommandResult {
    let machine = Live::new(common.root.clone());
    let plan = plan(&machine, &args.ids, &args.wishes.wishes()).map_err(Failure::usage)?;
    let nothing = plan.steps() == 0;
    if args.plan || nothing {
        print(common.json, &serde_json::json!({ "plan": plan.fixes, "results": [] }), || plan_text(&plan));
        return Ok(0);
    }
    if !common.json {
        print(false, &(), || plan_text(&plan));
    }
    if !args.yes && !agreed()? {
        return Ok(1);
    }
    let mut journal = Journal::open(&common.state()).map_err(Failure::machine)?;
    let results = apply(&machine, &mut journal, &plan).map_err(Failure::machine)?;
    print(common.json, &serde_json::json!({ "plan": plan.fixes, "results": results }), || {
        format!("\n{}Undo with: rt-tune revert --all\n", applied_text(&results))
    });
    Ok(u8::from(results.iter().any(|result| matches!(result.outcome, Outcome::Failed { .. }))))
}

/// Asks on the terminal.
fn agreed() -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage("nobody can be asked here: add --yes to do it, or --plan to look only"));
    }
    eprint!("Do this? [y/N] ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(Failure::machine)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
