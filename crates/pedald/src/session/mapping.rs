//! From the position of a controller to the value of a control, as mod-host maps it.

use super::board::MidiBinding;
use super::spec::{ControlKind, ControlSpec};

/// Controller number that stands for pitch bend; its position has 14 bits.
pub const PITCH_BEND: u8 = 131;

/// Value of a bound control for a controller's position (0–127; 0–16383 for pitch bend). `control` is `None` for the
/// bypass, which is 0 (sounds) in the upper half and 1 (bypassed) in the lower.
pub fn value_at(binding: &MidiBinding, control: Option<&ControlSpec>, position: u16) -> f32 {
    let full: f32 = if binding.controller == PITCH_BEND { 16383.0 } else { 127.0 };
    let x = (f32::from(position) / full).min(1.0);
    let upper = x >= 64.0 / 127.0;
    let Some(control) = control else { return if upper { 0.0 } else { 1.0 } };
    let (min, max) = (binding.min, binding.max);
    match control.kind {
        ControlKind::Toggle if upper => control.max,
        ControlKind::Toggle => control.min,
        ControlKind::Trigger => control.max,
        _ if x <= 0.0 => min,
        _ if x >= 1.0 => max,
        ControlKind::Logarithmic if min > 0.0 && max > 0.0 => min * (max / min).powf(x),
        ControlKind::Integer | ControlKind::Enumeration => (min + (max - min) * x).round_ties_even(),
        _ => min + (max - min) * x,
    }
}

/// Position (0–127; 0–16383 for pitch bend) of the controller that has given a bound control this value. What lies
/// between two positions is the nearer one.
pub fn position_of(binding: &MidiBinding, control: Option<&ControlSpec>, value: f32) -> u16 {
    let full: f32 = if binding.controller == PITCH_BEND { 16383.0 } else { 127.0 };
    let (min, max) = (binding.min, binding.max);
    let x = match control.map(|control| control.kind) {
        None => f32::from(u8::from(value < 0.5)),
        Some(ControlKind::Toggle) => {
            f32::from(u8::from(control.is_some_and(|control| value >= (control.min + control.max) / 2.0)))
        }
        Some(ControlKind::Trigger) => 1.0,
        Some(_) if max == min => 0.0,
        Some(ControlKind::Logarithmic) if min > 0.0 && max > 0.0 && value > 0.0 => {
            (value / min).ln() / (max / min).ln()
        }
        Some(_) => (value - min) / (max - min),
    };
    if x.is_finite() { (x.clamp(0.0, 1.0) * full).round() as u16 } else { 0 }
}

/// Value at `x` (0–1) on the way between two values of a control; on and off are decided by "on wins" between two
/// stops, as pi-stomp does.
pub(super) fn between(control: &ControlSpec, from: f32, to: f32, x: f32) -> f32 {
    match control.kind {
        _ if x <= 0.0 => from,
        _ if x >= 1.0 => to,
        ControlKind::Toggle => from.max(to),
        ControlKind::Trigger => from,
        ControlKind::Enumeration => {
            if x < 0.5 {
                from
            } else {
                to
            }
        }
        ControlKind::Integer => (from + (to - from) * x).round_ties_even(),
        ControlKind::Logarithmic if from > 0.0 && to > 0.0 => from * (to / from).powf(x),
        _ => from + (to - from) * x,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(min: f32, max: f32) -> MidiBinding {
        MidiBinding { channel: 0, controller: 7, min, max }
    }

    #[test]
    fn a_value_leads_back_to_the_position() {
        use ControlKind::{Integer, Linear, Logarithmic};
        for kind in [Linear, Logarithmic, Integer] {
            let control = ControlSpec { min: 20.0, max: 20_000.0, kind, ..ControlSpec::default() };
            for binding in [binding(20.0, 20_000.0), binding(20_000.0, 20.0)] {
                for position in 0..128 {
                    let value = value_at(&binding, Some(&control), position);
                    assert_eq!(position_of(&binding, Some(&control), value), position, "{kind:?}");
                }
            }
        }
        assert_eq!(position_of(&binding(0.0, 1.0), None, 1.0), 0);
        assert_eq!(position_of(&binding(0.0, 1.0), None, 0.0), 127);
    }

    #[test]
    fn a_controller_reaches_both_ends_and_follows_the_curve() {
        let linear = ControlSpec { max: 1.0, ..ControlSpec::default() };
        assert_eq!(value_at(&binding(2.0, 4.0), Some(&linear), 0), 2.0);
        assert_eq!(value_at(&binding(2.0, 4.0), Some(&linear), 127), 4.0);
        assert_eq!(value_at(&binding(4.0, 2.0), Some(&linear), 127), 2.0);
        let log = ControlSpec { kind: ControlKind::Logarithmic, ..linear.clone() };
        let value = value_at(&binding(20.0, 20_000.0), Some(&log), 64);
        assert!((value - 20.0 * 1000.0_f32.powf(64.0 / 127.0)).abs() < 0.1, "{value}");
        let toggle = ControlSpec { kind: ControlKind::Toggle, ..linear.clone() };
        assert_eq!(value_at(&binding(0.0, 1.0), Some(&toggle), 63), 0.0);
        assert_eq!(value_at(&binding(0.0, 1.0), Some(&toggle), 64), 1.0);
        let integer = ControlSpec { kind: ControlKind::Integer, max: 10.0, ..linear };
        assert_eq!(value_at(&binding(0.0, 10.0), Some(&integer), 64), 5.0);
        assert_eq!(value_at(&binding(0.0, 1.0), None, 63), 1.0, "below the middle is bypassed");
        assert_eq!(value_at(&binding(0.0, 1.0), None, 64), 0.0);
        let bend = MidiBinding { controller: PITCH_BEND, ..binding(0.0, 1.0) };
        assert_eq!(value_at(&bend, Some(&ControlSpec::default()), 16383), 1.0);
    }
}
