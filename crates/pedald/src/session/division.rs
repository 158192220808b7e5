//! Controls that follow the tempo: a time, a rate or a tempo, as a part of a whole note.

use super::board::{Addressing, Board, ControlPort};
use super::change::Change;

/// The actuator of what follows the tempo, as mod-ui names it.
pub const TEMPO: &str = "/bpm";

/// A note longer or shorter than the control can be is halved or doubled at most this often.
const OCTAVES: usize = 10;

/// What one second is in a unit of time, and whether the unit counts per time rather than time.
fn unit(name: &str) -> Option<(f64, bool)> {
    Some(match name.trim().to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" | "seconds" => (1.0, false),
        "ms" | "msec" => (1000.0, false),
        "min" => (1.0 / 60.0, false),
        "hz" => (1.0, true),
        "bpm" => (60.0, true),
        _ => return None,
    })
}

/// Whether a control of this unit can follow the tempo.
pub fn can_follow(unit_name: &str) -> bool {
    unit(unit_name).is_some()
}

/// The value of a control of this unit for a note at `bpm` (beats, that is quarters, a minute). `divider` counts how many
/// of the note fit into a whole one: 1 is a whole note, 4 a quarter, 6 a quarter triplet, 2.667 a dotted quarter. What
/// lies outside `low`–`high` is halved or doubled until it fits, so that it stays in time; `None` for other units and
/// for what never fits.
pub fn value(unit_name: &str, bpm: f64, divider: f64, low: f64, high: f64) -> Option<f32> {
    let (second, per) = unit(unit_name)?;
    if !(bpm > 0.0 && divider > 0.0) {
        return None;
    }
    let seconds = 240.0 / (bpm * divider);
    let mut value = if per { second / seconds } else { second * seconds };
    let (low, high) = (low.min(high), low.max(high));
    for _ in 0..OCTAVES {
        if value > high {
            value /= 2.0;
        } else if value < low {
            value *= 2.0;
        } else {
            return Some(value as f32);
        }
    }
    None
}

impl Board {
    fn following(&self) -> impl Iterator<Item = &Addressing> {
        let list = self.addressings.get(TEMPO).map_or(&[][..], Vec::as_slice);
        list.iter().filter(|addressing| addressing.tempo)
    }

    /// Whether a control follows the tempo.
    pub fn follows_tempo(&self, port: &ControlPort) -> bool {
        self.following().any(|addressing| addressing.port == *port)
    }

    /// Values that follow from the tempo.
    pub(super) fn tempo_values(&self) -> Vec<Change> {
        let value = |addressing: &Addressing| {
            let plugin = self.plugin(&addressing.port.instance)?;
            let control = plugin.spec.control(&addressing.port.symbol)?;
            let (low, high) = (addressing.minimum.max(control.min), addressing.maximum.min(control.max));
            let divider = addressing.dividers?;
            let value = value(&control.unit, self.tempo.bpm, divider.into(), low.into(), high.into())?;
            Some(Change::ValueSet { port: addressing.port.clone(), value: control.limit(value) })
        };
        self.following().filter_map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_have_their_times() {
        let ms = |bpm, divider| value("ms", bpm, divider, 1.0, 4000.0);
        assert_eq!(ms(120.0, 1.0), Some(2000.0));
        assert_eq!(ms(120.0, 4.0), Some(500.0));
        assert_eq!(ms(120.0, 8.0), Some(250.0));
        assert_eq!(ms(90.0, 6.0), Some((240_000.0 / 540.0) as f32));
        assert_eq!(value("s", 60.0, 4.0, 0.0, 10.0), Some(1.0));
        assert_eq!(value("Hz", 120.0, 4.0, 0.0, 10.0), Some(2.0));
        assert_eq!(value("BPM", 97.0, 4.0, 20.0, 280.0), Some(97.0));
        assert_eq!(value("dB", 120.0, 4.0, -60.0, 60.0), None);
        assert_eq!(value("ms", 0.0, 4.0, 0.0, 10.0), None);
    }

    #[test]
    fn what_is_too_long_stays_in_time() {
        assert_eq!(value("ms", 60.0, 4.0, 10.0, 300.0), Some(250.0), "a sixteenth instead of a quarter");
        assert_eq!(value("Hz", 60.0, 1.0, 0.4, 10.0), Some(0.5));
        assert_eq!(value("ms", 60.0, 4.0, 610.0, 620.0), None, "no note of this kind fits");
    }
}
