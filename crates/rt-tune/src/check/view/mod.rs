//! The machine as the checks see it: every file that several of them need is read once. What runs on it: `programs`; what
//! kind of machine it is: `kind`.

mod kind;
mod programs;

use std::cell::OnceCell;
use std::io::ErrorKind;

use super::config::Config;
use super::look::Seen;
use super::readonly::ReadOnly;
use super::user::User;
use crate::change::{CpuSet, Machine, SoundCard, SoundIrq, sound_cards, sound_irqs};
pub(super) use programs::Process;

/// The machine, read only.
pub struct View<'a> {
    machine: ReadOnly<'a>,
    /// Whether it is the machine that this program runs on, so that system calls say something about it.
    pub(super) running: bool,
    /// For whom limits and groups are judged.
    pub(super) user: Option<User>,
    has_proc: bool,
    has_sys: bool,
    has_etc: bool,
    cmdline: OnceCell<Seen<Vec<String>>>,
    config: OnceCell<Seen<Config>>,
    processes: OnceCell<Seen<Vec<Process>>>,
    cards: OnceCell<Seen<Vec<SoundCard>>>,
    irqs: OnceCell<Vec<SoundIrq>>,
    cpuinfo: OnceCell<Seen<String>>,
}

impl<'a> View<'a> {
    /// Looks at a machine for the sake of `user`.
    pub fn new(machine: &'a dyn Machine, running: bool, user: Option<User>) -> Self {
        let machine = ReadOnly::new(machine);
        let has = |folder| machine.list(folder).is_ok_and(|names| !names.is_empty());
        Self {
            running,
            user,
            has_proc: has("/proc"),
            has_sys: has("/sys"),
            has_etc: has("/etc"),
            machine,
            cmdline: OnceCell::new(),
            config: OnceCell::new(),
            processes: OnceCell::new(),
            cards: OnceCell::new(),
            irqs: OnceCell::new(),
            cpuinfo: OnceCell::new(),
        }
    }

    /// Whether there is anything to judge: a folder without /proc and /sys is no machine.
    pub fn is_a_machine(&self) -> bool {
        self.has_proc || self.has_sys
    }

    /// How many files, folders and links were asked for so far.
    pub fn reads(&self) -> usize {
        self.machine.reads()
    }

    pub(super) fn machine(&self) -> &dyn Machine {
        &self.machine
    }

