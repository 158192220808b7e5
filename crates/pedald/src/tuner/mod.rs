//! The tuner: sound from the instrument's input while it is on, pitch of it, readings for everybody.
//!
//! Readings come about 30 times a second as [`Signal::Tuner`] events and through a watch; neither when it is off, nor
//! when nothing has changed.

mod decimate;
mod jack;
mod pitch;
mod solve;
mod source;
mod string;
mod tracker;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

pub use self::jack::JackInput;
pub use pitch::{HIGHEST, LOWEST, Pitch};
pub use source::{Open, SourceChoice, SourceError, Tone, TunerSource};
pub use string::Pluck;
pub use tracker::{Heard, Tracker};

use crate::session::{Intent, NoticeLevel, Seen, SessionHandle, Signal, Source, State, Tuner, TunerReading};

/// The tuner's last reading; `None` while it is off or hears no tone.
pub type TunerWatch = watch::Receiver<Option<TunerReading>>;

/// Time between two readings.
const PERIOD: Duration = Duration::from_millis(33);

/// Readings without a clear tone after which the last one is taken back: a note that fades stays readable.
const PATIENCE: u32 = 12;

/// Starts the tuner's task on the present runtime. `open` is called when it is switched on, with the input's number
/// from 1; what it opened is dropped when it is switched off.
pub fn start(session: SessionHandle, open: Open) -> TunerWatch {
    let (publish, readings) = watch::channel(None);
    tokio::spawn(run(session, open, publish));
    readings
}

