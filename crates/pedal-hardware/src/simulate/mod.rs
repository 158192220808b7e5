//! A pedal without hardware. A page, a terminal or a test presses and turns; the levels and counts that real wires would
//! carry go through the same state machines, and the display's bytes are decoded as the display does it (`wires`).

mod wires;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::input::Part;
use crate::lcd::Frame;
use crate::profile::{Lamp, Profile, Screen, Wire};
use crate::{Event, Inputs, Moment, Rgb};
use wires::Lcd;

/// Most clicks of one turn. A hand makes a few; a page may send any number, and the events of two thousand million clicks
/// would fill the memory.
pub const MOST_CLICKS: u32 = 1000;

/// What the codec's mixer was set to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MixerState {
    /// Input gain in dB.
    pub input: f32,
    /// Output volume in dB.
    pub output: f32,
    /// Output muted.
    pub muted: bool,
    /// Dry signal on the output, left and right.
    pub bypass: [bool; 2],
    /// Bands in dB, `None` when off.
    pub equaliser: Option<[f32; 5]>,
}

#[derive(Debug)]
struct State {
    profile: Profile,
    inputs: Inputs,
    now: Moment,
    events: Vec<Event>,
    channels: [u16; 8],
    lines: BTreeMap<u32, bool>,
    strip: Vec<Rgb>,
    frame: Frame,
    mixer: MixerState,
    lcd: Lcd,
}

/// A pedal without hardware; clones are the same pedal. Any thread may call.
#[derive(Debug, Clone)]
pub struct SimulatedPedal(Arc<Mutex<State>>);

