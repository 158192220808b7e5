//! The one owner of the SPI bus: it reads the converter and pushes pictures in bands, with readings in between.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pedal_hardware::Profile;
use pedal_hardware::lcd::BusOwner;
use pedal_hardware::linux::SpiBus;
use pedal_hardware::port::{Bus, PortError};
use tokio::sync::watch;

use super::Hand;
use super::feed::{Feed, Stop};
use crate::display::Frame;

/// How often switches on the converter are read.
const SWITCHES: Duration = Duration::from_millis(3);
/// Every so many rounds of switches, knobs are read (9 ms) and levels (21 ms).
const KNOBS: u32 = 3;
const LEVELS: u32 = 7;
/// How often pictures are looked for when nothing is read.
const IDLE: Duration = Duration::from_millis(20);
/// How long a bus that fails is left alone.
const REST: Duration = Duration::from_secs(5);

/// Starts the owner of a real bus, if something hangs on it.
pub(super) fn start(
    profile: &Profile,
    feed: &Feed,
    frames: watch::Receiver<Arc<Frame>>,
    stop: &Stop,
    megahertz: u32,
) -> Vec<JoinHandle<()>> {
    let readings = Readings::of(profile);
    if profile.screen.is_none() && readings.is_empty() {
        return Vec::new();
    }
    let (profile, feed, stop) = (profile.clone(), feed.clone(), stop.clone());
    let thread = std::thread::Builder::new().name("spi".into()).spawn(move || {
        loop {
            let owned = SpiBus::open(megahertz).and_then(|bus| {
                let mut owner = BusOwner::new(bus, profile.screen);
                run(&mut owner, &readings, &feed, frames.clone(), &stop)
            });
            let Err(error) = owned else { return };
            feed.problem(error);
            if stop.sleep(REST) {
                return;
            }
        }
    });
    thread.into_iter().collect()
}

/// Starts the owner of a simulated bus, which has nothing to read: the pedal's hand feeds the state machines.
pub(super) fn start_display(
    hand: Hand,
    profile: &Profile,
    mut frames: watch::Receiver<Arc<Frame>>,
    stop: Stop,
) {
    let mut owner = BusOwner::new(hand.pedal(), profile.screen);
    // a task instead of a thread: it wakes only for pictures
    tokio::spawn(async move {
        frames.mark_changed();
        while frames.changed().await.is_ok() && !stop.rung() {
            let frame = frames.borrow_and_update().clone();
            if let Err(error) = owner.show(&frame, |_| {}) {
                tracing::error!("{error}");
            }
            hand.looks_changed();
        }
    });
}

/// Channels of the converter by how often they are read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Readings {
    switches: Vec<u8>,
    knobs: Vec<u8>,
    levels: Option<[u8; 2]>,
}

impl Readings {
    fn of(profile: &Profile) -> Self {
        Self {
            switches: profile.switch_channels(),
            knobs: profile.analog.iter().map(|knob| knob.channel).collect(),
            levels: profile.vu.map(|sides| sides.map(|(channel, _)| channel)),
        }
    }

    fn is_empty(&self) -> bool {
        self.switches.is_empty() && self.knobs.is_empty() && self.levels.is_none()
    }

    /// Reads what is due in this round.
    fn read<B: Bus>(&self, round: u32, owner: &mut BusOwner<B>, feed: &Feed) -> Result<(), PortError> {
        for channel in &self.switches {
            feed.adc(*channel, owner.adc(*channel)?);
        }
        if round.is_multiple_of(KNOBS) {
            for channel in &self.knobs {
                feed.adc(*channel, owner.adc(*channel)?);
            }
        }
        if let Some([left, right]) = self.levels.filter(|_| round.is_multiple_of(LEVELS)) {
            feed.levels([owner.adc(left)?, owner.adc(right)?]);
        }
        Ok(())
    }
}

