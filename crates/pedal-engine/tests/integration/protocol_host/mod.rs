//! mod-host's commands on real plugins; whole boards (`boards`), and what is kept for the next start (`kept`);
//! controllers (`midi`).

mod boards;
mod kept;
mod midi;

use mod_protocol::Reply;
use pedal_engine::host::HostOptions;

use crate::host_rig::HostRig;

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
