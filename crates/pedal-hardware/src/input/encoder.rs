//! Quadrature.

use crate::Moment;

/// Bit n is set when the transition n = before·4 + after moves one step.
const VALID: u16 = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 7 | 1 << 8 | 1 << 11 | 1 << 13 | 1 << 14;
/// The last two transitions of a click to the right, and to the left.
const RIGHT: u8 = 0x2b;
const LEFT: u8 = 0x17;

/// A rotary encoder. Both lines are high at rest.
#[derive(Debug, Clone)]
pub struct Encoder {
    lines: u8,
    history: u8,
}

impl Default for Encoder {
    fn default() -> Self {
        Self { lines: 3, history: 0 }
    }
}

impl Encoder {
    /// Takes the levels of the data and the clock line: 1 for a click to the right, -1 to the left, 0 between.
    pub fn lines(&mut self, data: bool, clock: bool) -> i32 {
        let now = u8::from(data) << 1 | u8::from(clock);
        let step = self.lines << 2 | now;
        self.lines = now;
        if VALID & 1 << step == 0 {
            return 0;
        }
        self.history = self.history << 4 | step;
        match self.history {
            RIGHT => 1,
            LEFT => -1,
            _ => 0,
        }
    }
}

/// How many steps a click is worth (1–4) when the one before was at `before`: fast turning goes further.
pub fn speed(before: Option<Moment>, now: Moment) -> u32 {
    let gap = before.map_or(u64::MAX, |before| now.micros_since(before).max(1));
    (80_000 / gap).clamp(1, 4) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const TURN: [(bool, bool); 4] = [(false, true), (false, false), (true, false), (true, true)];

    #[test]
    fn one_turn_of_the_lines_is_one_click() {
        let mut encoder = Encoder::default();
        let right: Vec<i32> = TURN.iter().map(|(data, clock)| encoder.lines(*data, *clock)).collect();
        assert_eq!(right, [0, 0, 0, 1]);
        let left: Vec<i32> = TURN.iter().map(|(data, clock)| encoder.lines(*clock, *data)).collect();
        assert_eq!(left, [0, 0, 0, -1]);
    }

    #[test]
    fn a_bouncing_line_counts_nothing_twice() {
        let mut encoder = Encoder::default();
        let mut sum = 0;
        for (data, clock) in [
            (false, true),
            (true, true),
            (false, true),
            (false, false),
            (false, true),
            (false, false),
            (true, false),
            (true, true),
        ] {
            sum += encoder.lines(data, clock);
        }
        assert_eq!(sum, 1);
    }

    #[test]
    fn fast_clicks_are_worth_up_to_four() {
        let at = Moment::from_millis;
        assert_eq!(speed(None, at(5)), 1);
        assert_eq!(speed(Some(at(0)), at(100)), 1);
        assert_eq!(speed(Some(at(0)), at(40)), 2);
        assert_eq!(speed(Some(at(5)), at(5)), 4);
    }
}
