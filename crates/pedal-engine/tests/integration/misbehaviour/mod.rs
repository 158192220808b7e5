//! Plugins that misbehave, and what plugins may want of the host; the callback's rules under load (`load`), delays that are
//! made up for (`delays`): nothing stops the guitar.

mod delays;
mod load;

use mod_protocol::Reply;
use pedal_engine::io::MidiBuffer;

use crate::host_rig::HostRig;

const TEST: &str = "urn:archibald:test:";

/// capture 1 → plugin 0 → playback 1, settled.
fn board(rig: &mut HostRig, name: &str) {
    rig.ok("feature_enable processing 0");
    rig.ok(&format!("add {TEST}{name} 0"));
    if name == "nan" {
        rig.ok("param_set 0 after 1000000000");
    }
    rig.ok("connect system:capture_1 effect_0:in");
    rig.ok("connect effect_0:out system:playback_1");
    rig.ok("feature_enable processing 1");
    rig.run(30, |_| 0.5);
    rig.told();
}

fn faults(rig: &mut HostRig) -> Vec<String> {
    rig.told().into_iter().filter(|line| line.starts_with("x_fault")).collect()
}

#[test]
fn nan_is_bypassed_within_the_block_named_and_taken_back() {
    for (kind, name) in [(0, "NaN"), (1, "Inf")] {
        let mut rig = HostRig::new(64);
        board(&mut rig, "nan");
        rig.ok(&format!("param_set 0 kind {kind}"));
        rig.ok("param_set 0 after 1");
        let [left, _] = rig.run(20, |_| 0.5);
        assert!(left.iter().all(|&sample| sample == 0.5), "{name}");
        let told = faults(&mut rig);
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("x_fault 0 urn:archibald:test:nan nan"), "{told:?}");
        rig.ok("param_set 0 after 1000000000");
        rig.ok("x_reenable 0");
        rig.run(20, |_| 0.5);
        assert_eq!(faults(&mut rig).len(), 1, "only that it was cleared");
    }
}

#[test]
fn too_loud_is_named_and_goes_on() {
    let mut rig = HostRig::new(64);
    board(&mut rig, "nan");
    rig.ok("param_set 0 kind 2");
    rig.ok("param_set 0 after 1");
    let [left, _] = rig.run(4, |_| 0.5);
    assert!(left.last().expect("samples").abs() > 15.8);
    assert!(faults(&mut rig)[0].starts_with("x_fault 0 urn:archibald:test:nan level"));
    rig.ok("x_limiter on -1");
    let [left, _] = rig.run(4, |_| 0.5);
    assert!(left.iter().all(|sample| sample.abs() <= 0.892));
}

/// Else the journal would get hundreds of lines a second.
#[test]
fn what_goes_on_and_on_is_told_every_five_seconds() {
    let mut rig = HostRig::new(64);
    board(&mut rig, "nan");
    rig.ok("param_set 0 kind 2");
    rig.ok("param_set 0 after 1");
    let a_second = 48_000 / 64;
    rig.run(4 * a_second, |_| 0.5);
    assert_eq!(faults(&mut rig).len(), 1);
    rig.run(2 * a_second, |_| 0.5);
    assert_eq!(faults(&mut rig).len(), 1);
    // another plugin in its place is news
    rig.ok("remove 0");
    board(&mut rig, "nan");
    rig.ok("param_set 0 kind 2");
    rig.ok("param_set 0 after 1");
    rig.run(a_second, |_| 0.5);
    assert_eq!(faults(&mut rig).len(), 1);
}

#[test]
fn a_plugin_that_takes_too_long_is_bypassed_when_wanted() {
    let mut rig = HostRig::new(64);
    board(&mut rig, "overrun");
    rig.ok("x_policy bypass 0.1 3");
    rig.ok("param_set 0 microseconds 2000");
    rig.run(4, |_| 0.5);
    let told = faults(&mut rig);
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("x_fault 0 urn:archibald:test:overrun overrun"), "{told:?}");
    let Reply::Text(stats) = rig.command("x_stats") else { panic!("JSON") };
    let stats: serde_json::Value = serde_json::from_str(&stats).expect("JSON");
    assert_eq!(stats["plugins"][0]["cut_off"], true);
    assert!(stats["plugins"][0]["max_us"].as_f64().expect("a number") >= 2000.0);
}

