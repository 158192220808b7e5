//! Which notes sound: what must be ended when their source goes away.

/// Notes and pedals that are down, per channel. A plain value of 272 bytes; nothing here allocates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldNotes {
    notes: [u128; 16],
    /// Bit n: the sustain pedal (controller 64) of channel n is down.
    sustain: u16,
    /// The same for the sostenuto pedal (controller 66).
    sostenuto: u16,
}

impl HeldNotes {
    /// Takes note of a whole message that was passed on.
    pub fn observe(&mut self, message: &[u8]) {
        let [status, first, second] = match message {
            [0xFF] => {
                *self = Self::default();
                return;
            }
            [status, first, second] => [*status, *first, *second],
            _ => return,
        };
        let channel = usize::from(status & 0x0F);
        let note = 1_u128 << (first & 0x7F);
        match (status & 0xF0, first) {
            (0x90, _) if second > 0 => self.notes[channel] |= note,
            (0x80 | 0x90, _) => self.notes[channel] &= !note,
            (0xB0, 64) => set(&mut self.sustain, channel, second >= 64),
            (0xB0, 66) => set(&mut self.sostenuto, channel, second >= 64),
            // All sound off, all notes off, and the mode messages that imply the latter.
            (0xB0, 120 | 123..=127) => self.notes[channel] = 0,
            (0xB0, 121) => {
                set(&mut self.sustain, channel, false);
                set(&mut self.sostenuto, channel, false);
            }
            _ => {}
        }
    }

    /// Whether the message ends something that is held here.
    pub fn ends_something(&self, message: &[u8]) -> bool {
        let mut after = self.clone();
        after.observe(message);
        after != *self && after.count() < self.count()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Notes and pedals that are held.
    pub fn count(&self) -> u32 {
        self.notes.iter().map(|notes| notes.count_ones()).sum::<u32>()
            + self.sustain.count_ones()
            + self.sostenuto.count_ones()
    }

    /// The next message that ends something, which then no longer counts as held: note-offs first, then pedals.
    pub fn take_release(&mut self) -> Option<[u8; 3]> {
        for (channel, notes) in (0_u8..).zip(self.notes.iter_mut()) {
            if *notes != 0 {
                let note = notes.trailing_zeros() as u8;
                *notes &= *notes - 1;
                return Some([0x80 | channel, note, 64]);
            }
        }
        for (controller, pedals) in [(64, &mut self.sustain), (66, &mut self.sostenuto)] {
            if *pedals != 0 {
                let channel = pedals.trailing_zeros() as u8;
                *pedals &= *pedals - 1;
                return Some([0xB0 | channel, controller, 0]);
            }
        }
        None
    }

    /// Adds what `other` holds.
    pub fn merge(&mut self, other: &Self) {
        for (ours, theirs) in self.notes.iter_mut().zip(other.notes) {
            *ours |= theirs;
        }
        self.sustain |= other.sustain;
        self.sostenuto |= other.sostenuto;
    }
}

fn set(bits: &mut u16, channel: usize, on: bool) {
    let bit = 1 << channel;
    *bits = if on { *bits | bit } else { *bits & !bit };
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn releases_end_exactly_what_is_held() {
        let mut held = HeldNotes::default();
        for message in [
            &[0x90, 60, 100][..],
            &[0x9F, 127, 1],
            &[0x90, 61, 1],
            &[0x90, 61, 0],
            &[0x93, 0, 5],
            &[0x83, 0, 5],
            &[0xB2, 64, 127],
            &[0xB3, 66, 64],
            &[0xE0, 1, 2],
        ] {
            held.observe(message);
        }
        assert_eq!(held.count(), 4);
        let releases: Vec<_> = std::iter::from_fn(|| held.take_release()).collect();
        assert_eq!(releases, [[0x80, 60, 64], [0x8F, 127, 64], [0xB2, 64, 0], [0xB3, 66, 0]]);
        assert!(held.is_empty());
    }

    #[test]
    fn all_notes_off_and_reset_clear() {
        let mut held = HeldNotes::default();
        held.observe(&[0x91, 60, 1]);
        assert!(held.ends_something(&[0x81, 60, 0]) && !held.ends_something(&[0x81, 61, 0]));
        held.observe(&[0xB1, 123, 0]);
        assert!(held.is_empty());
        held.observe(&[0xB1, 64, 127]);
        held.observe(&[0xFF]);
        assert!(held.is_empty());
    }

    proptest! {
        #[test]
        fn releases_of_any_stream_leave_nothing_held(
            messages in prop::collection::vec((0x80_u8..0xF0, 0_u8..128, 0_u8..128), 0..200)
        ) {
            let mut held = HeldNotes::default();
            for (status, first, second) in messages {
                held.observe(&[status, first, second]);
            }
            let mut receiver = held.clone();
            while let Some(release) = held.take_release() {
                prop_assert!(crate::message::is_release(&release));
                receiver.observe(&release);
            }
            prop_assert!(receiver.is_empty());
        }
    }
}
