//! Presets and bundles that come and go.

use std::fs;
use std::path::Path;

use lv2_host::World;
use serde_json::Value;

use crate::support::{Rig, control, run, set};

const FILTER: &str = "http://calf.sourceforge.net/plugins/Filter";
const DISCO: &str = "http://calf.sourceforge.net/factory_presets#filter_Disco";

#[test]
fn presets_are_listed_with_their_banks() {
    let rig = Rig::own();
    let presets = rig.world.presets("urn:archibald:test:gain");
    let found: Vec<_> = presets
        .iter()
        .map(|preset| (preset.uri.as_str(), preset.label.as_str(), preset.bank.as_deref()))
        .collect();
    let wanted = [
        ("urn:archibald:test:gain#double", "Double", Some("Factors")),
        ("urn:archibald:test:gain#half", "Half", Some("Factors")),
    ];
    assert_eq!(found, wanted);
    assert!(rig.world.presets("urn:archibald:test:unity").is_empty());
    assert!(rig.world.presets("urn:no:such").is_empty());
    let state = rig.world.preset_state("urn:archibald:test:gain#half").unwrap();
    assert_eq!(state.port_values(), [("gain".to_owned(), 0.5)]);
    assert_eq!(state.label().as_deref(), Some("Half"));
}

#[test]
fn presets_of_calf_are_found_and_shown_as_mod_host_shows_them() {
    let rig = Rig::system();
    let presets = rig.world.presets(FILTER);
    assert!(presets.iter().any(|preset| preset.uri == DISCO && preset.label == "Disco"), "{presets:?}");
    // The bytes of the recorded session.
    let wanted = "<http://calf.sourceforge.net/factory_presets#filter_Disco>\n\ta pset:Preset ;\n\tlv2:appliesTo \
        <http://calf.sourceforge.net/plugins/Filter> ;\n\trdfs:label \"Disco\" ;\n\tlv2:port [\n\t\tlv2:symbol \
        \"freq\" ;\n\t\tpset:value 193.82099915\n\t] , [\n\t\tlv2:symbol \"inertia\" ;\n\t\tpset:value 74.0\n\t] , \
        [\n\t\tlv2:symbol \"mode\" ;\n\t\tpset:value 0.0\n\t] , [\n\t\tlv2:symbol \"res\" ;\n\t\tpset:value \
        1.37955999\n\t] .\n\n";
    assert_eq!(rig.world.preset_turtle(DISCO).as_deref(), Some(wanted));
    assert_eq!(rig.world.preset_turtle("urn:no:such"), None);
    let state = rig.world.preset_state(DISCO).unwrap();
    assert_eq!(state.plugin(), FILTER);
    assert!(state.port_values().contains(&("inertia".to_owned(), 74.0)));
}

fn labels(world: &World, uri: &str) -> Vec<String> {
    world.presets(uri).into_iter().map(|preset| preset.label).collect()
}

#[test]
fn a_saved_preset_comes_goes_and_comes_back_changed() {
    let place = tempfile::tempdir().unwrap();
    let rig = Rig::own();
    let (mut half, runner) = rig.test("gain");
    let bundle = place.path().join("gain-My_Preset.lv2");
    let uri = format!("file://{}/My_Preset.ttl", bundle.display());
    for value in [3.5, 4.5] {
        half.save_preset(&bundle, "My_Preset.ttl", "My \"Preset\"", |symbol| {
            runner.info().port(symbol).filter(|port| port.symbol == "gain").map(|_| value)
        })
        .unwrap();
        rig.world.bundle_add(&bundle);
        assert_eq!(labels(&rig.world, "urn:archibald:test:gain"), ["Double", "Half", "My \"Preset\""]);
        let state = rig.world.preset_state(&uri).unwrap();
        assert_eq!(state.port_values(), [("gain".to_owned(), value)]);
        rig.world.bundle_remove(&bundle, Some(&uri));
        assert_eq!(labels(&rig.world, "urn:archibald:test:gain"), ["Double", "Half"]);
        assert!(rig.world.preset_state(&uri).is_err());
    }
}

#[test]
fn two_presets_share_a_bundle() {
    let place = tempfile::tempdir().unwrap();
    let rig = Rig::own();
    let (mut half, _runner) = rig.test("gain");
    let bundle = place.path().join("both.lv2");
    for (file, label, value) in [("a.ttl", "A", 1.5), ("b.ttl", "B", 2.5), ("a.ttl", "A", 3.5)] {
        half.save_preset(&bundle, file, label, |_| Some(value)).unwrap();
    }
    rig.world.bundle_add(&bundle);
    assert_eq!(labels(&rig.world, "urn:archibald:test:gain"), ["A", "B", "Double", "Half"]);
    let state = rig.world.preset_state(&format!("file://{}/a.ttl", bundle.display())).unwrap();
    assert_eq!(state.port_values(), [("gain".to_owned(), 3.5)]);
}

fn copy_bundle(to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(test_plugins::bundle()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_bundle_can_come_and_go_while_its_plugins_run() {
    let place = tempfile::tempdir().unwrap();
    let bundle = place.path().join("late.lv2");
    copy_bundle(&bundle);
    let mut rig = Rig::system();
    rig.world = World::with_path(rig.settings.urids.clone(), "/usr/lib/lv2").unwrap();
    assert!(rig.world.plugin("urn:archibald:test:gain").is_none());
    let before = rig.world.uris().len();
    rig.world.bundle_add(&bundle);
    assert!(rig.world.uris().len() > before);
    let (half, mut runner) = rig.test("gain");
    set(&mut runner, "gain", 2.0);
    rig.world.bundle_remove(&bundle, None);
    assert!(rig.world.plugin("urn:archibald:test:gain").is_none());
    assert_eq!(rig.world.uris().len(), before);
    assert_eq!(run(&mut runner, &[1.0]), [[2.0]]);
    rig.world.bundle_add(&bundle);
    let (_other_half, mut other) = rig.test("gain");
    assert_eq!(run(&mut other, &[1.0]), [[1.0]]);
    drop((half, runner));
    assert_eq!(run(&mut other, &[1.0]), [[1.0]]);
    // What is not there does no harm.
    rig.world.bundle_add(Path::new("/no/such/bundle.lv2"));
    rig.world.bundle_remove(Path::new("/no/such/bundle.lv2"), Some("not a uri"));
    assert_eq!(control(&other, "gain"), 1.0);
}

#[test]
fn descriptions_serialise() {
    let rig = Rig::system();
    let info = rig.world.plugin(FILTER).unwrap();
    let json = serde_json::to_value(&*info).unwrap();
    assert_eq!(json["uri"], Value::from(FILTER));
    assert_eq!(json["ports"].as_array().unwrap().len(), info.ports.len());
}
