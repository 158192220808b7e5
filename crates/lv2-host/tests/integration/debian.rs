//! Plugins that Debian ships.

use lv2_host::{Designation, PortKind};

use crate::support::{Rig, run};

const AMP: &str = "http://lv2plug.in/plugins/eg-amp";

#[test]
fn the_amplifier_is_described_and_amplifies() {
    let rig = Rig::system();
    let info = rig.world.plugin(AMP).unwrap();
    assert_eq!(info.ports.len(), 3);
    let gain = info.port("gain").unwrap();
    assert_eq!((gain.kind, gain.min, gain.default, gain.max), (PortKind::ControlIn, -90.0, 0.0, 24.0));
    assert_eq!(gain.unit.as_ref().unwrap().symbol, "dB");
    assert!(gain.is_continuous());
    assert!(info.flags.hard_rt_capable && !info.flags.in_place_broken);
    assert_eq!(info.designated_input(Designation::Enabled), None);

    let (_control, mut runner) = rig.plugin(AMP);
    assert_eq!(run(&mut runner, &[1.0, 0.5]), [[1.0, 0.5]]);
    runner.set_control(gain.index, 20.0);
    assert_eq!(run(&mut runner, &[1.0, 0.5]), [[10.0, 5.0]]);
}
