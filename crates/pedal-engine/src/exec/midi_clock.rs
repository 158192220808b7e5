//! Following MIDI clock: 24 ticks per quarter note, start, continue, stop.

/// Longest time between two ticks that still counts as a tempo, in seconds.
const LONGEST_TICK: f64 = 0.2;

/// Weight of a new tick in the running mean.
const WEIGHT: f64 = 0.125;

/// Smallest change of tempo that is passed on, in BPM.
const STEP: f64 = 0.05;

/// What the clock says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClockEvent {
    /// Tempo in BPM, 20–300.
    Tempo(f64),
    /// Start or continue.
    Start,
    /// Stop.
    Stop,
}

/// Turns clock ticks into a tempo.
#[derive(Debug, Clone)]
pub struct ClockFollower {
    sample_rate: f64,
    now: u64,
    last: Option<u64>,
    tick: Option<f64>,
    told: f64,
}

impl ClockFollower {
    /// A follower that has heard nothing yet.
    pub fn new(sample_rate: u32) -> Self {
        Self { sample_rate: f64::from(sample_rate), now: 0, last: None, tick: None, told: 0.0 }
    }

    /// Takes a message at `frame` of this block. Real-time safe.
    pub fn take(&mut self, frame: u32, bytes: &[u8]) -> Option<ClockEvent> {
        match bytes {
            [0xf8] => self.tick(self.now + u64::from(frame)),
            [0xfa | 0xfb] => Some(ClockEvent::Start),
            [0xfc] => Some(ClockEvent::Stop),
            _ => None,
        }
    }

    /// The block is over. Real-time safe.
    pub fn advance(&mut self, frames: usize) {
        self.now += frames as u64;
    }

    fn tick(&mut self, at: u64) -> Option<ClockEvent> {
        let seconds = self.last.replace(at).map(|last| at.saturating_sub(last) as f64 / self.sample_rate)?;
        if seconds > LONGEST_TICK || seconds <= 0.0 {
            self.tick = None;
            return None;
        }
        let mean = self.tick.map_or(seconds, |mean| mean + (seconds - mean) * WEIGHT);
        self.tick = Some(mean);
        let bpm = (60.0 / (24.0 * mean)).clamp(20.0, 300.0);
        if (bpm - self.told).abs() < STEP {
            return None;
        }
        self.told = bpm;
        Some(ClockEvent::Tempo(bpm))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_of_1000_frames_are_120_bpm() {
        let mut clock = ClockFollower::new(48_000);
        let mut tempo = 0.0;
        for _ in 0..24 {
            if let Some(ClockEvent::Tempo(bpm)) = clock.take(3, &[0xf8]) {
                tempo = bpm;
            }
            clock.advance(1000);
        }
        assert!((tempo - 120.0).abs() < 0.1, "{tempo}");
        assert_eq!(clock.take(0, &[0xfc]), Some(ClockEvent::Stop));
    }

    #[test]
    fn a_tick_before_the_last_one_is_no_tempo() {
        let mut clock = ClockFollower::new(48_000);
        clock.take(500, &[0xf8]);
        assert_eq!(clock.take(3, &[0xf8]), None);
    }
}
