//! The host behind the server: what needs the connection or the audio clock as well as the board.

use std::io::Write;
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
    fn handle(&mut self, command: &Command, session: SessionId) -> Outcome {
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
                say(&names.join("\n"));
                Reply::Silent.into()
            }
            Command::XPreload { slot, path } => match self.begin_preload(path) {
                Ok(building) => {
                    self.remember(command);
                    self.building.insert(session, (Some(*slot), building));
                    Outcome::Unfinished
                }
                Err(reply) => reply.into(),
            },
            Command::XLoad { path } => match self.begin_preload(path) {
                Ok(building) => {
                    self.remember(command);
                    self.building.insert(session, (None, building));
                    Outcome::Unfinished
                }
                Err(reply) => reply.into(),
            },
            Command::Monitor { address, port, enable } => match self.monitor(address, *port, *enable) {
                Ok(work) => {
                    self.remember(command);
                    Outcome::Deferred(work)
                }
                Err(code) => Reply::from(code).into(),
            },
            Command::XCost { uri } => self.x_cost(uri),
            Command::StateSave { directory } => {
                self.remember(command);
                Outcome::Deferred(self.state_save(directory))
            }
            Command::PresetSave { instance, label, directory, file } => {
                match self.preset_save(*instance, label, directory, file) {
                    Ok(work) => {
                        self.remember(command);
                        Outcome::Deferred(work)
                    }
                    Err(code) => Reply::from(code).into(),
                }
            }
            Command::Load { path } => self.run_file(Path::new(path)).into(),
            Command::Save { path } => self.save_history(Path::new(path)).into(),
            _ => {
                let reply = self.execute(command);
                if changes_something(command) && !reply.is_error() {
                    self.remember(command);
                }
                reply.into()
            }
        }
    }

    /// A board that is built goes on by one plugin: a switch that is pressed meanwhile waits for that one at most.
    fn go_on(&mut self, session: SessionId) -> Outcome {
        let Some((slot, mut building)) = self.building.remove(&session) else {
            return Reply::from(ErrorCode::InvalidOperation).into();
        };
        if self.build_next(&mut building, true) {
            self.building.insert(session, (slot, building));
            return Outcome::Unfinished;
        }
        match slot {
            Some(slot) => self.end_preload(slot, building).into(),
            None => self.end_load(building).into(),
        }
    }
}

impl Host {
    /// Keeps a command for `save`.
    fn remember(&mut self, command: &Command) {
        if self.history.len() < HISTORY {
            self.history.push(command.to_string());
        }
    }

    /// Runs the commands of a file, one a line.
    fn run_file(&mut self, path: &Path) -> Reply {
        match crate::files::read(path) {
            Ok(text) => {
                for line in text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
                    match Command::parse(line) {
                        Ok(command) => {
                            say(&format!("{:?}", self.execute(&command)));
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
        let written = crate::files::write_atomically(path, |file| file.write_all(text.as_bytes()));
        match written {
            Ok(()) => Reply::ok(),
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "save");
                ErrorCode::InvalidOperation.into()
            }
        }
    }
}

/// On standard output, as mod-host does. Nobody may be reading any more: then nothing is said.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{BoardFile, BoardPlugin};
    use crate::exec::{Engine, EngineSettings};
    use crate::host::HostOptions;

    #[test]
    fn other_clients_are_served_between_the_plugins_of_a_preload() {
        let (_engine, handle) = Engine::new(&EngineSettings::default()).expect("no threads");
        let options = HostOptions::default();
        let plugins = crate::lv2::Lv2Plugins::new(options.sample_rate, options.period, Some(""))
            .expect("lilv without plugins");
        let mut host = Host::new(options, handle, Box::new(plugins), None, Box::new(|| Duration::ZERO));
        let plugin = |instance| BoardPlugin {
            instance,
            uri: format!("urn:none:{instance}"),
            params: Default::default(),
            bypass: false,
            preset: None,
            properties: Default::default(),
            state: None,
        };
        let board = BoardFile { plugins: (0..3).map(plugin).collect(), ..BoardFile::empty() };
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("board.json");
        board.write(&path).expect("written");
        let (ours, other) = (SessionId(1), SessionId(2));
        let path = path.display().to_string();
        let file = path.clone();
        let mut outcome = host.handle(&Command::XPreload { slot: 4, path }, ours);
        let mut parts = 0;
        while matches!(outcome, Outcome::Unfinished) {
            let Outcome::Reply(reply) = host.handle(&Command::XSwap { slot: 4, fade_ms: None }, other) else {
                panic!("a swap is answered at once");
            };
            assert!(
                matches!(&reply, Reply::Text(text) if text.contains("error")),
                "not ready yet: {reply:?}"
            );
            parts += 1;
            outcome = host.go_on(ours);
        }
        assert_eq!(parts, 4, "one for each plugin, one for the cables");
        let Outcome::Reply(Reply::Text(report)) = outcome else { panic!("no report") };
        assert!(report.contains("urn:none:2"), "{report}");
        let swap = host.execute(&Command::XSwap { slot: 4, fade_ms: None });
        assert!(matches!(&swap, Reply::Text(text) if !text.contains("error")), "{swap:?}");
        assert!(matches!(host.go_on(ours), Outcome::Reply(reply) if reply.is_error()));

        // A board that is to run at once is built in the same way; until it is there, the one before runs.
        let mut outcome = host.handle(&Command::XLoad { path: file }, ours);
        let mut parts = 0;
        while matches!(outcome, Outcome::Unfinished) {
            assert!(!host.execute(&Command::XSwap { slot: 4, fade_ms: None }).is_error());
            parts += 1;
            outcome = host.go_on(ours);
        }
        assert_eq!(parts, 4);
        assert!(matches!(&outcome, Outcome::Reply(Reply::Text(text)) if text.contains("urn:none:2")));
        assert_eq!(host.board().plugins.len(), 3);
    }
}
