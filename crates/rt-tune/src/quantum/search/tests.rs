use super::super::ladder::rungs;
use super::*;

/// A machine with a rate of events, in events per second, for each period; events fall evenly.
struct Simulated<F: FnMut(u32, usize) -> u64> {
    events: F,
    tried: Vec<u32>,
    refuses: Vec<u32>,
    stop_at: usize,
}

impl<F: FnMut(u32, usize) -> u64> Simulated<F> {
    fn new(events: F) -> Self {
        Self { events, tried: Vec::new(), refuses: Vec::new(), stop_at: usize::MAX }
    }
}

impl<F: FnMut(u32, usize) -> u64> Rig for Simulated<F> {
    fn trial(&mut self, frames: u32, seconds: f64, _: bool) -> Result<Trial, TrialError> {
        if self.tried.len() >= self.stop_at {
            return Err(TrialError::Stopped);
        }
        if self.refuses.contains(&frames) {
            return Err(TrialError::Refused("no".into()));
        }
        let nth = self.tried.iter().filter(|f| **f == frames).count();
        self.tried.push(frames);
        Ok(Trial { seconds, events: (self.events)(frames, nth), ..Trial::default() })
    }
}

fn plan() -> SearchPlan {
    SearchPlan { rungs: rungs(16, 1024, false), start: 256, seconds: 10.0, repeats: 3, allow: 0 }
}

#[test]
fn it_descends_to_the_lowest_clean_rung_and_recommends_one_more() {
    let mut rig = Simulated::new(|frames, _| if frames < 48 { 5 } else { 0 });
    let mut told = 0;
    let found = search(&plan(), &mut rig, &mut |_, _| told += 1).unwrap();
    assert_eq!((found.lowest, found.recommended, found.complete), (Some(48), Some(64), true));
    assert_eq!(rig.tried, [256, 192, 128, 96, 64, 48, 32, 48, 48, 48, 64, 64, 64]);
    assert_eq!(told, rig.tried.len());
    let rung = found.rung(48).unwrap();
    assert_eq!((rung.events, rung.seconds), (0, 40.0));
    // No event in 40 s: at most 3/40 a second.
    assert!((rung.upper_per_minute - 2.996 * 60.0 / 40.0).abs() < 0.01, "{}", rung.upper_per_minute);
    assert!(rung.confidence.contains("95 %"), "{}", rung.confidence);
}

#[test]
fn it_climbs_when_the_middle_fails() {
    let mut rig = Simulated::new(|frames, _| u64::from(frames < 512) * 9);
    let found = search(&plan(), &mut rig, &mut |_, _| ()).unwrap();
    assert_eq!((found.lowest, found.recommended), (Some(512), Some(1024)));
    assert_eq!(rig.tried[..2], [256, 512]);
}

#[test]
fn a_rung_that_was_clean_by_luck_is_given_up_in_the_repeats() {
    // 32 is clean once, then fails; 48 and 64 stand.
    let mut rig = Simulated::new(|frames, nth| u64::from(frames < 32 || (frames == 32 && nth > 1)));
    let found = search(&plan(), &mut rig, &mut |_, _| ()).unwrap();
    assert_eq!((found.lowest, found.recommended), (Some(48), Some(64)));
    assert!(found.rung(32).unwrap().events > 0);
}

#[test]
fn a_clean_rung_below_a_failing_neighbour_is_not_believed() {
    // As seen on a real machine: 64 clean, 96 not.
    let mut rig = Simulated::new(|frames, nth| match frames {
        ..64 => 4,
        96 => u64::from(nth > 0),
        _ => 0,
    });
    let found = search(&plan(), &mut rig, &mut |_, _| ()).unwrap();
    assert_eq!((found.lowest, found.recommended), (Some(128), Some(192)));
}

#[test]
fn one_event_gets_a_second_trial_and_two_get_none() {
    let mut rig = Simulated::new(|frames, nth| match frames {
        ..64 => 2,
        64 => u64::from(nth == 0),
        _ => 0,
    });
    let found = search(&plan(), &mut rig, &mut |_, _| ()).unwrap();
    assert_eq!(found.lowest, Some(64));
    assert_eq!(rig.tried.iter().filter(|f| **f == 48).count(), 1);
    // The event is not forgotten when the confidence is told.
    assert_eq!(found.rung(64).unwrap().events, 1);
}

#[test]
fn cycles_that_vanish_without_an_xrun_count() {
    let lost = Trial { missing_cycles: 50, ..Trial::default() };
    assert_eq!((lost.counted(), Trial { events: 3, ..lost }.counted()), (1, 3));
}

#[test]
fn refusals_stops_and_nothing_clean_are_told() {
    let mut rig = Simulated::new(|_, _| 0);
    rig.refuses = vec![16, 32, 48, 96];
    let found = search(&plan(), &mut rig, &mut |_, _| ()).unwrap();
    // A refused rung is passed over, also as a reserve.
    assert_eq!((found.lowest, found.recommended), (Some(64), Some(128)));
    assert!(found.rung(96).unwrap().refused.is_some());

    let mut rig = Simulated::new(|_, _| 7);
    let found = search(&plan(), &mut rig, &mut |_, _| ()).unwrap();
    assert_eq!((found.lowest, found.recommended, found.complete), (None, None, true));

    let mut rig = Simulated::new(|_, _| 0);
    rig.stop_at = 3;
    let found = search(&plan(), &mut rig, &mut |_, _| ()).unwrap();
    assert_eq!((found.lowest, found.complete, found.rungs.len()), (None, false, 3));

    let mut only = Simulated::new(|_, _| 0);
    only.refuses = vec![512, 1024, 256];
    assert_eq!(search(&plan(), &mut only, &mut |_, _| ()).unwrap().lowest, Some(16));
}
