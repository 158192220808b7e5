//! `play`: a file through ports of a JACK server.

use super::args::PlayArgs;
use super::failure::Failure;
use super::plugins::{print, print_json};
use crate::play::{PlayOptions, play};
use serde_json::json;
use std::io::{IsTerminal, Write};

pub(super) fn run(args: PlayArgs) -> Result<(), Failure> {
    let options = PlayOptions {
        server: args.server,
        input: args.input,
        output: args.output,
        to: args.to,
        from: args.from,
        tail: f64::from(args.tail),
    };
    let mut stderr = std::io::stderr();
    let shown = stderr.is_terminal();
    let report = play(&options, |share| {
        if shown {
            let _ = write!(stderr, "\r{:3.0} %", share * 100.0);
        }
    });
    if shown {
        eprintln!();
    }
    let report = report.map_err(Failure::run)?;
    if args.json {
        return print_json(&json!({
            "frames": report.frames,
            "lost_frames": report.lost_frames,
            "xruns": report.xruns,
            "sample_rate": report.sample_rate,
        }));
    }
    print(&format!(
        "{}: {} frames at {} Hz, {} of them lost, {} xruns\n",
        options.output.display(),
        report.frames,
        report.sample_rate,
        report.lost_frames,
        report.xruns
    ))
}
