//! The folders of the plugins' LV2 states, `effect-<n>/`: those of plugins that have gone are removed.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::percent_decoded;
use crate::files::{Files, Kind, TEXT_LIMIT, remove_tree};

const BEGIN: &str = "effect-";
/// How the name ends of a state that is being removed; it begins with a dot then.
const GONE: &str = ".gone";
/// The state itself.
const STATE: &str = "effect.ttl";
const MANIFEST: &str = "manifest.ttl";

/// Removes the states that no plugin has any more; without `used` only what an earlier removal has left.
///
/// The board that does not use them has to be on the disk for good. A state goes by its name first: after a power cut it is
/// there as a whole or not at all, and a plugin that gets its number later does not find half of it.
pub(super) fn sweep(files: &dyn Files, folder: &Path, used: Option<&BTreeSet<u32>>) -> io::Result<()> {
    let mut gone = BTreeSet::new();
    for (name, kind) in files.list(folder)? {
        let path = folder.join(&name);
        if kind != Kind::Folder {
            continue;
        }
        if name.strip_prefix('.').and_then(|name| name.strip_suffix(GONE)).and_then(number).is_some() {
            gone.insert(path);
            continue;
        }
        let unused = used.zip(number(&name)).is_some_and(|(used, number)| !used.contains(&number));
        if unused && is_state(files, &path) {
            let aside = folder.join(format!(".{name}{GONE}"));
            remove(files, &aside)?;
            files.rename(&path, &aside)?;
            gone.insert(aside);
        }
    }
    if gone.is_empty() {
        return Ok(());
    }
    files.sync_folder(folder)?;
    gone.iter().try_for_each(|path| remove(files, path))
}

/// The number of a state's folder, as the engine writes it.
fn number(name: &str) -> Option<u32> {
    let digits = name.strip_prefix(BEGIN)?;
    let number = digits.parse().ok()?;
    (digits == format!("{number}")).then_some(number)
}

/// Whether the folder has a state and nothing that the state does not name: a file that somebody has put there stays, and
/// all that is around it.
fn is_state(files: &dyn Files, folder: &Path) -> bool {
    let Ok(entries) = files.list(folder) else { return false };
    let Ok(text) = files.read(&folder.join(STATE), TEXT_LIMIT) else { return entries.is_empty() };
    let text = String::from_utf8_lossy(&text);
    let plain = percent_decoded(&text);
    let known = |name: &str| name == STATE || name == MANIFEST || text.contains(name) || plain.contains(name);
    entries.iter().all(|(name, _)| known(name))
}

fn remove(files: &dyn Files, path: &Path) -> io::Result<()> {
    // a link to a folder: what it leads to stays
    if files.remove_file(path).is_ok() { Ok(()) } else { remove_tree(files, path) }
}
