//! mod-host's commands on real plugins.

use mod_protocol::Reply;
use pedal_engine::board::BoardFile;
use pedal_engine::host::HostOptions;
use pedal_engine::io::MidiBuffer;

use crate::host_rig::{HostRig, board_file};

const AMP: &str = "http://lv2plug.in/plugins/eg-amp";

/// capture 1 → eg-amp (instance `n`) → playback 1.
fn amp(rig: &mut HostRig, n: i32) {
    assert_eq!(rig.command(&format!("add {AMP} {n}")), Reply::Status(n));
    rig.ok(&format!("connect system:capture_1 effect_{n}:in"));
    rig.ok(&format!("connect effect_{n}:out mod-monitor:in_1"));
}

#[test]
fn a_plugin_is_added_connected_set_and_heard() {
    let mut rig = HostRig::new(64);
    amp(&mut rig, 0);
    // two edits, two fades of 20 ms: the second cable waits for the first
    rig.run(40, |_| 0.5);
    let [left, right] = rig.run(1, |_| 0.5);
    assert_eq!((left[63], right[63]), (0.5, 0.0));
    rig.ok("param_set 0 gain -20");
    let [left, _] = rig.run(20, |_| 0.5);
    assert!((left.last().expect("samples") - 0.05).abs() < 1e-6);
    assert_eq!(rig.command("param_get 0 gain"), Reply::Float(-20.0));
    // clamped to the port's range
    rig.ok("param_set 0 gain 1000");
    assert_eq!(rig.command("param_get 0 gain"), Reply::Float(24.0));
}

#[test]
fn errors_have_mod_hosts_numbers() {
    let mut rig = HostRig::new(64);
    amp(&mut rig, 0);
    for (line, code) in [
        (format!("add {AMP} 0"), -2),
        (format!("add {AMP} 10000"), -1),
        (format!("add {AMP} -5"), -1),
        ("add urn:not:there 1".to_owned(), -101),
        ("add urn:archibald:test:unsupported 1".to_owned(), -102),
        ("param_set 7 gain 1".to_owned(), -3),
        ("param_set 0 volume 1".to_owned(), -103),
        ("param_get 0 volume".to_owned(), -103),
        ("preset_load 0 urn:no:preset".to_owned(), -104),
        ("connect system:capture_1 effect_9:in".to_owned(), -205),
        ("connect system:capture_9 effect_0:in".to_owned(), -205),
        ("connect effect_0:in effect_0:in".to_owned(), -205),
        ("disconnect system:capture_2 effect_0:in".to_owned(), -206),
        ("set_bpm 19".to_owned(), -207),
        ("set_bpb 17".to_owned(), -207),
        ("transport_sync link".to_owned(), -402),
        ("feature_enable link 0".to_owned(), -902),
        ("feature_enable aggregated-midi 1".to_owned(), -202),
        ("hmi_unmap 0 gain".to_owned(), -403),
        ("cc_unmap 0 gain".to_owned(), -401),
        ("show_external_ui 0".to_owned(), -404),
        ("patch_set 0 urn:none 1".to_owned(), -101),
    ] {
        assert_eq!(rig.command(&line), Reply::Status(code), "{line}");
    }
    for (line, answer) in [
        ("midi_learn 9 gain 0 1", 0),
        ("midi_map 0 gain 99 1 0 1", 0),
        ("midi_map 0 gain 0 7 0 1", 1),
        ("monitor_output 0 nothing", 0),
        ("remove 77", 0),
        ("connect system:capture_1 effect_0:in", 0),
        ("connect effect_0:in system:capture_1", 0),
    ] {
        assert_eq!(rig.command(line), Reply::Status(answer), "{line}");
    }
}

#[test]
fn a_transaction_is_one_change_without_a_gap() {
    let mut rig = HostRig::new(64);
    amp(&mut rig, 0);
    rig.run(30, |_| 0.5);
    // as mod-ui changes boards: /reset, then the next board
    let mut heard = Vec::new();
    let mut step = |rig: &mut HostRig, line: &str| {
        rig.ok(line);
        heard.extend(rig.run(3, |_| 0.5)[0].clone());
    };
    for line in ["feature_enable processing 0", "remove -1", "feature_enable processing 1"] {
        step(&mut rig, line);
    }
    step(&mut rig, "feature_enable processing 0");
    step(&mut rig, "transport 0 4 120");
    for n in [0, 1] {
        assert_eq!(rig.command(&format!("add {AMP} {n}")), Reply::Status(n));
    }
    step(&mut rig, "connect system:capture_1 effect_0:in");
    step(&mut rig, "connect effect_0:out effect_1:in");
    step(&mut rig, "connect effect_1:out mod-monitor:in_1");
    step(&mut rig, "feature_enable processing 1");
    for _ in 0..40 {
        heard.extend(rig.run(1, |_| 0.5)[0].clone());
    }
    assert!(heard.iter().all(|sample| (sample - 0.5).abs() < 1e-3), "no gap, no bump");
}

