//! MIDI and OSC of the service itself. Controllers and notes reach the plugins through the engine's own ports; what
//! stands here is what only the service can do: program changes that choose boards and snapshots, a MIDI clock for other
//! devices, messages to them, and OSC.

mod clock;
mod jack;
mod osc;
mod osc_map;
mod programs;
mod settings;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

pub use self::jack::JackOutput;
pub use clock::ClockTicks;
pub use osc::{OscError, listen};
pub use osc_map::{to_intents, to_osc};
pub use programs::wanted;
pub use settings::MidiSettings;

use crate::session::{EventKind, Seen, SessionHandle, Signal, Source};

/// How often the preferences are looked at: the page writes them without telling.
const LOOK: std::time::Duration = std::time::Duration::from_secs(5);

/// Most messages that wait for the output.
const QUEUE: usize = 256;

/// A way to send MIDI messages out of the pedal. Cheap to clone; never waits.
#[derive(Debug, Clone)]
pub struct MidiOut(mpsc::Sender<Vec<u8>>);

impl MidiOut {
    /// Sends one message (status byte first). False when too many wait, or the service has no output.
    pub fn send(&self, message: &[u8]) -> bool {
        !message.is_empty() && self.0.try_send(message.to_vec()).is_ok()
    }
}

/// Where messages and the clock go: a JACK port, or what a test listens to.
pub trait Output: Send {
    /// Sends a message as soon as possible.
    fn send(&mut self, message: &[u8]);

    /// Sends a clock of this tempo in beats per minute; `None` ends it.
    fn clock(&mut self, bpm: Option<f64>);

    /// Starts or stops the clock's followers.
    fn rolling(&mut self, rolling: bool);
}

/// Opens an output. The error is a sentence.
pub type OpenOutput = Box<dyn FnMut() -> Result<Box<dyn Output>, String> + Send>;

/// Starts the part on the present runtime. `preferences` is `prefs.json`, read again when it has changed.
pub fn start(session: SessionHandle, preferences: PathBuf, open: OpenOutput) -> MidiOut {
    let (sender, messages) = mpsc::channel(QUEUE);
    tokio::spawn(run(session, preferences, open, messages));
    MidiOut(sender)
}

async fn run(
    session: SessionHandle,
    preferences: PathBuf,
    mut open: OpenOutput,
    mut messages: mpsc::Receiver<Vec<u8>>,
) {
    let mut watch = session.watch();
    let mut settings = MidiSettings::read(&preferences);
    let mut output: Option<Box<dyn Output>> = None;
    let mut refused = false;
    let mut told = (None, false);
    let mut looked = tokio::time::Instant::now();
    let mut try_at = looked;
    loop {
        tokio::select! {
            seen = watch.next() => match seen {
                Err(_) => return,
                Ok(Seen::State(_)) => {}
                Ok(Seen::Event(event)) => {
                    if let EventKind::Signal(Signal::Program { channel, program }) = &event.kind {
                        // read when it counts: the player may have changed it a moment ago
                        settings = MidiSettings::read(&preferences);
                        if let Some(intent) = wanted(&settings, &session.state(), *channel, *program) {
                            session.tell(Source::Midi, intent);
                        }
                        continue;
                    }
                    if matches!(event.kind, EventKind::Signal(_) | EventKind::Health(_) | EventKind::Output(..)) {
                        continue;
                    }
                }
            },
            () = tokio::time::sleep_until(looked + LOOK) => {}
            Some(message) = messages.recv() => {
                if let Some(output) = opened(&mut output, &mut open, &mut refused) {
                    output.send(&message);
                }
            }
        }
        if looked.elapsed() >= LOOK {
            looked = tokio::time::Instant::now();
            settings = MidiSettings::read(&preferences);
        }
        let state = session.state();
        let clock = settings.clock_out.then_some(state.board.tempo.bpm);
        let rolling = settings.clock_out && state.board.tempo.rolling;
        if (clock, rolling) != told {
            if clock.is_some() && output.is_none() && tokio::time::Instant::now() >= try_at {
                opened(&mut output, &mut open, &mut refused);
                try_at = tokio::time::Instant::now() + LOOK;
            }
            if let Some(output) = &mut output {
                if clock != told.0 {
                    output.clock(clock);
                }
                if rolling != told.1 {
                    output.rolling(rolling);
                }
            }
            // without an output it is tried again at the next look: JACK may start later than this program
            if clock.is_none() || output.is_some() {
                told = (clock, rolling);
            }
        }
    }
}

