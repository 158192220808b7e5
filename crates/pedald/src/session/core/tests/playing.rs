//! Playing: snapshots, controllers, tempo, blends.

use super::*;

#[test]
fn a_snapshot_is_recalled_within_one_block() {
    let mut world = World::new(disk());
    for (port, value) in
        [("amp/drive", 1.0), ("delay/feedback", 0.9), ("delay/time", 100.0), ("amp/:bypass", 1.0)]
    {
        world.done(set(port, value)).expect("set");
    }
    world.model.commands.clear();
    let done = world.done(Intent::LoadSnapshot(Step::To(1))).expect("recalled");
    assert_eq!(done, Done::Snapshot { at: 1, name: "Loud".into() });
    let [Command::XSnapshot { values }] = &world.model.commands[..] else {
        panic!("one command: {:?}", world.model.commands);
    };
    assert_eq!(values.len(), 4, "what has not changed is not sent");
    world.check();
}

#[test]
fn one_controller_drives_all_that_learnt_it() {
    let mut world = World::new(disk());
    let ports = vec![
        (ControlPort::new("amp", "drive"), 0.0, 10.0),
        (ControlPort::new("delay", "feedback"), 1.0, 0.0),
        (ControlPort::bypass("delay"), 0.0, 1.0),
    ];
    world.done(Intent::Learn { ports }).expect("waits");
    assert_eq!(world.core.state().learning.len(), 3);
    let moved = |value| Intent::Controller { channel: 13, controller: 75, value };
    world.ask(Source::Hardware, moved(127));
    assert!(world.core.state().learning.is_empty());
    world.settle();
    world.model.commands.clear();
    world.ask(Source::Hardware, moved(0));
    let sent: Vec<_> = world.model.commands.iter().map(Command::name).collect();
    assert_eq!(sent, ["x_snapshot"], "all of them within one block");
    let value = |port: &str| world.board().value(&ControlPort::parse(port).expect("a port"));
    assert_eq!(value("amp/drive"), Some(0.0));
    assert_eq!(value("delay/feedback"), Some(1.0));
    assert_eq!(value("delay/:bypass"), Some(1.0));
    world.settle();
    world.check();
}

#[test]
fn a_midi_controller_of_the_engine_moves_all_that_are_bound_to_it() {
    let mut world = World::new(disk());
    for (port, min, max) in
        [("amp/drive", 0.0, 10.0), ("delay/feedback", 1.0, 0.0), ("delay/:bypass", 0.0, 1.0)]
    {
        let binding = Some(MidiBinding { channel: 0, controller: 7, min, max });
        let port = ControlPort::parse(port).expect("a port");
        world.done(Intent::Bind { port, binding }).expect("bound");
    }
    world.model.commands.clear();
    world.model.command(&Command::ParamSet { instance: 0, symbol: "drive".into(), value: 10.0 });
    let moved = Feedback::ParamSet { instance: 0, symbol: "drive".into(), value: 10.0 };
    world.engine.push_back(EngineEvent::Feedback(moved));
    world.settle();
    let value = |port: &str| world.board().value(&ControlPort::parse(port).expect("a port"));
    assert_eq!(value("delay/feedback"), Some(0.0));
    assert_eq!(value("delay/:bypass"), Some(0.0));
    world.check();
}

