//! All inputs of a profile.

use std::collections::BTreeMap;

use super::switch::ADC_PRESSED;
use super::{Analog, Encoder, Switch, SwitchEvent};
use crate::Moment;
use crate::profile::{Profile, Wire};

/// Which switch. Numbers count from 0, footswitches from the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Under the foot.
    Footswitch(usize),
    /// The push of an encoder.
    Encoder(usize),
}

/// What was done to the pedal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A switch.
    Switch(Part, SwitchEvent),
    /// An encoder (0: navigation) by so many clicks, right positive.
    Turn {
        /// Number of the encoder.
        encoder: usize,
        /// Clicks, never 0.
        clicks: i32,
    },
    /// A knob or expression pedal.
    Analog {
        /// Its place in [`Profile::analog`].
        index: usize,
        /// Count of the converter, 0–1023.
        value: u16,
    },
}

/// The state of every input. Give it edges, counts and time; take events.
#[derive(Debug, Clone)]
pub struct Inputs {
    switches: BTreeMap<Part, (Wire, Switch)>,
    encoders: Vec<(u32, u32, Encoder)>,
    analog: Vec<(u8, Analog)>,
    lines: BTreeMap<u32, bool>,
}

impl Inputs {
    /// Everything at rest.
    pub fn new(profile: &Profile) -> Self {
        let feet = profile.footswitches.iter().enumerate();
        let pushes = profile.encoders.iter().enumerate();
        let switches = feet
            .map(|(index, foot)| (Part::Footswitch(index), foot.wire))
            .chain(pushes.filter_map(|(index, encoder)| Some((Part::Encoder(index), encoder.push?))))
            .map(|(part, wire)| (part, (wire, Switch::default())))
            .collect();
        Self {
            switches,
            encoders: profile.encoders.iter().map(|one| (one.data, one.clock, Encoder::default())).collect(),
            analog: profile.analog.iter().map(|one| (one.channel, Analog::new(one.threshold))).collect(),
            lines: BTreeMap::new(),
        }
    }

    /// A GPIO line has changed to this level. Switches pull their line low.
    pub fn gpio(&mut self, line: u32, high: bool, now: Moment, out: &mut Vec<Event>) {
        self.lines.insert(line, high);
        self.switch(Wire::Gpio(line), !high, now, out);
        for (index, (data, clock, encoder)) in self.encoders.iter_mut().enumerate() {
            if *data == line || *clock == line {
                let level = |line: &u32| self.lines.get(line).copied().unwrap_or(true);
                let clicks = encoder.lines(level(data), level(clock));
                if clicks != 0 {
                    out.push(Event::Turn { encoder: index, clicks });
                }
            }
        }
    }

    /// A channel of the converter was read (0–1023).
    pub fn adc(&mut self, channel: u8, count: u16, now: Moment, out: &mut Vec<Event>) {
        self.switch(Wire::Adc(channel), count <= ADC_PRESSED, now, out);
        for (index, (own, analog)) in self.analog.iter_mut().enumerate() {
            if *own == channel
                && let Some(value) = analog.count(count)
            {
                out.push(Event::Analog { index, value });
            }
        }
    }

    /// Lets time pass; call at [`Inputs::deadline`] at the latest.
    pub fn tick(&mut self, now: Moment, out: &mut Vec<Event>) {
        for (part, (_, switch)) in &mut self.switches {
            let mut events = Vec::new();
            switch.tick(now, &mut events);
            out.extend(events.into_iter().map(|event| Event::Switch(*part, event)));
        }
    }

    /// When something happens without an edge: end of bouncing, long press.
    pub fn deadline(&self) -> Option<Moment> {
        self.switches.values().filter_map(|(_, switch)| switch.deadline()).min()
    }

    /// Where a knob or pedal stands (0–1023), once it has been read.
    pub fn analog(&self, index: usize) -> Option<u16> {
        self.analog.get(index)?.1.value()
    }

    fn switch(&mut self, wire: Wire, pressed: bool, now: Moment, out: &mut Vec<Event>) {
        for (part, (own, switch)) in &mut self.switches {
            if *own == wire {
                let mut events = Vec::new();
                switch.level(pressed, now, &mut events);
                out.extend(events.into_iter().map(|event| Event::Switch(*part, event)));
            }
        }
    }
}
