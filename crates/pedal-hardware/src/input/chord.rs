//! Long presses of one switch, and of several together.

use crate::Moment;

/// How long a long press waits for its companions, in milliseconds.
const WINDOW_MILLIS: u64 = 400;

/// Whether a lone long press waits for companions it cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChordMode {
    /// As pi-stomp: each long press waits 0.4 s.
    #[default]
    Compatible,
    /// Only switches that belong to a chord wait; the others act at once.
    Prompt,
}

/// An action and the switches that carry it. More than one: a chord of all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Name of the action.
    pub action: String,
    /// Numbers of the switches.
    pub switches: Vec<usize>,
}

/// The long presses that wait.
#[derive(Debug, Clone, Default)]
pub struct Chords {
    groups: Vec<Group>,
    mode: ChordMode,
    waiting: Vec<(usize, Moment)>,
}

impl Chords {
    /// Nothing waits yet.
    pub fn new(groups: Vec<Group>, mode: ChordMode) -> Self {
        Self { groups, mode, waiting: Vec::new() }
    }

    /// A switch was held long. Actions to do now are added to `out`.
    ///
    /// The largest chord that is held wins. One that is held whole runs at once, unless a larger one has all of its
    /// switches and more: then it waits, as a lone long press does, until the window of its first switch has passed.
    pub fn long(&mut self, switch: usize, now: Moment, out: &mut Vec<String>) {
        self.tick(now, out);
        self.waiting.retain(|(waiting, _)| *waiting != switch);
        self.waiting.push((switch, now));
        match self.whole(switch) {
            Some(group) if !self.may_grow(group) => self.run(group, out),
            Some(_) => {}
            None if self.mode == ChordMode::Prompt && !self.in_chord(switch) => {
                self.waiting.pop();
                self.alone(switch, out);
            }
            None => {}
        }
    }

    /// Lets time pass.
    pub fn tick(&mut self, now: Moment, out: &mut Vec<String>) {
        let due = |(_, at): &&(usize, Moment)| now >= at.plus_millis(WINDOW_MILLIS);
        // the one that was held first is the first in the list
        while let Some((switch, _)) = self.waiting.iter().find(due).copied() {
            match self.whole(switch) {
                Some(group) => self.run(group, out),
                None => {
                    self.waiting.retain(|(waiting, _)| *waiting != switch);
                    self.alone(switch, out);
                }
            }
        }
    }

    /// When [`Chords::tick`] has something to do.
    pub fn deadline(&self) -> Option<Moment> {
        self.waiting.iter().map(|(_, at)| at.plus_millis(WINDOW_MILLIS)).min()
    }

    /// The largest chord with this switch that is held whole; of several as large, the one that was configured first.
    fn whole(&self, switch: usize) -> Option<usize> {
        let held = |member: &usize| self.waiting.iter().any(|(waiting, _)| waiting == member);
        let chords = self.groups.iter().enumerate().filter(|(_, group)| {
            group.switches.len() > 1 && group.switches.contains(&switch) && group.switches.iter().all(held)
        });
        chords.rev().max_by_key(|(_, group)| group.switches.len()).map(|(at, _)| at)
    }

    /// Whether there is a chord of these switches and more.
    fn may_grow(&self, group: usize) -> bool {
        let switches = &self.groups[group].switches;
        let larger = |other: &Group| {
            other.switches.len() > switches.len() && switches.iter().all(|one| other.switches.contains(one))
        };
        self.groups.iter().any(larger)
    }

    fn run(&mut self, group: usize, out: &mut Vec<String>) {
        let group = &self.groups[group];
        out.push(group.action.clone());
        self.waiting.retain(|(waiting, _)| !group.switches.contains(waiting));
    }

    fn in_chord(&self, switch: usize) -> bool {
        self.groups.iter().any(|group| group.switches.len() > 1 && group.switches.contains(&switch))
    }

