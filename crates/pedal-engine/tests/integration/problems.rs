//! What of a board could not be taken over is told to whoever loaded or swapped it, and the rest of the board sounds.

use mod_protocol::Reply;
use serde_json::Value;

use crate::host_rig::{HostRig, board_file};

/// A board that asks for five things which are not there: a value, a preset, a cable, two bindings.
const BOARD: &str = r#"{ "version": 1, "name": "asks too much", "plugins": [
    { "instance": 0, "uri": "http://lv2plug.in/plugins/eg-amp", "preset": "urn:no:preset", "params": { "gain": -20.0, "warmth": 1.0 } }
  ],
  "connections": [ ["system:capture_1", "effect_0:in"], ["effect_0:out", "system:playback_1"], ["effect_0:aux", "system:playback_2"] ],
  "midi": [
    { "instance": 0, "symbol": "gain", "channel": 0, "controller": 7, "min": -20.0, "max": 0.0 },
    { "instance": 0, "symbol": "warmth", "channel": 0, "controller": 8, "min": 0.0, "max": 1.0 },
    { "instance": 0, "symbol": "gain", "channel": 16, "controller": 9, "min": -20.0, "max": 0.0 }
  ] }"#;

/// What is seen when the board is built.
const OF_THE_BOARD: [&str; 3] =
    ["urn:no:preset", "no control warmth", "cable effect_0:aux → system:playback_2"];

/// What is seen only where the board becomes the running one, which the bindings belong to.
const OF_THE_BINDINGS: [&str; 2] = [
    "effect_0: warmth is not bound to controller 8 of channel 0: it has no such control",
    "effect_0: gain is not bound to controller 9 of channel 16: channels are 0–15, controllers 0–127",
];

fn problems(rig: &mut HostRig, command: &str) -> Vec<String> {
    let Reply::Text(answer) = rig.command(command) else { panic!("{command}: no text") };
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    let problems = answer["problems"].as_array().expect("a list");
    problems.iter().map(|problem| problem.as_str().expect("a sentence").to_owned()).collect()
}

/// The answer names what `wanted` names, in this order and nothing else, and who only listens is told the same.
fn told(rig: &mut HostRig, answer: &[String], wanted: &[&str]) {
    assert_eq!(answer.len(), wanted.len(), "{answer:#?}");
    for (problem, part) in answer.iter().zip(wanted) {
        assert!(problem.contains(part), "{problem:?} does not name {part:?}");
    }
    rig.run(1, |_| 0.0);
    let log = rig.told();
    for problem in answer {
        assert!(
            log.iter().any(|line| line.starts_with("log 2 ") && line.contains(problem)),
            "{problem}: {log:#?}"
        );
    }
}

/// The gain that did come with the board: −20 dB.
fn sounds(rig: &mut HostRig) {
    rig.run(60, |_| 0.5);
    let [left, right] = rig.run(1, |_| 0.5);
    assert!(left.iter().all(|sample| (sample - 0.05).abs() < 1e-4), "{left:?}");
    assert_eq!(right, vec![0.0; 64], "nothing is led to the second output");
}

#[test]
fn a_load_tells_everything_that_could_not_be_taken_over() {
    let (_keep, path) = board_file(BOARD);
    let mut rig = HostRig::new(64);
    let answer = problems(&mut rig, &format!("x_load {}", path.display()));
    told(&mut rig, &answer, &[&OF_THE_BOARD[..], &OF_THE_BINDINGS[..]].concat());
    sounds(&mut rig);
}

#[test]
fn a_preload_tells_what_the_board_lacks_and_the_swap_which_bindings() {
    let (_keep, path) = board_file(BOARD);
    let mut rig = HostRig::new(64);
    let answer = problems(&mut rig, &format!("x_preload 3 {}", path.display()));
    told(&mut rig, &answer, &OF_THE_BOARD);
    let answer = problems(&mut rig, "x_swap 3");
    told(&mut rig, &answer, &OF_THE_BINDINGS);
    sounds(&mut rig);
}
