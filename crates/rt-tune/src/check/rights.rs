//! What the files of PAM give a user at login.

use super::look::{Look, Seen};
use super::user::User;
use super::view::View;

/// A limit that audio needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    RtPrio,
    MemLock,
    Nice,
    NoFile,
}

/// At least this many bytes are as good as no limit: RLIM_INFINITY, also after a file has counted it in KiB.
pub(super) const UNLIMITED: u64 = u64::MAX / 2;

impl Limit {
    fn name(self) -> &'static str {
        match self {
            Self::RtPrio => "rtprio",
            Self::MemLock => "memlock",
            Self::Nice => "nice",
            Self::NoFile => "nofile",
        }
    }

    /// What login gives where no line says otherwise: the kernel's values for the first process.
    fn initial(self) -> u64 {
        match self {
            Self::RtPrio | Self::Nice => 0,
            Self::MemLock => 8 << 20,
            Self::NoFile => 4096,
        }
    }

    /// The number that the kernel counts in.
    fn parse(self, text: &str) -> Option<u64> {
        if matches!(text, "unlimited" | "infinity" | "-1") && self != Self::Nice {
            return Some(u64::MAX);
        }
        let number: i64 = text.parse().ok()?;
        match self {
            Self::MemLock => u64::try_from(number).ok()?.checked_mul(1024),
            Self::Nice => u64::try_from(20 - number).ok(),
            Self::RtPrio | Self::NoFile => u64::try_from(number).ok(),
        }
    }
}

/// The lines that are about a user.
pub(super) struct Rights {
    /// Rank (later wins, and the user's own line before a group's before `*`), limit, value, file.
    lines: Vec<(u8, &'static str, String, String)>,
    files: usize,
    hidden: Option<String>,
}

const NAMES: [&str; 4] = ["rtprio", "memlock", "nice", "nofile"];

impl Rights {
    pub(super) fn of(view: &View, user: &User) -> Self {
        let mut rights = Self { lines: Vec::new(), files: 0, hidden: None };
        for path in files(view) {
            match view.text(&path) {
                Seen::There(text) => {
                    rights.files += 1;
                    rights.read(&text, &path, user);
                }
                Seen::Absent => {}
                Seen::Hidden(why) => rights.hidden = Some(why),
            }
        }
        rights
    }

    fn read(&mut self, text: &str, path: &str, user: &User) {
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or("");
            let [domain, kind, item, value] = line.split_whitespace().collect::<Vec<_>>()[..] else {
                continue;
            };
            let rank = if domain == user.name {
                3
            } else if domain.strip_prefix('@').is_some_and(|group| user.in_group(group)) {
                2
            } else if domain == "*" && user.uid != 0 {
                1
            } else {
                continue;
            };
            // The hard limit is what a program can reach; a soft one it raises itself.
            if let Some(name) = NAMES.iter().find(|name| **name == item).filter(|_| kind != "soft") {
                self.lines.push((rank, name, value.to_owned(), path.to_owned()));
            }
        }
    }

    /// A limit and the file that gives it.
    pub(super) fn get(&self, limit: Limit) -> Result<(u64, String), Look> {
        if let Some(why) = &self.hidden {
            return Err(Look::unknown(why.clone()));
        }
        if self.files == 0 {
            return Err(Look::unknown("no limits.conf was found; ask in a session of that user"));
        }
        let matching = self.lines.iter().filter(|(_, name, ..)| *name == limit.name());
        // `max_by_key` takes the last of equals, as PAM does.
        let Some((_, _, value, path)) = matching.max_by_key(|(rank, ..)| *rank) else {
            return Ok((limit.initial(), "the login's own value, as no line is about the user".into()));
        };
        let number = limit.parse(value);
        number.map(|n| (n, path.clone())).ok_or_else(|| Look::unknown(format!("{path} gives {value:?}")))
    }
}

/// Files that PAM reads, in its order.
fn files(view: &View) -> Vec<String> {
    let mut files = Vec::new();
    // NixOS names a file of its own in the configuration of PAM.
    for service in ["login", "common-session", "system-auth", "systemd-user"] {
        let Some(text) = view.text(&format!("/etc/pam.d/{service}")).there() else { continue };
        for line in text.lines().filter(|line| line.contains("pam_limits.so") && !line.starts_with('#')) {
            files.extend(line.split_whitespace().filter_map(|w| w.strip_prefix("conf=")).map(str::to_owned));
        }
    }
    files.sort();
    files.dedup();
    if files.is_empty() {
        files.push("/etc/security/limits.conf".into());
        let folder = "/etc/security/limits.d";
        let names = view.list(folder).there().unwrap_or_default();
        files.extend(names.iter().filter(|n| n.ends_with(".conf")).map(|name| format!("{folder}/{name}")));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::simulated::Simulated;

    fn rights(conf: &str, groups: &[&str]) -> Rights {
        let machine = Simulated::default().file("/etc/security/limits.conf", conf);
        let user = User {
            name: "ann".into(),
            uid: 1000,
            home: String::new(),
            groups: groups.iter().map(|g| (*g).to_owned()).collect(),
            doubled: Vec::new(),
            is_caller: false,
        };
        Rights::of(&View::new(&machine, false, None), &user)
    }

    #[test]
    fn the_nearest_line_wins_and_only_the_hard_limit_counts() {
        let conf =
            "@audio - rtprio 95\n* hard rtprio 10\nann soft rtprio 99 # own\n@audio - memlock unlimited\n";
        let found = rights(conf, &["audio"]);
        assert_eq!(found.get(Limit::RtPrio).unwrap().0, 95);
        assert!(found.get(Limit::MemLock).unwrap().0 >= UNLIMITED);
        assert_eq!(rights(conf, &[]).get(Limit::RtPrio).unwrap().0, 10);
        assert_eq!(rights("# nothing\n", &[]).get(Limit::RtPrio).unwrap().0, 0);
        assert_eq!(rights("@audio - nice -19\n", &["audio"]).get(Limit::Nice).unwrap().0, 39);
        assert!(rights("ann - rtprio many\n", &[]).get(Limit::RtPrio).is_err());
    }
}
