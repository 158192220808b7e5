//! The loop of the service: waits, looks, tells. It knows neither the kernel nor a clock; [`Sources`] bring both.

use super::audio;
use super::event::Event;
use super::pass::{Keeper, Looked};
use super::schedule::{Schedule, Task, Timing};
use crate::change::Machine;
use crate::journal::{JournalError, Undone};
use std::io;
use std::time::Duration;

/// The port to everything that can wake the service.
pub trait Sources {
    /// Time since some moment in the past, of a clock that stands still while the machine sleeps.
    fn now(&self) -> Duration;

    /// Sleeps until something happens or `until` has come, whichever is first. Returns what happened.
    ///
    /// # Errors
    /// As the system says; the service then ends.
    fn wait(&mut self, until: Duration) -> io::Result<Vec<Event>>;
}

/// What the service tells.
#[derive(Debug)]
pub enum Told<'a> {
    /// It looked; the first look of all means that the service is ready.
    Looked {
        /// Why.
        reasons: &'a [String],
        /// What came of it.
        looked: &'a Looked,
    },
    /// It put everything back.
    Released(&'a [Undone]),
    /// It could not do its work this time, and will try again.
    Failed(&'a JournalError),
    /// It ends.
    Stopping,
    /// It woke and is alive.
    Alive,
}

/// Runs until it is asked to end. With a release time everything is put back at the end, too.
///
/// # Errors
/// What [`Sources::wait`] says.
pub fn serve(
    machine: &dyn Machine,
    keeper: &mut Keeper,
    timing: Timing,
    sources: &mut dyn Sources,
    tell: &mut dyn FnMut(Told<'_>),
) -> io::Result<()> {
    let mut schedule = Schedule::new(timing, sources.now());
    loop {
        let task = schedule.due(sources.now(), || audio::runs(machine));
        match task {
            Some(Task::Look { reasons }) => match keeper.look(machine, sources.now()) {
                Ok(looked) => tell(Told::Looked { reasons: &reasons, looked: &looked }),
                Err(error) => tell(Told::Failed(&error)),
            },
            Some(Task::Release) => release(machine, keeper, tell),
            None => tell(Told::Alive),
        }
        let mut stop = false;
        for event in sources.wait(schedule.deadline())? {
            stop |= event == Event::Stop;
            schedule.heard(sources.now(), &event);
        }
        if stop {
            tell(Told::Stopping);
            if timing.release.is_some() {
                release(machine, keeper, tell);
            }
            return Ok(());
        }
    }
}

fn release(machine: &dyn Machine, keeper: &mut Keeper, tell: &mut dyn FnMut(Told<'_>)) {
    match keeper.release(machine) {
        Ok(undone) => tell(Told::Released(&undone)),
        Err(error) => tell(Told::Failed(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::pass::Keep;
    use super::*;
    use crate::change::simulated::Simulated;
    use std::collections::VecDeque;

    /// Events at given times, and a clock that jumps to the next thing that happens. Counts how often it was waited.
    struct Script<'a> {
        now: Duration,
        events: VecDeque<(Duration, Event)>,
        end: Duration,
        waits: usize,
        at_event: Box<dyn FnMut(&Event) + 'a>,
    }

    impl<'a> Script<'a> {
        fn new(end_s: u64, events: Vec<(u64, Event)>, at_event: impl FnMut(&Event) + 'a) -> Self {
            let events = events.into_iter().map(|(s, event)| (Duration::from_secs(s), event)).collect();
            let (now, end) = (Duration::from_secs(1_000), Duration::from_secs(1_000 + end_s));
            Self { now, events, end, waits: 0, at_event: Box::new(at_event) }
        }
    }

    impl Sources for Script<'_> {
        fn now(&self) -> Duration {
            self.now
        }

        fn wait(&mut self, until: Duration) -> io::Result<Vec<Event>> {
            self.waits += 1;
            assert!(until > self.now, "a deadline that has passed would spin");
            let start = Duration::from_secs(1_000);
            match self.events.front() {
                Some((at, _)) if start + *at <= until => {
                    let (at, event) = self.events.pop_front().unwrap();
                    self.now = self.now.max(start + at);
                    (self.at_event)(&event);
                    Ok(vec![event])
                }
                _ if until >= self.end => {
                    self.now = self.end;
                    Ok(vec![Event::Stop])
                }
                _ => {
                    self.now = until;
                    Ok(Vec::new())
                }
            }
        }
    }

    fn laptop() -> Simulated {
        Simulated::default()
            .file("/proc/sys/kernel/random/boot_id", "b\n")
            .file("/proc/sys/vm/swappiness", "60\n")
            .file("/sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "powersave\n")
    }

    const GOVERNOR: &str = "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor";

    #[test]
    fn an_idle_hour_has_at_most_six_wake_ups_a_minute() {
        for (check, most) in [(60, 60), (10, 360)] {
            let (machine, folder) = (laptop(), tempfile::tempdir().unwrap());
            let timing = Timing { check: Duration::from_secs(check), ..Timing::default() };
            let mut sources = Script::new(3_600, Vec::new(), |_| ());
            let mut keeper = Keeper::new(Keep::default(), folder.path());
            serve(&machine, &mut keeper, timing, &mut sources, &mut |_| ()).unwrap();
            assert!((most / 2..=most).contains(&sources.waits), "{} wake-ups", sources.waits);
            assert_eq!(machine.text("/proc/sys/vm/swappiness"), "10\n");
        }
    }

    #[test]
    fn each_cause_leads_to_a_new_look_in_less_than_half_a_second() {
        let causes = [
            Event::Device("add sound card1".into()),
            Event::Resumed,
            Event::StreamOpened("pcmC0D0p".into()),
            Event::Graph("jack_sem.0_default_guitar".into()),
            Event::Profile("power-profiles-daemon: power-saver".into()),
            Event::LookNow,
        ];
        for cause in causes {
            let (machine, folder) = (laptop(), tempfile::tempdir().unwrap());
            // With the event somebody sets another governor; 0.4 s later the program is asked to end.
            let undo = |_: &Event| {
                machine.files.borrow_mut().insert(GOVERNOR.into(), "powersave\n".into());
            };
            let mut sources = Script::new(31, vec![(30, cause.clone())], undo);
            sources.end = Duration::from_millis(1_030_400);
            let mut keeper = Keeper::new(Keep::default(), folder.path());
            let mut told = Vec::new();
            serve(&machine, &mut keeper, Timing::default(), &mut sources, &mut |what| {
                if let Told::Looked { reasons, looked } = what {
                    told.push((reasons.to_vec(), looked.results.len()));
                }
            })
            .unwrap();
            assert_eq!(machine.text(GOVERNOR), "performance\n", "{cause}");
            assert_eq!(told, [(vec!["start".to_owned()], 2), (vec![cause.to_string()], 1)]);
        }
    }

    #[test]
    fn what_is_changed_without_a_word_is_found_by_the_slow_look() {
        let (machine, folder) = (laptop(), tempfile::tempdir().unwrap());
        let undo = |_: &Event| {
            machine.files.borrow_mut().insert(GOVERNOR.into(), "powersave\n".into());
        };
        // The end of a stream asks for no look of its own.
        let mut sources = Script::new(100, vec![(30, Event::StreamClosed("pcmC0D0p".into()))], undo);
        let mut keeper = Keeper::new(Keep::default(), folder.path());
        serve(&machine, &mut keeper, Timing::default(), &mut sources, &mut |_| ()).unwrap();
        assert_eq!(machine.text(GOVERNOR), "performance\n");
    }

    #[test]
    fn it_releases_when_asked_to_and_at_its_end() {
        let status = "/proc/asound/card0/pcm0p/sub0/status";
        let (machine, folder) = (laptop().file(status, "RUNNING\n"), tempfile::tempdir().unwrap());
        let silence = |_: &Event| {
            machine.files.borrow_mut().insert(status.into(), "closed\n".into());
        };
        let timing = Timing { release: Some(Duration::from_secs(30)), ..Timing::default() };
        let mut sources = Script::new(200, vec![(20, Event::StreamClosed("pcmC0D0p".into()))], silence);
        let mut keeper = Keeper::new(Keep::default(), folder.path());
        let mut released = Vec::new();
        let mut at = Vec::new();
        serve(&machine, &mut keeper, timing, &mut sources, &mut |told| {
            if let Told::Released(undone) = &told {
                released.push(undone.len());
                at.push(machine.text(GOVERNOR));
            }
        })
        .unwrap();
        // Once after the stream, and once more at the end, when nothing is left.
        assert_eq!((released, at), (vec![2, 0], vec!["powersave\n".to_owned(); 2]));
        assert_eq!(machine.text("/proc/sys/vm/swappiness"), "60\n");
    }

    #[test]
    fn another_program_that_holds_the_journal_only_delays_it() {
        let (machine, folder) = (laptop(), tempfile::tempdir().unwrap());
        let state = folder.path().join("file");
        std::fs::write(&state, "no folder").unwrap();
        let mut keeper = Keeper::new(Keep::default(), &state);
        let mut failures = 0;
        let mut sources = Script::new(120, Vec::new(), |_| ());
        serve(&machine, &mut keeper, Timing::default(), &mut sources, &mut |told| {
            failures += usize::from(matches!(told, Told::Failed(_)));
        })
        .unwrap();
        assert_eq!(failures, 2);
        assert_eq!(machine.writes.get(), 0);
    }
}