#[test]
fn an_emptied_board_falls_silent_after_400_ms() {
    let mut rig = HostRig::new(48);
    amp(&mut rig, 0);
    rig.run(60, |_| 0.5);
    for line in ["feature_enable processing 0", "remove -1", "feature_enable processing 1"] {
        rig.ok(line);
    }
    let [left, _] = rig.run(399, |_| 0.5);
    assert!(left.iter().all(|&sample| sample == 0.5));
    let [left, _] = rig.run(40, |_| 0.5);
    assert_eq!(left.last(), Some(&0.0));
    assert!(left.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= 0.6 / 960.0));
}

#[test]
fn strict_processing_is_silent_as_mod_host() {
    let mut rig =
        HostRig::with(HostOptions { period: 64, strict_processing: true, ..HostOptions::default() });
    amp(&mut rig, 0);
    rig.run(30, |_| 0.5);
    rig.ok("feature_enable processing 0");
    let [left, _] = rig.run(2, |_| 0.5);
    assert_eq!(left[64..], [0.0; 64]);
    rig.ok("feature_enable processing 1");
    let [left, _] = rig.run(2, |_| 0.5);
    assert_eq!(left[127], 0.5);
}

#[test]
fn a_transaction_left_open_takes_effect_after_two_seconds() {
    let mut rig = HostRig::new(480);
    rig.ok("feature_enable processing 0");
    amp(&mut rig, 0);
    let [left, _] = rig.run(199, |_| 0.5);
    assert!(left.iter().all(|&sample| sample == 0.0));
    let [left, _] = rig.run(8, |_| 0.5);
    assert_eq!(left.last(), Some(&0.5));
}

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
fn midi_learns_maps_and_tells() {
    let mut rig = HostRig::new(64);
    amp(&mut rig, 0);
    rig.run(5, |_| 0.0);
    rig.told();
    let mut cc = MidiBuffer::default();
    cc.push(0, &[0xb0, 7, 64]);
    assert_eq!(rig.command("midi_learn 0 gain -20.000000 10.000000"), Reply::Status(1));
    rig.run_midi(1, |_| 0.0, &cc);
    assert_eq!(rig.told(), ["midi_mapped 0 gain 0 7 -4.881889 -20.000000 10.000000"]);
    cc.clear();
    cc.push(0, &[0xb0, 7, 100]);
    rig.run_midi(1, |_| 0.0, &cc);
    assert_eq!(rig.told(), ["param_set 0 gain 3.622047"]);
    assert_eq!(rig.command("midi_learn 0 :bypass 0 1"), Reply::Status(1));
    cc.clear();
    cc.push(0, &[0xb1, 64, 127]);
    rig.run_midi(1, |_| 0.0, &cc);
    assert_eq!(rig.told(), ["midi_mapped 0 :bypass 1 64 0.000000 0.000000 1.000000"]);
    cc.clear();
    cc.push(0, &[0xb1, 64, 0]);
    rig.run_midi(1, |_| 0.0, &cc);
    assert_eq!(rig.told(), ["param_set 0 :bypass 1.000000"]);
    assert_eq!(rig.command("midi_unmap 0 gain"), Reply::Status(1));
    cc.clear();
    cc.push(0, &[0xb0, 7, 1]);
    cc.push(1, &[0xc2, 5]);
    rig.run_midi(1, |_| 0.0, &cc);
    assert!(rig.told().is_empty());
    rig.ok("monitor_midi_program 2 1");
    rig.run_midi(1, |_| 0.0, &cc);
    assert_eq!(rig.told(), ["midi_program_change 5 2"]);
}

