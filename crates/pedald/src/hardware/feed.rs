//! The state machines of all inputs, fed by the threads that own the wires.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pedal_hardware::light::{Level, Vu};
use pedal_hardware::port::PortError;
use pedal_hardware::{Event, Inputs, Moment, Profile};
use tokio::sync::mpsc::UnboundedSender;

use super::{BusSettings, Clock, Input};

/// Tells threads to end, and wakes those that sleep.
#[derive(Debug, Clone, Default)]
pub(super) struct Stop(Arc<(Mutex<bool>, Condvar)>);

impl Stop {
    /// Ends the threads.
    pub fn ring(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    /// Sleeps; `true` when it is time to end.
    pub fn sleep(&self, time: Duration) -> bool {
        let guard = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = self.0.1.wait_timeout_while(guard, time, |ended| !*ended);
        *ended.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Whether it is time to end.
    pub fn rung(&self) -> bool {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct State {
    inputs: Inputs,
    vu: [Vu; 2],
    levels: Option<[Level; 2]>,
}

/// Where edges and readings go. Cheap to clone; any thread.
#[derive(Clone)]
pub(super) struct Feed {
    state: Arc<Mutex<State>>,
    clock: Clock,
    events: UnboundedSender<Input>,
}

impl Feed {
    pub fn new(
        profile: &Profile,
        clock: Clock,
        events: UnboundedSender<Input>,
        settings: BusSettings,
    ) -> Self {
        let vu = || Vu::new(settings.baseline, settings.gain);
        let state = State { inputs: Inputs::new(profile), vu: [vu(), vu()], levels: None };
        Self { state: Arc::new(Mutex::new(state)), clock, events }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, events: Vec<Event>, at: Moment) {
        for event in events {
            let _ = self.events.send(Input::Event { event, at });
        }
    }

    /// An edge of a GPIO line.
    pub fn gpio(&self, line: u32, high: bool) {
        let (now, mut events) = (self.clock.now(), Vec::new());
        self.state().inputs.gpio(line, high, now, &mut events);
        self.send(events, now);
    }

    /// A reading of the converter.
    pub fn adc(&self, channel: u8, count: u16) {
        let (now, mut events) = (self.clock.now(), Vec::new());
        self.state().inputs.adc(channel, count, now, &mut events);
        self.send(events, now);
    }

    /// Readings of the level meters: left, right. Every 20 ms.
    pub fn levels(&self, counts: [u16; 2]) {
        let mut state = self.state();
        let levels = [state.vu[0].count(counts[0]), state.vu[1].count(counts[1])];
        if state.levels != Some(levels) {
            state.levels = Some(levels);
            let _ = self.events.send(Input::Levels(levels));
        }
    }

    /// What is due now; when something is due next.
    pub fn tick(&self) -> Option<Duration> {
        let (now, mut events) = (self.clock.now(), Vec::new());
        let mut state = self.state();
        state.inputs.tick(now, &mut events);
        let due = state.inputs.deadline();
        drop(state);
        self.send(events, now);
        due.map(|due| Duration::from_micros(due.micros_since(now)))
    }

    /// A device does not work.
    pub fn problem(&self, error: PortError) {
        let _ = self.events.send(Input::Problem(error));
    }
}
