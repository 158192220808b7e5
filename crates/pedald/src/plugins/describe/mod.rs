//! From a plugin's description to mod-ui's JSON (`full`), and from that to what the session must know (`spec`).

mod full;
mod spec;

use serde_json::{Value, json};

pub(super) use full::{full, mini};
pub use spec::from_spec;
pub(super) use spec::spec;

/// A number of JSON; what is none becomes 0.
fn number(value: f32) -> Value {
    // Through text, so that 0.1 stays 0.1.
    let value = if value.is_finite() { value } else { 0.0 };
    serde_json::Number::from_f64(value.to_string().parse().unwrap_or(0.0)).map_or(json!(0), Value::Number)
}

/// How many audio channels it is for: 0 none, 1 mono, 2 stereo, 3 instrument, 4 MIDI.
fn io_type(audio: (usize, usize), midi: (usize, usize)) -> u8 {
    match (audio, midi) {
        ((0, 0), (0, 0)) => 0,
        ((0, 0), _) => 4,
        ((0, 1..), (1.., _)) => 3,
        ((inputs, outputs), _) if inputs.max(outputs) >= 2 => 2,
        _ => 1,
    }
}

/// mod-ui's word for how finished a plugin says it is: LV2's odd numbers are for testing.
fn stability(minor: u32, micro: u32) -> &'static str {
    match (minor, micro.is_multiple_of(2)) {
        (0, _) => "experimental",
        (minor, true) if minor.is_multiple_of(2) => "stable",
        _ => "testing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::FakeCatalogue;
    use crate::session::Catalogue;

    #[test]
    fn what_the_session_must_know_survives_the_way_through_json() {
        for name in ["gain", "delay", "filter", "amp"] {
            let known = FakeCatalogue::default().plugin(&format!("urn:fake:{name}")).unwrap();
            assert_eq!(spec(&from_spec(&known)), *known);
        }
    }

    #[test]
    fn channels_are_counted() {
        assert_eq!(io_type((1, 1), (0, 0)), 1);
        assert_eq!(io_type((1, 2), (0, 0)), 2);
        assert_eq!(io_type((0, 2), (1, 0)), 3);
        assert_eq!(io_type((0, 0), (1, 1)), 4);
        assert_eq!(io_type((0, 0), (0, 0)), 0);
        assert_eq!(number(0.1).to_string(), "0.1");
    }
}
