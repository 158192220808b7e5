//! The table of plugins on disk, with the state of every bundle that it was made from.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pedalboard::{Disk, Files, Kind, write_atomic};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::table::{PluginEntry, PluginTable};

/// Rises when the descriptions change, so that an older cache is made anew.
const FORMAT: u32 = 1;
/// A cache for 4000 plugins is about 80 MB.
const LIMIT: u64 = 256 << 20;

/// Why a cache could not be written. The table in memory is good.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep the list of plugins in {}: {source}; the next start will read all bundles again", path.display())]
pub struct CacheError {
    path: PathBuf,
    source: std::io::Error,
}

/// What is known about a bundle without reading it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BundleStamp {
    /// Names, sizes and times of its Turtle files, as one number.
    pub stamp: u64,
    /// URIs that its manifest says something about: plugins, or plugins that presets are for.
    pub mentions: Vec<String>,
}

/// Bundles by folder.
pub(super) type Bundles = BTreeMap<PathBuf, BundleStamp>;

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    path: &'a str,
    bundles: &'a Bundles,
    plugins: BTreeMap<&'a str, (&'a RawValue, &'a RawValue)>,
}

#[derive(Deserialize)]
struct Read {
    format: u32,
    path: String,
    bundles: Bundles,
    plugins: BTreeMap<String, (Box<RawValue>, Box<RawValue>)>,
}

/// Reads a cache that was made for this search path. One that is missing, spoilt or of another kind is none.
pub(super) fn read(file: &Path, path: &str) -> Option<(Bundles, PluginTable)> {
    let bytes = Disk.read(file, LIMIT).ok()?;
    let read: Read = serde_json::from_slice(&bytes).ok()?;
    if read.format != FORMAT || read.path != path {
        return None;
    }
    let entries =
        read.plugins.into_iter().map(|(uri, (mini, full))| (uri, Arc::new(PluginEntry::new(mini, full))));
    Some((read.bundles, PluginTable { entries: entries.collect() }))
}

/// Writes a cache.
pub(super) fn write(
    file: &Path,
    path: &str,
    bundles: &Bundles,
    table: &PluginTable,
) -> Result<(), CacheError> {
    let plugins =
        table.entries.iter().map(|(uri, entry)| (uri.as_str(), (&*entry.mini, &*entry.full))).collect();
    let written = Written { format: FORMAT, path, bundles, plugins };
    let failed = |source| CacheError { path: file.to_owned(), source };
    let bytes = serde_json::to_vec(&written).map_err(|error| failed(error.into()))?;
    if let Some(folder) = file.parent() {
        pedalboard::make_folders(&Disk, folder).map_err(failed)?;
    }
    write_atomic(&Disk, file, &bytes).map_err(failed)
}

/// The folders that lilv looks for bundles in, separated by colons: `LV2_PATH`, or where the system has them.
pub fn lv2_path() -> String {
    let given = std::env::var("LV2_PATH").unwrap_or_default();
    if !given.is_empty() {
        return given;
    }
    let home = std::env::var("HOME").unwrap_or_default();
    let own = if home.is_empty() { String::new() } else { format!("{home}/.lv2:") };
    format!("{own}/usr/local/lib/lv2:/usr/lib/lv2")
}

/// Folders of the bundles below a search path, with the number that stands for their state.
pub(super) fn look(path: &str) -> BTreeMap<PathBuf, u64> {
    let home = std::env::var("HOME").unwrap_or_default();
    let mut found = BTreeMap::new();
    for folder in path.split(':').filter(|folder| !folder.is_empty()) {
        let folder = match folder.strip_prefix("~/") {
            Some(rest) => Path::new(&home).join(rest),
            None => PathBuf::from(folder),
        };
        for (name, kind) in Disk.list(&folder).unwrap_or_default() {
            let bundle = folder.join(name);
            if kind == Kind::Folder
                && bundle.join("manifest.ttl").exists()
                && let Some(stamp) = stamp(&bundle)
            {
                found.insert(bundle, stamp);
            }
        }
    }
    found
}

fn stamp(bundle: &Path) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    let mut names =
        std::fs::read_dir(bundle).ok()?.flatten().map(|entry| entry.file_name()).collect::<Vec<_>>();
    names.sort();
    for name in names {
        let path = bundle.join(&name);
        if path.extension().is_some_and(|extension| extension == "ttl") {
            // Not through the link of the entry: a profile of links changes its targets only.
            let about = std::fs::metadata(&path).ok()?;
            (name, about.len(), about.modified().ok()).hash(&mut hasher);
        }
    }
    // A bundle that is a link into a store has the same times in every version.
    bundle.canonicalize().ok()?.hash(&mut hasher);
    Some(hasher.finish())
}

/// What a bundle's manifest says something about: its subjects and what its presets apply to.
pub(super) fn mentions(bundle: &Path) -> Vec<String> {
    use pedalboard::turtle::{Object, Subject, statements};
    let Ok(text) = Disk.read(&bundle.join("manifest.ttl"), pedalboard::TEXT_LIMIT) else { return Vec::new() };
    let mut found = Vec::new();
    for statement in statements(&text, "manifest.ttl").unwrap_or_default() {
        if let Subject::Iri(uri) = statement.subject {
            found.push(uri);
        }
        if statement.predicate == "http://lv2plug.in/ns/lv2core#appliesTo"
            && let Object::Node(Subject::Iri(uri)) = statement.object
        {
            found.push(uri);
        }
    }
    found.sort();
    found.dedup();
    found
}
