//! How fast bytes may be handed to the kernel, so that a clock byte never waits behind a full buffer.

use std::time::{Duration, Instant};

/// Hands out bytes at the speed of the wire, at most two of them ahead.
///
/// The kernel's buffer takes 4096 bytes, which are 1.3 s of MIDI: a real-time byte written after them would come that
/// late. With two bytes ahead, it waits 0.64 ms at most.
#[derive(Debug)]
pub struct Pacer {
    byte: Duration,
    /// When the wire will have sent all that was written.
    free_at: Option<Instant>,
}

/// Bytes that may be on their way, the one on the wire among them.
const AHEAD: u32 = 2;

impl Pacer {
    /// For a wire of `baud` bits per second (at least 1) and ten bits per byte.
    pub fn new(baud: u32) -> Self {
        Self { byte: Duration::from_secs(10) / baud.max(1), free_at: None }
    }

    /// How many bytes may be written at `now`.
    pub fn allowed(&self, now: Instant) -> usize {
        let busy = self.free_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        let ahead = busy.as_nanos().div_ceil(self.byte.as_nanos()) as u32;
        AHEAD.saturating_sub(ahead) as usize
    }

    /// Takes note that `bytes` were written at `now`.
    pub fn written(&mut self, bytes: usize, now: Instant) {
        let from = self.free_at.map_or(now, |at| at.max(now));
        self.free_at = Some(from + self.byte * bytes as u32);
    }

    /// How long after `now` the next byte may be written.
    pub fn wait(&self, now: Instant) -> Duration {
        let Some(free_at) = self.free_at else { return Duration::ZERO };
        free_at.saturating_duration_since(now).saturating_sub(self.byte * (AHEAD - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_two_bytes_are_ahead_and_none_is_lost() {
        let start = Instant::now();
        let mut pacer = Pacer::new(31_250);
        let (mut now, mut sent) = (start, 0);
        while sent < 1000 {
            let allowed = pacer.allowed(now);
            if allowed == 0 {
                let wait = pacer.wait(now);
                assert!(!wait.is_zero() && wait <= Duration::from_micros(320), "{wait:?}");
                now += wait;
                continue;
            }
            assert!(allowed <= 2);
            pacer.written(allowed, now);
            sent += allowed;
            let behind = pacer.free_at.unwrap().saturating_duration_since(now);
            assert!(behind <= Duration::from_micros(640), "{behind:?}");
        }
        // 1000 bytes of 320 µs, less the last ones that are still on their way.
        let took = now - start;
        assert!(took >= Duration::from_micros(319_040) && took <= Duration::from_micros(320_000), "{took:?}");
    }

    #[test]
    fn an_idle_wire_takes_a_byte_at_once() {
        let now = Instant::now();
        let mut pacer = Pacer::new(31_250);
        assert_eq!((pacer.allowed(now), pacer.wait(now)), (2, Duration::ZERO));
        pacer.written(2, now);
        assert_eq!(pacer.allowed(now + Duration::from_secs(1)), 2);
    }
}
