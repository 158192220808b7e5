//! A place of the machine that holds one value: how it is read, written and compared.

mod thread;

use super::cpus::CpuSet;
use super::machine::Machine;
use super::schedule::Schedule;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io;
pub use thread::ThreadId;
use thread::gone;

/// How the text of a kernel's file is to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// The value itself.
    Text,
    /// All values, the chosen one in brackets: `always [madvise] never`.
    Choice,
    /// A list of CPUs.
    Cpus,
    /// A mask of CPUs.
    Mask,
    /// Controllers of a control group, switched singly by `+name` and `-name`.
    Controllers,
}

/// Where a value lives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Place {
    /// A file of the kernel.
    File {
        /// Absolute path.
        path: String,
        /// How to understand it.
        form: Form,
    },
    /// Class and priority of a thread.
    Schedule(ThreadId),
    /// CPUs of a thread.
    Affinity(ThreadId),
    /// A process that holds /dev/cpu_dma_latency open.
    Latency {
        /// The word by which the process is found again.
        mark: String,
    },
    /// A folder of a control-group file system; its value is `there`.
    Group {
        /// Absolute path.
        path: String,
    },
    /// The control group of a process.
    Member {
        /// Its first thread.
        thread: ThreadId,
        /// Where the hierarchy is mounted.
        mount: String,
        /// The controller of a version 1 hierarchy; empty for version 2.
        controller: String,
    },
    /// Power saving of a wireless interface: `on` or `off`.
    Wifi {
        /// Its name.
        interface: String,
    },
    /// A whole configuration file; it outlives a boot.
    Document {
        /// Absolute path.
        path: String,
    },
    /// The period of a running JACK server in frames.
    Period {
        /// Its name.
        server: String,
    },
}

impl Place {
    /// A file that holds its value as it is.
    pub fn text(path: impl Into<String>) -> Self {
        Self::File { path: path.into(), form: Form::Text }
    }

    /// Whether a boot forgets the value.
    pub fn is_volatile(&self) -> bool {
        !matches!(self, Self::Document { .. })
    }

