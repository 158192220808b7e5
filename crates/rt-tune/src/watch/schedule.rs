//! When to look: pure, so that a virtual clock can count how often the service wakes.

use super::event::Event;
use std::time::Duration;

/// How the service behaves. All times are those of a clock that stands still while the machine sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Between two looks when nothing happens, at least 10 s.
    pub check: Duration,
    /// How long after an event to look: a card that comes makes a dozen messages, and a program needs a moment to start its
    /// threads.
    pub settle: Duration,
    /// When to look a second time after an event, for what came up late.
    pub again: Duration,
    /// Shortest time between two looks: nobody can keep this program busy with messages.
    pub gap: Duration,
    /// Put everything back when no audio ran for so long; `None` keeps it.
    pub release: Option<Duration>,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            check: Duration::from_secs(60),
            settle: Duration::from_millis(300),
            again: Duration::from_secs(3),
            gap: Duration::from_secs(1),
            release: None,
        }
    }
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Look at the settings, and set again what is not as wanted. The reasons are empty for a look of the clock's.
    Look {
        /// What was heard.
        reasons: Vec<String>,
    },
    /// Put everything back: no audio runs.
    Release,
}

/// Reasons that are kept for one look; more add nothing to a log.
const MOST_REASONS: usize = 4;

/// Decides when to look and when to release.
#[derive(Debug)]
pub struct Schedule {
    timing: Timing,
    /// The next look that an event asked for.
    look_at: Option<Duration>,
    /// The second look after it.
    again_at: Option<Duration>,
    check_at: Duration,
    last_look: Option<Duration>,
    /// Since when no audio runs, as far as it was seen.
    silent_since: Option<Duration>,
    /// Audio was seen since the start or the last release.
    active: bool,
    released: bool,
    reasons: Vec<String>,
}

impl Schedule {
    /// The first look is due at once.
    pub fn new(timing: Timing, now: Duration) -> Self {
        Self {
            timing,
            look_at: Some(now),
            again_at: None,
            check_at: now + timing.check,
            last_look: None,
            silent_since: None,
            active: false,
            released: false,
            reasons: vec!["start".into()],
        }
    }

    /// Takes note of an event.
    pub fn heard(&mut self, now: Duration, event: &Event) {
        if matches!(event, Event::StreamClosed(_)) && self.timing.release.is_some() {
            // Whether any other stream runs is seen when the time comes.
            self.silent_since.get_or_insert(now);
        }
        if !event.asks_for_a_look() {
            return;
        }
        let reason = event.to_string();
        if self.reasons.len() < MOST_REASONS && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
        // Later events do not push the look further away: an endless stream of them must not prevent it.
        let earliest = self.last_look.map_or(now, |last| last + self.timing.gap);
        self.look_at.get_or_insert((now + self.timing.settle).max(earliest));
        self.again_at = Some(now + self.timing.again);
    }

    /// When [`Schedule::due`] has something to say at the latest.
    pub fn deadline(&self) -> Duration {
        let release = match (self.timing.release, self.silent_since) {
            (Some(after), Some(since)) if !self.released => Some(since + after),
            _ => None,
        };
        [self.look_at, self.again_at, release].into_iter().flatten().fold(self.check_at, Duration::min)
    }