async fn run(session: SessionHandle, mut open: Open, publish: watch::Sender<Option<TunerReading>>) {
    let mut watch = session.watch();
    let mut settings = Tuner::default();
    let mut listening: Option<Listening> = None;
    loop {
        let active = listening.is_some();
        let wait = async move {
            if active {
                tokio::time::sleep(PERIOD).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            seen = watch.next() => {
                let Ok(seen) = seen else { return };
                if matches!(&seen, Seen::Event(event) if !matches!(event.kind, crate::session::EventKind::Tuner(_))) {
                    continue;
                }
                let state: Arc<State> = watch.state();
                let wanted = state.tuner.clone();
                let other = wanted.input != settings.input;
                settings = wanted;
                if !settings.on || other {
                    close(listening.take());
                }
                if settings.on && listening.is_none() {
                    // a sound server that is stuck holds this task up, not a thread that serves pages
                    let input = settings.input;
                    let opened = tokio::task::spawn_blocking(move || {
                        let source = open(input);
                        (open, source)
                    });
                    let Ok((back, source)) = opened.await else { return };
                    open = back;
                    listening = Listening::begin(&session, source);
                }
                if listening.is_none() {
                    tell(&session, &publish, None);
                }
            }
            () = wait => {
                let Some(mut now) = listening.take() else { continue };
                // the arithmetic takes a millisecond or two: not on a thread that serves pages
                let done = tokio::task::spawn_blocking(move || {
                    let heard = now.listen();
                    (now, heard)
                });
                let Ok((mut now, heard)) = done.await else {
                    // it has panicked: as when the sound went away, and the next switching on begins anew
                    tell(&session, &publish, None);
                    session.tell(Source::Session, Intent::Tuner(false));
                    continue;
                };
                let reading = now.shown(heard, settings.reference);
                listening = Some(now);
                match reading {
                    Shown::Keep => {}
                    Shown::Reading(reading) => tell(&session, &publish, reading),
                }
                if listening.as_ref().is_some_and(Listening::is_lost) {
                    // the server went away: it is tried again when somebody switches the tuner on
                    close(listening.take());
                    tell(&session, &publish, None);
                    session.tell(Source::Session, Intent::Tuner(false));
                }
            }
        }
    }
}

/// Leaves the sound server, which may take its time.
fn close(listening: Option<Listening>) {
    if listening.is_some() {
        drop(tokio::task::spawn_blocking(move || drop(listening)));
    }
}

fn tell(
    session: &SessionHandle,
    publish: &watch::Sender<Option<TunerReading>>,
    reading: Option<TunerReading>,
) {
    let changed = publish.send_if_modified(|last| {
        let changed = *last != reading;
        *last = reading;
        changed
    });
    if changed {
        session.tell(Source::Session, Intent::Signal(Signal::Tuner(reading)));
    }
}

/// What becomes of a reading on the displays.
enum Shown {
    /// The last one stays.
    Keep,
    /// This one.
    Reading(Option<TunerReading>),
}

/// A source with what was heard of it so far.
struct Listening {
    source: Box<dyn TunerSource>,
    tracker: Tracker,
    buffer: Vec<f32>,
    /// Readings without a tone in a row.
    unclear: u32,
    /// The last frequencies in Hz.
    last: Vec<f32>,
    lost: bool,
}

impl Listening {
    fn begin(session: &SessionHandle, source: Result<Box<dyn TunerSource>, SourceError>) -> Option<Self> {
        match source {
            Ok(source) => Some(Self {
                tracker: Tracker::new(source.rate()),
                source,
                buffer: Vec::new(),
                unclear: 0,
                last: Vec::new(),
                lost: false,
            }),
            Err(error) => {
                let text = format!("the tuner hears nothing: {error}");
                session.tell(Source::Session, Intent::Notify { level: NoticeLevel::Error, text });
                session.tell(Source::Session, Intent::Tuner(false));
                None
            }
        }
    }

    fn listen(&mut self) -> Heard {
        self.buffer.clear();
        self.lost = !self.source.read(&mut self.buffer);
        self.tracker.push(&self.buffer);
        self.tracker.reading()
    }

    fn is_lost(&self) -> bool {
        self.lost
    }

    fn shown(&mut self, heard: Heard, reference: f32) -> Shown {
        let Heard::Tone { pitch, level_dbfs } = heard else {
            self.last.clear();
            self.unclear = self.unclear.saturating_add(1);
            return if self.unclear == PATIENCE { Shown::Reading(None) } else { Shown::Keep };
        };
        self.unclear = 0;
        let hz = middle(&mut self.last, pitch.hz as f32);
        Shown::Reading(TunerReading::new(hz, reference, level_dbfs as f32))
    }
}

/// The middle one of the last three frequencies, if they belong to one note: a single bad reading does not show.
fn middle(last: &mut Vec<f32>, hz: f32) -> f32 {
    if last.iter().any(|other| (other / hz - 1.0).abs() > 0.03) {
        last.clear();
    }
    last.push(hz);
    if last.len() > 3 {
        last.remove(0);
    }
    match last[..] {
        [a, b, c] => a.max(b).min(a.min(b).max(c)),
        _ => hz,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::FakeEngine;
    use crate::session::{Core, EmptyCatalogue};
    use crate::store::MemoryDisk;

    #[test]
    fn the_middle_of_three_is_shown_and_a_new_note_at_once() {
        let mut last = Vec::new();
        assert_eq!(middle(&mut last, 110.0), 110.0);
        assert_eq!(middle(&mut last, 110.2), 110.2);
        assert_eq!(middle(&mut last, 112.0), 110.2);
        assert_eq!(middle(&mut last, 110.1), 110.2);
        assert_eq!(middle(&mut last, 146.8), 146.8);
    }

    #[test]
    fn readings_have_names() {
        let low = TunerReading::new(82.407, 440.0, -20.0).unwrap();
        assert_eq!((low.name(), low.octave(), low.note), ("E", 2, 40));
        assert!(low.cents.abs() < 0.01, "{}", low.cents);
        let sharp = TunerReading::new(443.0, 440.0, -20.0).unwrap();
        assert_eq!((sharp.name(), sharp.octave()), ("A", 4));
        assert!((sharp.cents - 11.76).abs() < 0.01, "{}", sharp.cents);
        assert_eq!(TunerReading::new(443.0, 443.0, -20.0).unwrap().cents, 0.0);
        assert_eq!(TunerReading::new(1.0, 440.0, -20.0), None);
    }

    #[tokio::test(start_paused = true)]
    async fn it_listens_while_it_is_on() {
        let (engine, _) = FakeEngine::new(EmptyCatalogue);
        let session = SessionHandle::start(Core::new(EmptyCatalogue), engine, MemoryDisk::default());
        let opened = Arc::new(std::sync::Mutex::new(Vec::new()));
        let inputs = opened.clone();
        let open: Open = Box::new(move |input| {
            inputs.lock().unwrap().push(input);
            Ok(Box::new(Tone::new(196.0)))
        });
        let mut readings = start(session.clone(), open);
        session.ask(Source::Display, Intent::TunerInput(2)).await.unwrap();
        session.ask(Source::Display, Intent::Tuner(true)).await.unwrap();
        let reading = loop {
            readings.changed().await.unwrap();
            if let Some(reading) = *readings.borrow_and_update() {
                break reading;
            }
        };
        assert_eq!((reading.name(), reading.octave()), ("G", 3));
        assert!((reading.frequency - 196.0).abs() < 0.05, "{}", reading.frequency);
        session.ask(Source::Display, Intent::Tuner(false)).await.unwrap();
        loop {
            if readings.borrow_and_update().is_none() {
                break;
            }
            readings.changed().await.unwrap();
        }
        assert_eq!(*opened.lock().unwrap(), [2]);
    }

    #[tokio::test(start_paused = true)]
    async fn without_sound_it_says_why_and_is_off() {
        let (engine, _) = FakeEngine::new(EmptyCatalogue);
        let session = SessionHandle::start(Core::new(EmptyCatalogue), engine, MemoryDisk::default());
        let _readings = start(session.clone(), Box::new(|_| Err(SourceError("no server".into()))));
        session.ask(Source::Display, Intent::Tuner(true)).await.unwrap();
        let mut watch = session.watch();
        while session.state().tuner.on || session.state().notice.is_none() {
            watch.next().await.unwrap();
        }
        assert!(session.state().notice.as_ref().unwrap().text.contains("no server"));
    }
}
