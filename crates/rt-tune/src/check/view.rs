//! The machine as the checks see it: every file that several of them need is read once.

use super::config::Config;
use super::look::Seen;
use super::readonly::ReadOnly;
use super::user::User;
use crate::change::threads::{self, Stat, Thread};
use crate::change::{CpuSet, Machine, SoundCard, SoundIrq, sound_cards, sound_irqs};
use std::cell::OnceCell;
use std::io::ErrorKind;

/// A process or a thread of the kernel.
#[derive(Debug, Clone)]
pub(super) struct Process {
    pub(super) pid: i32,
    pub(super) stat: Stat,
}

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

    /// Processes and kernel threads. One that ends while it is looked at is left out.
    pub(super) fn processes(&self) -> &Seen<Vec<Process>> {
        self.processes.get_or_init(|| {
            if self.hides_processes() {
                return Seen::Hidden(
                    "/proc is mounted with hidepid, which hides the processes of others: run it as root"
                        .into(),
                );
            }
            let pids = self.list("/proc").map(|names| {
                let mut pids: Vec<i32> = names.iter().filter_map(|name| name.parse().ok()).collect();
                pids.sort_unstable();
                pids
            });
            let found = pids.map(|pids| {
                let stat = |pid| Some(Process { pid, stat: threads::stat(&self.machine, pid)? });
                pids.into_iter().filter_map(stat).collect::<Vec<_>>()
            });
            match found {
                Seen::There(list) if list.is_empty() => Seen::Hidden("/proc shows no processes".into()),
                other => other,
            }
        })
    }

    /// Whether this user sees only processes of their own, so that one that is not seen may still run.
    fn hides_processes(&self) -> bool {
        if !self.running || nix::unistd::geteuid().is_root() {
            return false;
        }
        let mounts = self.text("/proc/self/mounts").there().unwrap_or_default();
        mounts.lines().any(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let hides =
                |word: &str| word.strip_prefix("hidepid=").is_some_and(|level| !matches!(level, "0" | "off"));
            fields.get(2) == Some(&"proc")
                && fields.get(1) == Some(&"/proc")
                && fields.get(3).is_some_and(|options| options.split(',').any(hides))
        })
    }

    /// Processes with one of these names, as the kernel cuts them; none when processes cannot be seen.
    pub(super) fn named(&self, names: &[&str]) -> Vec<&Process> {
        match self.processes() {
            Seen::There(all) => all.iter().filter(|p| names.contains(&p.stat.name.as_str())).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether a process with one of these names runs.
    pub(super) fn runs(&self, names: &[&str]) -> Seen<bool> {
        match self.processes() {
            Seen::There(_) => Seen::There(!self.named(names).is_empty()),
            Seen::Absent => Seen::Absent,
            Seen::Hidden(why) => Seen::Hidden(why.clone()),
        }
    }

    /// Threads of the kernel that serve interrupts, with the interrupt's number.
    pub(super) fn irq_threads(&self) -> Vec<(u32, &Process)> {
        let Seen::There(all) = self.processes() else { return Vec::new() };
        let irq = |p: &Process| p.stat.name.strip_prefix("irq/")?.split('-').next()?.parse().ok();
        all.iter().filter_map(|p| Some((irq(p)?, p))).collect()
    }

    /// The threads of a process.
    pub(super) fn threads_of(&self, pid: i32) -> Vec<Thread> {
        threads::of_process(&self.machine, pid)
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

    /// /proc/cpuinfo.
    pub(super) fn cpuinfo(&self) -> Seen<String> {
        self.cpuinfo.get_or_init(|| self.text("/proc/cpuinfo")).clone()
    }

    /// The first value of a key in /proc/cpuinfo.
    pub(super) fn cpuinfo_value(&self, key: &str) -> Option<String> {
        let text = self.cpuinfo().there()?;
        text.lines().find_map(|line| {
            let (k, value) = line.split_once(':')?;
            (k.trim() == key).then(|| value.trim().to_owned())
        })
    }

    /// Whether this is an x86 processor; `None` when nothing tells.
    pub(super) fn is_x86(&self) -> Option<bool> {
        let text = self.cpuinfo().there()?;
        let has =
            |key: &str| text.lines().any(|line| line.split(':').next().is_some_and(|k| k.trim() == key));
        if has("vendor_id") {
            Some(true)
        } else if has("CPU implementer") || has("isa") {
            Some(false)
        } else {
            None
        }
    }

    /// What a board calls itself.
    pub(super) fn board(&self) -> Option<String> {
        self.text("/proc/device-tree/model").there().filter(|model| !model.is_empty())
    }

    /// The hypervisor below, or `None` on real hardware; hidden when nothing tells.
    pub(super) fn hypervisor(&self) -> Seen<Option<String>> {
        let vendor = self.text("/sys/class/dmi/id/sys_vendor").there();
        let product = self.text("/sys/class/dmi/id/product_name").there();
        let known = ["QEMU", "VMware", "innotek", "VirtualBox", "Xen", "Bochs", "Parallels", "Amazon EC2"];
        let by_name = vendor.iter().chain(&product).find(|name| known.iter().any(|k| name.contains(k)));
        if let Some(name) = by_name {
            return Seen::There(Some(name.clone()));
        }
        if let Some(kind) = self.text("/sys/hypervisor/type").there() {
            return Seen::There(Some(kind));
        }
        if self.text("/proc/device-tree/hypervisor/compatible").there().is_some() {
            return Seen::There(Some("a hypervisor named by the device tree".into()));
        }
        let compatible = self.text("/proc/device-tree/compatible").there().unwrap_or_default();
        if compatible.split('\0').any(|name| name == "linux,dummy-virt") {
            return Seen::There(Some("a machine that only a hypervisor has (linux,dummy-virt)".into()));
        }
        match self.cpuinfo() {
            // Only x86 processors have a word for it; elsewhere a board that names itself is real.
            Seen::There(_) if self.is_x86() != Some(true) => match (self.board(), vendor.or(product)) {
                (None, None) => Seen::Hidden("neither firmware nor device tree names this machine".into()),
                _ => Seen::There(None),
            },
            Seen::There(_) => {
                let flags = self.cpuinfo_value("flags").unwrap_or_default();
                let guest = flags.split_whitespace().any(|flag| flag == "hypervisor");
                Seen::There(guest.then(|| "the processor says so".to_owned()))
            }
            Seen::Absent => Seen::Hidden("/proc/cpuinfo is missing".into()),
            Seen::Hidden(why) => Seen::Hidden(why),
        }
    }
}
