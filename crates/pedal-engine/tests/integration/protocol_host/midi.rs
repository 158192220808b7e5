//! Controllers and programs that come by MIDI.

use mod_protocol::Reply;
use pedal_engine::io::MidiBuffer;

use super::amp;
use crate::host_rig::HostRig;

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
