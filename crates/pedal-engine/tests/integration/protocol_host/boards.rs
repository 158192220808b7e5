//! Whole boards: what they share, what they lack, and the change from one to another.

use mod_protocol::Reply;

use super::AMP;
use crate::host_rig::{HostRig, board_file};

#[test]
fn an_equal_plugin_goes_on_running_on_the_next_board() {
    let mut rig = HostRig::new(64);
    // a latency line holds what came in: shared, it goes on; new, it would start with silence
    let board = "feature_enable processing 0|add urn:archibald:test:latency 3|\
        connect system:capture_1 effect_3:in|connect effect_3:out system:playback_1|feature_enable processing 1";
    for line in board.split('|') {
        rig.ok(line);
    }
    rig.run(100, |time| time as f32);
    rig.ok("feature_enable processing 0");
    rig.ok("remove -1");
    rig.ok("feature_enable processing 1");
    for line in board.split('|') {
        rig.ok(line);
    }
    let [left, _] = rig.run(40, |time| time as f32);
    assert!(left.windows(2).all(|pair| pair[1] - pair[0] == 1.0), "one sample after the other");
}

/// As above for whole boards: loaded from a file, and swapped to and fro.
#[test]
fn an_equal_plugin_is_on_both_of_two_whole_boards() {
    let mut rig = HostRig::new(64);
    let board = |name: &str, number: u32| {
        format!(
            r#"{{ "version": 1, "name": "{name}", "plugins": [ {{ "instance": {number}, "uri": "urn:archibald:test:latency" }} ],
            "connections": [ ["system:capture_1", "effect_{number}:in"], ["effect_{number}:out", "system:playback_1"] ],
            "midi": [] }}"#
        )
    };
    let (_keep, first) = board_file(&board("first", 3));
    let (_keep, same) = board_file(&board("same", 3));
    let (_keep, other) = board_file(&board("other", 4));
    let whole = |left: &[f32]| left.windows(2).all(|pair| pair[1] - pair[0] == 1.0);
    let blocks = |rig: &HostRig| rig.host.stats()["plugins"][0]["blocks"].as_u64().expect("a number");
    rig.command(&format!("x_load {}", first.display()));
    rig.run(100, |time| time as f32);
    rig.command(&format!("x_load {}", same.display()));
    let [left, _] = rig.run(40, |time| time as f32);
    assert!(whole(&left), "one sample after the other");
    rig.command(&format!("x_preload 1 {}", first.display()));
    for name in ["first", "same", "first"] {
        let reply = rig.command("x_swap 1");
        assert!(matches!(&reply, Reply::Text(text) if text.contains(name)), "{reply:?}");
        let [left, _] = rig.run(40, |time| time as f32);
        assert!(whole(&left), "{name}");
        assert_eq!(rig.host.board().plugins.len(), 1);
        assert_eq!(rig.host.board().connections.len(), 2);
    }
    assert!(blocks(&rig) >= 260, "it has run all the time: {}", blocks(&rig));
    // Under another number it is another plugin, and the one that was on the board is still that.
    rig.command(&format!("x_load {}", other.display()));
    rig.run(100, |time| time as f32);
    assert!(blocks(&rig) <= 110, "{}", blocks(&rig));
    rig.command("x_swap 1");
    let [left, _] = rig.run(100, |time| time as f32);
    assert!(whole(&left[6000..]));
    assert!(blocks(&rig) <= 110, "it was made for this board and never ran: {}", blocks(&rig));
}

#[test]
fn boards_are_preloaded_and_swapped_without_a_gap() {
    let board = |gain: f32| {
        format!(
            r#"{{ "version": 1, "name": "gain {gain}", "plugins": [ {{ "instance": 0, "uri": "{AMP}",
                "params": {{ "gain": {gain} }} }} ], "connections": [ ["system:capture_1", "effect_0:in"],
                ["effect_0:out", "system:playback_1"] ] }}"#
        )
    };
    let mut rig = HostRig::new(64);
    let (_keep, path) = board_file(&board(0.0));
    rig.ok(&format!("x_load {}", path.display()));
    rig.run(40, |_| 0.5);
    let (_keep_too, other) = board_file(&board(-20.0));
    rig.ok(&format!("x_preload 1 {}", other.display()));
    rig.run(4, |_| 0.5);
    rig.ok("x_swap 1");
    let [left, _] = rig.run(20, |_| 0.5);
    assert!(left[0] < 0.5 && left[0] > 0.499, "the fade begins in the first block");
    assert!((left[960] - 0.05).abs() < 1e-4);
    assert!(left.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.6 / 960.0));
    rig.ok("x_swap 1");
    let [left, _] = rig.run(20, |_| 0.5);
    assert_eq!(left.last(), Some(&0.5));
}

#[test]
fn a_missing_plugin_is_stood_in_for_and_named() {
    let (_keep, path) = board_file(
        r#"{ "version": 1, "plugins": [ { "instance": 4, "uri": "urn:gone" } ],
            "connections": [ ["system:capture_1", "effect_4:in"], ["effect_4:out", "system:playback_1"] ] }"#,
    );
    let mut rig = HostRig::new(64);
    let Reply::Text(report) = rig.command(&format!("x_load {}", path.display())) else { panic!("JSON") };
    assert!(report.contains("urn:gone"), "{report}");
    rig.run(20, |_| 0.5);
    let [left, _] = rig.run(1, |_| 0.5);
    assert_eq!(left, vec![0.5; 64]);
    assert!(rig.told().iter().any(|line| line.starts_with("x_fault 4 urn:gone missing")));
}

#[test]
fn what_may_never_end_is_refused_as_a_board() {
    let mut rig = HostRig::new(64);
    for command in ["x_load /dev/zero", "x_preload 1 /dev/zero"] {
        let Reply::Text(answer) = rig.command(command) else { panic!("no text") };
        assert!(answer.contains("it is no file"), "{answer}");
    }
}
