//! What the engine or the session refuses: everybody sees what holds, and who asked learns why.

use super::*;
use crate::session::{Signal, event::Event};

impl World {
    /// What an intent that nobody waits for makes the session say.
    fn told(&mut self, source: Source, intent: Intent) -> Vec<Event> {
        let effects = self.core.handle(self.now, Input::Intent { source, intent, reply: ReplyTo(0) });
        let mut events = Vec::new();
        for effect in effects {
            match effect {
                Effect::Emit(event) => {
                    self.seen.apply(&event).expect("no event is missing");
                    events.push(event);
                }
                Effect::Command(ticket, command) => {
                    let reply = self.model.command(&command);
                    self.engine.push_back(EngineEvent::Reply { ticket, reply });
                }
                other => panic!("{other:?}"),
            }
        }
        events
    }
}

fn corrected(events: &[Event]) -> Option<(Source, Vec<ControlPort>, Option<String>)> {
    events.iter().find_map(|event| match &event.kind {
        EventKind::Signal(Signal::Corrected { ports, reason }) => {
            Some((event.source, ports.clone(), reason.clone()))
        }
        _ => None,
    })
}

#[test]
fn a_cable_that_the_engine_cannot_make_is_not_on_the_board() {
    let mut world = World::new(disk());
    let before = world.board().clone();
    world.model.broken.insert("system:playback_9".into());
    world.model.broken.insert("mod-monitor:in_9".into());
    let connect =
        Intent::Connect { source: Endpoint::parse("delay/right"), target: Endpoint::parse("playback_9") };
    let error = world.done(connect).expect_err("no such port");
    assert!(error.to_string().contains("connect delay/right to playback_9"), "{error}");
    assert_eq!(*world.board(), before);
    assert_eq!((world.core.state().unsaved, world.core.state().history.depth), (false, 0));
    world.check();
    let connect =
        Intent::Connect { source: Endpoint::parse("delay/right"), target: Endpoint::parse("playback_2") };
    assert_eq!(world.done(connect.clone()), Ok(Done::Done));
    assert_eq!(world.done(connect), Ok(Done::Done), "what is connected is a success");
    world.done(Intent::Undo).expect("undone");
    assert_eq!(world.board().connections, before.connections);
    world.check();
}

#[test]
fn a_preset_that_cannot_be_loaded_is_refused_and_leaves_the_plugin_as_it_was() {
    let mut world = World::new(disk());
    let before = world.board().clone();
    world.model.broken.insert("urn:fake:amp#gone".into());
    let load = Intent::LoadPreset { instance: "amp".into(), uri: "urn:fake:amp#gone".into() };
    let number = world.ask(Source::Web(1), load);
    let waits = world.ask(Source::Web(1), set("amp/drive", 2.0));
    world.settle();
    assert!(
        matches!(world.answers[&number], Err(SessionError::Engine { .. })),
        "{:?}",
        world.answers[&number]
    );
    assert_eq!(world.answers[&waits], Ok(Done::Done), "what waited for it goes on");
    let mut wanted = (**before.plugin(&"amp".into()).expect("there")).clone();
    wanted.values.insert("drive".into(), 2.0);
    assert_eq!(world.board().plugin(&"amp".into()).map(|plugin| &**plugin), Some(&wanted));
    world.check();
}

#[test]
fn learning_that_was_given_up_binds_nothing() {
    let mut world = World::new(disk());
    let port = ControlPort::new("amp", "drive");
    let old = MidiBinding { channel: 1, controller: 7, min: 0.0, max: 10.0 };
    world.done(Intent::Bind { port: port.clone(), binding: Some(old) }).expect("bound");
    world.done(Intent::Learn { ports: vec![(port.clone(), 0.0, 10.0)] }).expect("waits");
    assert!(world.model.learning.is_some());
    world.done(Intent::EndLearning).expect("ended");
    assert_eq!(world.model.learning, None, "the engine does not wait either");
    assert_eq!(world.board().binding(&port), Some(old));
    world.check();
    // a knob of the pedal's own was found: the engine needs to look for no other
    world.done(Intent::Learn { ports: vec![(port.clone(), 0.0, 10.0)] }).expect("waits");
    world.ask(Source::Hardware, Intent::Controller { channel: 1, controller: 7, value: 127 });
    world.settle();
    assert_eq!(world.model.learning, None);
    assert_eq!(world.board().binding(&port), Some(old), "the same as before");
    world.check();
}

