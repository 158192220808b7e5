//! MIDI controllers and CV bound to control inputs. One controller drives one control, as in mod-host: the list is
//! searched in the order of its slots and the first match wins.

use crate::graph::NodeId;

/// Most bindings at a time.
pub const MAX_MAPPINGS: usize = 1024;

/// Controller number that stands for pitch bend (14 bit).
pub const PITCH_BEND: u8 = 131;

/// What is driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// Control input with this position in the node's list.
    Control(u16),
    /// The node's bypass.
    Bypass,
}

/// How a position between 0 and 1 becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// Straight.
    Linear,
    /// Equal ratios for equal distances; both ends must be above 0.
    Logarithmic,
    /// Straight, rounded to whole numbers.
    Integer,
    /// The upper half gives the greatest value, the lower half the least.
    Toggle,
    /// Gives the greatest value; the node lets it fall back by itself.
    Trigger,
    /// As `Toggle`, upside down and 0/1: below the middle is bypassed.
    Bypass,
}

/// One binding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MidiMapping {
    /// Node driven.
    pub node: NodeId,
    /// Control driven.
    pub target: Target,
    /// MIDI channel, 0–15.
    pub channel: u8,
    /// Controller, 0–127, or [`PITCH_BEND`].
    pub controller: u8,
    /// Value at the controller's least position.
    pub min: f32,
    /// Value at its greatest.
    pub max: f32,
    /// What lies between.
    pub curve: Curve,
}

/// One control driven by a CV tap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CvMapping {
    /// Node whose control output 0 is read.
    pub tap: NodeId,
    /// Node driven.
    pub node: NodeId,
    /// Control driven.
    pub target: Target,
    /// Voltage that gives `min`.
    pub from: f32,
    /// Voltage that gives `max`.
    pub to: f32,
    /// Value at `from`.
    pub min: f32,
    /// Value at `to`.
    pub max: f32,
    /// What lies between.
    pub curve: Curve,
}

/// Value for a position `x` (0–1, clamped) on the way from `min` to `max`.
pub fn value_for(curve: Curve, x: f32, min: f32, max: f32) -> f32 {
    let x = if x.is_nan() { 0.0 } else { x.clamp(0.0, 1.0) };
    match curve {
        Curve::Toggle => {
            if x >= 0.5 {
                max
            } else {
                min
            }
        }
        Curve::Trigger => max,
        Curve::Bypass => {
            if x >= 0.5 {
                0.0
            } else {
                1.0
            }
        }
        _ if x <= 0.0 => min,
        _ if x >= 1.0 => max,
        Curve::Logarithmic if min > 0.0 && max > 0.0 => min * (max / min).powf(x),
        Curve::Integer => (min + (max - min) * x).round_ties_even(),
        Curve::Linear | Curve::Logarithmic => min + (max - min) * x,
    }
}

/// Places that are set aside once and filled from the front. Nothing behind the last one taken is ever looked at: the
/// callback does so in every block, and all places together are larger than a CPU's first cache.
#[derive(Debug)]
struct Slots<T> {
    slots: Box<[Option<T>]>,
    /// One behind the last place that is taken.
    used: usize,
}

impl<T: Copy> Slots<T> {
    fn new() -> Self {
        Self { slots: vec![None; MAX_MAPPINGS].into_boxed_slice(), used: 0 }
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots[..self.used].iter().flatten()
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots[..self.used].iter_mut().flatten()
    }

    /// Takes the first free place; false when there is none.
    fn place(&mut self, value: T) -> bool {
        let free = self.slots[..self.used].iter().position(Option::is_none).unwrap_or(self.used);
        let Some(slot) = self.slots.get_mut(free) else { return false };
        *slot = Some(value);
        self.used = self.used.max(free + 1);
        true
    }

    fn remove(&mut self, is_it: impl Fn(&T) -> bool) {
        for slot in &mut self.slots[..self.used] {
            slot.take_if(|value| is_it(value));
        }
        while self.used > 0 && self.slots[self.used - 1].is_none() {
            self.used -= 1;
        }
    }
}

/// All bindings; lives in the callback.
#[derive(Debug)]
pub struct MidiMap {
    slots: Slots<MidiMapping>,
    cv: Slots<(CvMapping, f32)>,
    learning: Option<MidiMapping>,
}

impl Default for MidiMap {
    fn default() -> Self {
        Self { slots: Slots::new(), cv: Slots::new(), learning: None }
    }
}

impl MidiMap {
    /// Binds; a target has one binding at most. Real-time safe. False when all slots are taken.
    pub fn map(&mut self, mapping: MidiMapping) -> bool {
        self.unmap(mapping.node, mapping.target);
        self.slots.place(mapping)
    }

    /// Removes a target's binding and its learning. Real-time safe.
    pub fn unmap(&mut self, node: NodeId, target: Target) {
        let is_it = |mapping: &MidiMapping| mapping.node == node && mapping.target == target;
        self.slots.remove(is_it);
        self.learning.take_if(|learning| is_it(learning));
    }

