//! `check` and `render`: boards without a back end.

use super::args::{CheckArgs, RenderArgs};
use super::cost::silent_host;
use super::failure::Failure;
use super::plugins::{print, print_json};
use super::stats::table;
use crate::audio_file::{self, Encoding, Take};
use crate::backend::offline::Render;
use crate::board::BoardFile;
use crate::host::{HostOptions, LoadReport};
use crate::meter::Loudness;
use serde_json::{Value, json};
use std::fmt::Write;

/// Loads a board for real, without sound. A board that is not whole fails with 78.
pub(super) fn check(args: &CheckArgs) -> Result<(), Failure> {
    let board = BoardFile::read(&args.board).map_err(Failure::config)?;
    let options =
        HostOptions { sample_rate: args.rate, period: args.period as usize, ..HostOptions::default() };
    let (mut host, _engine, _scratch) = silent_host(options)?;
    let report = host.load_board(&board);
    if args.json {
        print_json(&json!(report))?;
    } else {
        print(&describe(&report))?;
    }
    match report.missing.len() + report.problems.len() {
        0 => Ok(()),
        count => Err(Failure::config(format!("{}: {count} problems", args.board.display()))),
    }
}

fn describe(report: &LoadReport) -> String {
    let mut text = format!("board `{}`: {} plugins\n", report.name, report.plugins);
    for line in report.missing.iter().chain(&report.problems) {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// Plays a file through a board, faster than real time.
pub(super) fn render(args: &RenderArgs) -> Result<(), Failure> {
    let board = BoardFile::read(&args.board).map_err(Failure::config)?;
    let take = audio_file::read(&args.input).map_err(Failure::run)?;
    let rate = take.sample_rate;
    let mut input = take.channels;
    if let [mono] = &input[..] {
        // A board may listen on either capture.
        input.push(mono.clone());
    }
    let options = HostOptions {
        sample_rate: rate,
        period: args.period as usize,
        captures: input.len(),
        playbacks: usize::from(args.channels),
        fade_ms: 0.0,
        ..HostOptions::default()
    };
    let (mut host, mut engine, _scratch) = silent_host(options)?;
    let report = host.load_board(&board);
    for problem in report.missing.iter().chain(&report.problems) {
        tracing::warn!("{problem}");
    }
    let tail = (f64::from(args.tail) * f64::from(rate)) as usize;
    let rendered = Render::new(args.period as usize)
        .playbacks(usize::from(args.channels))
        .tail(tail)
        .before_block(|_| host.tick())
        .run(&mut engine, &input);
    let stats = host.stats();
    let dry = level(&input, rate)?;
    let wet = level(&rendered.audio, rate)?;
    let encoding = if args.int24 { Encoding::Int24 } else { Encoding::Float32 };
    let output = Take { sample_rate: rate, channels: rendered.audio };
    audio_file::write(&args.output, &output, encoding).map_err(Failure::run)?;
    if args.json {
        return print_json(&json!({ "report": report, "stats": stats, "input": dry, "output": wet }));
    }
    let mut text = table(&stats);
    for (name, value) in [("in", &dry), ("out", &wet)] {
        let _ = writeln!(text, "{name:>4}: {}", describe_level(value));
    }
    let _ = writeln!(text, "{}: {} frames at {rate} Hz", args.output.display(), output.frames());
    print(&text)
}

/// Peak and loudness; `null` stands for silence.
fn level(channels: &[Vec<f32>], rate: u32) -> Result<Value, Failure> {
    let loudness = Loudness::measure(channels, rate).map_err(Failure::run)?;
    Ok(json!({
        "peak_dbfs": loudness.peak_dbfs,
        "true_peak_dbtp": loudness.true_peak_dbtp,
        "integrated_lufs": loudness.integrated_lufs,
        "short_term_max_lufs": loudness.short_term_max_lufs,
    }))
}

fn describe_level(level: &Value) -> String {
    let number = |name: &str| level[name].as_f64().map_or("-inf".to_owned(), |value| format!("{value:.1}"));
    format!("peak {} dBFS, loudness {} LUFS", number("peak_dbfs"), number("integrated_lufs"))
}