    fn alone(&self, switch: usize, out: &mut Vec<String>) {
        out.extend(
            self.groups.iter().filter(|group| group.switches == [switch]).map(|group| group.action.clone()),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups() -> Vec<Group> {
        let group =
            |action: &str, switches: &[usize]| Group { action: action.into(), switches: switches.into() };
        vec![group("next", &[0]), group("tuner", &[0, 1]), group("tap", &[2])]
    }

    #[test]
    fn two_within_the_window_are_a_chord_and_nothing_else() {
        let (mut chords, mut out) = (Chords::new(groups(), ChordMode::Compatible), Vec::new());
        chords.long(0, Moment::from_millis(500), &mut out);
        chords.long(1, Moment::from_millis(899), &mut out);
        chords.tick(Moment::from_millis(5000), &mut out);
        assert_eq!(out, ["tuner"]);
    }

    #[test]
    fn alone_it_waits_for_the_window() {
        let (mut chords, mut out) = (Chords::new(groups(), ChordMode::Compatible), Vec::new());
        chords.long(0, Moment::from_millis(500), &mut out);
        assert_eq!(chords.deadline(), Some(Moment::from_millis(900)));
        chords.tick(Moment::from_millis(899), &mut out);
        assert!(out.is_empty());
        chords.long(1, Moment::from_millis(900), &mut out);
        assert_eq!(out, ["next"], "the second came too late");
    }

    #[test]
    fn prompt_waits_only_where_a_chord_is_possible() {
        let (mut chords, mut out) = (Chords::new(groups(), ChordMode::Prompt), Vec::new());
        chords.long(2, Moment::from_millis(500), &mut out);
        assert_eq!(out, ["tap"]);
        chords.long(0, Moment::from_millis(600), &mut out);
        assert_eq!(out, ["tap"]);
        chords.tick(Moment::from_millis(1000), &mut out);
        assert_eq!(out, ["tap", "next"]);
    }

    /// Three together, two of them too, and each alone.
    fn nested() -> Vec<Group> {
        let group =
            |action: &str, switches: &[usize]| Group { action: action.into(), switches: switches.into() };
        vec![
            group("next", &[0]),
            group("pair", &[0, 1]),
            group("other pair", &[1, 2]),
            group("all", &[0, 1, 2]),
            group("apart", &[3, 4]),
        ]
    }

    fn held(mode: ChordMode, switches: &[(usize, u64)], end: u64) -> Vec<String> {
        let (mut chords, mut out) = (Chords::new(nested(), mode), Vec::new());
        for (switch, at) in switches {
            chords.long(*switch, Moment::from_millis(*at), &mut out);
        }
        chords.tick(Moment::from_millis(end), &mut out);
        out
    }

    #[test]
    fn the_largest_chord_that_is_held_wins() {
        for mode in [ChordMode::Compatible, ChordMode::Prompt] {
            for [a, b, c] in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [0, 2, 1], [1, 2, 0], [2, 0, 1]] {
                // at once with the last of them, and nothing after it
                assert_eq!(held(mode, &[(a, 500), (b, 600), (c, 899)], 899), ["all"], "{mode:?}");
                assert_eq!(held(mode, &[(a, 500), (b, 600), (c, 899)], 5000), ["all"], "{mode:?}");
            }
        }
    }

    #[test]
    fn a_chord_within_a_larger_one_waits_for_the_window_of_its_first_switch() {
        for mode in [ChordMode::Compatible, ChordMode::Prompt] {
            assert_eq!(held(mode, &[(0, 500), (1, 600)], 899), [""; 0], "{mode:?}");
            assert_eq!(held(mode, &[(0, 500), (1, 600)], 900), ["pair"], "{mode:?}");
            // the third comes too late, and is alone: it has no action of its own
            assert_eq!(held(mode, &[(0, 500), (1, 600), (2, 900)], 5000), ["pair"], "{mode:?}");
            assert_eq!(held(mode, &[(2, 500), (1, 899)], 900), ["other pair"], "{mode:?}");
            // one that is within no other waits for nothing
            assert_eq!(held(mode, &[(3, 500), (4, 501)], 501), ["apart"], "{mode:?}");
            assert_eq!(held(mode, &[(0, 500)], 900), ["next"], "{mode:?}");
        }
    }
}
