//! `latency-probe loop`.

use super::{Failure, Outcome, OutputArgs, print};
use crate::history::Run;
use crate::jackio::{Busy, JackLoop};
use crate::result::{LoopReport, Setting};
use crate::roundtrip::{Loop, LoopConfig, LoopError, Method, Progress, measure};
use crate::text::{Style, bar, loop_text};
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(super) struct LoopArgs {
    /// Port to play into (default: the first physical playback port)
    #[arg(long, value_name = "PORT")]
    send: Option<String>,
    /// Port to listen to (default: the first physical capture port)
    #[arg(long, value_name = "PORT")]
    receive: Option<String>,
    #[command(flatten)]
    signal: SignalArgs,
    /// Longest round trip to wait for, in ms
    #[arg(long, value_name = "MS", default_value_t = 1365.0)]
    max_ms: f64,
    /// Periods of the hardware buffer (jackd -n), for the physical floor
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(2..=64))]
    periods: u32,
    /// The server runs asynchronously (jackd without -S): the floor is one period higher
    #[arg(long = "async")]
    asynchronous: bool,
    /// Measure even when somebody plays
    #[arg(long)]
    force: bool,
    /// What counts as somebody playing
    #[arg(long, value_enum, default_value_t = Busy::Connected)]
    busy_when: Busy,
    #[command(flatten)]
    output: OutputArgs,
}

/// Options of the test signal and the decision, shared with `simulate`.
#[derive(Debug, clap::Args)]
pub(super) struct SignalArgs {
    /// Fail (exit code 1) above this round trip, in ms
    #[arg(long, value_name = "MS")]
    pub(super) target: Option<f64>,
    /// Estimator: mls, or mtdm (the classical tones, as a cross-check)
    #[arg(long, default_value = "mls", value_parser = method)]
    pub(super) method: Method,
    /// Order of the sequence: 13 quick, 14 default, 16 for noise
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u32).range(10..=17))]
    pub(super) order: u32,
    /// Shots
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(2..=64))]
    pub(super) shots: u32,
    /// Playing level in dBFS rms, −80 to −10
    #[arg(long, default_value_t = -17.0, allow_negative_numbers = true, value_name = "DBFS")]
    pub(super) level: f64,
}

fn method(text: &str) -> Result<Method, String> {
    match text {
        "mls" => Ok(Method::Mls),
        "mtdm" => Ok(Method::Mtdm),
        _ => Err("mls or mtdm".to_owned()),
    }
}

impl SignalArgs {
    /// The measuring configuration at a sample rate.
    pub(super) fn config(&self, rate: u32, max_ms: f64) -> Result<LoopConfig, Failure> {
        if !(0.0..=10_000.0).contains(&max_ms) {
            return Err(Failure::usage("--max-ms must lie between 0 and 10000"));
        }
        if self.target.is_some_and(|t| !t.is_finite() || t <= 0.0) {
            return Err(Failure::usage("--target must be a positive number of ms"));
        }
        Ok(LoopConfig {
            method: self.method,
            order: self.order,
            shots: self.shots as usize,
            level_dbfs: self.level,
            max_delay: (max_ms * f64::from(rate) / 1000.0) as usize,
            ..Default::default()
        })
    }
}

pub(super) fn run(args: &LoopArgs) -> Outcome {
    let client = format!("latency-probe-{}", std::process::id());
    let busy = (!args.force).then_some(args.busy_when);
    let mut target = JackLoop::open(&client, args.send.as_deref(), args.receive.as_deref(), busy)
        .map_err(Failure::jack)?;
    let config = args.signal.config(target.rate(), args.max_ms)?;
    let pair = target.pair().clone();
    if pair.physical && !args.output.quiet {
        eprintln!(
            "Connect a cable from the output behind {} to the input behind {}, switch direct monitoring off, and turn \
             loudspeakers down: the test is a short burst of noise.",
            pair.send, pair.receive
        );
    }
    let mut meter = Meter::new(args.output.quiet);
    let mut attempted = measure(&mut target, &config, &mut |p| meter.show(&p)).map_err(failure)?;
    // A person at the terminal may still have to plug the cable in.
    for _ in 0..2 {
        let nothing = matches!(attempted.finding, crate::roundtrip::Finding::NoSignal { .. });
        if !(nothing && pair.physical && meter.asks() && wait_for_enter()) {
            break;
        }
        attempted = measure(&mut target, &config, &mut |p| meter.show(&p)).map_err(failure)?;
    }
    meter.clear();
    let setting = Setting {
        method: config.method,
        rate: target.rate(),
        period: target.period(),
        pair: Some(target.pair().clone()),
        target_ms: args.signal.target,
        periods: args.periods,
        asynchronous: args.asynchronous,
    };
    let report = LoopReport::new(&setting, &attempted);
    print(&report, &args.output, || loop_text(&report, Style::detect()));
    args.output.keep(&Run::Loop(report.clone()))?;
    Ok(report.verdict.exit_code())
}

pub(super) fn failure(error: LoopError) -> Failure {
    match error {
        LoopError::Excitation(_) | LoopError::Channel(_) => Failure::usage(error),
        _ => Failure::server(error),
    }
}

fn wait_for_enter() -> bool {
    eprintln!(
        "\nNothing comes back. Check the cable and the input gain, then press Enter to try again (Ctrl-C ends)."
    );
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).is_ok_and(|read| read > 0)
}

/// Level and progress on standard error, on one line, when it is a terminal.
struct Meter {
    live: bool,
    shown: bool,
}

impl Meter {
    fn new(quiet: bool) -> Self {
        Self { live: !quiet && crate::sys::is_terminal(), shown: false }
    }

    fn asks(&self) -> bool {
        use std::io::IsTerminal;
        self.live && std::io::stdin().is_terminal()
    }

    fn show(&mut self, progress: &Progress) {
        if !self.live {
            return;
        }
        let line = match progress {
            Progress::Attempt { number, level_dbfs } => format!("attempt {number} at {level_dbfs:.0} dBFS"),
            Progress::Level { dbfs, share } => {
                let level = bar((dbfs + 80.0) / 80.0, 20);
                format!(
                    "{:>3.0} %  input {:>6.1} dBFS  ▕{level:<20}▏",
                    share.min(1.0) * 100.0,
                    dbfs.max(-99.9)
                )
            }
            Progress::Again { why } => format!("again: {why}\n"),
        };
        eprint!("\r\x1b[K{line}");
        let _ = std::io::stderr().flush();
        self.shown = true;
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            eprint!("\r\x1b[K");
        }
    }
}
