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
    pub fn long(&mut self, switch: usize, now: Moment, out: &mut Vec<String>) {
        self.tick(now, out);
        self.waiting.retain(|(waiting, _)| *waiting != switch);
        self.waiting.push((switch, now));
        let whole = self.groups.iter().find(|group| {
            group.switches.len() > 1
                && group.switches.contains(&switch)
                && group
                    .switches
                    .iter()
                    .all(|member| self.waiting.iter().any(|(waiting, _)| waiting == member))
        });
        if let Some(group) = whole {
            out.push(group.action.clone());
            self.waiting.retain(|(waiting, _)| !group.switches.contains(waiting));
        } else if self.mode == ChordMode::Prompt && !self.in_chord(switch) {
            self.waiting.pop();
            self.alone(switch, out);
        }
    }

    /// Lets time pass.
    pub fn tick(&mut self, now: Moment, out: &mut Vec<String>) {
        let due = |at: Moment| now >= at.plus_millis(WINDOW_MILLIS);
        let over: Vec<usize> =
            self.waiting.iter().filter(|(_, at)| due(*at)).map(|(switch, _)| *switch).collect();
        self.waiting.retain(|(_, at)| !due(*at));
        for switch in over {
            self.alone(switch, out);
        }
    }

    /// When [`Chords::tick`] has something to do.
    pub fn deadline(&self) -> Option<Moment> {
        self.waiting.iter().map(|(_, at)| at.plus_millis(WINDOW_MILLIS)).min()
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
}