#[test]
fn properties_are_set_asked_for_and_told() {
    let mut rig = HostRig::new(64);
    rig.strict = false;
    rig.ok("add http://lv2plug.in/plugins/eg-params 3");
    rig.run(3, |_| 0.0);
    rig.told();
    rig.ok(r#"patch_set 3 http://lv2plug.in/plugins/eg-params#float "0.75""#);
    rig.run(2, |_| 0.0);
    rig.ok("patch_get 3 http://lv2plug.in/plugins/eg-params#float");
    rig.run(2, |_| 0.0);
    let told: Vec<String> = rig.told().into_iter().filter(|line| line.starts_with("patch_set")).collect();
    assert_eq!(told, ["patch_set 3 http://lv2plug.in/plugins/eg-params#float f 0.750000"]);
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
fn a_snapshot_is_one_block() {
    let mut rig = HostRig::new(64);
    amp(&mut rig, 0);
    assert_eq!(rig.command(&format!("add {AMP} 1")), Reply::Status(1));
    rig.ok("connect system:capture_2 effect_1:in");
    rig.ok("connect effect_1:out mod-monitor:in_2");
    rig.run(30, |_| 0.5);
    rig.ok("x_snapshot 2 0 gain -20 1 gain -20");
    let [left, right] = rig.run(1, |_| 0.5);
    assert_eq!(left, right);
    assert!(left[63] < 0.5);
}

#[test]
fn bad_counts_do_not_kill() {
    let mut rig = HostRig::new(64);
    for line in [
        "multi_add 2 URI 24",
        "multi_remove 3 1",
        "multi_bypass 1 5 1",
        "params_flush 0 0 5 gain 1",
        "multi_params_flush 0 2 20 21",
        "multi_add 99999999 a 1",
    ] {
        if let Ok(command) = mod_protocol::Command::parse(line.as_bytes()) {
            rig.host.execute(&command);
        }
    }
    amp(&mut rig, 0);
}

#[test]
fn a_board_is_kept_for_the_next_start() {
    let folder = tempfile::tempdir().expect("folder");
    let state = folder.path().join("last-board.json");
    let options = HostOptions { period: 64, state_file: Some(state.clone()), ..HostOptions::default() };
    let mut rig = HostRig::with(options.clone());
    amp(&mut rig, 0);
    rig.ok("param_set 0 gain -6");
    rig.ok("midi_map 0 gain 2 11 -20 10");
    rig.ok("transport 1 3 97.5");
    rig.run(60, |_| 0.5);
    rig.host.save_state_file().expect("written");
    let mut again = HostRig::with(options);
    again.host.load_file(&state).expect("a board");
    again.run(60, |_| 0.5);
    assert_eq!(again.host.board(), rig.host.board());
    assert_eq!(again.run(1, |_| 0.5), rig.run(1, |_| 0.5));
}

#[test]
fn a_controller_drives_a_control_within_its_range() {
    let mut rig = HostRig::new(64);
    amp(&mut rig, 0);
    let mut message = MidiBuffer::default();
    message.push(0, &[0xb0, 7, 127]);
    for (range, gain) in [("-1000 1000", 24.0), ("1000 -1000", -90.0), ("-6 3", 3.0)] {
        assert_eq!(rig.command(&format!("midi_map 0 gain 0 7 {range}")), Reply::Status(1));
        rig.run_midi(2, |_| 0.0, &message);
        assert_eq!(rig.command("param_get 0 gain"), Reply::Float(gain), "{range}");
    }
}

/// The disk is waited for without the host: what is to be written is taken out first.
#[test]
fn what_is_kept_is_the_board_of_that_moment() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("last-board.json");
    let options = HostOptions { period: 64, state_file: Some(path.clone()), ..HostOptions::default() };
    let mut rig = HostRig::with(options);
    amp(&mut rig, 0);
    let kept = rig.host.to_keep().expect("it has changed");
    assert!(rig.host.to_keep().is_none(), "once is enough");
    rig.ok("param_set 0 gain -6");
    assert!(!path.exists(), "nobody has written yet");
    kept.write().expect("written");
    let gain = || pedal_engine::board::BoardFile::read(&path).expect("a board").plugins[0].params["gain"];
    assert_eq!(gain(), 0.0);
    rig.host.to_keep().expect("it has changed").write().expect("written");
    assert_eq!(gain(), -6.0);
    rig.host.not_kept(&kept);
    assert!(rig.host.to_keep().is_some(), "what failed is tried again");
}

/// A knob that turns is no reason to write the state of every plugin to the card once a second.
#[test]
fn the_state_of_plugins_is_written_when_it_may_have_changed() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("board.json");
    let options = HostOptions { period: 64, state_file: Some(path.clone()), ..HostOptions::default() };
    let mut rig = HostRig::with(options);
    amp(&mut rig, 0);
    rig.ok("add urn:archibald:test:state 1");
    let state = || BoardFile::read(&path).ok().and_then(|board| board.plugins[1].state.clone());
    let written = |rig: &mut HostRig| {
        let before = state();
        rig.ok("param_set 0 gain -3");
        let kept = rig.host.to_keep().expect("the gain was set");
        rig.host.kept(&kept.write().expect("written"));
        let now = state().expect("the board names the state either way");
        assert!(now.join("effect.ttl").is_file());
        let folders = std::fs::read_dir(folder.path().join("board.states")).expect("there").count();
        assert_eq!(folders, 1, "the one before is gone");
        before != Some(now)
    };
    assert!(written(&mut rig), "new");
    assert!(!written(&mut rig), "only a knob was turned");
    let blocks_of_31_s = 31 * 48_000 / 64;
    rig.frames.fetch_add(blocks_of_31_s * 64, std::sync::atomic::Ordering::Relaxed);
    assert!(written(&mut rig), "plugins may change by themselves");
    assert!(!written(&mut rig));
    let saved = folder.path().join("elsewhere");
    rig.ok(&format!("state_save {}", saved.display()));
    rig.ok(&format!("state_load {}", saved.display()));
    assert!(written(&mut rig), "a state was loaded");
    rig.ok("param_set 0 gain -4");
    let before = state();
    rig.host.save_state_file().expect("written");
    assert_ne!(state(), before, "at the end of the program everything is written");
}