#[test]
fn what_waits_for_a_controller_survives_the_engine_and_the_undo_of_a_plugin() {
    let mut world = World::new(disk());
    world
        .done(Intent::AddPlugin { instance: "new".into(), uri: "urn:fake:gain".into(), position: (0.0, 0.0) })
        .expect("added");
    let ports =
        vec![(ControlPort::new("new", "gain"), 0.0, 1.0), (ControlPort::new("amp", "drive"), 0.0, 10.0)];
    world.done(Intent::Learn { ports }).expect("waits");
    world.done(Intent::Undo).expect("the plugin has gone");
    let moved = Feedback::MidiControlChange { channel: 2, controller: 20, value: 64 };
    world.engine.push_back(EngineEvent::Feedback(moved));
    world.settle();
    let bound = world.board().binding(&ControlPort::new("amp", "drive")).expect("bound");
    assert_eq!((bound.channel, bound.controller), (2, 20));
    assert!(world.core.state().learning.is_empty());
    world.check();
}

#[test]
fn who_does_not_wait_learns_what_holds() {
    let mut world = World::new(disk());
    let browser = Source::Web(3);
    let drive = ControlPort::new("amp", "drive");
    assert_eq!(corrected(&world.told(browser, set("amp/drive", 3.0))), None, "it was done");
    let told = corrected(&world.told(browser, set("amp/drive", 99.0)));
    assert_eq!(told, Some((browser, vec![drive], None)), "it has less than it asked for");
    let (to, ports, reason) = corrected(&world.told(browser, set("amp/none", 1.0))).expect("told");
    assert_eq!((to, ports), (browser, vec![ControlPort::new("amp", "none")]));
    assert!(reason.expect("a reason").contains("amp/none"));
    let told = corrected(&world.told(browser, Intent::SetSync(SyncMode::Link))).expect("told");
    assert!(told.2.expect("a reason").contains("Link"));
    world.settle();
    world.check();
}

#[test]
fn a_switch_that_can_do_nothing_says_so_and_a_pedal_does_not_chatter() {
    let mut world = World::new(disk());
    world.told(Source::Hardware, Intent::LoadSnapshot(Step::To(7)));
    let notice = world.core.state().notice.clone().expect("a sentence");
    assert!(notice.text.contains("snapshot 8"), "{notice:?}");
    assert!(world.told(Source::Hardware, Intent::LoadSnapshot(Step::To(7))).is_empty(), "once is enough");
    world.done(Intent::DismissNotice).expect("read");
    for position in [0.1, 0.2, 0.3] {
        assert!(world.told(Source::Hardware, Intent::MorphTo { position }).is_empty());
    }
    assert_eq!(world.core.state().notice, None);
}

#[test]
fn lost_periods_are_counted_from_zero_for_clients_and_on_for_the_log() {
    let mut world = World::new(disk());
    let health = Health { xruns: 12, ..(*world.core.state().health).clone() };
    world.core.state.health = Arc::new(health.clone());
    world.seen.health = Arc::new(health);
    world.done(Intent::ResetXruns).expect("done");
    let health = world.core.state().health.clone();
    assert_eq!((health.xruns, health.xruns_zero), (12, 12));
    world.check();
    // an engine that was started anew counts from zero itself
    world.wait(Duration::from_secs(2));
    assert_eq!((world.core.state().health.xruns, world.core.state().health.xruns_zero), (0, 0));
}

#[test]
fn boards_that_cannot_be_read_at_the_start_do_not_keep_the_engine_waiting() {
    let mut core = Core::new(FakeCatalogue::default());
    let now = Duration::from_secs(1);
    let effects = core.handle(now, Input::Start);
    let [Effect::Disk(ticket, _)] = effects[..] else { panic!("{effects:?}") };
    core.handle(now, Input::Engine { event: EngineEvent::Up, memory: None });
    let answer = Err("no right to read the folder".to_owned());
    let effects = core.handle(now, Input::Disk { ticket, answer, memory: None });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Load(..))), "{effects:?}");
    assert!(core.state().notice.is_some());
}
