//! What is around the program and tells nothing by itself: looked at when one of its files has changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::machine::{Machine, RoundTrip};
use super::{UpdateStatus, outside};
use crate::session::NoticeLevel;

/// How often the files are looked at: a few calls that read nothing.
const EVERY: Duration = Duration::from_secs(2);

/// The machine as it was looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Surroundings {
    /// systemd's word for the whole.
    pub(super) state: String,
    /// Chosen period and rate.
    pub(super) chosen: (Option<u32>, Option<u32>),
    /// What the first boot has to say.
    pub(super) messages: Vec<String>,
    /// Where an update stands.
    pub(super) update: UpdateStatus,
    /// The last round trip that was measured.
    pub(super) round_trip: Option<RoundTrip>,
    /// What helpers say.
    pub(super) sayings: Vec<(&'static str, String)>,
}

impl Surroundings {
    /// Looks; blocks.
    pub(super) fn look(machine: &dyn Machine, messages: &Path) -> Self {
        Self {
            state: machine.state(),
            chosen: machine.chosen(),
            messages: outside::messages(messages),
            update: machine.update(),
            round_trip: machine.round_trip(),
            sayings: machine.sayings(),
        }
    }

    /// What the player should be told since it was looked at before; nothing the first time: that was before this program.
    pub(super) fn news(&self, before: Option<&Self>) -> Vec<(NoticeLevel, String)> {
        let Some(before) = before else { return Vec::new() };
        let mut news = Vec::new();
        let differs = |a: &Option<String>, b: &Option<String>| b.clone().filter(|_| a != b);
        for ((name, text), (_, old)) in self.sayings.iter().zip(&before.sayings) {
            if text != old && !text.is_empty() {
                news.push(match text.strip_prefix("error: ") {
                    Some(reason) => (NoticeLevel::Error, format!("{name}: {reason}")),
                    None => (NoticeLevel::Info, format!("{name}: {text}")),
                });
            }
        }
        let (old, new) = (&before.update, &self.update);
        if let Some(reason) = differs(&old.failed, &new.failed) {
            news.push((NoticeLevel::Error, format!("Update: {reason}")));
        } else if let Some(version) = differs(&old.staged, &new.staged) {
            news.push((NoticeLevel::Info, format!("Update {version} is ready: System, Updates and backup")));
        } else if let Some(version) = differs(&old.available, &new.available) {
            news.push((
                NoticeLevel::Info,
                format!("Update {version} can be had: System, Updates and backup"),
            ));
        } else if old.running.is_some()
            && new.running.is_none()
            && new.available.is_none()
            && new.staged.is_none()
        {
            news.push((NoticeLevel::Info, "Update: this is the newest system".to_owned()));
        }
        news
    }
}

/// Looks at once, and whenever a file has changed, until nobody wants to know.
pub(super) async fn follow(
    machine: Arc<dyn Machine>,
    messages: PathBuf,
    tell: impl Fn(Surroundings) -> bool,
) {
    let watched: Arc<[PathBuf]> = machine.watched().into_iter().chain([messages.clone()]).collect();
    let mut before = None;
    // a process that was killed writes nothing any more
    let mut running = false;
    loop {
        let (machine, messages, watched) = (machine.clone(), messages.clone(), watched.clone());
        let last = before.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let now: Vec<_> = watched.iter().map(|path| stamp(path)).collect();
            let due = running || last.as_ref() != Some(&now);
            let seen = due.then(|| Surroundings::look(&*machine, &messages));
            (now, seen)
        });
        let Ok((now, seen)) = looked.await else { return };
        before = Some(now);
        if let Some(seen) = seen {
            running = seen.update.running.is_some();
            if !tell(seen) {
                return;
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// What changes with a file.
fn stamp(path: &Path) -> Option<(u64, SystemTime)> {
    let about = path.metadata().ok()?;
    Some((about.len(), about.modified().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen() -> Surroundings {
        Surroundings {
            state: "running".into(),
            chosen: (None, None),
            messages: Vec::new(),
            update: UpdateStatus::default(),
            round_trip: None,
            sayings: vec![("Backup", String::new())],
        }
    }

    #[test]
    fn only_what_is_new_is_told() {
        let before = seen();
        assert!(seen().news(None).is_empty() && seen().news(Some(&before)).is_empty());
        let said = |text: &str| Surroundings { sayings: vec![("Backup", text.to_owned())], ..seen() };
        let told = said("3 boards").news(Some(&before));
        assert_eq!(told, [(NoticeLevel::Info, "Backup: 3 boards".to_owned())]);
        assert!(said("3 boards").news(Some(&said("3 boards"))).is_empty());
        assert!(said("").news(Some(&said("3 boards"))).is_empty());
        let told = said("error: no stick").news(Some(&before));
        assert_eq!(told, [(NoticeLevel::Error, "Backup: no stick".to_owned())]);

        let mut running = seen();
        running.update.running = Some("Looking for an update".into());
        assert!(running.news(Some(&before)).is_empty());
        assert_eq!(seen().news(Some(&running))[0].1, "Update: this is the newest system");
        let mut failed = seen();
        failed.update.failed = Some("somebody plays".into());
        assert_eq!(failed.news(Some(&running)), [(NoticeLevel::Error, "Update: somebody plays".to_owned())]);
        let mut staged = seen();
        staged.update.staged = Some("2".into());
        assert!(staged.news(Some(&running))[0].1.contains("2 is ready"));
    }
}
