//! Signal and control ports, descriptions, refusals, blocks.

use lv2_host::{BlockLength, Designation, InstantiateError, Outcome, PortKind};

use crate::support::{Rig, cells, control, run, samples, set};

#[test]
fn the_gain_multiplies_and_the_unity_does_not() {
    let rig = Rig::own();
    let (_control, mut unity) = rig.test("unity");
    assert_eq!(run(&mut unity, &[0.5, -1.0, 2.0]), [[0.5, -1.0, 2.0]]);
    let (_control, mut gain) = rig.test("gain");
    set(&mut gain, "gain", 3.0);
    assert_eq!(run(&mut gain, &[0.5, -1.0, 2.0]), [[1.5, -3.0, 6.0]]);
    set(&mut gain, "gain", f32::NAN);
    assert_eq!(control(&gain, "gain"), 3.0);
}

#[test]
fn one_buffer_serves_as_input_and_output_where_the_plugin_allows() {
    let rig = Rig::own();
    for (name, wanted) in [("gain", [1.0, 2.0]), ("in-place-broken", [0.0, 0.0])] {
        let (_control, mut runner) = rig.test(name);
        assert_eq!(runner.info().flags.in_place_broken, name == "in-place-broken");
        let buffer = cells([1.0, 2.0]);
        let mut block = runner.block(2);
        assert!(block.lend(0, &buffer) && block.lend(1, &buffer));
        assert_eq!(block.run(), Outcome::Ran);
        assert_eq!(samples(&buffer), wanted, "{name}");
        // Apart, both are right.
        assert_eq!(run(&mut runner, &[1.0, 2.0]), [[1.0, 2.0]], "{name}");
    }
}

#[test]
fn ports_that_are_not_lent_are_silent_and_bad_loans_are_refused() {
    let rig = Rig::own();
    let (_control, mut runner) = rig.test("stereo");
    let (left, out, short) = (cells([1.0; 4]), cells([9.0; 4]), cells([0.0; 3]));
    let mut block = runner.block(4);
    assert!(block.lend(0, &left) && block.lend(3, &out));
    assert!(!block.lend(1, &short), "too short");
    assert!(!block.lend(4, &left), "a control port");
    assert!(!block.lend(99, &left), "no port");
    assert_eq!(block.run(), Outcome::Ran);
    assert_eq!(samples(&out), [0.0; 4]);
    // A loan ends with its block.
    let again = cells([5.0; 4]);
    let mut block = runner.block(4);
    assert!(block.lend(2, &again));
    assert_eq!(block.run(), Outcome::Ran);
    assert_eq!(samples(&again), [0.0; 4]);
}

#[test]
fn control_outputs_follow_the_blocks_and_activation_starts_over() {
    let rig = Rig::own();
    let (mut half, mut runner) = rig.test("ramp");
    for block in 0..3 {
        run(&mut runner, &[0.0; 240]);
        assert_eq!(control(&runner, "block"), block as f32);
    }
    assert_eq!(control(&runner, "seconds"), 0.015);
    half.deactivate();
    assert_eq!(runner.block(16).run(), Outcome::Inactive);
    half.activate();
    run(&mut runner, &[0.0; 240]);
    assert_eq!(control(&runner, "block"), 0.0);
}

#[test]
fn latency_is_reported_and_real() {
    let rig = Rig::own();
    let (_control, mut runner) = rig.test("latency");
    assert_eq!(runner.info().latency_port, Some(3));
    assert_eq!(runner.info().ports[3].designation, Some(Designation::Latency));
    set(&mut runner, "delay", 5.0);
    let mut impulse = [0.0; 16];
    impulse[1] = 1.0;
    let out = run(&mut runner, &impulse);
    assert_eq!(out[0].iter().position(|sample| *sample == 1.0), Some(6));
    assert_eq!(runner.latency(), 5);
}

#[test]
fn control_voltage_is_a_signal() {
    let rig = Rig::own();
    let (_control, mut runner) = rig.test("cv-scale");
    assert_eq!(runner.info().ports[0].kind, PortKind::CvIn);
    assert_eq!(runner.info().ports[1].kind, PortKind::CvOut);
    set(&mut runner, "factor", -2.0);
    assert_eq!(run(&mut runner, &[1.0, 5.0]), [[-2.0, -10.0]]);
}

