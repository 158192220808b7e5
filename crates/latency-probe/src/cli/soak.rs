//! `latency-probe soak`.

use super::{Failure, Outcome, OutputArgs, print};
use crate::history::Run;
use crate::jackio::{Busy, SoakConfig, soak};
use crate::sched::Load;
use crate::text::{Style, soak_text};
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(super) struct SoakArgs {
    /// How long, in seconds
    #[arg(long, short, default_value_t = 60.0)]
    seconds: f64,
    /// Period to set for the run, in frames; the old one is restored (default: leave it)
    #[arg(long, short)]
    period: Option<u32>,
    /// Share of each period that our callback burns, 0–90 %
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(0..=90))]
    dsp_load: u32,
    /// Stressors to run meanwhile
    #[arg(long, value_enum, value_delimiter = ',')]
    load: Vec<Load>,
    /// Port to play the content into (default: our own input)
    #[arg(long, value_name = "PORT", requires = "receive")]
    send: Option<String>,
    /// Port that the content comes back from
    #[arg(long, value_name = "PORT", requires = "send")]
    receive: Option<String>,
    /// Events that still pass
    #[arg(long, default_value_t = 0)]
    allow: u64,
    /// Overrun on purpose so many times
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    inject_overruns: u32,
    /// Soak even when somebody plays
    #[arg(long)]
    force: bool,
    /// What counts as somebody playing
    #[arg(long, value_enum, default_value_t = Busy::Connected)]
    busy_when: Busy,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &SoakArgs) -> Outcome {
    if !(0.5..=604_800.0).contains(&args.seconds) {
        return Err(Failure::usage("--seconds must lie between 0.5 and 604800 (a week)"));
    }
    if args.period.is_some_and(|p| !(8..=8192).contains(&p)) {
        return Err(Failure::usage("--period must lie between 8 and 8192 frames"));
    }
    let client = format!("latency-probe-{}", std::process::id());
    crate::sys::catch_stop();
    let config = SoakConfig {
        send: args.send.clone(),
        receive: args.receive.clone(),
        period: args.period,
        seconds: args.seconds,
        load_percent: args.dsp_load,
        stress: args.load.clone(),
        inject: args.inject_overruns,
        allow: args.allow,
        busy: (!args.force).then_some(args.busy_when),
        ..SoakConfig::default()
    };
    let live = !args.output.quiet && crate::sys::is_terminal();
    let report = soak(&client, &config, &mut |seconds, events| {
        if live {
            eprint!("\r\x1b[K{seconds:>6.0} of {:.0} s, {events} events", config.seconds);
            let _ = std::io::stderr().flush();
        }
    })
    .map_err(Failure::jack)?;
    if live {
        eprint!("\r\x1b[K");
    }
    print(&report, &args.output, || soak_text(&report, Style::detect()));
    args.output.keep(&Run::Soak(report.clone()))?;
    Ok(report.verdict.exit_code())
}
