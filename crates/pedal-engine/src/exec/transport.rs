//! Tempo and position.

/// Tempo, bar and position at the start of a block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transport {
    /// Whether time advances.
    pub rolling: bool,
    /// Beats per minute, 20–300.
    pub bpm: f64,
    /// Beats per bar, 1–16.
    pub beats_per_bar: f32,
    /// Position in frames since the transport was started from the top.
    pub frame: u64,
    /// Position in beats since then.
    pub beat: f64,
    /// Counts up whenever something other than the passing of time changed.
    pub version: u32,
}

impl Default for Transport {
    /// Stopped at the top, 120 BPM, 4/4.
    fn default() -> Self {
        Self { rolling: false, bpm: 120.0, beats_per_bar: 4.0, frame: 0, beat: 0.0, version: 0 }
    }
}

impl Transport {
    /// Lets `frames` frames pass at `sample_rate` Hz. Real-time safe.
    pub fn advance(&mut self, frames: usize, sample_rate: u32) {
        if self.rolling {
            self.frame += frames as u64;
            self.beat += frames as f64 * self.bpm / (60.0 * f64::from(sample_rate));
        }
    }

    /// Starts, stops, or changes tempo; stopping goes back to the top, as mod-host does. Real-time safe.
    pub fn set(&mut self, rolling: bool, beats_per_bar: f32, bpm: f64) {
        if !rolling {
            self.frame = 0;
            self.beat = 0.0;
        }
        self.rolling = rolling;
        self.beats_per_bar = beats_per_bar.clamp(1.0, 16.0);
        self.bpm = bpm.clamp(20.0, 300.0);
        self.version = self.version.wrapping_add(1);
    }

    /// Bar that the position lies in, from 0.
    pub fn bar(&self) -> u64 {
        (self.beat / f64::from(self.beats_per_bar)) as u64
    }

    /// Position inside the bar in beats, from 0.
    pub fn beat_in_bar(&self) -> f64 {
        self.beat % f64::from(self.beats_per_bar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_seconds_at_120_are_one_bar() {
        let mut transport = Transport::default();
        transport.set(true, 4.0, 120.0);
        transport.advance(96_000, 48_000);
        assert_eq!((transport.bar(), transport.beat_in_bar()), (1, 0.0));
        transport.set(false, 4.0, 120.0);
        assert_eq!(transport.frame, 0);
    }
}
