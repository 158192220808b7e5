//! Places over which another program and this one disagree. Writing them for ever would only wake both.

use crate::change::Place;
use std::collections::BTreeMap;
use std::time::Duration;

/// So many writes of one place…
const MOST: usize = 5;
/// …within this time mean that somebody else keeps writing it…
const WITHIN: Duration = Duration::from_secs(600);
/// …and it is left alone for so long.
const REST: Duration = Duration::from_secs(3600);

/// Remembers when places were written.
#[derive(Debug, Default)]
pub struct Contest {
    written: BTreeMap<Place, Vec<Duration>>,
    resting: BTreeMap<Place, Duration>,
}

impl Contest {
    /// Whether a place is left alone at this time.
    pub fn rests(&self, place: &Place, now: Duration) -> bool {
        self.resting.get(place).is_some_and(|until| now < *until)
    }

    /// Notes a write; true when the place is left alone from now on.
    pub fn wrote(&mut self, place: &Place, now: Duration) -> bool {
        let times = self.written.entry(place.clone()).or_default();
        times.retain(|at| now.saturating_sub(*at) < WITHIN);
        times.push(now);
        let too_many = times.len() >= MOST;
        if too_many {
            times.clear();
            self.resting.insert(place.clone(), now + REST);
        }
        // Threads come and go; what is old is forgotten, so that the maps do not grow for ever.
        self.written.retain(|_, times| times.last().is_some_and(|at| now.saturating_sub(*at) < WITHIN));
        self.resting.retain(|_, until| now < *until);
        too_many
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_somebody_keeps_writing_is_left_alone_for_an_hour() {
        let (mut contest, place) = (Contest::default(), Place::text("/governor"));
        let at = Duration::from_secs;
        for n in 0..4 {
            assert!(!contest.wrote(&place, at(n * 60)));
        }
        assert!(contest.wrote(&place, at(240)));
        assert!(contest.rests(&place, at(3_800)) && !contest.rests(&place, at(3_840)));
        assert!(!contest.rests(&Place::text("/other"), at(300)));
        // Twice a day is no contest.
        let other = Place::text("/other");
        assert!((0..100).all(|n| !contest.wrote(&other, at(10_000 + n * 43_200))));
    }
}
