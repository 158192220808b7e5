//! What puts the server back when the search dies, by whatever signal: a second process that waits for the end of the first.
//!
//! It reads a pipe whose other end only the search holds. Whether the search ends in order, by an error or by SIGKILL, the pipe
//! then ends, and the guard reverts what is still open in the journal.

use super::rig::put_back;
use crate::change::Live;
use crate::root::Root;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// The hidden command that waits.
pub const GUARD_COMMAND: &str = "guard";

/// A running guard. Dropping it lets it look and end.
#[derive(Debug)]
pub struct Guard {
    child: Child,
    pipe: Option<ChildStdin>,
}

impl Guard {
    /// Starts the guard of the journal in `state`.
    ///
    /// # Errors
    /// As the system says; without a guard nothing should be changed.
    pub fn start(state: &Path) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(GUARD_COMMAND)
            .arg("--state")
            .arg(state)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in the terminal, and the terminal's end, are not meant for it.
            .process_group(0)
            .spawn()?;
        let pipe = child.stdin.take();
        Ok(Self { child, pipe })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // It ends at once when nothing is open.
        let _ = self.child.wait();
    }
}

/// What the hidden command does.
pub fn guard_command(state: &Path) -> u8 {
    let mut rest = Vec::new();
    // Nothing is ever written; this returns when the other end is closed.
    let _ = io::stdin().read_to_end(&mut rest);
    match put_back(&Live::new(Root::system()), state) {
        Ok(_) => 0,
        Err(_) => 1,
    }
}
