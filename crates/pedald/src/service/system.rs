//! Temperature, clock, memory and throttling, as the kernel tells them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::session::{Health, Intent, SessionHandle, Source};

/// How often they are read: mod-ui shows them every 5 s.
const EVERY: Duration = Duration::from_secs(5);

/// What each bit of the Raspberry Pi's `get_throttled` means, for those that hold now.
const THROTTLED: [(u32, &str); 4] =
    [(0, "under-voltage"), (1, "clock capped"), (2, "throttled"), (3, "soft temperature limit")];

/// Reads them every few seconds and tells the session. Runs until the session ends.
pub async fn run(session: SessionHandle) {
    let files = SystemFiles::at(Path::new("/"));
    loop {
        session.tell(Source::Session, Intent::System(Box::new(files.read())));
        tokio::time::sleep(EVERY).await;
        if session.ask(Source::Session, Intent::Ping).await.is_err() {
            return;
        }
    }
}

/// Where the kernel tells them.
#[derive(Debug, Clone)]
pub struct SystemFiles {
    root: PathBuf,
}

impl SystemFiles {
    /// Below this folder: `/`, or a copy in tests.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn text(&self, path: &str) -> Option<String> {
        Some(std::fs::read_to_string(self.root.join(path)).ok()?.trim().to_owned())
    }

    fn number(&self, path: &str) -> Option<f32> {
        self.text(path)?.parse().ok()
    }

    /// What can be read; the rest stays empty.
    pub fn read(&self) -> Health {
        Health {
            temperature: self.number("sys/class/thermal/thermal_zone0/temp").map(|milli| milli / 1000.0),
            cpu_mhz: self
                .number("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq")
                .map(|khz| khz / 1000.0),
            memory_percent: self.text("proc/meminfo").as_deref().and_then(memory_percent),
            throttled: self
                .text("sys/devices/platform/soc/soc:firmware/get_throttled")
                .map_or_else(Vec::new, |bits| throttled(&bits)),
            ..Health::default()
        }
    }
}

fn memory_percent(meminfo: &str) -> Option<f32> {
    let field = |name: &str| -> Option<f32> {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').trim().trim_end_matches("kB").trim().parse().ok()
    };
    let (total, available) = (field("MemTotal")?, field("MemAvailable")?);
    (total > 0.0).then(|| 100.0 * (1.0 - available / total))
}

fn throttled(bits: &str) -> Vec<String> {
    let bits = u32::from_str_radix(bits.trim_start_matches("0x"), 16).unwrap_or(0);
    THROTTLED.iter().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raspberry_pi_is_read() {
        let root = tempfile::tempdir().expect("folder");
        for (path, text) in [
            ("sys/class/thermal/thermal_zone0/temp", "48312\n"),
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "1500000\n"),
            ("proc/meminfo", "MemTotal:        1000 kB\nMemFree: 1 kB\nMemAvailable:     250 kB\n"),
            ("sys/devices/platform/soc/soc:firmware/get_throttled", "50005\n"),
        ] {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        }
        let health = SystemFiles::at(root.path()).read();
        assert_eq!(health.temperature, Some(48.312));
        assert_eq!(health.cpu_mhz, Some(1500.0));
        assert_eq!(health.memory_percent, Some(75.0));
        assert_eq!(health.throttled, ["under-voltage", "throttled"]);
        assert_eq!(SystemFiles::at(Path::new("/nowhere")).read(), Health::default());
    }
}
