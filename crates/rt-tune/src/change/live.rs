//! The machine itself, or a folder that imitates its files.

use super::cpus::CpuSet;
use super::machine::Machine;
use super::schedule::{Policy, Schedule};
use super::threads;
use crate::root::Root;
use crate::sys;
use nix::sched::{CpuSet as Mask, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The device that forbids sleep states deeper than the written number of microseconds while it is open.
pub const LATENCY_DEVICE: &str = "/dev/cpu_dma_latency";

/// Changes the machine below a root.
#[derive(Debug, Clone)]
pub struct Live {
    root: Root,
}

impl Live {
    /// Changes what is below `root`.
    pub fn new(root: Root) -> Self {
        Self { root }
    }

    /// The root that was given.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// System calls and commands concern the running machine only.
    fn needs_system(&self, what: &str) -> io::Result<()> {
        if self.root.is_system() {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::Unsupported, format!("{what} of a folder cannot be changed")))
    }

    /// A file of a thread in a folder: only the first thread of a process is listed in /proc itself.
    fn of_thread(&self, tid: i32, file: &str) -> io::Result<String> {
        match self.read(&format!("/proc/{tid}/{file}")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => return other,
        }
        let tasks = threads::processes(self).into_iter();
        let mut found = tasks.filter_map(|pid| self.read(&format!("/proc/{pid}/task/{tid}/{file}")).ok());
        found.next().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn iw(&self, arguments: &[&str]) -> io::Result<String> {
        self.needs_system("a wireless interface")?;
        let output = Command::new("iw").args(arguments).stdin(Stdio::null()).output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(io::Error::other(format!("iw {}: {why}", arguments.join(" "))))
    }

    /// Process and microseconds of the holder that carries the mark.
    fn holder(&self, mark: &str) -> Option<(i32, u32)> {
        threads::processes(self).into_iter().find_map(|pid| {
            let line = self.read(&format!("/proc/{pid}/cmdline")).ok()?;
            let words: Vec<&str> = line.split('\0').collect();
            let at = words.iter().position(|word| *word == HOLD_COMMAND)?;
            let us = words.get(at + 1)?.parse().ok()?;
            (words.get(at + 2) == Some(&mark)).then_some((pid, us))
        })
    }
}

/// The hidden command that holds the device; its arguments are the microseconds and the mark.
pub const HOLD_COMMAND: &str = "hold-latency";

impl Machine for Live {
    fn read(&self, path: &str) -> io::Result<String> {
        String::from_utf8(self.root.bytes(path)?)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8 text"))
    }

    fn bytes(&self, path: &str) -> io::Result<Vec<u8>> {
        self.root.bytes(path)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.root.list(folder)
    }

    fn resolve(&self, path: &str) -> Option<String> {
        self.root.resolve(path)
    }

    fn write(&self, path: &str, text: &str) -> io::Result<()> {
        self.root.open_to_write(path)?.write_all(text.as_bytes())
    }

    fn make_folder(&self, path: &str) -> io::Result<()> {
        std::fs::create_dir(self.root.path(path))
    }

    fn remove_folder(&self, path: &str) -> io::Result<()> {
        std::fs::remove_dir(self.root.path(path))
    }

    fn replace(&self, path: &str, text: Option<&str>) -> io::Result<()> {
        let path = self.root.path(path);
        match text {
            Some(text) => {
                std::fs::create_dir_all(path.parent().ok_or(io::ErrorKind::InvalidInput)?)?;
                latency_probe::history::write_atomically(&path, text.as_bytes())
            }
            None => match std::fs::remove_file(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            },
        }
    }

    fn schedule(&self, tid: i32) -> io::Result<Schedule> {
        if self.root.is_system() {
            return sys::schedule(tid);
        }
        let stat = threads::Stat::parse(&self.of_thread(tid, "stat")?).ok_or(io::ErrorKind::InvalidData)?;
        let policy = Policy::from_number(stat.policy).ok_or(io::ErrorKind::Unsupported)?;
        Ok(Schedule { policy, priority: stat.priority, nice: stat.nice, reset_on_fork: false })
    }

    fn set_schedule(&self, tid: i32, schedule: Schedule) -> io::Result<()> {
        self.needs_system("a thread")?;
        sys::set_schedule(tid, schedule)
    }

    fn affinity(&self, tid: i32) -> io::Result<CpuSet> {
        if !self.root.is_system() {
            let status = self.of_thread(tid, "status")?;
            let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
            return list.and_then(CpuSet::from_list).ok_or_else(|| io::ErrorKind::InvalidData.into());
        }
        let mask = sched_getaffinity(Pid::from_raw(tid))?;
        Ok((0..Mask::count())
            .filter(|cpu| mask.is_set(*cpu).unwrap_or(false))
            .map(|cpu| cpu as u32)
            .collect())
    }

    fn set_affinity(&self, tid: i32, cpus: &CpuSet) -> io::Result<()> {
        self.needs_system("a thread")?;
        let mut mask = Mask::new();
        for cpu in cpus.iter() {
            mask.set(cpu as usize)?;
        }
        Ok(sched_setaffinity(Pid::from_raw(tid), &mask)?)
    }

    fn hold_latency(&self, us: u32, mark: &str) -> io::Result<()> {
        self.needs_system("the sleep states")?;
        // Asked first, so that a refusal is told by us and not by a process that nobody watches.
        drop(File::options().write(true).open(LATENCY_DEVICE)?);
        let us_text = us.to_string();
        Command::new(std::env::current_exe()?)
            .args([HOLD_COMMAND, &us_text, mark])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A group of its own: Ctrl-C in the terminal is not meant for it.
            .process_group(0)
            .spawn()?;
        // It holds the device once it carries its mark and the file is open.
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end {
            if self.holder(mark).is_some_and(|(pid, _)| holds(pid)) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "the holding process did not start"))
    }

    fn held_latency(&self, mark: &str) -> Option<u32> {
        self.holder(mark).map(|(_, us)| us)
    }

    fn release_latency(&self, mark: &str) -> io::Result<bool> {
        let Some((pid, _)) = self.holder(mark) else { return Ok(false) };
        self.needs_system("the sleep states")?;
        nix::sys::signal::kill(Pid::from_raw(pid), nix::sys::signal::Signal::SIGTERM)?;
        let end = Instant::now() + Duration::from_secs(5);
        while self.holder(mark).is_some() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(true)
    }

    fn wifi_power_save(&self, interface: &str) -> io::Result<bool> {
        let text = self.iw(&["dev", interface, "get", "power_save"])?;
        match text.trim().rsplit(' ').next() {
            Some("on") => Ok(true),
            Some("off") => Ok(false),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, format!("iw says {}", text.trim()))),
        }
    }

    fn set_wifi_power_save(&self, interface: &str, on: bool) -> io::Result<()> {
        self.iw(&["dev", interface, "set", "power_save", if on { "on" } else { "off" }]).map(drop)
    }

    fn period(&self, server: &str) -> io::Result<u32> {
        self.needs_system("a server")?;
        crate::quantum::server::period(server)
    }

    fn set_period(&self, server: &str, frames: u32) -> io::Result<()> {
        self.needs_system("a server")?;
        crate::quantum::server::set_period(server, frames)
    }
}

/// Whether a process has the device open.
fn holds(pid: i32) -> bool {
    let Ok(files) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    files.flatten().any(|fd| std::fs::read_link(fd.path()).is_ok_and(|to| to.as_os_str() == LATENCY_DEVICE))
}

/// Holds the device open at `us` microseconds until the file is dropped.
///
/// # Errors
/// As the system says: no such device, or no right to write it.
pub fn open_latency(us: u32) -> io::Result<File> {
    let value = i32::try_from(us).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut file = File::options().write(true).open(LATENCY_DEVICE)?;
    file.write_all(&value.to_ne_bytes())?;
    Ok(file)
}