#[test]
fn a_plugin_with_an_enabled_port_bypasses_itself() {
    let mut rig = HostRig::new(64);
    board(&mut rig, "enabled");
    assert_eq!(rig.run(1, |_| 0.5)[0][63], 0.25);
    rig.ok("bypass 0 1");
    assert_eq!(rig.run(2, |_| 0.5)[0][127], 0.5);
    assert_eq!(rig.command("param_get 0 enabled"), Reply::Float(0.0));
    rig.ok("bypass 0 0");
    assert_eq!(rig.run(2, |_| 0.5)[0][127], 0.25);
}

#[test]
fn a_plugin_that_cannot_work_in_place_gets_its_own_buffer() {
    let mut rig = HostRig::new(64);
    rig.ok("feature_enable processing 0");
    for (n, name) in [(0, "unity"), (1, "in-place-broken"), (2, "unity")] {
        rig.ok(&format!("add {TEST}{name} {n}"));
    }
    rig.ok("connect system:capture_1 effect_0:in");
    rig.ok("connect effect_0:out effect_1:in");
    rig.ok("connect effect_1:out effect_2:in");
    rig.ok("connect effect_2:out system:playback_1");
    rig.ok("feature_enable processing 1");
    rig.run(30, |_| 0.5);
    let [left, _] = rig.run(1, |_| 0.5);
    assert_eq!(left, vec![0.5; 64]);
}

#[test]
fn notes_end_when_their_cable_is_pulled() {
    let mut rig = HostRig::new(64);
    rig.ok("feature_enable processing 0");
    rig.ok(&format!("add {TEST}echo 0"));
    rig.ok(&format!("add {TEST}gate 1"));
    rig.ok("connect mod-host:midi_in effect_0:in");
    rig.ok("connect effect_0:out effect_1:in");
    rig.ok("connect effect_1:out system:playback_1");
    rig.ok("feature_enable processing 1");
    rig.run(30, |_| 0.0);
    let mut note = MidiBuffer::default();
    note.push(10, &[0x90, 60, 127]);
    let [left, _] = rig.run_midi(1, |_| 0.0, &note);
    assert_eq!((left[9], left[10]), (0.0, 1.0), "sample-accurate through two plugins");
    rig.ok("disconnect effect_0:out effect_1:in");
    let [left, _] = rig.run(3, |_| 0.0);
    assert_eq!(left.last(), Some(&0.0));
}

#[test]
fn a_control_voltage_drives_a_control() {
    let mut rig = HostRig::new(64);
    board(&mut rig, "gain");
    rig.ok(&format!("add {TEST}cv-scale 1"));
    rig.ok("connect system:capture_2 effect_1:in");
    rig.ok("cv_map 0 gain effect_1:out 0 10 +");
    rig.run(60, |_| 0.25);
    assert_eq!(rig.command("param_get 0 gain"), Reply::Float(2.5));
    rig.run(60, |_| 0.5);
    assert_eq!(rig.command("param_get 0 gain"), Reply::Float(5.0));
    assert!(rig.told().iter().any(|line| line == "param_set 0 gain 5.000000"));
    rig.ok("cv_unmap 0 gain");
    rig.run(60, |_| 1.0);
    assert_eq!(rig.command("param_get 0 gain"), Reply::Float(5.0));
    assert_eq!(rig.command("cv_unmap 0 gain"), Reply::Status(-305));
}

#[test]
fn outputs_and_levels_are_told() {
    let mut rig = HostRig::new(64);
    rig.ok(&format!("add {TEST}ramp 0"));
    rig.run(3, |_| 0.0);
    assert_eq!(rig.command("monitor_output 0 block"), Reply::Status(1));
    rig.run(3, |_| 0.0);
    let told: Vec<String> = rig.told().into_iter().filter(|line| line.starts_with("output_set")).collect();
    assert!(told.len() >= 3, "{told:?}");
    assert_eq!(rig.command("monitor_output_off 0 block"), Reply::Status(1));
    rig.run(3, |_| 0.0);
    assert!(!rig.told().iter().any(|line| line.starts_with("output_set")));
    rig.ok("monitor_audio_levels system:capture_1 1");
    rig.run(120, |_| 0.7);
    assert!(rig.told().iter().any(|line| line == "audio_monitor 0 0.700000"));
    rig.ok("monitor_audio_levels system:capture_1 0");
}

