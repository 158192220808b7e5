//! One switch: acts on the first edge, then is deaf while the contacts bounce.

use crate::Moment;

/// How long the contacts may bounce, in milliseconds.
pub const BOUNCE_MILLIS: u64 = 8;
/// How long a press is held until it is a long one, in milliseconds.
pub const LONG_MILLIS: u64 = 500;
/// A switch on a converter is pressed at this count (of 1023) and below.
pub const ADC_PRESSED: u16 = 800;

/// What a switch has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SwitchEvent {
    /// The first edge of a press.
    Press,
    /// The foot is off again.
    Release,
    /// A release that ends a short press; follows its [`SwitchEvent::Release`].
    Click,
    /// Held for [`LONG_MILLIS`]; comes while it is still held, and there is no click after it.
    Long,
}

/// A switch's state.
#[derive(Debug, Clone, Default)]
pub struct Switch {
    level: bool,
    down: bool,
    deaf_until: Moment,
    pressed: Moment,
    long: bool,
}

impl Switch {
    /// Takes the level (`true`: pressed) that was seen at `now`.
    pub fn level(&mut self, pressed: bool, now: Moment, out: &mut Vec<SwitchEvent>) {
        // what was due before this edge comes first
        self.tick(now, out);
        self.level = pressed;
        self.tick(now, out);
    }

    /// Lets time pass: the end of the bouncing, the long press.
    pub fn tick(&mut self, now: Moment, out: &mut Vec<SwitchEvent>) {
        if self.down && !self.long && now >= self.pressed.plus_millis(LONG_MILLIS) {
            self.long = true;
            out.push(SwitchEvent::Long);
        }
        if self.level == self.down || now < self.deaf_until {
            return;
        }
        self.down = self.level;
        self.deaf_until = now.plus_millis(BOUNCE_MILLIS);
        if self.down {
            self.pressed = now;
            self.long = false;
            out.push(SwitchEvent::Press);
        } else {
            out.push(SwitchEvent::Release);
            if !self.long {
                out.push(SwitchEvent::Click);
            }
        }
    }

    /// When [`Switch::tick`] has something to do, if no edge comes before.
    pub fn deadline(&self) -> Option<Moment> {
        let bounce = (self.level != self.down).then_some(self.deaf_until);
        let long = (self.down && !self.long).then(|| self.pressed.plus_millis(LONG_MILLIS));
        [bounce, long].into_iter().flatten().min()
    }

    /// Whether the switch is held, bouncing left out.
    pub fn is_down(&self) -> bool {
        self.down
    }
}

#[cfg(test)]
mod tests {
    use super::SwitchEvent::{Click, Long, Press, Release};
    use super::*;

    fn play(edges: &[(u64, bool)], end: u64) -> Vec<(u64, SwitchEvent)> {
        let (mut switch, mut all) = (Switch::default(), Vec::new());
        for millis in 0..=end {
            let (now, mut out) = (Moment::from_millis(millis), Vec::new());
            for (_, level) in edges.iter().filter(|(at, _)| *at == millis) {
                switch.level(*level, now, &mut out);
            }
            switch.tick(now, &mut out);
            all.extend(out.into_iter().map(|event| (millis, event)));
        }
        all
    }

    #[test]
    fn acts_on_the_first_edge_and_is_deaf_to_bouncing() {
        let edges = [
            (10, true),
            (11, false),
            (12, true),
            (15, false),
            (16, true),
            (100, false),
            (103, true),
            (105, false),
        ];
        assert_eq!(play(&edges, 200), [(10, Press), (100, Release), (100, Click)]);
    }

    #[test]
    fn a_press_shorter_than_the_bouncing_ends_when_it_is_over() {
        assert_eq!(play(&[(10, true), (13, false)], 50), [(10, Press), (18, Release), (18, Click)]);
    }

    #[test]
    fn a_long_press_comes_while_held_and_takes_the_click() {
        assert_eq!(play(&[(10, true), (700, false)], 800), [(10, Press), (510, Long), (700, Release)]);
        assert_eq!(play(&[(10, true), (509, false)], 800), [(10, Press), (509, Release), (509, Click)]);
    }

    #[test]
    fn a_late_reader_still_sees_the_long_press() {
        let (mut switch, mut out) = (Switch::default(), Vec::new());
        switch.level(true, Moment::from_millis(0), &mut out);
        assert_eq!(switch.deadline(), Some(Moment::from_millis(500)));
        switch.level(false, Moment::from_millis(900), &mut out);
        assert_eq!(out, [Press, Long, Release]);
        assert_eq!(switch.deadline(), None);
    }
}
