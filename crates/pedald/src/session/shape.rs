//! How what drives a control moves it beyond the two ends of its way: a curve, and what a switch does.
//!
//! The engine maps a controller straight. A control with another shape is therefore not bound there: the engine reports
//! its controller as one that drives nothing, and the session moves the control. Shapes lie among the board's addressings
//! under an actuator of their own, so that undo, removal and the editors know them without more.

use serde::{Deserialize, Serialize};

use super::board::{Addressing, Board, ControlPort, MidiBinding};
use super::mapping::{PITCH_BEND, value_at};
use super::spec::ControlSpec;

/// The actuator under which shapes lie. It is written to no `addressings.json`: other programs do not know it.
pub const SHAPES: &str = "/archibald/shape";

/// The way between the two ends of a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bend {
    /// As far as the pedal, so far the control.
    #[default]
    Straight,
    /// Little at the heel, much at the toe (x²).
    Slow,
    /// Much at the heel, little at the toe (1 − (1 − x)²).
    Fast,
    /// Little at both ends (3x² − 2x³).
    Middle,
}

impl Bend {
    /// Where a controller at `x` (0–1) leads, 0–1; both ends stay where they are.
    pub fn at(self, x: f32) -> f32 {
        match self {
            Self::Straight => x,
            Self::Slow => x * x,
            Self::Fast => x * (2.0 - x),
            Self::Middle => x * x * (3.0 - 2.0 * x),
        }
    }
}

/// What a switch does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Press {
    /// The control follows the controller: the pedal's own switches go on with one press and off with the next.
    #[default]
    Follow,
    /// On while it is held, the pedal's own switches too.
    Hold,
    /// Each press turns it over, for a switch that falls back by itself.
    Turn,
}

/// A control's shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Shape {
    /// The way between the ends.
    #[serde(default)]
    pub bend: Bend,
    /// What a switch does.
    #[serde(default)]
    pub press: Press,
}

impl Shape {
    /// Whether it is that of every control that was never given one.
    pub fn is_usual(self) -> bool {
        self == Self::default()
    }

    /// As an addressing under [`SHAPES`].
    pub fn addressing(self, port: ControlPort) -> Addressing {
        let word = |value: serde_json::Result<serde_json::Value>| value.expect("a plain word");
        let rest = [
            ("bend", word(serde_json::to_value(self.bend))),
            ("press", word(serde_json::to_value(self.press))),
        ];
        Addressing {
            port,
            label: String::new(),
            minimum: 0.0,
            maximum: 1.0,
            steps: 0,
            tempo: false,
            dividers: None,
            momentary: self.press == Press::Hold,
            rest: rest.into_iter().map(|(name, word)| (name.to_owned(), word)).collect(),
        }
    }

    /// The shape of an addressing under [`SHAPES`]; the usual one for words that are not known.
    pub fn of(addressing: &Addressing) -> Self {
        let word = |name: &str| addressing.rest.get(name).cloned().unwrap_or_default();
        Self {
            bend: serde_json::from_value(word("bend")).unwrap_or_default(),
            press: serde_json::from_value(word("press")).unwrap_or_default(),
        }
    }

    /// Value of a bound control for its controller's position, as [`value_at`] with the curve in between.
    pub fn value(self, binding: &MidiBinding, control: Option<&ControlSpec>, position: u16) -> f32 {
        if self.bend == Bend::Straight {
            return value_at(binding, control, position);
        }
        let full: u16 = if binding.controller == PITCH_BEND { 16383 } else { 127 };
        let x = self.bend.at(f32::from(position.min(full)) / f32::from(full));
        // with the resolution of 14 bits, so that the curve has no stairs of its own
        let fine = MidiBinding { controller: PITCH_BEND, ..*binding };
        value_at(&fine, control, (x * 16383.0).round() as u16)
    }
}

impl Board {
    /// The shape of a control.
    pub fn shape(&self, port: &ControlPort) -> Shape {
        let list = self.addressings.get(SHAPES).map_or(&[][..], Vec::as_slice);
        list.iter().find(|one| one.port == *port).map_or_else(Shape::default, Shape::of)
    }

    /// Whether the session moves what this binding drives, and not the engine. Pitch bend the engine does not report.
    pub fn is_moved_here(&self, port: &ControlPort, binding: &MidiBinding) -> bool {
        binding.controller != PITCH_BEND && !self.shape(port).is_usual()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_keep_their_ends_and_rise() {
        for bend in [Bend::Straight, Bend::Slow, Bend::Fast, Bend::Middle] {
            assert_eq!((bend.at(0.0), bend.at(1.0)), (0.0, 1.0), "{bend:?}");
            let all: Vec<f32> = (0..=100).map(|at| bend.at(at as f32 / 100.0)).collect();
            assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{bend:?}");
        }
        let binding = MidiBinding { channel: 0, controller: 11, min: 100.0, max: 300.0 };
        let control = ControlSpec { min: 0.0, max: 1000.0, ..ControlSpec::default() };
        let half = |bend| Shape { bend, press: Press::Follow }.value(&binding, Some(&control), 64);
        let x: f32 = 64.0 / 127.0;
        for (bend, wanted) in [(Bend::Slow, x * x), (Bend::Fast, x * (2.0 - x)), (Bend::Straight, x)] {
            assert!((half(bend) - (100.0 + 200.0 * wanted)).abs() < 0.05, "{bend:?}: {}", half(bend));
        }
    }

    #[test]
    fn a_shape_survives_among_the_addressings() {
        let port = ControlPort::new("amp", "gain");
        let shape = Shape { bend: Bend::Slow, press: Press::Hold };
        let mut board = Board::empty();
        board.addressings.insert(SHAPES.into(), vec![shape.addressing(port.clone())]);
        assert_eq!(board.shape(&port), shape);
        assert!(board.addressings[SHAPES][0].momentary);
        assert_eq!(board.shape(&ControlPort::new("amp", "tone")), Shape::default());
        let mut odd = shape.addressing(port);
        odd.rest.insert("bend".into(), "backwards".into());
        assert_eq!(Shape::of(&odd).bend, Bend::Straight);
    }
}