/// Reads and shows until it is told to end.
fn run<B: Bus>(
    owner: &mut BusOwner<B>,
    readings: &Readings,
    feed: &Feed,
    mut frames: watch::Receiver<Arc<Frame>>,
    stop: &Stop,
) -> Result<(), PortError> {
    owner.start()?;
    frames.mark_changed();
    let period = if readings.is_empty() { IDLE } else { SWITCHES };
    let (mut round, mut next) = (0u32, Instant::now());
    loop {
        let mut failed = Ok(());
        // A band takes 1.4 ms at the slowest clock, so switches are looked at after each band that makes them due.
        let mut due = |owner: &mut BusOwner<B>| {
            if failed.is_ok() && Instant::now() >= next {
                failed = readings.read(round, owner, feed);
                feed.tick();
                round = round.wrapping_add(1);
                next = (next + period).max(Instant::now());
            }
        };
        due(owner);
        if frames.has_changed().unwrap_or(false) {
            let frame = frames.borrow_and_update().clone();
            owner.show(&frame, &mut due)?;
        }
        failed?;
        if stop.sleep(next.saturating_duration_since(Instant::now())) {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BusSettings, Clock, Input};
    use super::*;
    use pedal_hardware::Event;
    use pedal_hardware::input::{Part, SwitchEvent};
    use pedal_hardware::lcd::Step;

    /// A bus that notes in which order it is used; switch 2 is pressed from the fifth band on.
    #[derive(Default)]
    struct Noted {
        bands: usize,
        /// Reads of channel 2 after so many bands.
        read_at: Vec<usize>,
    }

    #[derive(Clone, Default)]
    struct Shared(Arc<std::sync::Mutex<Noted>>);

    impl Bus for Shared {
        fn lcd(&mut self, step: &Step) -> Result<(), PortError> {
            if matches!(step, Step::Command(0x2c)) {
                self.0.lock().unwrap().bands += 1;
                // as long as a band takes at 24 MHz
                std::thread::sleep(Duration::from_micros(1400));
            }
            Ok(())
        }

        fn adc(&mut self, request: [u8; 3]) -> Result<[u8; 3], PortError> {
            let mut noted = self.0.lock().unwrap();
            let bands = noted.bands;
            if request[1] == 0xa0 {
                noted.read_at.push(bands);
            }
            let pressed = request[1] == 0xa0 && bands >= 5;
            Ok(if pressed { [0, 0, 0] } else { [0, 3, 0xff] })
        }
    }

    #[test]
    fn a_switch_is_seen_while_a_picture_is_on_its_way() {
        let (events, mut inputs) = tokio::sync::mpsc::unbounded_channel();
        let profile = Profile::v3();
        let feed = Feed::new(&profile, Clock::start(), events, BusSettings::default());
        let (stop, bus) = (Stop::default(), Shared::default());
        let (_frames, frames) = watch::channel(Arc::new(Frame::new(320, 240)));
        let mut owner = BusOwner::new(bus.clone(), profile.screen);
        let ends = stop.clone();
        let thread = std::thread::spawn(move || {
            run(&mut owner, &Readings::of(&profile), &feed, frames, &ends).map_err(|error| error.to_string())
        });
        let pressed = Event::Switch(Part::Footswitch(2), SwitchEvent::Press);
        let seen = loop {
            match inputs.blocking_recv().expect("the thread runs") {
                Input::Event { event, .. } if event == pressed => break bus.0.lock().unwrap().bands,
                _ => {}
            }
        };
        stop.ring();
        thread.join().expect("no panic").expect("no error");
        let noted = bus.0.lock().unwrap();
        assert!((5..40).contains(&seen), "seen after band {seen} of 40");
        let between = noted.read_at.windows(2).map(|two| two[1] - two[0]).max();
        assert!(between <= Some(4), "read after these bands: {:?}", noted.read_at);
        assert_eq!(noted.bands, 40, "one whole picture");
    }

    #[test]
    fn each_version_has_its_readings() {
        assert_eq!(Readings::of(&Profile::v3()).switches, [0, 1, 2, 3, 4]);
        assert_eq!(Readings::of(&Profile::v3()).levels, Some([6, 7]));
        assert_eq!(Readings::of(&Profile::v2()).knobs, [0, 1, 7]);
        assert!(Readings::of(&Profile::generic()).is_empty());
    }
}