#[test]
fn what_has_a_curve_is_moved_here_and_not_by_the_engine() {
    let mut world = World::new(disk());
    let port = || ControlPort::parse("amp/drive").expect("a port");
    let binding = Some(MidiBinding { channel: 0, controller: 11, min: 0.0, max: 10.0 });
    world.done(Intent::Bind { port: port(), binding }).expect("bound");
    assert_eq!(world.model.board.midi.len(), 1);
    let shape = Shape { bend: Bend::Slow, press: Press::Follow };
    world.done(Intent::Shape { port: port(), shape }).expect("shaped");
    assert_eq!(world.model.board.midi.len(), 0, "the engine would map it straight");
    world.check();
    let value = |world: &World| world.board().value(&port()).expect("a value");
    // by MIDI that the engine receives and that drives nothing there, and by the pedal's own expression input
    world.engine.push_back(EngineEvent::Feedback(Feedback::MidiControlChange {
        channel: 0,
        controller: 11,
        value: 64,
    }));
    world.settle();
    let wanted = 10.0 * (64.0_f32 / 127.0).powi(2);
    assert!((value(&world) - wanted).abs() < 0.01, "{}", value(&world));
    world.ask(Source::Hardware, Intent::Controller { channel: 0, controller: 11, value: 127 });
    world.settle();
    assert_eq!(value(&world), 10.0);
    world.check();
    world.done(Intent::Undo).expect("undone");
    assert_eq!(world.model.board.midi.len(), 1, "straight again");
    world.check();
    world.done(Intent::Redo).expect("again");
    world.done(Intent::RemovePlugin { instance: "amp".into() }).expect("removed");
    assert!(!world.board().addressings.contains_key(SHAPES));
    world.done(Intent::Undo).expect("undone");
    assert_eq!(world.board().shape(&port()), shape);
    world.check();
    world.done(Intent::Unaddress { port: port() }).expect("freed");
    assert_eq!(world.board().shape(&port()), Shape::default());
    world.check();
}