impl SimulatedPedal {
    /// A pedal with this wiring, everything at rest, at moment 0.
    pub fn new(profile: &Profile) -> Self {
        let frame = match profile.screen {
            Some(Screen::Mono) => Frame::new(128, 64),
            _ => Frame::new(320, 240),
        };
        Self(Arc::new(Mutex::new(State {
            inputs: Inputs::new(profile),
            now: Moment::default(),
            events: Vec::new(),
            channels: [1023; 8],
            lines: BTreeMap::new(),
            strip: vec![Rgb::BLACK; profile.strip],
            frame,
            mixer: MixerState::default(),
            lcd: Lcd::default(),
            profile: profile.clone(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Presses (`true`) or lets go. A switch that the pedal does not have is ignored.
    pub fn press(&self, part: Part, down: bool) {
        let mut state = self.state();
        let wire = match part {
            Part::Footswitch(index) => state.profile.footswitches.get(index).map(|foot| foot.wire),
            Part::Encoder(index) => state.profile.encoders.get(index).and_then(|encoder| encoder.push),
        };
        match wire {
            Some(Wire::Gpio(line)) => state.gpio(line, !down),
            Some(Wire::Adc(channel)) => state.adc(channel, if down { 0 } else { 1023 }),
            None => {}
        }
    }

    /// Turns an encoder (0: navigation) by so many clicks, right positive; at most [`MOST_CLICKS`] at a time.
    pub fn turn(&self, encoder: usize, clicks: i32) {
        let mut state = self.state();
        let Some(rotary) = state.profile.encoders.get(encoder).copied() else { return };
        let (first, second) =
            if clicks > 0 { (rotary.data, rotary.clock) } else { (rotary.clock, rotary.data) };
        for _ in 0..clicks.unsigned_abs().min(MOST_CLICKS) {
            for (line, high) in [(first, false), (second, false), (first, true), (second, true)] {
                state.gpio(line, high);
            }
        }
    }

    /// Moves a knob or expression pedal (its place in [`Profile::analog`]) to 0–1.
    pub fn expression(&self, index: usize, value: f32) {
        let mut state = self.state();
        let Some(channel) = state.profile.analog.get(index).map(|knob| knob.channel) else { return };
        state.adc(channel, (value.clamp(0.0, 1.0) * 1023.0).round() as u16);
    }

    /// Sets the clock; it never goes back. Long presses and the end of bouncing happen at their own time.
    pub fn advance_to(&self, now: Moment) {
        let mut state = self.state();
        while let Some(due) = state.inputs.deadline().filter(|due| *due <= now) {
            state.now = state.now.max(due);
            state.tick();
        }
        state.now = state.now.max(now);
        state.tick();
    }

    /// When something happens without anybody doing anything: the end of bouncing, a long press.
    pub fn deadline(&self) -> Option<Moment> {
        self.state().inputs.deadline()
    }

    /// Another wiring of the same pedal, as a board's configuration may ask for. All switches are at rest afterwards.
    pub fn rewire(&self, profile: &Profile) {
        let mut state = self.state();
        state.inputs = Inputs::new(profile);
        state.strip.resize(profile.strip, Rgb::BLACK);
        for knob in &profile.analog {
            // where a knob stands is known from the start, as it is after the first reading of a real one
            let (channel, now) = (knob.channel, state.now);
            let count = state.channels[usize::from(channel & 7)];
            let mut unheard = Vec::new();
            state.inputs.adc(channel, count, now, &mut unheard);
        }
        state.profile = profile.clone();
    }

    /// The wiring.
    pub fn profile(&self) -> Profile {
        self.state().profile.clone()
    }

    /// What the converter reads on a channel (0–7), 0–1023.
    pub fn channel(&self, channel: u8) -> u16 {
        self.state().channels[usize::from(channel & 7)]
    }

    /// The clock.
    pub fn now(&self) -> Moment {
        self.state().now
    }

    /// What was done since the last call.
    pub fn take_events(&self) -> Vec<Event> {
        std::mem::take(&mut self.state().events)
    }

    /// What the display shows. On a mono display a lit dot is 0xffff.
    pub fn framebuffer(&self) -> Frame {
        self.state().frame.clone()
    }

    /// The footswitches' lamps, from the left; a lamp of one colour is red when lit.
    pub fn leds(&self) -> Vec<Rgb> {
        let state = self.state();
        let lamp = |lamp: Option<Lamp>| match lamp {
            Some(Lamp::Strip(pixel)) => state.strip.get(pixel).copied().unwrap_or_default(),
            Some(Lamp::Gpio(line)) if state.lines.get(&line) == Some(&true) => Rgb(255, 0, 0),
            _ => Rgb::BLACK,
        };
        state.profile.footswitches.iter().map(|foot| lamp(foot.lamp)).collect()
    }

    /// The whole strip, level lamps included.
    pub fn strip(&self) -> Vec<Rgb> {
        self.state().strip.clone()
    }

    /// What the mixer was set to.
    pub fn mixer(&self) -> MixerState {
        self.state().mixer.clone()
    }

    /// Level of an output line; `None` when it was never set.
    pub fn line(&self, line: u32) -> Option<bool> {
        self.state().lines.get(&line).copied()
    }
}

impl State {
    fn gpio(&mut self, line: u32, high: bool) {
        self.inputs.gpio(line, high, self.now, &mut self.events);
    }

    fn adc(&mut self, channel: u8, count: u16) {
        self.channels[usize::from(channel & 7)] = count;
        self.inputs.adc(channel, count, self.now, &mut self.events);
    }

    fn tick(&mut self) {
        self.inputs.tick(self.now, &mut self.events);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::SwitchEvent::{Click, Long, Press, Release};
    use crate::lcd::BusOwner;

    #[test]
    fn feet_and_hands_on_each_version() {
        for profile in [Profile::v1(), Profile::v2(), Profile::v3().with_expression(5, 75)] {
            let pedal = SimulatedPedal::new(&profile);
            let foot = Part::Footswitch(1);
            pedal.press(foot, true);
            assert_eq!(pedal.take_events(), [Event::Switch(foot, Press)]);
            pedal.advance_to(Moment::from_millis(100));
            pedal.press(foot, false);
            assert_eq!(pedal.take_events(), [Event::Switch(foot, Release), Event::Switch(foot, Click)]);
            let push = Part::Encoder(0);
            pedal.press(push, true);
            pedal.advance_to(Moment::from_millis(2000));
            assert_eq!(pedal.take_events(), [Event::Switch(push, Press), Event::Switch(push, Long)]);
            pedal.turn(0, 2);
            pedal.turn(0, -1);
            let turn = |clicks| Event::Turn { encoder: 0, clicks };
            assert_eq!(pedal.take_events(), [turn(1), turn(1), turn(-1)]);
            pedal.expression(0, 0.0);
            pedal.expression(0, 1.0);
            assert_eq!(pedal.take_events(), [Event::Analog { index: 0, value: 1023 }]);
        }
    }

    #[test]
    fn a_turn_has_an_end() {
        let pedal = SimulatedPedal::new(&Profile::v3());
        pedal.turn(0, i32::MIN);
        assert_eq!(pedal.take_events().len(), MOST_CLICKS as usize);
    }

    #[test]
    fn pictures_arrive_whole_and_the_converter_is_read_between_bands() {
        for profile in [Profile::v1(), Profile::v2(), Profile::v3()] {
            let pedal = SimulatedPedal::new(&profile);
            let mut owner = BusOwner::new(pedal.clone(), profile.screen);
            owner.start().unwrap();
            let mut frame = pedal.framebuffer();
            for (x, y) in [(0, 0), (7, 9), (frame.width() - 1, frame.height() - 1)] {
                frame.set(x, y, 0xffff);
            }
            let mut reads = Vec::new();
            owner.show(&frame, |owner| reads.push(owner.adc(3).unwrap())).unwrap();
            let whole = if profile.screen == Some(Screen::Mono) { 8 } else { 40 };
            assert_eq!(reads, vec![1023; whole]);
            assert_eq!(pedal.framebuffer(), frame);
            frame.set(20, 20, 0xffff);
            let mut bands = 0;
            owner.show(&frame, |_| bands += 1).unwrap();
            assert_eq!((bands, pedal.framebuffer()), (1, frame));
        }
    }

    #[test]
    fn the_relay_is_pulsed_and_left_without_current() {
        let pedal = SimulatedPedal::new(&Profile::v2());
        let (mut lines, mut during) = (pedal.clone(), Vec::new());
        let wait = |millis| during.push((millis, pedal.line(12), pedal.line(16)));
        crate::relay::switch(&mut lines, 12, 16, true, wait).unwrap();
        assert_eq!(during, [(40, Some(true), Some(false))]);
        assert_eq!((pedal.line(12), pedal.line(16)), (Some(false), Some(false)));
    }
}
