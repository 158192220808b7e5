//! Interleaved bytes of a sound card to and from one float slice per channel.

use alsa::pcm::Format;

/// How a card stores one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// 32-bit float, little endian.
    F32,
    /// 32-bit integer, little endian.
    S32,
    /// 24-bit integer in three bytes, little endian.
    S24In3,
    /// 24-bit integer in the low three bytes of four, little endian.
    S24In4,
    /// 16-bit integer, little endian.
    S16,
}

impl Encoding {
    /// In order of preference: whatever loses nothing first.
    pub(super) const ALL: [Self; 5] = [Self::F32, Self::S32, Self::S24In3, Self::S24In4, Self::S16];

    pub(super) fn alsa(self) -> Format {
        match self {
            Self::F32 => Format::FloatLE,
            Self::S32 => Format::S32LE,
            Self::S24In3 => Format::S243LE,
            Self::S24In4 => Format::S24LE,
            Self::S16 => Format::S16LE,
        }
    }

    /// Bytes of one sample.
    pub(super) fn width(self) -> usize {
        match self {
            Self::S16 => 2,
            Self::S24In3 => 3,
            _ => 4,
        }
    }

    /// Channel `channel` of `bytes`, which holds frames of `channels` samples, to `to`. Real-time safe.
    pub(super) fn decode(self, bytes: &[u8], channels: usize, channel: usize, to: &mut [f32]) {
        let width = self.width();
        let frames = bytes.chunks_exact(width * channels).map(|frame| &frame[channel * width..][..width]);
        let pairs = to.iter_mut().zip(frames);
        match self {
            Self::F32 => pairs.for_each(|(x, b)| *x = f32::from_le_bytes([b[0], b[1], b[2], b[3]])),
            Self::S32 => pairs.for_each(|(x, b)| *x = scaled(i32::from_le_bytes([b[0], b[1], b[2], b[3]]))),
            Self::S24In3 | Self::S24In4 => {
                pairs.for_each(|(x, b)| *x = scaled(i32::from_le_bytes([0, b[0], b[1], b[2]])))
            }
            Self::S16 => pairs.for_each(|(x, b)| *x = scaled(i32::from_le_bytes([0, 0, b[0], b[1]]))),
        }
    }

    /// `from` to channel `channel` of `bytes`. Integers are rounded to nearest and clipped at full scale; NaN becomes 0.
    /// Real-time safe.
    pub(super) fn encode(self, from: &[f32], channels: usize, channel: usize, bytes: &mut [u8]) {
        let width = self.width();
        let frames =
            bytes.chunks_exact_mut(width * channels).map(|frame| &mut frame[channel * width..][..width]);
        let pairs = from.iter().zip(frames);
        match self {
            Self::F32 => pairs.for_each(|(x, b)| b.copy_from_slice(&x.to_le_bytes())),
            Self::S32 => pairs.for_each(|(&x, b)| b.copy_from_slice(&quantised(x, 32).to_le_bytes())),
            Self::S24In3 => pairs.for_each(|(&x, b)| b.copy_from_slice(&quantised(x, 24).to_le_bytes()[..3])),
            Self::S24In4 => pairs.for_each(|(&x, b)| b.copy_from_slice(&quantised(x, 24).to_le_bytes())),
            Self::S16 => pairs.for_each(|(&x, b)| b.copy_from_slice(&quantised(x, 16).to_le_bytes()[..2])),
        }
    }
}

/// A left-aligned 32-bit sample, full scale ±1.0.
fn scaled(sample: i32) -> f32 {
    (f64::from(sample) / 2_147_483_648.0) as f32
}

/// A right-aligned integer of `bits` bits.
fn quantised(sample: f32, bits: u32) -> i32 {
    let full = f64::from(1u32 << (bits - 1));
    (f64::from(sample) * full).round_ties_even().clamp(-full, full - 1.0) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bits(encoding: Encoding) -> u32 {
        match encoding {
            Encoding::F32 => 24,
            Encoding::S32 => 32,
            Encoding::S24In3 | Encoding::S24In4 => 24,
            Encoding::S16 => 16,
        }
    }

    #[test]
    fn known_bytes() {
        let encode = |encoding: Encoding, x: f32| {
            let mut bytes = vec![0u8; encoding.width()];
            encoding.encode(&[x], 1, 0, &mut bytes);
            bytes
        };
        assert_eq!(encode(Encoding::S16, 0.5), [0x00, 0x40]);
        assert_eq!(encode(Encoding::S16, -1.0), [0x00, 0x80]);
        assert_eq!(encode(Encoding::S24In3, -1.0 / 8_388_608.0), [0xFF, 0xFF, 0xFF]);
        assert_eq!(encode(Encoding::S24In4, -1.0 / 8_388_608.0), [0xFF, 0xFF, 0xFF, 0xFF]);
        assert_eq!(encode(Encoding::S32, 1.0), [0xFF, 0xFF, 0xFF, 0x7F]);
        assert_eq!(encode(Encoding::S16, 9.0), [0xFF, 0x7F]);
        assert_eq!(encode(Encoding::S16, f32::NEG_INFINITY), [0x00, 0x80]);
        assert_eq!(encode(Encoding::S24In3, f32::NAN), [0, 0, 0]);
    }

    proptest! {
        #[test]
        fn a_round_trip_keeps_what_the_format_can_hold(x in -1.0f32..1.0, which in 0usize..5, channels in 1usize..5) {
            let encoding = Encoding::ALL[which];
            for channel in 0..channels {
                let mut bytes = vec![0x55u8; 3 * channels * encoding.width()];
                let untouched = bytes.clone();
                encoding.encode(&[x, -x, 0.0], channels, channel, &mut bytes);
                let mut back = [9.0f32; 3];
                encoding.decode(&bytes, channels, channel, &mut back);
                let step = 1.0 / f64::from(1u32 << (bits(encoding) - 1));
                for (got, sent) in back.iter().zip([x, -x, 0.0]) {
                    // Half a step by rounding, and a whole one at the positive end where +1.0 does not exist.
                    let error = (f64::from(*got) - f64::from(sent)).abs();
                    prop_assert!(error <= step.max(f64::from(f32::EPSILON)), "{encoding:?}: {sent} became {got}");
                }
                let width = encoding.width();
                for (n, (was, is)) in untouched.chunks(width).zip(bytes.chunks(width)).enumerate() {
                    prop_assert!(n % channels == channel || was == is, "channel {channel} wrote into another");
                }
            }
        }
    }
}