/// The states are written beside those of the board that is on the disk; whatever fails, that one is whole.
#[test]
fn a_board_whose_file_cannot_be_replaced_keeps_its_states() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("board.json");
    let options = HostOptions { period: 64, state_file: Some(path.clone()), ..HostOptions::default() };
    let mut rig = HostRig::with(options.clone());
    rig.ok(&format!("state_tmpdir {}", folder.path().join("scratch").display()));
    rig.ok("add urn:archibald:test:state 0");
    let keep = |rig: &mut HostRig, number: i32| {
        rig.ok(&format!("param_set 0 number {number}"));
        rig.ok("param_set 0 write 1");
        rig.run(60, |_| 0.0);
        rig.ok("param_set 0 write 0");
        rig.run(60, |_| 0.0);
    };
    rig.strict = false;
    keep(&mut rig, 5);
    rig.host.save_state_file().expect("written");
    let good = std::fs::read(&path).expect("there");
    keep(&mut rig, 6);
    // The power goes between the states and the board: a folder in the place of the file refuses the last step.
    std::fs::remove_file(&path).expect("gone");
    std::fs::create_dir_all(path.join("full")).expect("made");
    rig.host.save_state_file().expect_err("a folder is in the way");
    std::fs::remove_dir_all(&path).expect("gone");
    std::fs::write(&path, &good).expect("as it was");
    let sound = |options: &HostOptions| {
        let mut again = HostRig::with(options.clone());
        again.strict = false;
        let report = again.host.load_file(&path).expect("a board");
        assert_eq!(report.problems, Vec::<String>::new());
        again.run(60, |_| 0.0);
        again
    };
    let kept = |rig: &mut HostRig, symbol: &str| {
        rig.ok(&format!("monitor_output 0 {symbol}"));
        rig.run(60, |_| 0.0);
        let told = rig.told();
        told.iter().rev().find(|line| line.starts_with(&format!("output_set 0 {symbol}"))).cloned()
    };
    let mut old = sound(&options);
    assert_eq!(kept(&mut old, "kept").as_deref(), Some("output_set 0 kept 5.000000"));
    assert_eq!(kept(&mut old, "in_file").as_deref(), Some("output_set 0 in_file 5.000000"));
    // The plugin that came back uses the file of its folder; that is left to it, and the next board has its own.
    old.ok("param_set 0 number 1");
    old.host.save_state_file().expect("written");
    std::fs::remove_dir_all(folder.path().join("scratch")).expect("gone");
    old.ok("param_set 0 number 2");
    old.host.save_state_file().expect("written");
    drop((old, rig));
    let mut next = sound(&options);
    assert_eq!(kept(&mut next, "in_file").as_deref(), Some("output_set 0 in_file 5.000000"));
}

#[test]
fn a_half_edited_board_does_not_sound_because_the_period_changes() {
    let mut rig = HostRig::new(64);
    amp(&mut rig, 0);
    rig.run(60, |_| 0.5);
    rig.told();
    rig.ok("feature_enable processing 0");
    rig.ok("disconnect effect_0:out mod-monitor:in_1");
    rig.host.set_period(64);
    rig.ok("x_policy report 0.5 8");
    assert_eq!(rig.told(), Vec::<String>::new(), "no plan before the commit");
    let [left, _] = rig.run(20, |_| 0.5);
    assert_eq!(left.last(), Some(&0.5));
    rig.ok("feature_enable processing 1");
    let [left, _] = rig.run(60, |_| 0.5);
    assert_eq!(left.last(), Some(&0.0));
}

