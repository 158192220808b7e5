//! Anything in any order: everybody agrees, every intent is answered, undo leads back.

use proptest::prelude::*;

use super::*;

fn instances() -> impl Strategy<Value = Instance> {
    prop_oneof!["amp", "delay", "filter", "new_1", "new_2", "no"].prop_map(|name| Instance::new(&name))
}

fn control_ports() -> impl Strategy<Value = ControlPort> {
    let symbols =
        prop_oneof![":bypass", "drive", "time", "feedback", "taps", "freeze", "cutoff", "gain", "none"];
    prop_oneof![
        9 => (instances(), symbols).prop_map(|(instance, symbol)| ControlPort::new(instance, &symbol)),
        1 => prop_oneof![":bpm", ":bpb", ":rolling"].prop_map(|s: String| ControlPort::new(Instance::board(), &s)),
    ]
}

fn endpoints() -> impl Strategy<Value = Endpoint> {
    prop_oneof![
        3 => (instances(), prop_oneof!["in", "out", "left"]).prop_map(|(i, symbol)| Endpoint::plugin(i, &symbol)),
        1 => prop_oneof!["capture_1", "playback_1"].prop_map(|name: String| Endpoint::system(&name)),
    ]
}

/// Edits that undo covers when a browser makes them.
fn edits() -> impl Strategy<Value = Intent> {
    let uris =
        prop_oneof!["urn:fake:gain", "urn:fake:delay", "urn:fake:amp", "urn:fake:none", "urn:fake:filter"];
    let value = prop_oneof![4 => -100.0_f32..2500.0, 1 => Just(f32::NAN), 1 => Just(1.0)];
    let binding = proptest::option::of((0_u8..17, 0_u8..135));
    prop_oneof![
        (instances(), uris, -10.0..10.0).prop_map(|(instance, uri, x)| Intent::AddPlugin {
            instance,
            uri,
            position: (x, x)
        }),
        instances().prop_map(|instance| Intent::RemovePlugin { instance }),
        (instances(), -9.0..9.0)
            .prop_map(|(instance, x)| Intent::MovePlugin { instance, position: (x, 1.0) }),
        (endpoints(), endpoints()).prop_map(|(source, target)| Intent::Connect { source, target }),
        (endpoints(), endpoints()).prop_map(|(source, target)| Intent::Disconnect { source, target }),
        (control_ports(), value.clone()).prop_map(|(port, value)| Intent::Set { port, value }),
        proptest::collection::vec((control_ports(), value), 0..4)
            .prop_map(|values| Intent::SetMany { values }),
        control_ports().prop_map(|port| Intent::Toggle { port }),
        (instances(), "[a-z]{0,4}").prop_map(|(instance, value)| Intent::SetParameter {
            instance,
            uri: "urn:fake:amp#model".into(),
            kind: 'p',
            value
        }),
        instances().prop_map(|instance| Intent::LoadPreset { instance, uri: "urn:fake:amp#clean".into() }),
        (control_ports(), binding).prop_map(|(port, binding)| Intent::Bind {
            port,
            binding: binding.map(|(channel, controller)| MidiBinding {
                channel,
                controller,
                min: 0.0,
                max: 1.0
            }),
        }),
        (control_ports(), 0_usize..3, 0_usize..3).prop_map(|(port, bend, press)| Intent::Shape {
            port,
            shape: Shape {
                bend: [Bend::Straight, Bend::Slow, Bend::Middle][bend],
                press: [Press::Follow, Press::Hold, Press::Turn][press],
            },
        }),
        (control_ports(), 0.1_f32..20.0).prop_map(|(port, divider)| Intent::Address {
            actuator: "/bpm".into(),
            addressing: following(port, divider),
        }),
        control_ports().prop_map(|port| Intent::Unaddress { port }),
        (0_usize..4).prop_map(|at| Intent::LoadSnapshot(Step::To(at))),
        Just(Intent::LoadSnapshot(Step::Next)),
        Just(Intent::SaveSnapshot),
        "[ab]?".prop_map(|name| Intent::SaveSnapshotAs { name }),
        (0_usize..4, "[ab]?").prop_map(|(at, name)| Intent::RenameSnapshot { at, name }),
        (0_usize..4).prop_map(|at| Intent::RemoveSnapshot { at }),
        (0.0_f64..400.0).prop_map(Intent::SetTempo),
        any::<bool>().prop_map(Intent::SetRolling),
    ]
}

