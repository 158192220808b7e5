//! When the ticks of a MIDI clock fall: 24 to the beat, to the sample.

/// Ticks of a beat.
const TICKS: f64 = 24.0;

/// A clock that is asked block by block. Real-time safe.
#[derive(Debug, Clone, PartialEq)]
pub struct ClockTicks {
    rate: f64,
    /// Frames from the start of the next block to the next tick; may be a fraction.
    until: f64,
}

impl ClockTicks {
    /// A clock for this sample rate in Hz; its first tick falls on the first frame.
    pub fn new(rate: f64) -> Self {
        Self { rate, until: 0.0 }
    }

    /// Calls `tick` with the frame of each tick of a block of `frames`, at a tempo in beats per minute (20–300).
    pub fn block(&mut self, frames: u32, bpm: f64, mut tick: impl FnMut(u32)) {
        let step = self.rate * 60.0 / (bpm.clamp(20.0, 300.0) * TICKS);
        // at a higher tempo the next tick is not further away than one of its steps
        self.until = self.until.min(step);
        while self.until < f64::from(frames) {
            tick(self.until.max(0.0) as u32);
            self.until += step;
        }
        self.until -= f64::from(frames);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_keep_their_distance_over_blocks_of_any_length() {
        let mut clock = ClockTicks::new(48_000.0);
        let (mut now, mut ticks) = (0_u64, Vec::new());
        for frames in [64, 1, 128, 37, 1024].into_iter().cycle().take(5000) {
            clock.block(frames, 121.0, |at| {
                assert!(at < frames);
                ticks.push(now + u64::from(at));
            });
            now += u64::from(frames);
        }
        let step = 48_000.0 * 60.0 / (121.0 * 24.0);
        assert_eq!(ticks.len(), (now as f64 / step).ceil() as usize);
        for (number, at) in ticks.iter().enumerate() {
            // no error adds up: each lies on the frame in which it falls
            assert!((*at as f64 - number as f64 * step).abs() <= 1.0, "tick {number} at {at}");
        }
    }

    #[test]
    fn a_new_tempo_holds_from_the_next_tick_on() {
        let mut clock = ClockTicks::new(48_000.0);
        let mut count = 0;
        clock.block(10, 20.0, |_| count += 1);
        clock.block(401, 300.0, |_| count += 1);
        assert_eq!(count, 2, "the slow clock's next tick is not waited for");
        clock.block(100, f64::NAN.max(60.0), |_| {});
    }
}
