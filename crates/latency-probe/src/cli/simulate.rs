//! `latency-probe simulate` and `latency-probe channel`.

use super::roundtrip::{SignalArgs, failure};
use super::{Failure, Outcome, OutputArgs, print, say};
use crate::channel::{ChannelSpec, Drop, Echo, Loss, Tone};
use crate::history::Run;
use crate::jackio::start_channel;
use crate::result::{LoopReport, Setting};
use crate::roundtrip::{SimulatedLoop, measure};
use crate::text::{Style, loop_text};
use std::time::{Duration, Instant};

/// What the channel does to the signal.
#[derive(Debug, clap::Args)]
pub(super) struct SpecArgs {
    /// Delay in frames, may be fractional
    #[arg(long, default_value_t = 0.0)]
    delay: f64,
    /// Linear gain; negative inverts
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    gain: f64,
    /// White noise at this signal-to-noise ratio, dB against −17 dBFS times the gain
    #[arg(long, allow_negative_numbers = true)]
    snr: Option<f64>,
    /// White noise at this level, dBFS rms
    #[arg(long, allow_negative_numbers = true)]
    noise: Option<f64>,
    /// Mains hum with harmonics: HERTZ,DBFS
    #[arg(long, value_parser = pair, allow_hyphen_values = true)]
    hum: Option<(f64, f64)>,
    /// A tone: HERTZ,DBFS
    #[arg(long, value_parser = pair, allow_hyphen_values = true)]
    tone: Option<(f64, f64)>,
    /// First-order high pass at this corner, Hz
    #[arg(long)]
    highpass: Option<f64>,
    /// Second-order high pass at this corner, Hz
    #[arg(long)]
    highpass2: Option<f64>,
    /// Fourth-order low pass at this corner, Hz
    #[arg(long)]
    lowpass: Option<f64>,
    /// Feedback: FRAMES,GAIN
    #[arg(long, value_parser = pair, allow_hyphen_values = true)]
    feedback: Option<(f64, f64)>,
    /// A second path: FRAMES,GAIN
    #[arg(long, value_parser = pair, allow_hyphen_values = true)]
    echo: Option<(f64, f64)>,
    /// Hard limit, linear full scale
    #[arg(long)]
    clip: Option<f64>,
    /// Quantise to this many bits
    #[arg(long)]
    bits: Option<u8>,
    /// Lose frames: AT,FRAMES
    #[arg(long, value_parser = pair)]
    drop: Option<(f64, f64)>,
    /// Lose frames again after each so many frames
    #[arg(long, default_value_t = 0)]
    drop_every: u64,
    /// Lost frames arrive as silence instead of vanishing
    #[arg(long)]
    drop_silence: bool,
    /// Clock error of the receiving side, ppm
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    drift: f64,
    /// Seed of the noise
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn pair(text: &str) -> Result<(f64, f64), String> {
    let numbers =
        text.split_once(',').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    numbers.ok_or_else(|| "two numbers with a comma between, for example 50,-20".to_owned())
}

impl SpecArgs {
    fn spec(&self) -> ChannelSpec {
        let tone = |(hertz, dbfs)| Tone { hertz, dbfs };
        let loss = if self.drop_silence { Loss::Silence } else { Loss::Skip };
        ChannelSpec {
            delay: self.delay,
            gain: self.gain,
            snr_db: self.snr,
            noise_dbfs: self.noise,
            hum: self.hum.map(tone),
            tone: self.tone.map(tone),
            highpass1: self.highpass,
            highpass2: self.highpass2,
            lowpass4: self.lowpass,
            feedback: self.feedback.map(|(frames, gain)| (frames as u32, gain)),
            echo: self.echo.map(|(offset, gain)| Echo { offset, gain }),
            clip: self.clip,
            bits: self.bits,
            drop: self.drop.map(|(at, frames)| Drop { at: at as u64, frames: frames as u32, loss }),
            drop_every: self.drop_every,
            drift_ppm: self.drift,
            seed: self.seed,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct SimulateArgs {
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    signal: SignalArgs,
    /// Sample rate in Hz
    #[arg(long, default_value_t = 48_000)]
    rate: u32,
    /// Longest round trip to wait for, in ms
    #[arg(long, value_name = "MS", default_value_t = 1365.0)]
    max_ms: f64,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &SimulateArgs) -> Outcome {
    let config = args.signal.config(args.rate, args.max_ms)?;
    let mut target = SimulatedLoop { spec: args.spec.spec(), rate: args.rate };
    let attempted = measure(&mut target, &config, &mut |_| {}).map_err(failure)?;
    let setting = Setting {
        method: config.method,
        rate: args.rate,
        period: 0,
        pair: None,
        target_ms: args.signal.target,
        periods: 2,
        asynchronous: false,
    };
    let report = LoopReport::new(&setting, &attempted);
    print(&report, &args.output, || loop_text(&report, Style::detect()));
    args.output.keep(&Run::Loop(report.clone()))?;
    Ok(report.verdict.exit_code())
}

#[derive(Debug, clap::Args)]
pub(super) struct ChannelArgs {
    #[command(flatten)]
    spec: SpecArgs,
    /// Name of the client
    #[arg(long, default_value = "channel")]
    name: String,
    /// Ports that pretend to be hardware
    #[arg(long)]
    physical: bool,
    /// End after so many seconds (default: at SIGINT or SIGTERM)
    #[arg(long)]
    seconds: Option<f64>,
}

pub(super) fn run_channel(args: &ChannelArgs) -> Outcome {
    crate::sys::catch_stop();
    let client = start_channel(&args.name, &args.spec.spec(), args.physical).map_err(Failure::server)?;
    say(&format!("channel runs as {0}: {0}:in → {0}:out\n", client.name()));
    let start = Instant::now();
    while !crate::sys::stopping() && args.seconds.is_none_or(|s| start.elapsed().as_secs_f64() < s) {
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(0)
}
