//! Where the transport stands, told to plugins as a `time:Position` object.

use super::Forge;
use crate::known::Known;

/// Tempo and place in the music.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Frames since the start.
    pub frame: i64,
    /// 1 = rolls, 0 = stands.
    pub speed: f32,
    /// Number of the bar, from 0.
    pub bar: i64,
    /// Beat in the bar, from 0, with its fraction.
    pub bar_beat: f32,
    /// Note that is a beat: 4 = quarter.
    pub beat_unit: i32,
    /// Beats in a bar.
    pub beats_per_bar: f32,
    /// Tempo.
    pub beats_per_minute: f32,
}

impl Position {
    /// Bytes that an object needs: its head and seven properties.
    pub const SIZE: usize = 8 + 7 * 24;

    /// Writes the object's body; its atom has the type [`Known::atom_object`]. Real-time safe.
    pub fn write<'a>(&self, buffer: &'a mut [u8; Self::SIZE], known: &'a Known) -> &'a [u8] {
        let mut forge = Forge::object(buffer, known, known.time_position);
        forge
            .long(known.time_bar, self.bar)
            .float(known.time_bar_beat, self.bar_beat)
            .int(known.time_beat_unit, self.beat_unit)
            .float(known.time_beats_per_bar, self.beats_per_bar)
            .float(known.time_beats_per_minute, self.beats_per_minute)
            .long(known.time_frame, self.frame)
            .float(known.time_speed, self.speed);
        forge.finish().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Urids;
    use crate::atom::object;

    #[test]
    fn a_position_is_an_object_of_seven_properties() {
        let urids = Urids::new();
        let known = urids.known();
        let position = Position {
            frame: 48_000,
            speed: 1.0,
            bar: 2,
            bar_beat: 1.5,
            beat_unit: 4,
            beats_per_bar: 3.0,
            beats_per_minute: 120.0,
        };
        let mut buffer = [0xff; Position::SIZE];
        let body = position.write(&mut buffer, known).to_vec();
        assert_eq!(body.len(), Position::SIZE);
        let (otype, properties) = object(&body).expect("an object");
        assert_eq!(otype, known.time_position);
        let found: Vec<_> = properties.collect();
        assert_eq!(found.len(), 7);
        assert_eq!(found[0].0, known.time_bar);
        assert_eq!(found[0].1.body, 2_i64.to_ne_bytes());
        assert_eq!(
            found[5],
            (known.time_frame, crate::atom::Atom { kind: known.atom_long, body: &48_000_i64.to_ne_bytes() })
        );
        assert_eq!(found[6].1.body, 1.0_f32.to_ne_bytes());
    }
}