    /// The value as it is, byte for byte; `None` when there is none.
    ///
    /// # Errors
    /// As the system says. A thread that has gone, also when its number was given away, is [`io::ErrorKind::NotFound`].
    pub fn read(&self, machine: &dyn Machine) -> io::Result<Option<String>> {
        match self {
            Self::File { path, .. } => machine.read(path).map(Some),
            Self::Schedule(thread) => {
                thread.check(machine)?;
                machine.schedule(thread.tid).map(|schedule| Some(schedule.to_string())).map_err(gone)
            }
            Self::Affinity(thread) => {
                thread.check(machine)?;
                machine.affinity(thread.tid).map(|cpus| Some(cpus.to_string())).map_err(gone)
            }
            Self::Latency { mark } => Ok(machine.held_latency(mark).map(|us| us.to_string())),
            Self::Group { path } => Ok(machine.resolve(path).map(|_| "there".to_owned())),
            Self::Member { thread, controller, .. } => {
                thread.check(machine)?;
                let text = machine.read(&format!("/proc/{}/cgroup", thread.tid)).map_err(gone)?;
                let group = text.lines().find_map(|line| {
                    let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
                    let ours = controllers.split(',').any(|c| c == controller);
                    ours.then(|| path.trim_start_matches('/').to_owned())
                });
                group.map(Some).ok_or_else(|| io::ErrorKind::NotFound.into())
            }
            Self::Wifi { interface } => {
                let on = machine.wifi_power_save(interface)?;
                Ok(Some(if on { "on" } else { "off" }.to_owned()))
            }
            Self::Document { path } => match machine.read(path) {
                Ok(text) => Ok(Some(text)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            },
            Self::Period { server } => machine.period(server).map(|frames| Some(frames.to_string())),
        }
    }

    /// Puts a value there. What [`Place::read`] gave restores the very same bytes.
    ///
    /// # Errors
    /// As the system says.
    pub fn write(&self, machine: &dyn Machine, value: Option<&str>) -> io::Result<()> {
        let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
        let needed = || value.ok_or_else(|| invalid("a value is needed here".into()));
        match self {
            Self::File { path, form: Form::Choice } => machine.write(path, chosen(needed()?)),
            Self::File { path, form: Form::Controllers } => {
                let (now, wanted) = (machine.read(path)?, needed()?);
                let switch = |sign: char, from: &str, others: &str| -> io::Result<()> {
                    let missing = |word: &&str| !others.split_whitespace().any(|other| other == *word);
                    from.split_whitespace()
                        .filter(missing)
                        .try_for_each(|word| machine.write(path, &format!("{sign}{word}")))
                };
                switch('+', wanted, &now)?;
                switch('-', &now, wanted)
            }
            Self::File { path, .. } => machine.write(path, needed()?),
            Self::Schedule(thread) => {
                thread.check(machine)?;
                machine.set_schedule(thread.tid, needed()?.parse().map_err(invalid)?).map_err(gone)
            }
            Self::Affinity(thread) => {
                thread.check(machine)?;
                machine.set_affinity(thread.tid, &needed()?.parse().map_err(invalid)?).map_err(gone)
            }
            Self::Latency { mark } => {
                machine.release_latency(mark)?;
                match value {
                    Some(us) => {
                        let us =
                            us.trim().parse().map_err(|_| invalid(format!("{us} is no number of µs")))?;
                        machine.hold_latency(us, mark)
                    }
                    None => Ok(()),
                }
            }
            Self::Group { path } => match value {
                Some(_) => machine.make_folder(path),
                None => {
                    // Children that were born in the group would keep it; they go where they came from.
                    let above = path.rsplit_once('/').map_or("", |(above, _)| above);
                    for pid in machine.read(&format!("{path}/cgroup.procs")).unwrap_or_default().lines() {
                        // One that ended meanwhile needs no home.
                        let _ = machine.write(&format!("{above}/cgroup.procs"), pid);
                    }
                    machine.remove_folder(path)
                }
            },
            Self::Member { thread, mount, .. } => {
                thread.check(machine)?;
                let group = needed()?;
                let slash = if group.is_empty() { "" } else { "/" };
                machine
                    .write(&format!("{mount}{slash}{group}/cgroup.procs"), &thread.tid.to_string())
                    .map_err(gone)
            }
            Self::Wifi { interface } => machine.set_wifi_power_save(interface, needed()?.trim() == "on"),
            Self::Document { path } => machine.replace(path, value),
            Self::Period { server } => {
                let frames = needed()?;
                let frames =
                    frames.trim().parse().map_err(|_| invalid(format!("{frames} is no number of frames")))?;
                machine.set_period(server, frames)
            }
        }
    }

    /// Whether two values mean the same here.
    pub fn same(&self, a: Option<&str>, b: Option<&str>) -> bool {
        let (Some(a), Some(b)) = (a, b) else { return a == b };
        if a == b {
            return true;
        }
        match self {
            Self::File { form: Form::Choice, .. } => chosen(a) == chosen(b),
            Self::File { form: Form::Controllers, .. } => {
                let sorted = |text: &'_ str| -> Vec<String> {
                    let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
                    words.sort();
                    words
                };
                sorted(a) == sorted(b)
            }
            Self::File { form: Form::Cpus, .. } | Self::Affinity(_) => {
                CpuSet::from_list(a).is_some_and(|set| Some(set) == CpuSet::from_list(b))
            }
            Self::File { form: Form::Mask, .. } => {
                CpuSet::from_mask(a).is_some_and(|set| Some(set) == CpuSet::from_mask(b))
            }
            Self::Schedule(_) => match (a.parse::<Schedule>(), b.parse::<Schedule>()) {
                (Ok(a), Ok(b)) => a == b,
                _ => false,
            },
            Self::Document { .. } => false,
            _ => a.trim() == b.trim(),
        }
    }

    /// The value as people want to see it: the chosen word, without the line feed.
    pub fn show(&self, value: Option<&str>) -> String {
        match (self, value) {
            (_, None) => "(none)".to_owned(),
            (Self::File { form: Form::Choice, .. }, Some(value)) => chosen(value).to_owned(),
            (Self::Document { .. }, Some(value)) => format!("{} lines", value.lines().count()),
            (Self::Member { .. }, Some("")) => "/".to_owned(),
            (Self::Latency { .. }, Some(value)) => format!("{value} µs"),
            (_, Some(value)) => value.trim().to_owned(),
        }
    }
}

/// What exactly is written, in the words of a shell where there are any.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, .. } | Self::Group { path } | Self::Document { path } => f.write_str(path),
            Self::Schedule(thread) => write!(f, "priority of {thread}"),
            Self::Affinity(thread) => write!(f, "CPUs of {thread}"),
            Self::Latency { .. } => f.write_str("/dev/cpu_dma_latency, held open"),
            Self::Member { thread, .. } => write!(f, "control group of {thread}"),
            Self::Wifi { interface } => write!(f, "power saving of {interface}"),
            Self::Period { server } => write!(f, "period of the server {server}"),
        }
    }
}

/// The word in brackets, or the whole.
pub fn chosen(text: &str) -> &str {
    let bracketed = text.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    bracketed.map_or(text.trim(), |(word, _)| word)
}

#[cfg(test)]
mod tests;