fn others() -> impl Strategy<Value = Intent> {
    let bundles = prop_oneof!["/b/lead", "/b/clean", "/b/torn", "/b/none"];
    prop_oneof![
        bundles.prop_map(|bundle| Intent::LoadBoard { bundle: bundle.into() }),
        Just(Intent::StepBoard(Step::Next)),
        Just(Intent::StepBoard(Step::Previous)),
        Just(Intent::NewBoard),
        Just(Intent::Reset),
        any::<bool>().prop_map(|as_new| Intent::SaveBoard { title: Some("Saved".into()), as_new }),
        Just(Intent::KeepVersion { name: "a".into() }),
        Just(Intent::RestoreVersion { id: "0".into() }),
        proptest::option::of(0_usize..2).prop_map(Intent::SelectBank),
        Just(Intent::Undo),
        Just(Intent::Redo),
        (0_u8..2, 0_u8..4, 0_u16..128).prop_map(|(channel, controller, value)| Intent::Controller {
            channel,
            controller,
            value
        }),
        proptest::collection::vec(control_ports(), 1..3).prop_map(|ports| Intent::Learn {
            ports: ports.into_iter().map(|port| (port, 0.0, 1.0)).collect()
        }),
        Just(Intent::Morph(Some(Morph {
            name: "m".into(),
            stops: vec![MorphStop { position: 0.0, snapshot: 0 }, MorphStop { position: 1.0, snapshot: 1 }],
            curve: crate::session::Curve::Smooth,
            position: 0.0,
        }))),
        (0.0_f32..1.0).prop_map(|position| Intent::MorphTo { position }),
        any::<bool>().prop_map(Intent::Tuner),
        Just(Intent::SetSync(SyncMode::MidiClock)),
        Just(Intent::Resize { size: (100, 100) }),
    ]
}

#[derive(Debug, Clone)]
enum Doing {
    Ask(Source, Intent),
    Engine,
    Disk,
    Wait(u64),
    Crash,
    Hang,
}

fn doings() -> impl Strategy<Value = Doing> {
    let sources =
        prop_oneof![Just(Source::Web(1)), Just(Source::Hardware), Just(Source::Midi), Just(Source::Rest)];
    let sources2 = sources.clone();
    prop_oneof![
        32 => (sources, edits()).prop_map(|(source, intent)| Doing::Ask(source, intent)),
        16 => (sources2, others()).prop_map(|(source, intent)| Doing::Ask(source, intent)),
        24 => Just(Doing::Engine),
        16 => Just(Doing::Disk),
        8 => (1_u64..1500).prop_map(Doing::Wait),
        4 => Just(Doing::Crash),
        1 => Just(Doing::Hang),
    ]
}

/// As many as are asked for by `PROPTEST_CASES`: what is rare is looked for by hand.
fn cases() -> ProptestConfig {
    let wanted = std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok());
    ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::with_cases(wanted.unwrap_or(3000)) }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn whatever_is_asked_for_everybody_agrees(doings in proptest::collection::vec(doings(), 1..60)) {
        let mut world = World::new(disk());
        for doing in doings {
            match doing {
                Doing::Ask(source, intent) => { world.ask(source, intent); }
                Doing::Engine => { world.step_engine(); }
                Doing::Disk => { world.step_disk(); }
                Doing::Wait(ms) => world.wait(Duration::from_millis(ms)),
                Doing::Hang => world.model.hangs = true,
                Doing::Crash => {
                    // what was under way is lost with it
                    world.engine.retain(|event| !matches!(event, EngineEvent::Reply { .. }));
                    world.engine.push_back(EngineEvent::Down("killed".into()));
                    world.settle();
                    world.model = Model::new(FakeCatalogue::default());
                    world.engine.push_back(EngineEvent::Up);
                }
            }
        }
        // an engine that hangs is given up at some time
        for _ in 0..20 {
            if world.model.hangs {
                world.wait(Duration::from_secs(20));
            }
        }
        prop_assert!(!world.model.hangs);
        world.wait(Duration::from_secs(3));
        world.check();
        prop_assert_eq!(world.answers.len() as u64, world.asked, "each intent is answered");
        prop_assert!(world.core.waiting.is_empty(), "nothing is waited for for ever: {:?}", world.core.waiting);
        prop_assert_eq!(&world.core.state().loading, &None);
    }

    #[test]
    fn undoing_everything_leads_back_to_the_start(edits in proptest::collection::vec(edits(), 1..40)) {
        let mut world = World::new(disk());
        let start = world.board().clone();
        for edit in edits {
            let _ = world.done(edit);
            world.now += Duration::from_millis(300);
        }
        let end = world.board().clone();
        let mut steps = 0;
        while world.done(Intent::Undo).is_ok() { steps += 1; }
        prop_assert_eq!(world.board(), &start);
        prop_assert!(!world.core.state().unsaved);
        world.check();
        for _ in 0..steps { world.done(Intent::Redo).expect("as many as were undone"); }
        prop_assert_eq!(world.board(), &end);
        world.check();
    }
}
