//! Plugins that Debian ships.

use std::path::Path;
use std::time::{Duration, Instant};

use lv2_host::patch::{self, PatchValue};
use lv2_host::{Designation, PortKind, Runner, Urids, World};

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

const SAMPLER: &str = "http://lv2plug.in/plugins/eg-sampler";
const SAMPLE: &str = "http://lv2plug.in/plugins/eg-sampler#sample";
const CLICK: &str = "/usr/lib/lv2/eg-sampler.lv2/click.wav";

/// Runs a block; what the plugin told of its properties.
fn told(runner: &mut Runner, urids: &Urids) -> Vec<(String, PatchValue)> {
    run(runner, &[0.0; 64]);
    let port = runner.info().notify_output().unwrap().index;
    let mut heard = Vec::new();
    for event in runner.events_out(port).unwrap() {
        patch::changes(urids, event.kind, event.body, |property, value| heard.push((property, value)));
    }
    heard
}

fn push(runner: &mut Runner, message: &patch::Message) {
    let port = runner.info().control_input().unwrap().index;
    assert!(runner.events_in(port).unwrap().push(0, message.kind, &message.body));
}

/// Runs blocks until the sampler tells of its sample, or for ten seconds.
fn sample_told(runner: &mut Runner, urids: &Urids) -> Option<PatchValue> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        if let Some((_, value)) = told(runner, urids).into_iter().find(|(property, _)| property == SAMPLE) {
            return Some(value);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    None
}

#[test]
fn the_sampler_loads_a_file_by_its_worker_and_keeps_it_in_its_state() {
    let place = tempfile::tempdir().unwrap();
    let rig = Rig::system();
    let urids = &rig.settings.urids;
    let _ticker = rig.settings.hub.spawn_ticker(Duration::from_millis(1)).unwrap();
    let (mut half, mut runner) = rig.plugin(SAMPLER);
    assert!(runner.info().flags.worker && runner.info().flags.state);
    let own = Path::new("/usr/lib/lv2/eg-sampler.lv2").join("click.wav");
    let range = &runner.info().parameter(SAMPLE).unwrap().range;
    let value = PatchValue::parse(range, own.to_str().unwrap()).unwrap();
    push(&mut runner, &patch::set_message(urids, None, SAMPLE, &value));
    assert_eq!(sample_told(&mut runner, urids), Some(PatchValue::Path(CLICK.into())));

    // A snapshot keeps the path as it is, so that equal texts mean equal files.
    let snapshot = half.snapshot(|_| None).unwrap().to_turtle("urn:test:state");
    assert!(snapshot.contains(CLICK), "{snapshot}");
    let parsed = rig.world.parse_state(&snapshot).unwrap();
    half.restore(&parsed).unwrap();
    assert_eq!(sample_told(&mut runner, urids), Some(PatchValue::Path(CLICK.into())));

    let folder = place.path().canonicalize().unwrap().join("Lab.pedalboard/effect-4");
    half.save_state(&folder, "effect.ttl", |_| None).unwrap();
    assert_eq!(std::fs::read_link(folder.join("click.wav")).unwrap(), Path::new(CLICK));
    let state = rig.world.load_state(&folder.join("effect.ttl")).unwrap();
    half.restore(&state).unwrap();
    // As in the recorded session: the path inside the board.
    let inside = folder.join("click.wav").to_str().unwrap().to_owned();
    assert_eq!(sample_told(&mut runner, urids), Some(PatchValue::Path(inside)));
}

#[test]
fn parameters_of_each_type_are_set_and_read_back() {
    const PARAMS: &str = "http://lv2plug.in/plugins/eg-params";
    let rig = Rig::system();
    let urids = &rig.settings.urids;
    let (_half, mut runner) = rig.plugin(PARAMS);
    for (name, text, shown) in [
        ("float", "0.75", "f 0.750000"),
        ("int", "7", "i 7"),
        ("bool", "1", "b 1"),
        ("string", "hello world", "s hello world"),
        ("path", "/tmp/x.wav", "p /tmp/x.wav"),
    ] {
        let uri = format!("{PARAMS}#{name}");
        let range = runner.info().parameter(&uri).unwrap().range.clone();
        let value = PatchValue::parse(&range, text).unwrap();
        push(&mut runner, &patch::set_message(urids, None, &uri, &value));
        told(&mut runner, urids);
        push(&mut runner, &patch::get_message(urids, None, &uri));
        let heard = told(&mut runner, urids);
        let heard: Vec<_> =
            heard.iter().map(|(key, value)| (key.as_str(), format!("{} {value}", value.letter()))).collect();
        assert_eq!(heard, [(uri.as_str(), shown.to_owned())]);
    }
}

#[test]
fn listing_reads_manifests_only() {
    // The plugins' own file is not there yet when they are listed.
    let place = tempfile::tempdir().unwrap();
    let bundle = place.path().join("late.lv2");
    std::fs::create_dir(&bundle).unwrap();
    let copy = |file: &str| std::fs::copy(test_plugins::bundle().join(file), bundle.join(file)).unwrap();
    copy("manifest.ttl");
    let world = World::with_path(Urids::new(), &format!("{}:/usr/lib/lv2", place.path().display())).unwrap();
    let uris = world.uris();
    assert!(uris.is_sorted() && uris.iter().any(|uri| uri == "urn:archibald:test:gain"));
    copy("plugins.ttl");
    assert_eq!(world.plugin("urn:archibald:test:gain").unwrap().ports.len(), 3);
}