#[test]
fn a_cost_is_measured_without_the_hosts_lock() {
    use pedal_engine::server::{CommandHandler, Outcome, SessionId};
    let folder = tempfile::tempdir().expect("folder");
    let cache = folder.path().join("costs.json");
    let options = HostOptions { period: 64, cost_cache: Some(cache.clone()), ..HostOptions::default() };
    let mut rig = HostRig::with(options);
    let command = mod_protocol::Command::XCost { uri: AMP.to_owned() };
    let Outcome::Deferred(work) = rig.host.handle(&command, SessionId(1)) else {
        panic!("it would be measured with the lock held")
    };
    rig.ok("add urn:archibald:test:gain 0");
    let Reply::Text(measured) = work() else { panic!("no text") };
    assert!(measured.contains(AMP), "{measured}");
    let Outcome::Reply(Reply::Text(known)) = rig.host.handle(&command, SessionId(1)) else {
        panic!("the second time it is known")
    };
    let read = |text: &str| -> pedal_engine::cost::PluginCost { serde_json::from_str(text).expect("a cost") };
    let (known, measured) = (read(&known), read(&measured));
    assert_eq!((&known.uri, known.period, known.blocks), (&measured.uri, measured.period, measured.blocks));
    // JSON keeps all but the last bit
    assert!((known.p50_us - measured.p50_us).abs() < 1e-9, "{known:?} {measured:?}");
    let none = mod_protocol::Command::XCost { uri: "urn:none".to_owned() };
    let Outcome::Reply(Reply::Text(refused)) = rig.host.handle(&none, SessionId(1)) else {
        panic!("at once")
    };
    assert!(refused.contains("error"), "{refused}");
}

#[test]
fn what_may_never_end_is_refused_as_a_board() {
    let mut rig = HostRig::new(64);
    for command in ["x_load /dev/zero", "x_preload 1 /dev/zero"] {
        let Reply::Text(answer) = rig.command(command) else { panic!("no text") };
        assert!(answer.contains("it is no file"), "{answer}");
    }
}

#[test]
fn a_client_that_asks_for_it_is_called_back_with_parameters() {
    use std::io::{BufRead, BufReader};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut rig = HostRig::new(64);
    rig.ok("add http://lv2plug.in/plugins/eg-amp 0");
    assert_eq!(rig.command("param_monitor 0 gain > 2"), Reply::Status(-1), "without monitor");
    rig.ok(&format!("monitor 127.0.0.1 {port} 1"));
    let mut lines = BufReader::new(listener.accept().unwrap().0);
    rig.ok("param_monitor 0 gain > 2");
    assert_eq!(rig.command("param_monitor 0 nothing > 2"), Reply::Status(-103));
    assert_eq!(rig.command("param_monitor 5 gain > 2"), Reply::Status(-3));
    for value in [1.0, 3.0, 3.0, 0.5, 4.5] {
        rig.ok(&format!("param_set 0 gain {value}"));
        rig.run(1, |_| 0.0);
    }
    for value in ["3.000000", "4.500000"] {
        let mut line = Vec::new();
        lines.read_until(0, &mut line).unwrap();
        assert_eq!(String::from_utf8_lossy(&line), format!("monitor 0 gain {value}\0"));
    }
    rig.ok("monitor 127.0.0.1 1 0");
    let mut rest = Vec::new();
    lines.read_until(0, &mut rest).unwrap();
    assert!(rest.is_empty(), "closed at the end");
    // nobody outside this machine is called
    assert_eq!(rig.command("monitor 192.0.2.1 80 1"), Reply::Status(-902));
    assert_eq!(rig.command(&format!("monitor 127.0.0.1 {} 1", 70_000)), Reply::Status(-902));
}

#[test]
fn freewheeling_needs_a_back_end_that_can() {
    let mut rig = HostRig::new(64);
    rig.ok("feature_enable freewheeling 0");
    assert_eq!(rig.command("feature_enable freewheeling 1"), Reply::Status(-902));
    assert_eq!(rig.command("feature_enable freewheeling 3"), Reply::Status(-902));
}

#[test]
fn the_latency_of_the_slowest_path_is_told() {
    let mut rig = HostRig::new(64);
    rig.ok("add urn:archibald:test:latency 0");
    rig.ok("connect system:capture_1 effect_0:in");
    rig.ok("connect effect_0:out system:playback_1");
    rig.ok("param_set 0 delay 37");
    // it is compiled in once the board's own fade is over
    rig.run(1000, |_| 0.0);
    assert_eq!(rig.host.stats()["latency_frames"], 37);
}