    /// Waits for a controller. Real-time safe.
    pub fn learn(&mut self, mapping: MidiMapping) {
        self.learning = Some(mapping);
    }

    /// Removes everything that concerns a node. Real-time safe.
    pub fn forget(&mut self, node: NodeId) {
        self.slots.remove(|mapping| mapping.node == node);
        self.cv.remove(|(mapping, _)| mapping.node == node || mapping.tap == node);
        self.learning.take_if(|learning| learning.node == node);
    }

    /// Binds a CV tap. Real-time safe.
    pub fn map_cv(&mut self, mapping: CvMapping) -> bool {
        self.unmap_cv(mapping.node, mapping.target);
        self.cv.place((mapping, f32::NAN))
    }

    /// Removes a target's CV binding. Real-time safe.
    pub fn unmap_cv(&mut self, node: NodeId, target: Target) {
        self.cv.remove(|(mapping, _)| mapping.node == node && mapping.target == target);
    }

    /// What a controller at position `x` (0–1) drives, and whether that binding was just learnt. Real-time safe.
    pub fn find(&mut self, channel: u8, controller: u8) -> Option<(MidiMapping, bool)> {
        let bound =
            self.slots.iter().find(|mapping| mapping.channel == channel && mapping.controller == controller);
        if let Some(mapping) = bound {
            return Some((*mapping, false));
        }
        let mapping = MidiMapping { channel, controller, ..self.learning.take()? };
        self.map(mapping).then_some((mapping, true))
    }

    /// Calls `drive` for each CV binding whose value changed; `read` gives the voltage of a tap. Real-time safe.
    pub fn drive_cv(&mut self, read: impl Fn(NodeId) -> Option<f32>, mut drive: impl FnMut(&CvMapping, f32)) {
        for (mapping, last) in self.cv.iter_mut() {
            let Some(volts) = read(mapping.tap) else { continue };
            let x = (volts - mapping.from) / (mapping.to - mapping.from);
            // a bypass driven by CV works the other way round than one driven by MIDI
            let x = if mapping.curve == Curve::Bypass { 1.0 - x } else { x };
            let value = value_for(mapping.curve, x, mapping.min, mapping.max);
            if value != *last {
                *last = value;
                drive(mapping, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(node: u64, controller: u8) -> MidiMapping {
        MidiMapping {
            node: NodeId(node),
            target: Target::Control(0),
            channel: 0,
            controller,
            min: -20.0,
            max: 10.0,
            curve: Curve::Linear,
        }
    }

    #[test]
    fn values_are_those_of_mod_host() {
        let x = 64.0 / 127.0;
        assert!((value_for(Curve::Linear, x, -20.0, 10.0) - -4.881_889).abs() < 1e-5);
        assert!((value_for(Curve::Linear, 8192.0 / 16383.0, 0.0, 1.0) - 0.500_031).abs() < 1e-6);
        assert_eq!(value_for(Curve::Toggle, 63.0 / 127.0, 0.0, 1.0), 0.0);
        assert_eq!(value_for(Curve::Toggle, x, 0.0, 1.0), 1.0);
        assert_eq!(value_for(Curve::Bypass, 0.0, 0.0, 1.0), 1.0);
        assert!((value_for(Curve::Logarithmic, 0.5, 10.0, 1000.0) - 100.0).abs() < 1e-3);
        assert_eq!(value_for(Curve::Integer, 0.5, 0.0, 5.0), 2.0);
    }

    #[test]
    fn learning_takes_the_first_free_controller() {
        let mut map = MidiMap::default();
        assert!(map.map(mapping(1, 7)));
        map.learn(mapping(2, 0));
        assert_eq!(map.find(0, 7).map(|(m, new)| (m.node, new)), Some((NodeId(1), false)));
        assert_eq!(map.find(3, 9).map(|(m, new)| (m.node, m.channel, new)), Some((NodeId(2), 3, true)));
        assert_eq!(map.find(3, 9).map(|(_, new)| new), Some(false));
        map.forget(NodeId(2));
        assert_eq!(map.find(3, 9), None);
    }

    #[test]
    fn only_places_in_use_are_looked_at() {
        let mut map = MidiMap::default();
        for node in 0..3 {
            assert!(map.map(mapping(node, node as u8)));
        }
        assert_eq!((map.slots.used, map.cv.used), (3, 0));
        map.forget(NodeId(0));
        assert_eq!(map.slots.used, 3, "the last one is still taken");
        assert!(map.map(mapping(9, 9)), "the first free place is taken");
        assert_eq!(map.slots.used, 3);
        for node in [1, 2, 9] {
            map.unmap(NodeId(node), Target::Control(0));
        }
        assert_eq!(map.slots.used, 0);
        for node in 0..MAX_MAPPINGS as u64 {
            assert!(map.map(mapping(node, 1)));
        }
        assert!(!map.map(mapping(9999, 1)), "all places are taken");
    }
}
