//! What was heard: a recording cut into milliseconds, each silent, at full level (the dry signal) or 6 dB below (through the
//! engine).

use std::ops::Range;

/// Frames of a slice: 1 ms at 48 kHz, one period of the tone.
const SLICE: usize = 48;

/// What one slice sounds like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Silence,
    Engine,
    Dry,
    /// Something between: a fade, or a gap within the slice.
    Else,
}

/// Cuts a recording of 32-bit floats, one channel, into slices by their peaks; the tone is played at half scale.
pub(super) fn slices(bytes: &[u8]) -> Vec<Heard> {
    let samples: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|frame| f32::from_le_bytes([frame[0], frame[1], frame[2], frame[3]]).abs())
        .collect();
    samples
        .chunks_exact(SLICE)
        .map(|slice| match slice.iter().copied().fold(0.0, f32::max) {
            0.0..=0.01 => Heard::Silence,
            0.22..=0.28 => Heard::Engine,
            0.46..=0.54 => Heard::Dry,
            _ => Heard::Else,
        })
        .collect()
}

/// Milliseconds from the moment in `range` (in slices) when it was no longer `wanted` until it is again, for `length` slices
/// in a row; 0 if it always was, `None` if it never is again.
pub(super) fn back(
    heard: &[Heard],
    range: Range<usize>,
    length: usize,
    wanted: impl Fn(Heard) -> bool,
) -> Option<usize> {
    let part = heard.get(range.start..range.end.min(heard.len()))?;
    let Some(lost) = part.iter().position(|heard| !wanted(*heard)) else { return Some(0) };
    part[lost..].windows(length).position(|window| window.iter().all(|heard| wanted(*heard)))
}

/// The millisecond from which on there are `length` in a row of a kind.
pub(super) fn first(heard: &[Heard], length: usize, kind: Heard) -> Option<usize> {
    heard.windows(length).position(|window| window.iter().all(|heard| *heard == kind))
}

/// Milliseconds of `range` that are of a kind.
pub(super) fn count(heard: &[Heard], range: Range<usize>, kind: Heard) -> usize {
    heard[range.start.min(heard.len())..range.end.min(heard.len())]
        .iter()
        .filter(|heard| **heard == kind)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(milliseconds: usize, level: f64) -> Vec<u8> {
        let sample = |frame: usize| ((frame % 48) as f64 / 48.0 * std::f64::consts::TAU).sin() * level;
        (0..milliseconds * 48).flat_map(|frame| (sample(frame) as f32).to_le_bytes()).collect()
    }

    #[test]
    fn the_way_of_the_sound_is_heard_and_gaps_are_counted() {
        let bytes = [tone(300, 0.25), tone(100, 0.0), tone(200, 0.5), tone(500, 0.25)].concat();
        let heard = slices(&bytes);
        assert_eq!(heard.len(), 1100);
        assert_eq!(count(&heard, 0..1100, Heard::Silence), 100);
        assert_eq!(count(&heard, 0..1100, Heard::Dry), 200);
        assert_eq!(count(&heard, 0..1100, Heard::Else), 0);
        assert_eq!(first(&heard, 200, Heard::Dry), Some(400));
        assert_eq!(first(&heard, 201, Heard::Dry), None);
        let engine = |range| back(&heard, range, 200, |heard| heard == Heard::Engine);
        assert_eq!(engine(250..1100), Some(300), "from the kill on, not from the order");
        assert_eq!(engine(250..600), None);
        assert_eq!(engine(700..1100), Some(0));
        assert_eq!(back(&heard, 250..1100, 20, |heard| heard != Heard::Silence), Some(100));
    }
}