#[test]
fn ports_are_described() {
    let rig = Rig::own();
    let info = rig.world.plugin("urn:archibald:test:stereo").unwrap();
    let p = |symbol| info.port(symbol).unwrap();
    assert!(p("trigger").properties.trigger && p("trigger").properties.toggled);
    let count = p("count").properties;
    assert!(count.integer && count.expensive && count.causes_artifacts && !p("count").is_continuous());
    let frequency = p("frequency");
    assert!(frequency.properties.sample_rate && frequency.properties.logarithmic);
    assert!(frequency.properties.not_on_gui && frequency.is_continuous());
    // mod:default and mod:maximum win; the range is a part of the sample rate.
    assert_eq!(frequency.ranges(1000.0), (0.5, 20.0, 400.0));
    assert_eq!(
        frequency.unit.as_ref().unwrap().uri.as_deref(),
        Some("http://lv2plug.in/ns/extensions/units#hz")
    );
    assert_eq!(frequency.unit.as_ref().unwrap().symbol, "Hz");
    assert!(p("side").properties.connection_optional && p("side").properties.is_side_chain);

    let kind = rig.world.plugin("urn:archibald:test:nan").unwrap();
    let points = &kind.port("kind").unwrap().scale_points;
    let points: Vec<_> = points.iter().map(|point| (point.label.as_str(), point.value)).collect();
    assert_eq!(points, [("NaN", 0.0), ("Inf", 1.0), ("loud", 2.0)]);
    assert!(kind.port("kind").unwrap().properties.enumeration);

    let enabled = rig.world.plugin("urn:archibald:test:enabled").unwrap();
    assert_eq!(enabled.designated_input(Designation::Enabled).unwrap().index, 2);

    let parameter = rig.world.plugin("urn:archibald:test:parameter").unwrap();
    assert_eq!(parameter.control_input().unwrap().symbol, "control");
    assert_eq!(parameter.notify_output().unwrap().symbol, "notify");
    assert_eq!(parameter.ports[0].minimum_size, 65536);
    assert!(parameter.ports[0].supports.patch && parameter.ports[0].supports.time);
    let level = parameter.parameter("urn:archibald:test:parameter#level").unwrap();
    assert_eq!(
        (level.label.as_str(), level.min, level.default, level.max),
        ("Level", Some(0.0), Some(0.5), Some(1.0))
    );
    assert!(level.writable);
    let file = parameter.parameter("urn:archibald:test:parameter#file").unwrap();
    assert_eq!(
        (file.range.as_str(), file.file_types.as_slice()),
        (lv2_host::uris::ATOM_PATH, ["wav".to_owned(), "flac".to_owned()].as_slice())
    );
    assert_eq!((parameter.minor_version, parameter.micro_version), (2, 1));
    assert_eq!(parameter.author, "ArchibaldOS");
    assert_eq!(parameter.license, "http://opensource.org/licenses/MIT");
    let json = serde_json::to_value(&*parameter).unwrap();
    assert_eq!(json["ports"][0]["kind"], "atom_in");
}

#[test]
fn what_cannot_be_hosted_is_refused_by_name() {
    let mut rig = Rig::own();
    assert!(matches!(rig.refusal("unsupported"), InstantiateError::UnsupportedFeature { feature, .. }
        if feature == "urn:archibald:test:no-such-feature"));
    assert!(matches!(rig.refusal("old-event-port"), InstantiateError::UnsupportedPort { symbol, .. }
        if symbol == "events"));
    assert!(matches!(rig.refusal("unknown-option"), InstantiateError::UnsupportedOption { option, .. }
        if option == "urn:archibald:test:no-such-option"));
    assert!(matches!(rig.refusal("refuses"), InstantiateError::Refused { .. }));
    let message = rig.refusal("unsupported").to_string();
    assert!(
        message.contains("urn:archibald:test:unsupported") && message.contains("no-such-feature"),
        "{message}"
    );
    // State paths are only offered where there is a folder for them; block promises only where they hold.
    rig.settings.block = BlockLength { fixed: false, ..rig.settings.block };
    assert!(matches!(rig.refusal("fixed"), InstantiateError::UnsupportedFeature { .. }));
    assert!(matches!(rig.refusal("power-of-2"), InstantiateError::UnsupportedFeature { .. }));
    rig.settings.block = BlockLength::of_period(240);
    assert!(matches!(rig.refusal("power-of-2"), InstantiateError::UnsupportedFeature { .. }));
    rig.test("fixed");
}

#[test]
fn block_lengths_are_kept_as_promised() {
    let rig = Rig::own();
    let (_control, mut runner) = rig.test("fixed");
    assert_eq!(runner.block(128).run(), Outcome::BadLength);
    assert_eq!(runner.block(256).run(), Outcome::Ran);
    assert_eq!(control(&runner, "length"), 256.0);
    let (_control, mut runner) = rig.test("unity");
    assert_eq!(runner.block(257).run(), Outcome::BadLength);
    assert_eq!(runner.block(0).run(), Outcome::Ran);
    runner.set_block_length(BlockLength::of_period(1024));
    assert_eq!(runner.block(1024).run(), Outcome::Ran);
}

#[test]
fn misbehaviour_passes_through_as_it_is() {
    let rig = Rig::own();
    let (_control, mut runner) = rig.test("nan");
    set(&mut runner, "after", 2.0);
    let out = run(&mut runner, &[1.0; 4]);
    assert_eq!(out[0][..2], [1.0, 1.0]);
    assert!(out[0][2..].iter().all(|sample| sample.is_nan()));
    set(&mut runner, "kind", 1.0);
    assert_eq!(run(&mut runner, &[1.0]), [[f32::INFINITY]]);
}

#[test]
fn new_block_lengths_reach_a_running_plugin_by_its_options() {
    let rig = Rig::own();
    let (mut half, mut runner) = rig.test("options");
    run(&mut runner, &[0.0; 16]);
    assert_eq!(control(&runner, "block"), 256.0);
    let block = BlockLength::of_period(512);
    assert!(half.set_block_length(block));
    runner.set_block_length(block);
    run(&mut runner, &[0.0; 512]);
    assert_eq!(control(&runner, "block"), 512.0);
    let (mut half, _runner) = rig.test("unity");
    assert!(!half.set_block_length(block));
}

#[test]
fn the_halves_end_in_any_order() {
    let rig = Rig::own();
    let (half, mut runner) = rig.test("worker");
    drop(half);
    run(&mut runner, &[0.0; 16]);
    drop(runner);
    let (mut half, runner) = rig.test("worker");
    drop(runner);
    half.deactivate();
    // The world may go first.
    let (half, mut runner) = rig.test("gain");
    drop(rig);
    assert_eq!(run(&mut runner, &[1.0]), [[1.0]]);
    drop((half, runner));
}
