//! The host behind the server: what needs the connection or the audio clock as well as the board.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mod_protocol::{Command, ErrorCode, Reply};

use super::Host;
use crate::exec::EngineShared;
use crate::server::{CommandHandler, Outcome, SessionId};

/// Longest wait for a process cycle.
const CYCLE_WAIT: Duration = Duration::from_secs(2);

/// Most commands that `save` can write.
const HISTORY: usize = 10_000;

impl CommandHandler for Host {
    fn handle(&mut self, command: &Command, _session: SessionId) -> Outcome {
        match command {
            Command::WaitAudioCycle {} => {
                let shared = self.handle.shared.clone();
                Outcome::Deferred(Box::new(move || wait_for_cycle(&shared)))
            }
            Command::Quit {} => {
                // the program ends once the answer is out, not before
                let quitting = self.quitting.clone();
                Outcome::Then(Reply::ok(), Box::new(move || quitting.store(true, Ordering::Release)))
            }
            Command::Help {} => {
                let mut names = Command::NAMES.to_vec();
                names.sort_unstable();
                println!("{}", names.join("\n"));
                Reply::Silent.into()
            }
            Command::Load { path } => self.run_file(Path::new(path)).into(),
            Command::Save { path } => self.save_history(Path::new(path)).into(),
            _ => {
                let reply = self.execute(command);
                if changes_something(command) && !reply.is_error() && self.history.len() < HISTORY {
                    self.history.push(command.to_string());
                }
                reply.into()
            }
        }
    }
}

impl Host {
    /// Runs the commands of a file, one a line.
    fn run_file(&mut self, path: &Path) -> Reply {
        match std::fs::read(path) {
            Ok(text) => {
                for line in text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
                    match Command::parse(line) {
                        Ok(command) => {
                            println!("{:?}", self.execute(&command));
                        }
                        Err(error) => tracing::warn!(%error, line = %String::from_utf8_lossy(line), "load"),
                    }
                }
            }
            Err(error) => tracing::warn!(%error, path = %path.display(), "load"),
        }
        Reply::Silent
    }

    /// Writes the commands so far.
    fn save_history(&mut self, path: &Path) -> Reply {
        if self.history.is_empty() {
            return Reply::Silent;
        }
        let text = self.history.join("\n") + "\n";
        let written =
            crate::files::write_atomically(path, |file| std::io::Write::write_all(file, text.as_bytes()));
        match written {
            Ok(()) => Reply::ok(),
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "save");
                ErrorCode::InvalidOperation.into()
            }
        }
    }
}

fn wait_for_cycle(shared: &Arc<EngineShared>) -> Reply {
    // the block that runs now has begun before the command; the one after it has not
    let goal = shared.blocks.load(Ordering::Acquire) + 2;
    let end = Instant::now() + CYCLE_WAIT;
    while shared.blocks.load(Ordering::Acquire) < goal {
        if Instant::now() > end {
            return ErrorCode::InvalidOperation.into();
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Reply::ok()
}

fn changes_something(command: &Command) -> bool {
    !matches!(
        command,
        Command::ParamGet { .. }
            | Command::CpuLoad {}
            | Command::MaxCpuLoad {}
            | Command::PresetShow { .. }
            | Command::Licensee { .. }
            | Command::XVersion {}
            | Command::XMeters {}
            | Command::XStats {}
            | Command::XCost { .. }
            | Command::XBoard {}
    )
}
