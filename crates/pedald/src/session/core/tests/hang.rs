//! An engine that takes commands and answers none, and wishes that wait without end.

use super::*;
use crate::session::NoticeLevel;
use crate::session::core::deadlines::GRACE;
use crate::session::core::wishes::{BYTES, WISHES};

fn load(bundle: &str) -> Intent {
    Intent::LoadBoard { bundle: bundle.into() }
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Time goes on, and nothing but that.
fn tick(world: &mut World, time: Duration) {
    world.now += time;
    world.input(Input::Tick { memory: None });
}

#[test]
fn a_plain_command_is_answered_or_the_link_is_given_up() {
    let mut world = World::new(disk());
    world.wait(seconds(3));
    world.model.hangs = true;
    world.done(set("amp/drive", 7.0)).expect("it is set here");
    world.wait(seconds(14));
    assert_eq!(world.given_up, Vec::<String>::new());
    assert_eq!(world.core.state().notice, None);
    world.wait(seconds(2));
    assert_eq!(world.given_up, ["it has not answered for 16 s"]);
    let notice = world.core.state().notice.clone().expect("a sentence");
    assert_eq!(notice.level, NoticeLevel::Error);
    assert!(notice.text.contains("the engine does not answer: it was to set drive"), "{notice:?}");
    // the new link has the board, with what was set meanwhile
    assert!(world.core.state().engine.is_running());
    assert_eq!(world.model.board.plugins[0].params["drive"], 7.0);
    world.check();
}

#[test]
fn an_engine_that_hangs_over_a_board_leaves_the_old_one_and_refuses_what_waited() {
    let mut world = World::new(disk());
    let before = world.board().clone();
    world.model.hangs = true;
    let board = world.ask(Source::Hardware, load("/b/clean"));
    while world.step_disk() {}
    assert!(world.core.load_in_engine());
    let mut waiting: Vec<u64> =
        (0..4).map(|value| world.ask(Source::Rest, set("filter/q", value as f32))).collect();
    waiting.push(world.ask(Source::Rest, load("/b/lead")));
    waiting.push(world.ask(Source::Rest, Intent::Undo));
    world.ask(Source::Web(3), set("filter/q", 1.0));
    // what is asked of the engine every second is behind the board, and has its time after it
    world.wait(seconds(89));
    assert_eq!((world.given_up.len(), world.answers.len()), (0, 0), "{:?}", world.given_up);
    world.wait(seconds(3));
    assert_eq!(world.given_up, ["it has not answered for 91 s"]);
    for number in waiting.iter().chain([&board]) {
        let Err(error) = &world.answers[number] else { panic!("{:?}", world.answers[number]) };
        assert!(matches!(error, SessionError::NoAnswer { .. }), "{error}");
    }
    let notice = world.core.state().notice.clone().expect("a sentence");
    assert!(notice.text.contains("it was to load Clean, and was waited for 91 s"), "{notice:?}");
    assert!(notice.text.ends_with("7 wishes were not done; ask again when it plays"), "{notice:?}");
    let state = world.core.state();
    assert_eq!((&*state.board, &state.loading, state.unsaved), (&before, &None, false));
    assert!(world.core.deferred.is_empty() && world.core.next_load.is_none());
    assert!(state.engine.is_running());
    world.check();
    world.done(load("/b/clean")).expect("asked again");
    world.check();
}

#[test]
fn a_plugin_over_which_the_engine_hangs_is_not_on_the_board() {
    let mut world = World::new(disk());
    let before = world.board().clone();
    world.model.hangs = true;
    let add = Intent::AddPlugin { instance: "new".into(), uri: "urn:fake:gain".into(), position: (0.0, 0.0) };
    let cable = Intent::Connect { source: Endpoint::parse("new/out"), target: Endpoint::parse("playback_2") };
    let asked = [add, cable].map(|intent| world.ask(Source::Web(1), intent));
    assert_eq!(world.board().plugins.len(), 3);
    world.wait(seconds(65));
    assert_eq!(world.given_up, ["it has not answered for 61 s"]);
    for number in asked {
        assert!(matches!(world.answers[&number], Err(SessionError::NoAnswer { .. })));
    }
    assert_eq!(*world.board(), before);
    assert_eq!((world.core.state().unsaved, world.core.state().history.depth), (false, 0));
    world.check();
}

#[test]
fn a_board_over_which_the_engine_hangs_while_it_is_made_ready_is_left_alone() {
    let mut world = World::new(disk());
    world.done(Intent::SelectBank(Some(0))).expect("a bank");
    world.model.hangs = true;
    // read, and handed over
    tick(&mut world, seconds(2));
    world.settle();
    assert!(world.core.waiting.values().any(|waiting| matches!(waiting, Waiting::Preload { .. })));
    // what is asked meanwhile may have to wait for one of its plugins
    world.done(set("amp/drive", 7.0)).expect("set");
    world.wait(seconds(59));
    assert_eq!(world.given_up, Vec::<String>::new());
    world.wait(seconds(5));
    assert_eq!(world.given_up.len(), 1);
    assert!(world.core.state().engine.is_running());
    assert!(world.core.slots.hopeless.contains(&PathBuf::from("/b/clean")));
    world.wait(seconds(30));
    assert_eq!(world.core.state().preloaded, []);
    world.check();
}

#[test]
fn one_that_hangs_for_good_is_told_once_and_tried_again() {
    let mut world = World::new(disk());
    (world.model.hangs, world.incurable) = (true, true);
    // the first time over a board beside, then each time that it is tried again
    world.wait(seconds(120));
    let times = world.given_up.len();
    assert!(times >= 3, "{:?}", world.given_up);
    world.done(Intent::DismissNotice).expect("read");
    world.wait(seconds(60));
    assert!(world.given_up.len() > times);
    assert_eq!(world.core.state().notice, None, "it was told");
    (world.model.hangs, world.incurable) = (false, false);
    world.wait(seconds(60));
    assert!(world.core.state().engine.is_running());
    world.check();
    world.model.hangs = true;
    world.wait(seconds(20));
    assert!(world.core.state().notice.is_some(), "another time is told again");
}

#[test]
fn one_that_is_slow_is_waited_for() {
    let mut world = World::new(disk());
    let board = world.ask(Source::Hardware, load("/b/clean"));
    while world.step_disk() {}
    tick(&mut world, seconds(80));
    world.settle();
    assert!(world.answers[&board].is_ok());
    // this program stood still; the answer is there
    world.done(Intent::Ping).expect("alive");
    world.ask(Source::Hardware, set("filter/q", 3.0));
    tick(&mut world, seconds(1000));
    world.settle();
    tick(&mut world, GRACE);
    world.settle();
    assert_eq!(world.given_up, Vec::<String>::new());
    world.check();
}

#[test]
fn as_many_wishes_wait_as_fit_and_the_others_are_refused_at_once() {
    let mut world = World::new(disk());
    let board = world.ask(Source::Hardware, load("/b/clean"));
    while world.step_disk() {}
    let asked: Vec<u64> = (0..WISHES + 40)
        .map(|value| world.ask(Source::Rest, set("filter/q", 1.0 + value as f32 / 1000.0)))
        .collect();
    let refused = |world: &World| {
        let many = |answer: &&Answer| matches!(answer, Err(SessionError::TooMany(WISHES)));
        world.answers.values().filter(many).count()
    };
    assert_eq!((refused(&world), world.answers.len()), (40, 40));
    let sentence = world.answers[asked.last().expect("asked")].clone().expect_err("refused").to_string();
    assert!(sentence.starts_with("256 wishes wait already"), "{sentence}");
    // a switch that is not heard says so
    world.input(Input::Intent { source: Source::Hardware, intent: Intent::Undo, reply: ReplyTo(0) });
    assert_eq!(world.core.state().notice.clone().expect("a sentence").text, sentence);
    world.settle();
    assert!(world.answers[&board].is_ok());
    assert_eq!(world.answers.values().filter(|answer| answer.is_ok()).count(), WISHES + 1);
    let last = 1.0 + (WISHES - 1) as f32 / 1000.0;
    assert_eq!(world.board().value(&ControlPort::new("filter", "q")), Some(last));
    world.check();
}

#[test]
fn a_pedal_that_moves_while_a_board_is_made_takes_one_place() {
    let mut world = World::new(disk());
    world.ask(Source::Hardware, load("/b/clean"));
    while world.step_disk() {}
    for value in 0..1000 {
        let values = vec![(ControlPort::new("filter", "q"), 1.0 + value as f32 / 1000.0)];
        let intent = Intent::SetMany { values };
        world.input(Input::Intent { source: Source::Hardware, intent, reply: ReplyTo(0) });
    }
    assert_eq!(world.core.deferred.len(), 1);
    let large = Intent::SetParameter {
        instance: "filter".into(),
        uri: "urn:x".into(),
        kind: 's',
        value: "x".repeat(BYTES),
    };
    let number = world.ask(Source::Rest, large);
    assert_eq!(world.answers[&number], Err(SessionError::TooMany(1)), "too large to wait");
    world.settle();
    assert_eq!(world.board().value(&ControlPort::new("filter", "q")), Some(1.0 + 999.0_f32 / 1000.0));
    world.check();
}
