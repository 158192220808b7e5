//! The test of the pedal's own parts: each switch, encoder and knob is asked for by name and must answer within ten
//! seconds. Pure: events and time in, what to say out. While it runs, nothing that is done on the pedal plays.

use pedal_hardware::input::{Part, SwitchEvent};
use pedal_hardware::{Event, Moment, Profile};

/// How long each part may take, in ms.
const PATIENCE: u64 = 10_000;
/// How far a knob must move to count, of 1023.
const MOVED: u16 = 100;

/// Something that has to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Press(Part),
    Turn(usize),
    Knob(usize),
}

/// What to tell the player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// What to do now.
    Ask(String),
    /// Everything has answered.
    Passed(String),
    /// These have not.
    Failed(String),
}

/// A test that runs.
#[derive(Debug, Clone)]
pub struct SelfTest {
    steps: Vec<(Step, String)>,
    at: usize,
    until: Moment,
    /// Where the present knob was first seen.
    from: Option<u16>,
    silent: Vec<String>,
}

impl SelfTest {
    /// Begins with the first part of a pedal; the second is what to say.
    pub fn begin(profile: &Profile, now: Moment) -> (Self, Told) {
        let mut steps = Vec::new();
        for foot in 0..profile.footswitches.len() {
            steps.push((Step::Press(Part::Footswitch(foot)), format!("Press footswitch {}", foot + 1)));
        }
        for (number, encoder) in profile.encoders.iter().enumerate() {
            let name =
                if number == 0 { "the navigation encoder".to_owned() } else { format!("encoder {number}") };
            steps.push((Step::Turn(number), format!("Turn {name}")));
            if encoder.push.is_some() {
                steps.push((Step::Press(Part::Encoder(number)), format!("Press {name}")));
            }
        }
        for (number, knob) in profile.analog.iter().enumerate() {
            // a pedal need not be plugged in
            if !knob.expression {
                steps.push((Step::Knob(number), format!("Turn knob {} from end to end", number + 1)));
            }
        }
        let mut test =
            Self { steps, at: 0, until: now.plus_millis(PATIENCE), from: None, silent: Vec::new() };
        let told = test.told(now);
        (test, told)
    }

    /// When the present part has had its time.
    pub fn deadline(&self) -> Moment {
        self.until
    }

    /// What was done on the pedal.
    pub fn event(&mut self, event: Event, now: Moment) -> Option<Told> {
        let (step, _) = self.steps.get(self.at)?;
        let answers = match (*step, event) {
            // a click comes last, so nothing of the press is left over; holding is as good
            (Step::Press(part), Event::Switch(other, SwitchEvent::Click | SwitchEvent::Long)) => {
                part == other
            }
            (Step::Turn(number), Event::Turn { encoder, .. }) => number == encoder,
            (Step::Knob(number), Event::Analog { index, value }) if number == index => {
                value.abs_diff(*self.from.get_or_insert(value)) >= MOVED
            }
            _ => false,
        };
        answers.then(|| self.next(now))
    }

    /// Some time has passed.
    pub fn tick(&mut self, now: Moment) -> Option<Told> {
        if now < self.until {
            return None;
        }
        let (_, text) = self.steps.get(self.at)?;
        self.silent.push(text.clone());
        Some(self.next(now))
    }

    fn next(&mut self, now: Moment) -> Told {
        self.at += 1;
        self.from = None;
        self.told(now)
    }

    fn told(&mut self, now: Moment) -> Told {
        self.until = now.plus_millis(PATIENCE);
        match self.steps.get(self.at) {
            Some((_, text)) => Told::Ask(format!("Test {} of {}: {text}", self.at + 1, self.steps.len())),
            None if self.silent.is_empty() => {
                Told::Passed(format!("All {} parts of the pedal answer", self.steps.len()))
            }
            None => Told::Failed(format!("No answer to: {}. Look at their wires", self.silent.join(", "))),
        }
    }

    /// Whether it has come to its end.
    pub fn is_over(&self) -> bool {
        self.at >= self.steps.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment(seconds * 1_000_000)
    }

    fn answer(step: Step) -> Vec<Event> {
        match step {
            Step::Press(part) => {
                let press = [SwitchEvent::Press, SwitchEvent::Release, SwitchEvent::Click];
                press.map(|event| Event::Switch(part, event)).to_vec()
            }
            Step::Turn(encoder) => vec![Event::Turn { encoder, clicks: -1 }],
            Step::Knob(index) => [0, 60, 140].map(|value| Event::Analog { index, value }).to_vec(),
        }
    }

    #[test]
    fn a_whole_pedal_passes() {
        for profile in [Profile::v1(), Profile::v2(), Profile::v3()] {
            let (mut test, first) = SelfTest::begin(&profile, at(0));
            assert_eq!(first, Told::Ask(format!("Test 1 of {}: Press footswitch 1", test.steps.len())));
            let mut last = None;
            while let Some((step, _)) = test.steps.get(test.at).cloned() {
                // what is not asked for is no answer
                assert_eq!(test.event(Event::Turn { encoder: 99, clicks: 1 }, at(1)), None);
                let told: Vec<_> =
                    answer(step).into_iter().filter_map(|event| test.event(event, at(1))).collect();
                assert_eq!(told.len(), 1, "{step:?}");
                last = told.into_iter().next();
            }
            assert!(test.is_over() && matches!(last, Some(Told::Passed(_))), "{}: {last:?}", profile.name);
        }
    }

    #[test]
    fn what_does_not_answer_is_named() {
        let (mut test, _) = SelfTest::begin(&Profile::v1(), at(0));
        assert_eq!(test.tick(at(9)), None);
        let mut now = 0;
        let mut last = None;
        while !test.is_over() {
            now += 10;
            assert_eq!(test.deadline(), at(now));
            // the second footswitch is the only one that works
            last = match test.at {
                1 => {
                    let told = test.event(Event::Switch(Part::Footswitch(1), SwitchEvent::Long), at(now));
                    assert!(told.is_some());
                    told
                }
                _ => test.tick(at(now)),
            };
        }
        let Some(Told::Failed(text)) = last else { panic!("{last:?}") };
        assert!(text.contains("Press footswitch 1,") && text.contains("Press footswitch 3"), "{text}");
        assert!(!text.contains("footswitch 2"), "{text}");
    }
}
