//! The Nix store as the generated units name it, made of links to what Debian has. A path that is not in the table here
//! fails the build of the image: a unit that starts something unknown has not been tried.

use std::collections::BTreeSet;

/// What stands behind a folder of the store.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// Debian's /usr.
    Usr,
    /// One of our programs, by its name.
    Program(String),
    /// A script of ours, by its name and by the file in the repository that is its text.
    Script(&'static str, &'static str),
    /// A file of ours, by the file in the repository that is its text.
    File(&'static str),
    /// A folder of ours, by the folder in the repository that it is a copy of.
    Folder(&'static str),
    /// Nothing that is ever opened.
    Nothing,
}

/// Packages that Debian puts below /usr.
const DEBIAN: &[&str] = &[
    "alsa-utils",
    "coreutils",
    "dosfstools",
    "e2fsprogs",
    "findutils",
    "git",
    "glibc-locales",
    "gnugrep",
    "gnused",
    "iproute2",
    "iw",
    "jack-example-tools",
    "jack2",
    "networkmanager",
    "nftables",
    "pedal-lv2",
    "systemd",
    "tzdata",
    "util-linux",
];

/// Programs of this workspace.
pub(super) const PROGRAMS: &[&str] = &[
    "archibald-engine",
    "archibald-provision",
    "archibald-update",
    "latency-probe",
    "midi-bridge",
    "pedald",
    "rt-tune",
    "streamdb",
];

/// Scripts that the modules wrap, and their sources.
const SCRIPTS: &[(&str, &str)] = &[
    ("archibald-sound-interrupts", "modules/realtime/sound-interrupts.sh"),
    ("jack-ready", "modules/pedal/jack-ready.sh"),
    ("jackdrc", "modules/pedal/jackdrc.sh"),
    ("wifi-check", "modules/pedal/wifi-check.sh"),
    ("wifi-hotspot", "modules/pedal/hotspot.sh"),
];

/// The folders of the store that a text names.
pub(super) fn folders(text: &str) -> BTreeSet<String> {
    const STORE: &str = "/nix/store/";
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(STORE) {
        let rest = &text[at + STORE.len()..];
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-._?=".contains(c))).unwrap_or(rest.len());
        found.insert(rest[..end].to_owned());
    }
    found
}

/// What stands behind a folder; `None` if nobody knows.
pub(super) fn behind(folder: &str) -> Option<Behind> {
    let name = without_version(folder);
    if folder.starts_with("X-Restart-Triggers") {
        return Some(Behind::Nothing);
    }
    if let Some((name, source)) = SCRIPTS.iter().find(|(script, _)| *script == name) {
        return Some(Behind::Script(name, source));
    }
    if name == "stage.nft" {
        return Some(Behind::File("modules/pedal/stage.nft"));
    }
    if name == "factory" {
        return Some(Behind::Folder("boards/factory"));
    }
    if PROGRAMS.contains(&name) {
        return Some(Behind::Program(name.to_owned()));
    }
    DEBIAN.contains(&name).then_some(Behind::Usr)
}

/// "networkmanager-999.0-bin" → "networkmanager".
fn without_version(folder: &str) -> &str {
    let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let end =
        folder.match_indices('-').find(|(at, _)| digit(&folder[at + 1..])).map_or(folder.len(), |(at, _)| at);
    &folder[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_found_whatever_surrounds_them() {
        let text = "Environment=\"PATH=/nix/store/iw-999.0-bin/bin:/nix/store/e2fsprogs-999.0-bin/sbin\"\nExecStart=\"/nix/store/pedald-0.1.0/bin/pedald\"";
        let expected = ["e2fsprogs-999.0-bin", "iw-999.0-bin", "pedald-0.1.0"];
        assert_eq!(folders(text).into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn an_unknown_folder_is_not_guessed() {
        assert_eq!(behind("util-linux-2.42-bin"), Some(Behind::Usr));
        assert_eq!(behind("e2fsprogs-999.0-bin"), Some(Behind::Usr));
        assert_eq!(behind("archibald-engine-0.1.0"), Some(Behind::Program("archibald-engine".to_owned())));
        assert_eq!(behind("jackdrc"), Some(Behind::Script("jackdrc", "modules/pedal/jackdrc.sh")));
        assert_eq!(behind("filebrowser-999.0-bin"), None);
    }
}
