//! Every command, and its line as mod-host's clients write it.

use mod_protocol::{
    Command as C, Comparison, CvMode, FaultPolicy, Feature, ParamValue, PluginSpec, ScalePoint,
    SnapshotValue, SyncMode,
};

pub(super) fn s(text: &str) -> String {
    text.to_owned()
}

fn plugin(uri: &str, instance: i32) -> PluginSpec {
    PluginSpec { uri: s(uri), instance }
}

fn value(symbol: &str, value: f32) -> ParamValue {
    ParamValue { symbol: s(symbol), value }
}

pub(super) fn commands() -> Vec<(C, &'static str)> {
    vec![
        (C::Add { uri: s("urn:p"), instance: 0 }, "add urn:p 0"),
        (C::Preload { uri: s("urn:p"), instance: 9 }, "preload urn:p 9"),
        (C::Remove { instance: -1 }, "remove -1"),
        (C::Activate { instance: 1, active: true }, "activate 1 1"),
        (C::Bypass { instance: 2, bypassed: false }, "bypass 2 0"),
        (C::ParamSet { instance: 0, symbol: s(":bypass"), value: 1.0 }, "param_set 0 :bypass 1"),
        (C::ParamGet { instance: 0, symbol: s("gain") }, "param_get 0 gain"),
        (
            C::ParamsFlush { instance: 0, reset: 1, values: vec![value("a", 0.5), value("b", -2.0)] },
            "params_flush 0 1 2 a 0.5 b -2",
        ),
        (C::PreRun { instance: 3, reset: 0, values: vec![] }, "pre_run 3 0 0"),
        (C::PresetLoad { instance: 7, uri: s("urn:a#b") }, "preset_load 7 urn:a#b"),
        (
            C::PresetSave {
                instance: 0,
                label: s("My Preset"),
                directory: s("/tmp/a b.lv2"),
                file: s("p.ttl"),
            },
            r#"preset_save 0 "My Preset" "/tmp/a b.lv2" p.ttl"#,
        ),
        (C::PresetShow { uri: s("file:///x.ttl") }, "preset_show file:///x.ttl"),
        (
            C::PatchSet { instance: 3, property: s("urn:x#s"), value: s("say \"hi\"") },
            r#"patch_set 3 urn:x#s "say \"hi\"""#,
        ),
        (C::PatchGet { instance: 3, property: s("urn:x#s") }, "patch_get 3 urn:x#s"),
        (C::Licensee { instance: 4 }, "licensee 4"),
        (C::ShowExternalUi { instance: 4 }, "show_external_ui 4"),
        (
            C::Connect { source: s("system:capture_1"), destination: s("effect_0:in") },
            "connect system:capture_1 effect_0:in",
        ),
        (C::ConnectSafe { source: s("a:b"), destination: s("c:d") }, "connect_safe a:b c:d"),
        (C::ConnectMatching { like: s("a:b"), port: s("c:d") }, "connect_matching a:b c:d"),
        (C::Disconnect { source: s("a:b"), destination: s("USB Audio:d") }, "disconnect a:b \"USB Audio:d\""),
        (C::DisconnectSafe { source: s("a:b"), destination: s("c:d") }, "disconnect_safe a:b c:d"),
        (C::DisconnectAll { port: s("a:b") }, "disconnect_all a:b"),
        (C::Monitor { address: s("127.0.0.1"), port: 5557, enable: true }, "monitor 127.0.0.1 5557 1"),
        (
            C::ParamMonitor {
                instance: 0,
                symbol: s("gain"),
                comparison: Comparison::GreaterOrEqual,
                value: 2.5,
            },
            "param_monitor 0 gain >= 2.5",
        ),
        (C::MonitorOutput { instance: 5, symbol: s("level") }, "monitor_output 5 level"),
        (C::MonitorOutputOff { instance: 5, symbol: s("level") }, "monitor_output_off 5 level"),
        (
            C::MonitorAudioLevels { port: s("effect_0:out"), enable: true },
            "monitor_audio_levels effect_0:out 1",
        ),
        (C::MonitorMidiControl { channel: 15, enable: true }, "monitor_midi_control 15 1"),
        (C::MonitorMidiProgram { channel: 0, enable: false }, "monitor_midi_program 0 0"),
        (
            C::MidiLearn { instance: 0, symbol: s("gain"), minimum: -20.0, maximum: 10.0 },
            "midi_learn 0 gain -20 10",
        ),
        (
            C::MidiMap {
                instance: 2,
                symbol: s("l_delay"),
                channel: 0,
                controller: 131,
                minimum: 0.0,
                maximum: 1.0,
            },
            "midi_map 2 l_delay 0 131 0 1",
        ),
        (C::MidiUnmap { instance: 0, symbol: s(":bypass") }, "midi_unmap 0 :bypass"),
        (
            C::CvMap {
                instance: 0,
                symbol: s("gain"),
                source: s("effect_1:cv"),
                minimum: 0.0,
                maximum: 1.0,
                mode: CvMode::Bipolar,
            },
            "cv_map 0 gain effect_1:cv 0 1 b",
        ),
        (C::CvUnmap { instance: 0, symbol: s("gain") }, "cv_unmap 0 gain"),
        (
            C::CcMap {
                instance: 0,
                symbol: s("gain"),
                device: 1,
                actuator: 2,
                label: s("Main Gain"),
                value: 0.0,
                minimum: -20.0,
                maximum: 20.0,
                steps: 33,
                extra_flags: 0,
                unit: s(""),
                scale_points: vec![
                    ScalePoint { label: s("low"), value: 0.0 },
                    ScalePoint { label: s("high"), value: 1.0 },
                ],
            },
            r#"cc_map 0 gain 1 2 "Main Gain" 0 -20 20 33 0 "" 2 low 0 high 1"#,
        ),
        (C::CcValueSet { instance: 0, symbol: s("gain"), value: 0.25 }, "cc_value_set 0 gain 0.25"),
        (C::CcUnmap { instance: 0, symbol: s("gain") }, "cc_unmap 0 gain"),
        (
            C::HmiMap {
                instance: 0,
                symbol: s("gain"),
                hardware: 1,
                page: 2,
                subpage: 3,
                capabilities: 4,
                flags: 5,
                label: s("Gain"),
                minimum: 0.0,
                maximum: 1.0,
                steps: 6,
            },
            "hmi_map 0 gain 1 2 3 4 5 Gain 0 1 6",
        ),
        (C::HmiUnmap { instance: 0, symbol: s("gain") }, "hmi_unmap 0 gain"),
        (C::SetBpm { bpm: 97.5 }, "set_bpm 97.5"),
        (C::SetBpb { bpb: 3.0 }, "set_bpb 3"),
        (C::Transport { rolling: true, bpb: 4.0, bpm: 120.0 }, "transport 1 4 120"),
        (C::TransportSync { mode: SyncMode::Midi }, "transport_sync midi"),
        (C::FeatureEnable { feature: Feature::Processing, value: -2 }, "feature_enable processing -2"),
        (C::StateLoad { directory: s("/b/x.pedalboard") }, "state_load /b/x.pedalboard"),
        (C::StateSave { directory: s("/b/x y") }, "state_save \"/b/x y\""),
        (C::StateTmpdir { directory: s("/tmp/t") }, "state_tmpdir /tmp/t"),
        (C::BundleAdd { path: s("/l/a.lv2") }, "bundle_add /l/a.lv2"),
        (C::BundleRemove { path: s("/l/a.lv2"), resource: s("") }, "bundle_remove /l/a.lv2 \"\""),
        (C::CpuLoad {}, "cpu_load"),
        (C::MaxCpuLoad {}, "max_cpu_load"),
        (C::OutputDataReady {}, "output_data_ready"),
        (C::WaitAudioCycle {}, "wait_audio_cycle"),
        (C::Load { path: s("f") }, "load f"),
        (C::Save { path: s("f") }, "save f"),
        (C::Help {}, "help"),
        (C::Quit {}, "quit"),
        (
            C::MultiAdd { plugins: vec![plugin("urn:p", 1), plugin("urn:q", 2)] },
            "multi_add 2 urn:p 1 urn:q 2",
        ),
        (C::MultiPreload { plugins: vec![plugin("urn:p", 1)] }, "multi_preload 1 urn:p 1"),
        (C::MultiRemove { instances: vec![1, 2, 3] }, "multi_remove 3 1 2 3"),
        (C::MultiActivate { active: true, instances: vec![1, 2] }, "multi_activate 1 2 1 2"),
        (C::MultiBypass { bypassed: true, instances: vec![5] }, "multi_bypass 1 1 5"),
        (
            C::MultiParamSet { symbol: s("gain"), value: 0.5, instances: vec![1, 2] },
            "multi_param_set gain 0.5 2 1 2",
        ),
        (
            C::MultiParamsFlush { reset: 0, instances: vec![1, 2], values: vec![value("a", 1.0)] },
            "multi_params_flush 0 2 1 2 1 a 1",
        ),
        (
            C::MultiPreRun { reset: 1, instances: vec![4], values: vec![value("a", 1.0), value("b", 0.0)] },
            "multi_pre_run 1 1 4 2 a 1 b 0",
        ),
        (C::XVersion {}, "x_version"),
        (C::XMeters {}, "x_meters"),
        (C::XStats {}, "x_stats"),
        (C::XCost { uri: s("urn:p") }, "x_cost urn:p"),
        (C::XLoad { path: s("/b.json") }, "x_load /b.json"),
        (C::XPreload { slot: 2, path: s("/b.json") }, "x_preload 2 /b.json"),
        (C::XSwap { slot: 2, fade_ms: Some(20.0) }, "x_swap 2 20"),
        (C::XSwap { slot: 2, fade_ms: None }, "x_swap 2"),
        (C::XUnload { slot: 2 }, "x_unload 2"),
        (C::XBoard {}, "x_board"),
        (C::XFade { ms: 20.0 }, "x_fade 20"),
        (C::XTails { quiet_db: -80.0, quiet_ms: 200.0, max_s: 10.0 }, "x_tails -80 200 10"),
        (C::XLimiter { enable: true, ceiling_db: -0.5 }, "x_limiter 1 -0.5"),
        (C::XPolicy { policy: FaultPolicy::Bypass, share: 0.5, periods: 8 }, "x_policy bypass 0.5 8"),
        (C::XReenable { instance: 3 }, "x_reenable 3"),
        (C::XKeepRunning { instance: 3, enable: true }, "x_keep_running 3 1"),
        (C::XPdc { enable: false }, "x_pdc 0"),
        (C::XMute { enable: true }, "x_mute 1"),
        (
            C::XSnapshot {
                values: vec![
                    SnapshotValue { instance: 0, symbol: s("gain"), value: -6.0 },
                    SnapshotValue { instance: 2, symbol: s(":bypass"), value: 1.0 },
                ],
            },
            "x_snapshot 2 0 gain -6 2 :bypass 1",
        ),
        (C::XEvents { enable: true }, "x_events 1"),
    ]
}
