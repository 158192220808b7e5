//! A machine in memory, which counts what is written to it.

use super::cpus::CpuSet;
use super::machine::Machine;
use super::schedule::Schedule;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;

/// Files, links and threads; `~/` and `..` are unknown here.
#[derive(Debug, Default, Clone)]
pub(crate) struct Simulated {
    pub(crate) files: RefCell<BTreeMap<String, String>>,
    links: BTreeMap<String, String>,
    schedules: RefCell<BTreeMap<i32, Schedule>>,
    affinities: RefCell<BTreeMap<i32, CpuSet>>,
    pub(crate) holders: RefCell<BTreeMap<String, u32>>,
    pub(crate) wifi: RefCell<BTreeMap<String, bool>>,
    /// Paths that answer a write with this error number.
    refusals: BTreeMap<String, i32>,
    /// Writes of every kind so far.
    pub(crate) writes: Cell<usize>,
    /// The write with this number, counted from 0, and all later ones do not happen: the program was killed.
    pub(crate) dies_at: Cell<Option<usize>>,
}

impl Simulated {
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.files.borrow_mut().insert(path.into(), text.into());
        self
    }

    pub(crate) fn link(mut self, path: &str, to: &str) -> Self {
        self.links.insert(path.into(), to.into());
        self
    }

    pub(crate) fn refuses(mut self, path: &str, error: i32) -> Self {
        self.refusals.insert(path.into(), error);
        self
    }

    /// A thread of a process; `pid` equals `tid` for the first.
    pub(crate) fn thread(self, pid: i32, tid: i32, name: &str, schedule: &str) -> Self {
        let stat = format!("{tid} ({name}) S 1 0 0 0 0 0 0 0 0 0 0 0 0 0 20 0 1 0 {} 0 0\n", 1000 + tid);
        self.schedules.borrow_mut().insert(tid, schedule.parse().unwrap());
        self.affinities.borrow_mut().insert(tid, CpuSet::from_list("0-3").unwrap());
        let task = format!("/proc/{pid}/task/{tid}/stat");
        self.file(&format!("/proc/{tid}/stat"), &stat)
            .file(&task, &stat)
            .file(&format!("/proc/{pid}/comm"), name)
    }

    pub(crate) fn text(&self, path: &str) -> String {
        self.files.borrow()[path].clone()
    }

    fn count(&self) -> io::Result<()> {
        if self.dies_at.get().is_some_and(|at| self.writes.get() >= at) {
            return Err(io::Error::other("killed"));
        }
        self.writes.set(self.writes.get() + 1);
        Ok(())
    }

    fn follow(&self, path: &str) -> String {
        let link = self.links.iter().find_map(|(from, to)| {
            path.strip_prefix(from)
                .filter(|rest| rest.is_empty() || rest.starts_with('/'))
                .map(|rest| format!("{to}{rest}"))
        });
        link.unwrap_or_else(|| path.to_owned())
    }
}

impl Machine for Simulated {
    fn read(&self, path: &str) -> io::Result<String> {
        self.files.borrow().get(&self.follow(path)).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let folder = format!("{}/", self.follow(folder));
        let files = self.files.borrow();
        let below = files.keys().chain(self.links.keys());
        let mut names: Vec<String> = below
            .filter_map(|path| Some(path.strip_prefix(&folder)?.split('/').next()?.to_owned()))
            .collect();
        names.sort();
        names.dedup();
        if names.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(names) }
    }

    fn resolve(&self, path: &str) -> Option<String> {
        let to = self.follow(path);
        let there =
            to != path || self.files.borrow().keys().any(|f| *f == to || f.starts_with(&format!("{to}/")));
        there.then_some(to)
    }

    fn write(&self, path: &str, text: &str) -> io::Result<()> {
        if let Some(error) = self.refusals.get(path) {
            return Err(io::Error::from_raw_os_error(*error));
        }
        self.count()?;
        let mut files = self.files.borrow_mut();
        let file = files.get_mut(&self.follow(path)).ok_or(io::ErrorKind::NotFound)?;
        // As the kernel does it: a choice keeps all its words, other values end in a line feed.
        *file = if file.contains('[') {
            let plain = file.replace(['[', ']'], "");
            plain
                .split(' ')
                .map(|w| {
                    if w.trim() == text.trim() {
                        w.replace(text.trim(), &format!("[{}]", text.trim()))
                    } else {
                        w.to_owned()
                    }
                })
                .collect::<Vec<_>>()
                .join(" ")
        } else {
            format!("{}\n", text.trim())
        };
        Ok(())
    }

    fn make_folder(&self, path: &str) -> io::Result<()> {
        self.count()?;
        for file in ["cgroup.procs", "cpuset.cpus", "cpuset.mems", "cpuset.cpus.partition"] {
            let text = if file.ends_with("partition") { "member\n" } else { "\n" };
            self.files.borrow_mut().insert(format!("{path}/{file}"), text.into());
        }
        Ok(())
    }

    fn remove_folder(&self, path: &str) -> io::Result<()> {
        self.count()?;
        self.files.borrow_mut().retain(|file, _| !file.starts_with(&format!("{path}/")));
        Ok(())
    }

    fn replace(&self, path: &str, text: Option<&str>) -> io::Result<()> {
        self.count()?;
        match text {
            Some(text) => self.files.borrow_mut().insert(path.into(), text.into()),
            None => self.files.borrow_mut().remove(path),
        };
        Ok(())
    }

    fn schedule(&self, tid: i32) -> io::Result<Schedule> {
        self.schedules.borrow().get(&tid).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn set_schedule(&self, tid: i32, schedule: Schedule) -> io::Result<()> {
        self.count()?;
        self.schedules.borrow_mut().insert(tid, schedule);
        Ok(())
    }

    fn affinity(&self, tid: i32) -> io::Result<CpuSet> {
        self.affinities.borrow().get(&tid).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn set_affinity(&self, tid: i32, cpus: &CpuSet) -> io::Result<()> {
        self.count()?;
        self.affinities.borrow_mut().insert(tid, cpus.clone());
        Ok(())
    }

    fn hold_latency(&self, us: u32, mark: &str) -> io::Result<()> {
        self.count()?;
        self.holders.borrow_mut().insert(mark.into(), us);
        Ok(())
    }

    fn held_latency(&self, mark: &str) -> Option<u32> {
        self.holders.borrow().get(mark).copied()
    }

    fn release_latency(&self, mark: &str) -> io::Result<bool> {
        if self.holders.borrow().contains_key(mark) {
            self.count()?;
        }
        Ok(self.holders.borrow_mut().remove(mark).is_some())
    }

    fn wifi_power_save(&self, interface: &str) -> io::Result<bool> {
        self.wifi.borrow().get(interface).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn set_wifi_power_save(&self, interface: &str, on: bool) -> io::Result<()> {
        self.count()?;
        self.wifi.borrow_mut().insert(interface.into(), on);
        Ok(())
    }

    fn period(&self, _: &str) -> io::Result<u32> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn set_period(&self, _: &str, _: u32) -> io::Result<()> {
        Err(io::ErrorKind::NotFound.into())
    }
}
