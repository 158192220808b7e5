//! Floods of commands and controllers, threads beside the callback, periods that change, boards that take too long.

use pedal_engine::host::HostOptions;
use pedal_engine::io::MidiBuffer;

use super::TEST;
use crate::host_rig::HostRig;

#[test]
fn a_flood_of_everything_allocates_nothing_in_the_callback() {
    let mut rig = HostRig::with(HostOptions { period: 64, workers: 2, ..HostOptions::default() });
    let names =
        ["unity", "gain", "latency", "echo", "gate", "parameter", "worker", "enabled", "stereo", "threads"];
    let mut flood = MidiBuffer::default();
    for event in 0..1000u32 {
        let (controller, value) = ((event % 120) as u8, (event % 128) as u8);
        flood.push(event * 64 / 1000, &[0xb0 | (event % 16) as u8, controller, value]);
    }
    for round in 0..60u32 {
        rig.ok("feature_enable processing 0");
        rig.ok("remove -1");
        for n in 0..6u32 {
            let name = names[((round + n * 7) % names.len() as u32) as usize];
            rig.ok(&format!("add {TEST}{name} {n}"));
            for (from, to) in
                [("system:capture_1", "in"), ("system:capture_1", "in_l"), ("mod-host:midi_in", "in")]
            {
                rig.command(&format!("connect {from} effect_{n}:{to}"));
            }
            for symbol in ["out", "out_l"] {
                rig.command(&format!("connect effect_{n}:{symbol} system:playback_1"));
                rig.command(&format!("connect effect_{n}:{symbol} effect_{}:in", (n + 1) % 6));
            }
            rig.command(&format!("midi_map {n} gain 3 {} 0 2", n * 5));
            rig.command(&format!("midi_map {n} :bypass 4 {} 0 1", n * 5));
            rig.command(&format!("midi_learn {n} gain 0 1"));
        }
        rig.ok("feature_enable processing 1");
        for n in 0..6 {
            rig.run_midi(2, |_| 0.1, &flood);
            rig.command(&format!("bypass {n} {}", round % 2));
        }
    }
    let told = rig.told();
    assert!(told.iter().any(|line| line.starts_with("param_set")), "the flood reached its targets");
}

#[test]
fn branches_on_threads_sound_as_in_the_callback() {
    let play = |workers: usize| {
        let mut rig =
            HostRig::with(HostOptions { period: 64, workers, fade_ms: 0.0, ..HostOptions::default() });
        rig.ok("feature_enable processing 0");
        for n in 0..8 {
            rig.ok(&format!("add {TEST}gain {n}"));
            rig.ok(&format!("param_set {n} gain 0.{}", n + 1));
        }
        for first in [0, 4] {
            rig.ok(&format!("connect system:capture_1 effect_{first}:in"));
            for n in first..first + 3 {
                rig.ok(&format!("connect effect_{n}:out effect_{}:in", n + 1));
            }
            rig.ok(&format!("connect effect_{}:out system:playback_1", first + 3));
        }
        rig.ok("feature_enable processing 1");
        rig.run(500, |time| (time as f32 * 0.01).sin())[0].clone()
    };
    let serial = play(0);
    for workers in 1..3 {
        assert_eq!(play(workers), serial, "{workers} workers");
    }
}

#[test]
fn a_longer_period_is_followed_by_every_plugin() {
    for name in ["unity", "fixed", "stereo"] {
        let mut rig = HostRig::new(64);
        rig.ok("feature_enable processing 0");
        rig.ok(&format!("add {TEST}{name} 0"));
        for (from, to) in [("in", "out"), ("in_l", "out_l")] {
            rig.command(&format!("connect system:capture_1 effect_0:{from}"));
            rig.command(&format!("connect effect_0:{to} system:playback_1"));
        }
        rig.ok("feature_enable processing 1");
        rig.run(40, |_| 0.5);
        for period in [256, 128] {
            use pedal_engine::io::Process;
            rig.engine.set_max_frames(period);
            rig.host.set_period(period);
            rig.period = period;
            let [left, _] = rig.run(40, |_| 0.5);
            assert_eq!(left[left.len() - period..], vec![0.5; period], "{name} at {period}");
        }
    }
}

#[test]
fn tails_give_way_when_two_boards_take_too_much() {
    let mut rig = HostRig::new(64);
    rig.ok("feature_enable processing 0");
    rig.ok(&format!("add {TEST}overrun 0"));
    rig.ok("param_set 0 microseconds 3000");
    rig.ok("connect system:capture_1 effect_0:in");
    rig.ok("connect effect_0:out system:playback_1");
    rig.ok("feature_enable processing 1");
    rig.run(20, |_| 0.5);
    rig.told();
    rig.ok("x_tails -200 60000 600"); // as it would ring for ten minutes
    rig.ok("remove 0");
    rig.run(80, |_| 0.5);
    assert!(rig.told().iter().any(|line| line.starts_with("x_plan") && line.ends_with("overload")));
    assert!(!rig.host.is_changing(), "the slow plugin is gone after the last fade");
}
