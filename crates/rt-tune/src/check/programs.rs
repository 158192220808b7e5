//! The audio programs that run.

use super::look::Seen;
use super::view::View;
use crate::change::threads::Thread;
use crate::change::{Role, role_of};

/// A running audio program.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) pid: i32,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) threads: Vec<Thread>,
}

impl View<'_> {
    /// Audio servers and clients; none when processes cannot be seen, so ask [`View::processes`] first.
    pub(super) fn audio_programs(&self) -> Vec<Program> {
        let Seen::There(all) = self.processes() else { return Vec::new() };
        all.iter()
            .filter_map(|process| {
                let role = role_of(&process.stat.name)?;
                let threads = self.threads_of(process.pid);
                Some(Program { pid: process.pid, name: process.stat.name.clone(), role, threads })
            })
            .collect()
    }

    /// The audio programs, or why that cannot be said.
    pub(super) fn running_programs(&self, none: &str) -> Result<Vec<Program>, super::Look> {
        match self.processes() {
            Seen::Hidden(why) => return Err(super::Look::unknown(why.clone())),
            Seen::Absent => return Err(super::Look::unknown("processes cannot be seen")),
            Seen::There(_) => {}
        }
        let programs = self.audio_programs();
        if programs.is_empty() { Err(super::Look::none(none)) } else { Ok(programs) }
    }
}
