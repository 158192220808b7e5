//! Folders that imitate machines, built from the formats that the kernel documents.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

/// A machine to be: files by their absolute path, links by the absolute path that they lead to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Machine {
    files: BTreeMap<String, Vec<u8>>,
    links: BTreeMap<String, String>,
    folders: Vec<String>,
}

impl Machine {
    /// A file of text; a line feed ends it, as the kernel does.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.into(), format!("{text}\n").into_bytes());
        self
    }

    /// Files below a folder.
    pub(crate) fn files(self, folder: &str, files: &[(&str, &str)]) -> Self {
        files.iter().fold(self, |machine, (name, text)| machine.file(&format!("{folder}/{name}"), text))
    }

    /// A file as it is.
    pub(crate) fn bytes(mut self, path: &str, bytes: &[u8]) -> Self {
        self.files.insert(path.into(), bytes.to_vec());
        self
    }

    /// An empty folder.
    pub(crate) fn folder(mut self, path: &str) -> Self {
        self.folders.push(path.into());
        self
    }

    /// A symbolic link, written relative as sysfs does.
    pub(crate) fn link(mut self, path: &str, to: &str) -> Self {
        self.links.insert(path.into(), to.into());
        self
    }

    /// A file that cannot be read by anybody, root included: a link to itself.
    pub(crate) fn unreadable(mut self, path: &str) -> Self {
        self.files.remove(path);
        self.links.insert(path.into(), path.into());
        self
    }

    /// Without whatever is at or below this path.
    pub(crate) fn without(mut self, path: &str) -> Self {
        let below = format!("{path}/");
        self.files.retain(|file, _| file != path && !file.starts_with(&below));
        self.links.retain(|link, _| link != path && !link.starts_with(&below));
        self.folders.retain(|folder| folder != path && !folder.starts_with(&below));
        self
    }

    /// The kernel's configuration as /proc shows it.
    pub(crate) fn config(self, options: &str) -> Self {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let lines: String = options.split_whitespace().map(|option| format!("CONFIG_{option}\n")).collect();
        packed.write_all(lines.as_bytes()).unwrap();
        self.bytes("/proc/config.gz", &packed.finish().unwrap())
    }

    /// A process: its first thread, as proc(5) describes stat, status and limits.
    pub(crate) fn process(self, pid: i32, name: &str, class: Class, cpus: &str) -> Self {
        let folder = format!("/proc/{pid}");
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
            Max locked memory         unlimited            unlimited            bytes     \n\
            Max realtime priority     95                   95                             ";
        self.file(&format!("{folder}/comm"), name)
            .file(&format!("{folder}/stat"), &stat(pid, name, class))
            .file(
                &format!("{folder}/status"),
                &format!("Name:\t{name}\nUid:\t1000\t1000\t1000\t1000\nCpus_allowed_list:\t{cpus}"),
            )
            .file(&format!("{folder}/cgroup"), "0::/user.slice/user-1000.slice/session-2.scope")
            .file(&format!("{folder}/limits"), limits)
            .thread(pid, pid, name, class, cpus)
    }

    /// A further thread of a process.
    pub(crate) fn thread(self, pid: i32, tid: i32, name: &str, class: Class, cpus: &str) -> Self {
        let folder = format!("/proc/{pid}/task/{tid}");
        self.file(&format!("{folder}/stat"), &stat(tid, name, class))
            .file(&format!("{folder}/status"), &format!("Name:\t{name}\nCpus_allowed_list:\t{cpus}"))
    }

    /// A thread of the kernel.
    pub(crate) fn kernel_thread(self, pid: i32, name: &str, class: Class) -> Self {
        self.file(&format!("/proc/{pid}/comm"), name)
            .file(&format!("/proc/{pid}/stat"), &stat(pid, name, class))
    }

    /// An interrupt with its users and CPUs.
    pub(crate) fn irq(self, number: u32, chip: &str, actions: &str, cpus: &str) -> Self {
        self.files(
            &format!("/sys/kernel/irq/{number}"),
            &[("actions", actions), ("chip_name", chip), ("name", "edge"), ("type", "edge")],
        )
        .files(
            &format!("/proc/irq/{number}"),
            &[("smp_affinity_list", cpus), ("effective_affinity_list", cpus)],
        )
    }

    /// A sound card and the device that it belongs to.
    pub(crate) fn card(self, number: u32, id: &str, name: &str, device: &str) -> Self {
        let before = self.files.get("/proc/asound/cards").cloned().unwrap_or_default();
        let before = String::from_utf8(before).unwrap();
        let line = format!("{before}{number:2} [{id:15}]: {name}\n                      {name} at somewhere");
        self.file("/proc/asound/cards", &line)
            .file(&format!("/sys/class/sound/card{number}/id"), id)
            .link(&format!("/sys/class/sound/card{number}/device"), device)
            .folder(device)
    }

    /// Writes all of it below a folder.
    pub(crate) fn write(&self, root: &Path) {
        let place = |path: &str| root.join(path.trim_start_matches('/'));
        for folder in &self.folders {
            std::fs::create_dir_all(place(folder)).unwrap();
        }
        for (path, bytes) in &self.files {
            let path = place(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        for (path, to) in &self.links {
            let from = place(path);
            std::fs::create_dir_all(from.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(relative(path, to), from).unwrap();
        }
    }
}

/// How a link at `path` leads to `to` without naming the root.
fn relative(path: &str, to: &str) -> PathBuf {
    let depth = Path::new(path).components().filter(|c| matches!(c, Component::Normal(_))).count();
    let up: PathBuf = std::iter::repeat_n("..", depth - 1).collect();
    up.join(to.trim_start_matches('/'))
}

/// Scheduling class and priority.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Class {
    Other,
    Fifo(u8),
    Rr(u8),
}

/// The line of /proc/PID/stat: fields 3 to 41 of proc(5).
fn stat(pid: i32, name: &str, class: Class) -> String {
    let (policy, priority) = match class {
        Class::Other => (0, 0),
        Class::Fifo(priority) => (1, priority),
        Class::Rr(priority) => (2, priority),
    };
    let start = 100 + pid;
    format!(
        "{pid} ({name}) S 1 {pid} {pid} 0 -1 4194560 0 0 0 0 1 1 0 0 20 0 1 0 {start} 0 0 18446744073709551615 \
         0 0 0 0 0 0 0 0 0 0 0 0 17 0 {priority} {policy} 0 0 0"
    )
}