/// The output, opened when it is needed first. A reason why there is none is told once.
fn opened<'a>(
    output: &'a mut Option<Box<dyn Output>>,
    open: &mut OpenOutput,
    refused: &mut bool,
) -> Option<&'a mut Box<dyn Output>> {
    if output.is_none() {
        match open() {
            Ok(made) => {
                *refused = false;
                *output = Some(made);
            }
            Err(error) if !*refused => {
                *refused = true;
                tracing::warn!("no MIDI goes out: {error}");
            }
            Err(_) => {}
        }
    }
    output.as_mut()
}

/// An output that keeps what was sent, for tests and for a pedal without a server.
#[derive(Debug, Clone, Default)]
pub struct KeptOutput(Arc<std::sync::Mutex<Vec<String>>>);

impl KeptOutput {
    /// What was sent, as text.
    pub fn sent(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn keep(&self, text: String) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(text);
    }
}

impl Output for KeptOutput {
    fn send(&mut self, message: &[u8]) {
        self.keep(format!("{message:02x?}"));
    }

    fn clock(&mut self, bpm: Option<f64>) {
        self.keep(format!("clock {bpm:?}"));
    }

    fn rolling(&mut self, rolling: bool) {
        self.keep(format!("rolling {rolling}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::FakeEngine;
    use crate::session::{Board, Core, EmptyCatalogue, Intent};
    use crate::store::MemoryDisk;

    async fn until(session: &SessionHandle, done: impl Fn() -> bool) {
        let mut watch = session.watch();
        while !done() {
            tokio::select! {
                _ = watch.next() => {}
                () = tokio::time::sleep(std::time::Duration::from_millis(5)) => {}
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn programs_choose_boards_and_the_clock_follows_the_tempo() {
        let folder = tempfile::tempdir().unwrap();
        let preferences = folder.path().join("prefs.json");
        std::fs::write(&preferences, r#"{"midi-board-channel": 3, "midi-clock-out": true}"#).unwrap();
        let disk = MemoryDisk::default();
        let disk = ["/b/0", "/b/1", "/b/2"].iter().fold(disk, |disk, bundle| {
            disk.with(bundle, Board { title: bundle.to_string(), ..Board::empty() })
        });
        let (engine, _) = FakeEngine::new(EmptyCatalogue);
        let session = SessionHandle::start(Core::new(EmptyCatalogue), engine, disk);
        let kept = KeptOutput::default();
        let output = kept.clone();
        let out = start(session.clone(), preferences.clone(), Box::new(move || Ok(Box::new(output.clone()))));
        until(&session, || session.state().library.boards.len() == 3).await;
        session.tell(Source::Engine, Intent::Signal(Signal::Program { channel: 2, program: 2 }));
        until(&session, || session.state().board.title == "/b/2").await;
        // another channel than the chosen one
        session.tell(Source::Engine, Intent::Signal(Signal::Program { channel: 5, program: 1 }));
        session.ask(Source::Rest, Intent::SetTempo(97.0)).await.unwrap();
        session.ask(Source::Rest, Intent::SetRolling(true)).await.unwrap();
        assert!(out.send(&[0xb0, 7, 100]) && !out.send(&[]));
        until(&session, || kept.sent().len() >= 4).await;
        assert_eq!(session.state().board.title, "/b/2");
        let sent = kept.sent();
        for expected in ["clock Some(97.0)", "rolling true", "[b0, 07, 64]"] {
            assert!(sent.iter().any(|line| line == expected), "{expected} in {sent:?}");
        }
    }
}