#[test]
fn each_press_of_a_foreign_switch_turns_over_and_the_pedals_own_do_anyway() {
    let mut world = World::new(disk());
    let port = || ControlPort::bypass("delay");
    let binding = Some(MidiBinding { channel: 2, controller: 20, min: 0.0, max: 1.0 });
    world.done(Intent::Bind { port: port(), binding }).expect("bound");
    world
        .done(Intent::Shape { port: port(), shape: Shape { press: Press::Turn, ..Shape::default() } })
        .expect("shaped");
    let mut heard = Vec::new();
    for value in [127, 0, 127, 127, 0, 127] {
        let moved = Feedback::MidiControlChange { channel: 2, controller: 20, value };
        world.engine.push_back(EngineEvent::Feedback(moved));
        world.settle();
        heard.push(world.board().value(&port()).expect("a value"));
    }
    assert_eq!(heard, [1.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    // the pedal's own switch: 127 with one press, 0 with the next
    for (value, wanted) in [(127, 0.0), (0, 1.0)] {
        world.ask(Source::Hardware, Intent::Controller { channel: 2, controller: 20, value });
        world.settle();
        assert_eq!(world.board().value(&port()), Some(wanted));
    }
    world.check();
}

#[test]
fn a_time_follows_the_tempo_until_it_is_freed() {
    let mut world = World::new(disk());
    let port = || ControlPort::parse("delay/time").expect("a port");
    let time = |world: &World| world.board().value(&port()).expect("a value");
    world.done(Intent::SetTempo(120.0)).expect("set");
    let address =
        |port, divider| Intent::Address { actuator: "/bpm".into(), addressing: following(port, divider) };
    world.done(address(port(), 4.0)).expect("a quarter");
    assert_eq!(time(&world), 500.0);
    assert_eq!(world.model.board.plugins[1].params["time"], 500.0, "the engine has it");
    world.done(Intent::SetTempo(150.0)).expect("set");
    assert_eq!(time(&world), 400.0);
    world.done(Intent::Undo).expect("undone");
    assert_eq!((time(&world), world.board().tempo.bpm), (500.0, 120.0), "both, as one step");
    // MIDI clock, told by the engine
    let told = Feedback::Transport { rolling: true, bpb: 4.0, bpm: 100.0 };
    world.model.command(&Command::Transport { rolling: true, bpb: 4.0, bpm: 100.0 });
    world.engine.push_back(EngineEvent::Feedback(told));
    world.settle();
    assert_eq!(time(&world), 600.0);
    world.check();
    world.done(Intent::LoadSnapshot(Step::To(1))).expect("recalled");
    assert_eq!(time(&world), 600.0, "a snapshot does not take it out of time");
    let error = world.done(address(ControlPort::parse("delay/feedback").expect("a port"), 4.0));
    assert!(error.expect_err("no time").to_string().contains("unit"));
    world.done(Intent::Unaddress { port: port() }).expect("freed");
    world.done(Intent::SetTempo(60.0)).expect("set");
    assert_eq!(time(&world), 600.0);
    world.check();
}

#[test]
fn what_the_engine_moves_by_itself_is_seen() {
    let mut world = World::new(disk());
    let moved = Feedback::ParamSet { instance: 1, symbol: "feedback".into(), value: 0.5 };
    world.engine.push_back(EngineEvent::Feedback(moved));
    let output = Feedback::OutputSet { instance: 1, symbol: "level".into(), value: -6.0 };
    world.engine.push_back(EngineEvent::Feedback(output));
    let nobody = Feedback::ParamSet { instance: 77, symbol: "x".into(), value: 0.5 };
    world.engine.push_back(EngineEvent::Feedback(nobody));
    world.settle();
    assert_eq!(world.board().value(&ControlPort::new("delay", "feedback")), Some(0.5));
    assert_eq!(world.seen.outputs[&ControlPort::new("delay", "level")], -6.0);
    assert!(!world.core.state().unsaved);
}

#[test]
fn a_recording_that_ends_by_itself_is_told_when_it_does() {
    let mut world = World::new(disk());
    world.done(Intent::Record(true)).expect("begun");
    assert!(world.core.state().recorder.file.is_some());
    let file = PathBuf::from("/recordings/1.flac");
    let reason = "the recording has ended: the disk is full".to_owned();
    let news = crate::store::DiskNews::RecordingEnded { file: Some(file.clone()), reason: reason.clone() };
    world.input(Input::Told(news));
    let recorder = &world.core.state().recorder;
    assert_eq!((&recorder.file, &recorder.last), (&None, &Some(file)));
    assert_eq!(world.core.state().notice.clone().expect("a sentence").text, reason);
    world.check();
}

#[test]
fn a_blend_goes_from_stop_to_stop() {
    let mut world = World::new(disk());
    let loud = [("amp/drive", 10.0), ("delay/time", 1000.0), ("amp/:bypass", 1.0)];
    for (port, value) in loud {
        world.done(set(port, value)).expect("set");
    }
    world.done(Intent::SaveSnapshotAs { name: "End".into() }).expect("stored");
    let stops = [(0.0, 1), (1.0, 2)].map(|(position, snapshot)| MorphStop { position, snapshot }).to_vec();
    let morph = Morph { name: "Swell".into(), stops, curve: crate::session::Curve::Linear, position: 0.0 };
    world.done(Intent::Morph(Some(morph))).expect("begun");
    world.model.commands.clear();
    world.ask(Source::Hardware, Intent::MorphTo { position: 0.5 });
    assert_eq!(world.model.commands.len(), 1, "one command for a step");
    let value = |world: &World, port: &str| {
        world.board().value(&ControlPort::parse(port).expect("a port")).expect("a value")
    };
    assert_eq!(value(&world, "amp/drive"), 7.5);
    assert!((value(&world, "delay/time") - (400.0_f32 * 1000.0).sqrt()).abs() < 0.1, "in equal ratios");
    assert_eq!(value(&world, "amp/:bypass"), 0.0, "on wins between the stops");
    world.ask(Source::Hardware, Intent::MorphTo { position: 1.0 });
    assert_eq!(value(&world, "amp/:bypass"), 1.0);
    assert_eq!(value(&world, "delay/time"), 1000.0);
    world.settle();
    world.check();
    world.done(Intent::LoadSnapshot(Step::To(0))).expect("recalled");
    assert_eq!(world.core.state().morph, None);
}
