//! A plugin that delays does not come late beside one that does not.

use super::TEST;
use crate::host_rig::HostRig;

#[test]
fn latency_on_one_path_is_made_up_on_the_other() {
    let mut rig = HostRig::new(64);
    rig.ok("feature_enable processing 0");
    rig.ok(&format!("add {TEST}latency 0"));
    rig.ok("param_set 0 delay 100");
    rig.ok("connect system:capture_1 effect_0:in");
    rig.ok("connect effect_0:out system:playback_1");
    rig.ok("connect system:capture_1 system:playback_1");
    rig.ok("feature_enable processing 1");
    rig.run(90, |_| 0.0);
    let start = rig.frames.load(std::sync::atomic::Ordering::Relaxed);
    let [left, _] = rig.run(4, |time| f32::from(time == start));
    let peaks: Vec<(usize, f32)> =
        left.iter().copied().enumerate().filter(|(_, sample)| *sample != 0.0).collect();
    assert_eq!(peaks, [(100, 2.0)]);
    rig.ok("x_pdc 0");
    rig.run(90, |_| 0.0);
    let start = rig.frames.load(std::sync::atomic::Ordering::Relaxed);
    let [left, _] = rig.run(4, |time| f32::from(time == start));
    let peaks: Vec<usize> = (0..left.len()).filter(|&at| left[at] != 0.0).collect();
    assert_eq!(peaks, [0, 100]);
}

#[test]
fn compensation_belongs_to_the_board() {
    let board = |compensate: bool| {
        format!(
            r#"{{ "version": 1, "plugins": [ {{ "instance": 0, "uri": "{TEST}latency", "params": {{ "delay": 100 }} }} ],
                "connections": [ ["system:capture_1", "effect_0:in"], ["effect_0:out", "system:playback_1"],
                ["system:capture_1", "system:playback_1"] ], "compensate": {compensate} }}"#
        )
    };
    for (compensate, expected) in [(true, vec![100]), (false, vec![0, 100])] {
        let mut rig = HostRig::new(64);
        let (_keep, path) = crate::host_rig::board_file(&board(compensate));
        rig.ok(&format!("x_load {}", path.display()));
        rig.run(90, |_| 0.0);
        let start = rig.frames.load(std::sync::atomic::Ordering::Relaxed);
        let [left, _] = rig.run(4, |time| f32::from(time == start));
        let peaks: Vec<usize> = (0..left.len()).filter(|&at| left[at] != 0.0).collect();
        assert_eq!(peaks, expected);
        assert_eq!(rig.host.board().compensate, (!compensate).then_some(false));
    }
}
