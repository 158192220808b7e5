//! `latency-probe sched`.

use super::{Failure, Outcome, OutputArgs, print};
use crate::history::Run;
use crate::sched::{Inject, Load, SchedConfig, SchedError, measure, timerlat};
use crate::text::{Style, sched_text};
use std::path::Path;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(super) struct SchedArgs {
    /// How long, in seconds
    #[arg(long, short, default_value_t = 10.0)]
    seconds: f64,
    /// CPUs to measure, as 0,2 (default: all)
    #[arg(long, value_delimiter = ',')]
    cpus: Vec<usize>,
    /// SCHED_FIFO priority, 1–98
    #[arg(long, short, default_value_t = 95)]
    priority: u8,
    /// Measure an ordinary program (SCHED_OTHER) instead
    #[arg(long)]
    other: bool,
    /// Microseconds between wake-ups
    #[arg(long, short, default_value_t = 1000)]
    interval: u32,
    /// Stressors to run meanwhile
    #[arg(long, value_enum, value_delimiter = ',')]
    load: Vec<Load>,
    /// Forbid deep sleep states meanwhile (/dev/cpu_dma_latency)
    #[arg(long)]
    hold_dma: bool,
    /// Fail (exit code 1) when the 99.9th percentile is above this, in µs
    #[arg(long, value_name = "US")]
    target: Option<u64>,
    /// Run the kernel's timerlat tracer as well, where it exists, and name what was in the way
    #[arg(long)]
    timerlat: bool,
    /// Stall the first CPU on purpose so many times for 3 ms each
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    inject_stalls: u32,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &SchedArgs) -> Outcome {
    crate::sys::catch_stop();
    let config = SchedConfig {
        cpus: args.cpus.clone(),
        priority: (!args.other).then_some(args.priority),
        interval_us: args.interval,
        seconds: args.seconds,
        load: args.load.clone(),
        hold_dma: args.hold_dma,
        inject: (args.inject_stalls > 0).then_some(Inject { count: args.inject_stalls, us: 3_000 }),
    };
    let mut report = measure(&config).map_err(|error| match error {
        SchedError::Thread(_) => Failure::server(error),
        _ => Failure::usage(error),
    })?;
    if args.timerlat {
        let tracefs = Path::new(timerlat::TRACEFS);
        if timerlat::available(tracefs) {
            match timerlat::run(tracefs, Duration::from_secs_f64(args.seconds.clamp(0.1, 60.0))) {
                Ok(culprit) => report.timerlat = culprit,
                Err(error) => report.notes.push(format!("the timerlat tracer could not be used ({error})")),
            }
        } else {
            report.notes.push(
                "this kernel has no timerlat tracer (CONFIG_TIMERLAT_TRACER), or it is not readable".into(),
            );
        }
    }
    if let Some(target) = args.target {
        report.judge(target);
    }
    print(&report, &args.output, || sched_text(&report, Style::detect()));
    args.output.keep(&Run::Sched(report.clone()))?;
    Ok(report.verdict.exit_code())
}