    /// What is due. `audio_runs` is asked only when the answer matters.
    pub fn due(&mut self, now: Duration, audio_runs: impl FnOnce() -> bool) -> Option<Task> {
        if now < self.deadline() {
            return None;
        }
        let passed = |at: Option<Duration>| at.is_some_and(|at| at <= now);
        if passed(self.look_at) {
            self.look_at = None;
        }
        if passed(self.again_at) {
            self.again_at = None;
        }
        if self.check_at <= now {
            self.check_at = now + self.timing.check;
        }
        self.last_look = Some(now);
        if let Some(after) = self.timing.release {
            if audio_runs() {
                (self.silent_since, self.released, self.active) = (None, false, true);
            } else {
                let since = *self.silent_since.get_or_insert(now);
                if self.released {
                    self.reasons.clear();
                    return None;
                }
                // At the start there may be something left of an earlier run.
                if !self.active || now >= since + after {
                    (self.released, self.active) = (true, false);
                    self.reasons.clear();
                    return Some(Task::Release);
                }
            }
        }
        // What was looked at just now is looked at again only for what an event may have missed.
        self.check_at = self.check_at.max(now + self.timing.check);
        Some(Task::Look { reasons: std::mem::take(&mut self.reasons) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn looked(task: Option<Task>) -> Vec<String> {
        match task {
            Some(Task::Look { reasons }) => reasons,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_burst_of_messages_is_one_look_and_a_second_one_for_latecomers() {
        let mut schedule = Schedule::new(Timing::default(), ms(0));
        assert_eq!(looked(schedule.due(ms(0), || true)), ["start"]);
        for at in 0..200 {
            schedule.heard(ms(10_000 + at), &Event::Device("add sound card1".into()));
        }
        assert_eq!(schedule.deadline(), ms(10_300));
        assert_eq!(looked(schedule.due(ms(10_300), || true)), ["add sound card1"]);
        assert_eq!(schedule.deadline(), ms(13_199));
        assert!(looked(schedule.due(ms(13_199), || true)).is_empty());
        assert_eq!(schedule.deadline(), ms(73_199));
    }

    #[test]
    fn messages_without_end_neither_prevent_a_look_nor_cause_more_than_one_in_a_second() {
        let mut schedule = Schedule::new(Timing::default(), ms(0));
        let mut looks = 0;
        for at in 0..60_000 {
            schedule.heard(ms(at), &Event::Profile("x".into()));
            looks += usize::from(schedule.due(ms(at), || true).is_some());
        }
        assert!((40..=62).contains(&looks), "{looks}");
    }

    #[test]
    fn without_audio_everything_is_released_once_and_taken_again_when_a_stream_opens() {
        let timing = Timing { release: Some(ms(30_000)), ..Timing::default() };
        let mut schedule = Schedule::new(timing, ms(0));
        assert!(matches!(schedule.due(ms(0), || true), Some(Task::Look { .. })));
        schedule.heard(ms(5_000), &Event::StreamClosed("pcmC0D0p".into()));
        assert_eq!(schedule.deadline(), ms(35_000));
        assert_eq!(schedule.due(ms(35_000), || false), Some(Task::Release));
        // Nothing is set while it is silent, whatever happens.
        schedule.heard(ms(40_000), &Event::Resumed);
        assert_eq!(schedule.due(ms(40_300), || false), None);
        schedule.heard(ms(50_000), &Event::StreamOpened("pcmC0D0p".into()));
        assert_eq!(looked(schedule.due(ms(50_300), || true)), ["stream pcmC0D0p opened"]);
    }

    #[test]
    fn a_start_in_silence_sets_nothing() {
        let timing = Timing { release: Some(ms(30_000)), ..Timing::default() };
        let mut schedule = Schedule::new(timing, ms(0));
        assert_eq!(schedule.due(ms(0), || false), Some(Task::Release));
        assert_eq!(schedule.due(ms(60_000), || false), None);
        assert!(matches!(schedule.due(ms(120_000), || true), Some(Task::Look { .. })));
    }

    #[test]
    fn another_stream_that_still_runs_prevents_the_release() {
        let timing = Timing { release: Some(ms(30_000)), ..Timing::default() };
        let mut schedule = Schedule::new(timing, ms(0));
        schedule.due(ms(0), || true);
        schedule.heard(ms(5_000), &Event::StreamClosed("pcmC0D0c".into()));
        assert!(matches!(schedule.due(ms(35_000), || true), Some(Task::Look { .. })));
        assert!(schedule.deadline() > ms(90_000));
    }
}