#[test]
fn state_goes_through_files_and_running_plugins_are_exchanged_for_it() {
    let folder = tempfile::tempdir().expect("folder");
    for name in ["state", "state-thread-safe"] {
        let mut rig = HostRig::new(64);
        rig.strict = false; // the plugin writes a file when told to
        rig.ok(&format!("add {TEST}{name} 0"));
        let write = |rig: &mut HostRig, number: u32| {
            rig.ok(&format!("param_set 0 number {number}"));
            rig.run(2, |_| 0.0);
            rig.ok("param_set 0 write 1");
            rig.run(2, |_| 0.0);
            rig.ok("param_set 0 write 0");
            rig.run(2, |_| 0.0);
        };
        let outputs = |rig: &mut HostRig| -> Vec<String> {
            for symbol in ["kept", "clashes"] {
                rig.command(&format!("monitor_output_off 0 {symbol}"));
                assert_eq!(rig.command(&format!("monitor_output 0 {symbol}")), Reply::Status(1));
            }
            rig.run(1, |_| 0.0);
            rig.told().into_iter().filter(|line| line.starts_with("output_set")).collect()
        };
        let has = |told: &[String], line: &str| told.iter().any(|told| told == line);
        write(&mut rig, 42);
        rig.ok(&format!("state_save {}", folder.path().display()));
        write(&mut rig, 99);
        assert!(has(&outputs(&mut rig), "output_set 0 kept 99.000000"), "{name}");
        rig.ok(&format!("state_load {}", folder.path().display()));
        rig.run(60, |_| 0.0);
        let told = outputs(&mut rig);
        assert!(has(&told, "output_set 0 kept 42.000000"), "{name}: {told:?}");
        assert!(has(&told, "output_set 0 clashes 0.000000"), "{name}: {told:?}");
        std::fs::remove_dir_all(folder.path().join("effect-0")).expect("written before");
    }
}

#[test]
fn presets_are_saved_found_loaded_and_removed() {
    let folder = tempfile::tempdir().expect("folder");
    let bundle = folder.path().join("mine.lv2");
    let mut rig = HostRig::new(64);
    board(&mut rig, "gain");
    rig.ok("param_set 0 gain 2");
    rig.ok(&format!(r#"preset_save 0 "My Preset" "{}" my.ttl"#, bundle.display()));
    rig.ok(&format!(r#"bundle_add "{}""#, bundle.display()));
    rig.ok("param_set 0 gain 5");
    let uri = format!("file://{}", bundle.join("my.ttl").display());
    rig.ok(&format!("preset_load 0 {uri}"));
    assert_eq!(rig.command("param_get 0 gain"), Reply::Float(2.0));
    let Reply::Text(turtle) = rig.command(&format!("preset_show {uri}")) else { panic!("text") };
    assert!(turtle.contains("My Preset") && turtle.contains("pset:value 2.0"), "{turtle}");
    rig.ok(&format!(r#"bundle_remove "{}" {uri}"#, bundle.display()));
    assert_eq!(rig.command(&format!("preset_load 0 {uri}")), Reply::Status(-104));
}

#[test]
fn work_is_done_beside_the_callback() {
    let mut rig = HostRig::new(64);
    rig.ok(&format!("add {TEST}worker 0"));
    assert_eq!(rig.command("monitor_output 0 responses"), Reply::Status(1));
    for mode in [1, 2, 3, 4, 5, 6, 0] {
        rig.ok(&format!("param_set 0 mode {mode}"));
        rig.run(50, |_| 0.0);
    }
    // the worker is a thread of its own: give it turns until it has answered
    let answered = (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(2));
        rig.ok("param_set 0 mode 1");
        rig.run(2, |_| 0.0);
        rig.told()
            .iter()
            .any(|line| line.starts_with("output_set 0 responses") && !line.ends_with(" 0.000000"))
    });
    assert!(answered);
}
