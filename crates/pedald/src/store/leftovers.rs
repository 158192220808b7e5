//! What a power cut has left half done: folders and files on the way to their places, of which nobody knows any more.
//!
//! Nothing of it is ever read, but an upload may be half a gigabyte on a small card.

use std::path::Path;
use std::time::{Duration, SystemTime};

use pedalboard::{Disk, Files as _, Kind, remove_tree};

use crate::context::Paths;

/// How the names begin of what is on its way.
const BEGIN: [&str; 7] =
    [".upload-", ".unpack-", ".asset-", ".import-", ".take-over-", ".copy-", ".private-"];
/// How they end, when they begin with a dot: bundles that come or go as a whole.
const END: [&str; 4] = [".pedalboard.new", ".pedalboard.gone", ".lv2.new", ".lv2.gone"];

/// When the machine started. Whatever is older is nobody's work.
pub fn boot_time() -> Option<SystemTime> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let up: f64 = text.split_whitespace().next()?.parse().ok()?;
    SystemTime::now().checked_sub(Duration::try_from_secs_f64(up).ok()?)
}

/// Removes what is on its way in the player's folders since before a time. Returns how many things that were.
pub fn sweep(paths: &Paths, before: SystemTime) -> usize {
    let mut folders = vec![
        paths.data.join("uploads"),
        paths.user_files.join(".deleted"),
        paths.user_plugins.clone(),
        paths.pedalboards.clone(),
        paths.state.clone(),
    ];
    let versions = paths.state.join("versions");
    folders.extend(Disk.list(&versions).unwrap_or_default().into_iter().map(|(name, _)| versions.join(name)));
    folders.iter().map(|folder| sweep_one(folder, before)).sum()
}

fn sweep_one(folder: &Path, before: SystemTime) -> usize {
    let mut count = 0;
    for (name, kind) in Disk.list(folder).unwrap_or_default() {
        let path = folder.join(&name);
        let ours = BEGIN.iter().any(|begin| name.starts_with(begin))
            || name.starts_with('.') && END.iter().any(|end| name.ends_with(end));
        let time = std::fs::symlink_metadata(&path).and_then(|about| about.modified());
        if !ours || time.is_ok_and(|time| time >= before) {
            continue;
        }
        let removed = match kind {
            Kind::Folder if !path.is_symlink() => remove_tree(&Disk, &path),
            _ => Disk.remove_file(&path),
        };
        match removed {
            Ok(()) => count += 1,
            Err(error) => tracing::warn!(%error, path = %path.display(), "a leftover stays"),
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_half_done_goes_and_all_else_stays() {
        let place = tempfile::tempdir().expect("folder");
        let paths = Paths::new(Some(place.path().to_owned()), |_| None);
        let at = |name: &str| place.path().join(name);
        let gone = [
            "uploads/.upload-a1b2c3",
            "user-files/.deleted/.upload-x/y",
            ".lv2/.unpack-1/gift.lv2/manifest.ttl",
            ".lv2/.gift.lv2.gone/manifest.ttl",
            ".pedalboards/.import-77/board.json",
            ".pedalboards/.Lead.pedalboard.new/manifest.ttl",
            ".pedald/versions/Lead-1/.9.pedalboard.gone/manifest.ttl",
        ];
        let stay = [
            "uploads/mine.tar.gz",
            "user-files/.deleted/000-room.wav",
            "user-files/NAM Models/.upload-mine",
            ".pedalboards/.git/HEAD",
            ".pedalboards/Lead.pedalboard/manifest.ttl",
            ".pedalboards/new.pedalboard/manifest.ttl",
            ".pedald/clients.json",
            ".pedald/versions/Lead-1/9.pedalboard/manifest.ttl",
        ];
        for name in gone.iter().chain(&stay) {
            std::fs::create_dir_all(at(name).parent().expect("a folder")).expect("made");
            std::fs::write(at(name), "x").expect("written");
        }
        let later = SystemTime::now() + Duration::from_secs(5);
        assert_eq!(sweep(&paths, SystemTime::UNIX_EPOCH), 0, "all of it may be somebody's work");
        assert_eq!(sweep(&paths, later), gone.len());
        assert_eq!(sweep(&paths, later), 0);
        assert!(stay.iter().all(|name| at(name).is_file()));
        assert!(!gone.iter().any(|name| at(name).exists()));
        assert!(boot_time().expect("a Linux") < SystemTime::now());
    }
}
