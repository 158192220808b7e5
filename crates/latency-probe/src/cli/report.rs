//! `latency-probe report`.

use super::{Failure, Outcome, say};
use crate::history::{History, Run, Stored, write_atomically};
use crate::report::{compare, html, png, prometheus, serve, sheet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// Folder of the history
    #[arg(long, value_name = "DIR", default_value = "/var/lib/latency-probe")]
    history: PathBuf,
    /// Look only at so many last runs
    #[arg(long, value_name = "COUNT")]
    last: Option<usize>,
    /// Compare two runs by their numbers: BEFORE,AFTER
    #[arg(long, value_name = "A,B", value_parser = numbers)]
    compare: Option<(u64, u64)>,
    /// Write a page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the picture as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write the picture as PNG
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Write metrics for Prometheus
    #[arg(long, value_name = "FILE")]
    prometheus: Option<PathBuf>,
    /// Serve the metrics at http://ADDRESS/metrics until SIGTERM
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Let --listen use an address that others can reach: there is no password
    #[arg(long)]
    listen_public: bool,
    /// Print the runs as JSON
    #[arg(long)]
    json: bool,
    /// Print the JSON schema of a run
    #[arg(long)]
    schema: bool,
}

fn numbers(text: &str) -> Result<(u64, u64), String> {
    let pair = text.split_once(',').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    pair.ok_or_else(|| "two run numbers with a comma between, for example 3,7".to_owned())
}

/// The documented schema of everything that is stored and printed.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Run);
    serde_json::to_string_pretty(&schema).expect("a schema is a JSON document") + "\n"
}

pub(super) fn run(args: &ReportArgs) -> Outcome {
    if args.schema {
        say(&schema());
        return Ok(0);
    }
    let read = || -> Result<Vec<Stored>, Failure> {
        if !args.history.exists() {
            return Err(Failure::usage(format!(
                "there is no history in {}: measure with --history, or name the folder",
                args.history.display()
            )));
        }
        let mut runs = History::open(&args.history).and_then(|h| h.all()).map_err(Failure::server)?;
        if let Some(last) = args.last {
            runs.drain(..runs.len().saturating_sub(last));
        }
        Ok(runs)
    };
    let runs = read()?;
    let find = |id: u64| {
        runs.iter()
            .find(|s| s.id == id)
            .ok_or_else(|| Failure::usage(format!("there is no run #{id} in the history")))
    };
    let compared = args.compare.map(|(a, b)| Ok::<_, Failure>((find(a)?, find(b)?))).transpose()?;
    let mut wrote = false;
    let mut write = |file: &Option<PathBuf>, content: &mut dyn FnMut() -> Result<Vec<u8>, Failure>| {
        let Some(file) = file else { return Ok(()) };
        wrote = true;
        store(file, &content()?)
    };
    write(&args.html, &mut || Ok(html(&runs, compared).into_bytes()))?;
    write(&args.svg, &mut || Ok(sheet(&runs, compared).into_bytes()))?;
    write(&args.png, &mut || png(&sheet(&runs, compared), 1.5).map_err(Failure::server))?;
    write(&args.prometheus, &mut || Ok(prometheus(&runs).into_bytes()))?;
    if args.json {
        say(&(serde_json::to_string_pretty(&runs).expect("runs are JSON documents") + "\n"));
    } else if let Some((a, b)) = compared {
        let lines = compare(a, b).ok_or_else(|| Failure::usage("the two runs are of different kinds"))?;
        let text: String = lines.iter().map(|line| format!("  {line}\n")).collect();
        say(&format!("#{} against #{}\n{text}", b.id, a.id));
    } else if !wrote && args.listen.is_none() {
        for s in &runs {
            let when = crate::report::utc(s.run.origin().time_ms);
            say(&format!("#{:<4} {when}  {:<14} {}\n", s.id, s.run.verdict().word(), s.run.headline()));
        }
    }
    if let Some(address) = args.listen {
        crate::sys::catch_stop();
        serve(
            address,
            args.listen_public,
            &crate::sys::stopping,
            &mut |address| say(&format!("metrics at http://{address}/metrics\n")),
            // A history that cannot be read just now gives no metrics rather than old ones.
            &mut || read().map(|runs| prometheus(&runs)).unwrap_or_default(),
        )
        .map_err(Failure::usage)?;
    }
    Ok(0)
}

fn store(file: &Path, content: &[u8]) -> Result<(), Failure> {
    write_atomically(file, content)
        .map_err(|e| Failure::server(format!("{} could not be written: {e}", file.display())))
}
