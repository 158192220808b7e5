//! One page for a question in a forum: the machine, what the checks say, what was measured, and nothing that names its owner.

mod page;
mod scrub;

use latency_probe::history::{FILE, History};
use std::path::{Path, PathBuf};

pub use page::page;
pub use scrub::Scrub;

/// Where latency-probe keeps its results.
pub fn history_folder(given: Option<PathBuf>, running: bool) -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let own = || std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).or_else(home);
    given.or_else(|| Some(own()?.join("latency-probe")).filter(|_| running))
}

/// The last result of each kind, as sentences; empty when nothing was measured. Nothing is made or changed.
pub fn measured(folder: &Option<PathBuf>) -> Vec<String> {
    let Some(folder) = folder.as_deref().filter(|folder| folder.join(FILE).is_file()) else {
        return Vec::new();
    };
    read(folder).unwrap_or_else(|why| vec![format!("The results of latency-probe cannot be read: {why}.")])
}

fn read(folder: &Path) -> Result<Vec<String>, String> {
    let all = History::open(folder).and_then(|history| history.all()).map_err(|e| e.to_string())?;
    let mut last: Vec<(std::mem::Discriminant<_>, String)> = Vec::new();
    for stored in all {
        let kind = std::mem::discriminant(&stored.run);
        let origin = stored.run.origin();
        let (when, kernel) = (latency_probe::report::utc(origin.time_ms), origin.kernel.split(' ').next());
        let said = format!(
            "Measured by latency-probe on {when} UTC, Linux {}: {}.",
            kernel.unwrap_or("unknown"),
            stored.run.headline()
        );
        match last.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, text)) => *text = said,
            None => last.push((kind, said)),
        }
    }
    Ok(last.into_iter().map(|(_, text)| text).collect())
}
