//! Boards: loaded, preloaded, reset, lost with the engine.

use super::*;

#[test]
fn the_last_board_comes_up() {
    let world = World::new(disk());
    assert_eq!(world.board().title, "Lead");
    assert!(world.core.state().engine.is_running());
    assert_eq!(world.core.state().library.boards.len(), 3);
    world.check();
}

#[test]
fn a_board_that_cannot_be_loaded_leaves_the_old_one() {
    let mut world = World::new(disk());
    let before = world.board().clone();
    for bundle in ["/b/torn", "/b/none"] {
        let error = world.done(Intent::LoadBoard { bundle: bundle.into() }).expect_err("it cannot be read");
        assert!(error.to_string().ends_with("The old board plays on"), "{error}");
        assert_eq!(*world.board(), before);
        let notice = world.core.state().notice.clone().expect("a sentence for the player");
        assert_eq!(notice.text, error.to_string());
    }
    world.model.refused.insert("Clean".into());
    let error =
        world.done(Intent::LoadBoard { bundle: "/b/clean".into() }).expect_err("the engine refuses it");
    assert!(error.to_string().contains("refused"), "{error}");
    assert_eq!(*world.board(), before);
    assert_eq!(world.core.state().loading, None);
    world.check();
}

#[test]
fn a_preloaded_board_is_one_command_away() {
    let mut world = World::new(disk());
    world.done(Intent::SelectBank(Some(0))).expect("a bank");
    world.wait(Duration::from_secs(2));
    let ready = world.core.state().preloaded.clone();
    assert_eq!(ready.iter().map(|ready| ready.title.as_str()).collect::<Vec<_>>(), ["Clean"]);
    for title in ["Clean", "Lead", "Clean"] {
        world.model.commands.clear();
        let number = world.ask(Source::Hardware, Intent::StepBoard(Step::Next));
        let sent: Vec<_> = world.model.commands.iter().map(Command::name).collect();
        assert_eq!(sent, ["x_swap"], "the switch itself is one command");
        world.settle();
        world.answers[&number].clone().expect("switched");
        assert_eq!(world.board().title, title);
        world.check();
        world.wait(Duration::from_secs(1));
    }
    // what was turned while it played does not come back: the disk holds the board
    world.done(set("filter/q", 5.0)).expect("set");
    world.done(Intent::StepBoard(Step::Next)).expect("switched");
    world.wait(Duration::from_secs(2));
    world.done(Intent::StepBoard(Step::Next)).expect("switched");
    assert_eq!(world.board().value(&ControlPort::new("filter", "q")), Some(0.7));
    world.check();
}

#[test]
fn a_preloaded_board_that_is_another_on_the_disk_is_read_anew() {
    let mut world = World::new(disk());
    world.done(Intent::SelectBank(Some(0))).expect("a bank");
    world.wait(Duration::from_secs(2));
    assert_eq!(world.core.state().preloaded.len(), 1);
    let renamed = Board { title: "Crisp".into(), bundle: Some("/b/clean".into()), ..clean() };
    world.disk.contents().boards.insert("/b/clean".into(), Arc::new(renamed));
    world.done(Intent::Rescan).expect("read");
    assert_eq!(world.core.state().preloaded, []);
    world.done(Intent::StepBoard(Step::Next)).expect("switched");
    assert_eq!(world.board().title, "Crisp");
    world.check();
}

#[test]
fn the_last_of_many_steps_wins_and_every_one_is_answered() {
    let mut world = World::new(disk());
    for _ in 0..7 {
        world.ask(Source::Hardware, Intent::StepBoard(Step::Next));
    }
    world.settle();
    assert_eq!(world.answers.len(), 7);
    let superseded = |answer: &&Answer| matches!(answer, Err(SessionError::Superseded(_)));
    assert_eq!(world.answers.values().filter(superseded).count(), 6);
    world.check();
}

#[test]
fn reset_and_load_is_one_change_of_boards() {
    let mut world = World::new(disk());
    world.model.loads.clear();
    world.done(Intent::Reset).expect("reset");
    assert!(world.board().plugins.is_empty());
    assert_eq!(world.model.board.plugins.len(), 2, "the old board sounds on");
    world.done(Intent::LoadBoard { bundle: "/b/clean".into() }).expect("loaded");
    world.wait(Duration::from_secs(1));
    let names: Vec<_> = world.model.loads.iter().filter(|(_, place)| *place == Place::Running).collect();
    assert_eq!(names, [&("Clean".to_owned(), Place::Running)], "the empty board never sounds");
    world.check();
    world.done(Intent::Reset).expect("reset");
    world.wait(Duration::from_secs(1));
    assert!(world.model.board.plugins.is_empty(), "nothing came after it");
    world.check();
    world.done(Intent::LoadBoard { bundle: "/b/lead".into() }).expect("loaded");
    world.done(Intent::Reset).expect("reset");
    world.done(Intent::LoadBoard { bundle: "/b/torn".into() }).expect_err("it cannot be read");
    assert_eq!(world.board().title, "Lead", "the old one never went");
    world.wait(Duration::from_secs(1));
    world.check();
}

#[test]
fn the_same_board_is_back_after_the_engine_died() {
    let mut world = World::new(disk());
    world.done(set("amp/drive", 1.0)).expect("set");
    world.engine.push_back(EngineEvent::Down("killed".into()));
    world.settle();
    assert!(!world.core.state().engine.is_running());
    world.done(set("delay/feedback", 0.8)).expect("it can be turned meanwhile");
    world.model = Model::new(FakeCatalogue::default());
    world.engine.push_back(EngineEvent::Up);
    world.settle();
    assert!(world.core.state().engine.is_running());
    assert_eq!(world.model.board.plugins.len(), 2);
    assert_eq!(world.model.board.plugins[1].params["feedback"], 0.8);
    world.check();
}

#[test]
fn a_board_is_preloaded_when_nobody_plays() {
    let mut world = World::new(disk());
    world.done(Intent::SelectBank(Some(0))).expect("a bank");
    for number in 0..10 {
        world.wait(Duration::from_millis(400));
        world.ask(Source::Hardware, set("amp/:bypass", f32::from(number % 2_u8)));
    }
    assert_eq!(world.core.state().preloaded, []);
    world.wait(Duration::from_secs(2));
    assert_eq!(world.core.state().preloaded.len(), 1);
}

#[test]
fn banks_outlive_a_look_at_the_boards_that_began_before_them() {
    let mut world = World::new(disk());
    let banks =
        vec![crate::session::state::Bank { title: "Gig".into(), boards: vec![PathBuf::from("/b/lead")] }];
    world.ask(Source::Web(1), Intent::Rescan);
    world.ask(Source::Web(1), Intent::SetBanks(banks.clone()));
    world.settle();
    assert_eq!(world.core.state().library.banks, banks);
    world.check();
}

#[test]
fn loudness_is_a_suggestion() {
    let mut world = World::new(disk());
    let before = world.board().clone();
    world.done(Intent::SelectBank(Some(0))).expect("a bank");
    world.done(Intent::MeasureLoudness { bundles: Vec::new() }).expect("measured");
    let lead = world.core.state().loudness[&PathBuf::from("/b/lead")];
    let clean = world.core.state().loudness[&PathBuf::from("/b/clean")];
    assert_eq!((lead.short_term, clean.short_term), (-28.0, -29.0));
    assert_eq!(lead.difference, Some(0.0));
    assert_eq!(clean.difference, Some(-1.0));
    assert_eq!(*world.board(), before, "nothing was turned");
}
