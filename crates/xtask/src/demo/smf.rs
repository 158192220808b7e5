//! Writes a Standard MIDI File of type 0 (one track), byte by byte: all that a phrase needs, so no crate for it.

/// Ticks of a quarter note.
pub(super) const TICKS_PER_BEAT: u32 = 480;

/// A track under construction. Events may be added in any order.
#[derive(Default)]
pub(super) struct Track {
    /// Tick, rank among the events of one tick, bytes.
    events: Vec<(u32, u8, Vec<u8>)>,
}

impl Track {
    /// Sets the tempo at the start, in quarter notes per minute.
    pub(super) fn tempo(&mut self, beats_per_minute: f64) {
        let microseconds = (60e6 / beats_per_minute).round() as u32;
        let mut bytes = vec![0xff, 0x51, 3];
        bytes.extend_from_slice(&microseconds.to_be_bytes()[1..]);
        self.events.push((0, 0, bytes));
    }

    /// Chooses an instrument of General MIDI, 0–127.
    pub(super) fn program(&mut self, channel: u8, program: u8) {
        self.events.push((0, 1, vec![0xc0 | channel, program]));
    }

    /// Sets a controller.
    pub(super) fn control(&mut self, tick: u32, channel: u8, controller: u8, value: u8) {
        self.events.push((tick, 1, vec![0xb0 | channel, controller, value]));
    }

    /// Bends all notes of a channel, −1 to +1 of the bend range (two semitones).
    pub(super) fn bend(&mut self, tick: u32, channel: u8, amount: f64) {
        let value = (8192.0 + amount * 8192.0).round().clamp(0.0, 16383.0) as u16;
        self.events.push((tick, 1, vec![0xe0 | channel, (value & 0x7f) as u8, (value >> 7) as u8]));
    }

    /// A note, with its end. Ends come before beginnings of the same tick, so that a repeated key sounds again.
    pub(super) fn note(&mut self, tick: u32, length: u32, channel: u8, key: u8, velocity: u8) {
        self.events.push((tick, 3, vec![0x90 | channel, key, velocity]));
        self.events.push((tick + length, 2, vec![0x80 | channel, key, 64]));
    }

    /// The file.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.events.sort_by_key(|(tick, rank, _)| (*tick, *rank));
        let mut body = Vec::new();
        let mut now = 0;
        for (tick, _, bytes) in &self.events {
            quantity(tick - now, &mut body);
            body.extend_from_slice(bytes);
            now = *tick;
        }
        body.extend_from_slice(&[0, 0xff, 0x2f, 0]);

        let mut file = b"MThd\0\0\0\x06\0\0\0\x01".to_vec();
        file.extend_from_slice(&(TICKS_PER_BEAT as u16).to_be_bytes());
        file.extend_from_slice(b"MTrk");
        file.extend_from_slice(&(body.len() as u32).to_be_bytes());
        file.extend_from_slice(&body);
        file
    }
}

/// Appends a variable-length quantity: seven bits a byte, the highest first, all but the last with bit 7 set.
fn quantity(value: u32, to: &mut Vec<u8>) {
    let groups = (1..5).rev().filter(|group| value >> (7 * group) != 0);
    to.extend(groups.map(|group| (value >> (7 * group)) as u8 | 0x80));
    to.push((value & 0x7f) as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_as_in_the_specification() {
        let encoded = |value| {
            let mut bytes = Vec::new();
            quantity(value, &mut bytes);
            bytes
        };
        assert_eq!(encoded(0), [0x00]);
        assert_eq!(encoded(0x7f), [0x7f]);
        assert_eq!(encoded(0x80), [0x81, 0x00]);
        assert_eq!(encoded(0x2000), [0xc0, 0x00]);
        assert_eq!(encoded(0x1f_ffff), [0xff, 0xff, 0x7f]);
        assert_eq!(encoded(0x0fff_ffff), [0xff, 0xff, 0xff, 0x7f]);
    }

    #[test]
    fn a_small_file_has_these_bytes() {
        let mut track = Track::default();
        track.note(480, 480, 0, 60, 100);
        track.note(960, 10, 0, 60, 90);
        track.bend(0, 0, 1.0);
        track.program(0, 27);
        track.tempo(120.0);
        let expected = [
            &b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk\0\0\0\x24"[..],
            &[0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20],
            &[0, 0xe0, 0x7f, 0x7f],
            &[0, 0xc0, 27],
            &[0x83, 0x60, 0x90, 60, 100],
            &[0x83, 0x60, 0x80, 60, 64],
            &[0, 0x90, 60, 90],
            &[10, 0x80, 60, 64],
            &[0, 0xff, 0x2f, 0],
        ]
        .concat();
        assert_eq!(track.into_bytes(), expected);
    }
}