    /// What an error of a read means. Without its file system a missing file says nothing.
    fn missing<T>(&self, path: &str, error: &std::io::Error) -> Seen<T> {
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => {
                let mounted = match path.split('/').nth(1) {
                    Some("proc") => self.has_proc,
                    Some("sys") => self.has_sys,
                    Some("etc") => self.has_etc,
                    _ => self.is_a_machine(),
                };
                if !mounted {
                    return Seen::Hidden(format!("{path} cannot be read: nothing is mounted there"));
                }
                ["/sys/kernel/debug", "/sys/kernel/tracing", "/sys/kernel/security"]
                    .iter()
                    .filter(|folder| path.strip_prefix(**folder).is_some_and(|rest| rest.starts_with('/')))
                    .find_map(|folder| self.closed(folder))
                    .map_or(Seen::Absent, Seen::Hidden)
            }
            ErrorKind::PermissionDenied => Seen::Hidden(format!("{path} may not be read by this user")),
            _ => Seen::Hidden(format!("{path} cannot be read: {error}")),
        }
    }

    /// Why a file system that only root sees, and not everywhere, cannot show what it has.
    fn closed(&self, folder: &str) -> Option<String> {
        match self.machine.list(folder) {
            Ok(names) if !names.is_empty() => None,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                Some(format!("{folder} may only be read by root"))
            }
            _ => Some(format!("nothing is mounted at {folder}")),
        }
    }

    /// A file without white space at its ends. Bytes that are no text do not hide the rest.
    pub(super) fn text(&self, path: &str) -> Seen<String> {
        match self.machine.bytes(path) {
            Ok(bytes) => {
                Seen::There(String::from_utf8_lossy(&bytes).trim().trim_end_matches('\0').to_owned())
            }
            Err(error) => self.missing(path, &error),
        }
    }

    /// The first bytes of a device, which has no end to read to.
    pub(super) fn first_bytes(&self, path: &str, count: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; count];
        std::fs::File::open(path)
            .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut bytes))
            .ok()?;
        Some(bytes)
    }

    /// A file that holds one number.
    pub(super) fn number(&self, path: &str) -> Seen<i64> {
        match self.text(path) {
            Seen::There(text) => match text.parse() {
                Ok(number) => Seen::There(number),
                Err(_) => Seen::Hidden(format!("{path} holds no number but {text:?}")),
            },
            Seen::Absent => Seen::Absent,
            Seen::Hidden(why) => Seen::Hidden(why),
        }
    }

    /// A file that holds a list of CPUs.
    pub(super) fn cpus(&self, path: &str) -> Seen<CpuSet> {
        match self.text(path) {
            // What the kernel prints for none at all, depending on its version.
            Seen::There(text) if text == "(null)" => Seen::There(CpuSet::default()),
            Seen::There(text) => match CpuSet::from_list(&text) {
                Some(cpus) => Seen::There(cpus),
                None => Seen::Hidden(format!("{path} holds no list of CPUs but {text:?}")),
            },
            Seen::Absent => Seen::Absent,
            Seen::Hidden(why) => Seen::Hidden(why),
        }
    }

    /// Names in a folder.
    pub(super) fn list(&self, folder: &str) -> Seen<Vec<String>> {
        match self.machine.list(folder) {
            Ok(names) => Seen::There(names),
            Err(error) => self.missing(folder, &error),
        }
    }

    /// Where a link leads.
    pub(super) fn resolve(&self, path: &str) -> Option<String> {
        self.machine.resolve(path)
    }

    /// Words of the kernel's command line.
    pub(super) fn cmdline(&self) -> Seen<Vec<String>> {
        let read = || match self.text("/proc/cmdline") {
            Seen::There(line) => Seen::There(line.split_whitespace().map(str::to_owned).collect()),
            // Every kernel shows it: without the file it is not known which words it was started with.
            Seen::Absent => Seen::Hidden("/proc/cmdline is missing".into()),
            Seen::Hidden(why) => Seen::Hidden(why),
        };
        self.cmdline.get_or_init(read).clone()
    }

    /// Whether the command line has this word.
    pub(super) fn booted_with(&self, word: &str) -> Seen<bool> {
        self.cmdline().map(|words| words.iter().any(|w| w == word))
    }

    /// The value behind `name=` on the command line, the last one; the kernel takes `-` and `_` for the same.
    pub(super) fn boot_value(&self, name: &str) -> Seen<String> {
        let same = |a: &str| a.replace('-', "_") == name.replace('-', "_");
        match self.cmdline() {
            Seen::There(words) => words
                .iter()
                .rev()
                .find_map(|word| word.split_once('=').filter(|(key, _)| same(key)))
                .map_or(Seen::Absent, |(_, value)| Seen::There(value.to_owned())),
            Seen::Absent => Seen::Absent,
            Seen::Hidden(why) => Seen::Hidden(why),
        }
    }

    /// The options that the kernel was built with.
    pub(super) fn config(&self) -> &Seen<Config> {
        self.config.get_or_init(|| Config::find(self))
    }

    /// Version of the kernel as two numbers.
    pub(super) fn kernel(&self) -> Option<(u32, u32)> {
        let release = self.release()?;
        let mut parts = release.split(['.', '-']).map(str::parse);
        Some((parts.next()?.ok()?, parts.next()?.ok()?))
    }

    /// Release of the kernel, such as `6.12.43+deb13-amd64`.
    pub(super) fn release(&self) -> Option<String> {
        self.text("/proc/sys/kernel/osrelease").there()
    }

    /// CPUs that are switched on.
    pub(super) fn online(&self) -> Seen<CpuSet> {
        self.cpus("/sys/devices/system/cpu/online")
    }

    /// Sound cards that have a device. A kernel without sound has none.
    pub(super) fn cards(&self) -> &Seen<Vec<SoundCard>> {
        self.cards.get_or_init(|| match self.list("/sys/class/sound") {
            Seen::There(_) => Seen::There(sound_cards(&self.machine)),
            Seen::Absent => Seen::There(Vec::new()),
            Seen::Hidden(why) => Seen::Hidden(why),
        })
    }

    /// The interrupts of sound cards.
    pub(super) fn sound_irqs(&self) -> &[SoundIrq] {
        self.irqs.get_or_init(|| sound_irqs(&self.machine))
    }
}
