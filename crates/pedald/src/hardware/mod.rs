//! The pedal's wires: threads that read switches, encoders and the converter, and one that lights lamps and moves the
//! mixer. Real and simulated pedals look the same from here.
//!
//! Each device has one owner. `feed` holds the state machines; edges of GPIO lines come to it from one thread, readings of
//! the converter from the owner of the SPI bus, which also pushes the display's pictures. Nothing here waits for the session.

mod detect;
mod feed;
mod gpio;
mod leds;
mod mixer;
mod outputs;
mod simulated;
mod spi;

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Instant;

use pedal_hardware::light::Level;
use pedal_hardware::port::{CodecLevels, PortError};
use pedal_hardware::{Event, Moment, Profile, Rgb};
use tokio::sync::{mpsc, watch};

use crate::display::Frame;

pub use detect::{Found, computer, detect, header};
pub use simulated::Hand;

/// What comes from the pedal.
#[derive(Debug)]
pub enum Input {
    /// Something was done.
    Event {
        /// What.
        event: Event,
        /// When, by the pedal's clock.
        at: Moment,
    },
    /// The level lamps: left, right.
    Levels([Level; 2]),
    /// The codec's levels as they were before this program set any.
    Codec(CodecLevels),
    /// A device does not work; the others go on.
    Problem(PortError),
}

/// What goes to the pedal's lamps, relay and codec.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// The whole LED strip.
    Strip(Vec<Rgb>),
    /// A lamp on a GPIO line.
    Line(u32, bool),
    /// The latching relay: lines of its coils, and whether the pedal is passed by.
    Relay {
        /// Line that switches to bypass.
        set: u32,
        /// Line that switches back.
        reset: u32,
        /// Whether the pedal is passed by.
        bypass: bool,
    },
    /// The codec.
    Mixer(MixerChange),
}

/// A change of the codec's mixer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MixerChange {
    /// Input gain in dB.
    Input(f32),
    /// Output volume in dB.
    Output(f32),
    /// Output mute.
    Mute(bool),
    /// Dry signal on the output, left and right.
    Bypass([bool; 2]),
    /// Bands in dB, or off.
    Equaliser(Option<[f32; 5]>),
}

/// The clock that all events of a pedal are stamped by.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    /// Begins at 0 now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn now(self) -> Moment {
        Moment(u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// A moment as the system's clock has it.
    pub fn instant(self, moment: Moment) -> Instant {
        self.0 + std::time::Duration::from_micros(moment.0)
    }
}

/// Which wires there are.
#[derive(Clone)]
enum Wires {
    /// Nothing is wired.
    None,
    /// A Raspberry Pi's header.
    Header,
    /// A pedal in memory.
    Simulated(Hand),
}

/// The way to the pedal's wires. Dropping it ends its threads.
pub struct Hardware {
    wires: Wires,
    profile: Profile,
    clock: Clock,
    events: mpsc::UnboundedSender<Input>,
    inputs: Option<mpsc::UnboundedReceiver<Input>>,
    outputs: Sender<Output>,
    frames: watch::Receiver<Arc<Frame>>,
    settings: BusSettings,
    running: Option<Running>,
}

/// What the owner of the bus must know of the settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BusSettings {
    /// Display's clock in MHz.
    pub megahertz: u32,
    /// The converter's count at silence.
    pub baseline: u16,
    /// The codec's input gain in dB.
    pub gain: f32,
}

impl Default for BusSettings {
    fn default() -> Self {
        Self { megahertz: 24, baseline: 512, gain: 0.0 }
    }
}

/// Threads of the present wiring; they end when this is dropped.
struct Running {
    stop: feed::Stop,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.ring();
        for thread in self.threads.drain(..) {
            // what it had to say it has said to the log
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Hardware {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hardware").field("profile", &self.profile.name).finish_non_exhaustive()
    }
}

impl Hardware {
    /// The wires of this pedal; nothing is read before [`Hardware::wire`]. `frames` is what the display shows. Call on a
    /// tokio runtime.
    pub fn new(found: &Found, frames: watch::Receiver<Arc<Frame>>) -> Self {
        let (events, inputs) = mpsc::unbounded_channel();
        let clock = Clock::start();
        let (wires, ports) = match found {
            Found::Simulated(profile) => {
                let hand = Hand::new(profile, clock, events.clone());
                let ports = outputs::Ports::simulated(&hand);
                (Wires::Simulated(hand), ports)
            }
            Found::Header(profile) => (Wires::Header, outputs::Ports::header(profile, &events)),
            Found::Nothing(_) => (Wires::None, outputs::Ports::none()),
        };
        let outputs = outputs::start(ports, events.clone());
        let profile = found.profile().clone();
        let (inputs, settings) = (Some(inputs), BusSettings::default());
        Self { wires, profile, clock, events, inputs, outputs, frames, settings, running: None }
    }

    /// What comes from the pedal; for the one part that acts on it.
    pub fn take_inputs(&mut self) -> Option<mpsc::UnboundedReceiver<Input>> {
        self.inputs.take()
    }

    /// The simulated pedal's hand, when this is one.
    pub fn hand(&self) -> Option<Hand> {
        if let Wires::Simulated(hand) = &self.wires { Some(hand.clone()) } else { None }
    }

    /// The pedal's clock.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Sends something to lamps, relay or codec. Never waits.
    pub fn send(&self, output: Output) {
        let _ = self.outputs.send(output);
    }

    /// Reads the pedal by this wiring from now on. What is wired as before goes on without a break.
    pub fn wire(&mut self, profile: &Profile, settings: BusSettings) {
        if self.running.is_some() && self.profile == *profile && self.settings == settings {
            return;
        }
        self.running = None;
        (self.profile, self.settings) = (profile.clone(), settings);
        let stop = feed::Stop::default();
        let threads = match &self.wires {
            Wires::None => Vec::new(),
            Wires::Simulated(hand) => {
                hand.rewire(profile);
                // the hand feeds the state machines itself; the bus only carries the pictures
                spi::start_display(hand.clone(), profile, self.frames.clone(), stop.clone());
                Vec::new()
            }
            Wires::Header => {
                let feed = feed::Feed::new(profile, self.clock, self.events.clone(), settings);
                let mut threads = gpio::start(profile, &feed, &stop);
                threads.extend(spi::start(profile, &feed, self.frames.clone(), &stop, settings.megahertz));
                threads
            }
        };
        self.running = Some(Running { stop, threads });
    }
}
