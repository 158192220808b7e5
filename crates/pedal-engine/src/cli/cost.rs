//! `cost`: what plugins take on this machine.

use super::args::CostArgs;
use super::failure::Failure;
use super::plugins::{print, print_json};
use super::session::plugins;
use crate::cost::PluginCost;
use crate::exec::{Engine, EngineSettings};
use crate::host::{Host, HostOptions};
use serde_json::json;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tempfile::TempDir;

/// Where measured costs are kept: as given, or in the cache folder of systemd or of the user.
pub(super) fn cache_path(given: Option<&Path>) -> Option<PathBuf> {
    let folder =
        |variable: &str| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    given.map(Path::to_owned).or_else(|| {
        let own = || {
            Some(
                folder("XDG_CACHE_HOME")
                    .or_else(|| Some(folder("HOME")?.join(".cache")))?
                    .join("archibald-engine"),
            )
        };
        Some(folder("CACHE_DIRECTORY").or_else(own)?.join("costs.json"))
    })
}

/// A host without back end and without sound, and the folder for its plugins' files.
pub(super) fn silent_host(options: HostOptions) -> Result<(Host, Engine, TempDir), Failure> {
    let settings = EngineSettings { sample_rate: options.sample_rate, ..EngineSettings::default() };
    let (engine, handle) = Engine::new(&settings).map_err(Failure::run)?;
    let (plugins, scratch) = plugins(options.sample_rate, options.period)?;
    let epoch = Instant::now();
    let clock = Box::new(move || epoch.elapsed());
    Ok((Host::new(options, handle, Box::new(plugins), None, clock), engine, scratch))
}

pub(super) fn run(args: &CostArgs) -> Result<(), Failure> {
    let cache = if args.no_cache { None } else { cache_path(args.cache.as_deref()) };
    let options = HostOptions {
        sample_rate: args.rate,
        period: args.period as usize,
        cost_cache: cache,
        ..HostOptions::default()
    };
    let (mut host, _engine, _scratch) = silent_host(options)?;
    let mut costs = Vec::new();
    for uri in &args.uris {
        costs.push(host.cost(uri).map_err(|error| Failure::run(format!("{uri}: {error}")))?);
    }
    if args.json { print_json(&json!(costs)) } else { print(&table(&costs)) }
}

fn table(costs: &[PluginCost]) -> String {
    let mut text = format!("{:>10} {:>10} {:>10} {:>7}  plugin\n", "p50 us", "p99 us", "max us", "load");
    for cost in costs {
        let PluginCost { uri, p50_us, p99_us, max_us, load_percent, .. } = cost;
        let _ = writeln!(text, "{p50_us:>10.2} {p99_us:>10.2} {max_us:>10.2} {load_percent:>6.2}%  {uri}");
    }
    text
}
