//! What is asked for in a row means what it meant when it was asked for.

use super::*;

fn load(bundle: &str) -> Intent {
    Intent::LoadBoard { bundle: bundle.into() }
}

/// A session whose next board stands ready.
fn ready() -> World {
    let mut world = World::new(disk());
    world.done(Intent::SelectBank(Some(0))).expect("a bank");
    world.wait(Duration::from_secs(2));
    assert_eq!(world.core.state().preloaded.len(), 1);
    world
}

#[test]
fn what_comes_before_another_board_is_done_to_the_one_before() {
    let mut world = ready();
    world.ask(Source::Hardware, Intent::StepBoard(Step::Next));
    // meant for Clean, which is on its way
    let of_clean = world.ask(Source::Web(1), set("filter/q", 5.0));
    let save = world.ask(Source::Web(1), Intent::SaveBoard { title: None, as_new: false });
    world.ask(Source::Web(1), load("/b/lead"));
    // and this for Lead
    let of_lead = world.ask(Source::Web(1), Intent::LoadSnapshot(Step::To(1)));
    world.wait(Duration::from_secs(3));
    assert_eq!(world.answers[&of_clean], Ok(Done::Done));
    let Ok(Done::Saved { bundle, .. }) = &world.answers[&save] else { panic!("{:?}", world.answers) };
    assert_eq!(bundle, &PathBuf::from("/b/clean"));
    let clean = world.disk.contents().boards[&PathBuf::from("/b/clean")].clone();
    assert_eq!(clean.value(&ControlPort::new("filter", "q")), Some(5.0));
    assert_eq!(world.answers[&of_lead], Ok(Done::Snapshot { at: 1, name: "Loud".into() }));
    assert_eq!((world.board().title.as_str(), world.board().snapshot), ("Lead", Some(1)));
    world.check();
}

#[test]
fn what_was_meant_for_a_board_that_does_not_come_is_done_to_no_other() {
    let mut world = ready();
    world.ask(Source::Hardware, Intent::StepBoard(Step::Next));
    world.ask(Source::Web(1), load("/b/torn"));
    let meant = world.ask(Source::Web(1), set("amp/drive", 9.0));
    world.ask(Source::Web(1), load("/b/lead"));
    world.wait(Duration::from_secs(3));
    assert!(matches!(world.answers[&meant], Err(SessionError::Superseded(_))), "{:?}", world.answers[&meant]);
    assert_eq!(world.board().value(&ControlPort::new("amp", "drive")), Some(5.0));
    world.check();
}

#[test]
fn a_snapshot_after_a_board_is_one_of_that_board() {
    let mut world = World::new(disk());
    world.done(load("/b/clean")).expect("loaded");
    world.ask(Source::Midi, load("/b/lead"));
    let chosen = world.ask(Source::Midi, Intent::LoadSnapshot(Step::To(1)));
    // the old board sounds still, and can be played
    world.ask(Source::Hardware, set("filter/q", 5.0));
    assert_eq!(world.board().value(&ControlPort::new("filter", "q")), Some(5.0));
    world.settle();
    assert_eq!(world.answers[&chosen], Ok(Done::Snapshot { at: 1, name: "Loud".into() }));
    assert_eq!(world.board().snapshot_name(), Some("Loud"));
    world.check();
}

#[test]
fn a_board_that_stands_twice_in_a_set_leads_on_from_both_places() {
    let mut world = World::new(disk());
    let boards = ["/b/lead", "/b/clean", "/b/lead", "/b/other"].map(PathBuf::from).to_vec();
    world.disk = world.disk.clone().with("/b/other", Board { title: "Other".into(), ..clean() });
    world.done(Intent::SetBanks(vec![Bank { title: "Set".into(), boards }])).expect("set");
    world.done(Intent::SelectBank(Some(0))).expect("a bank");
    let mut titles = Vec::new();
    for _ in 0..5 {
        world.done(Intent::StepBoard(Step::Next)).expect("switched");
        titles.push(world.board().title.clone());
        world.wait(Duration::from_secs(3));
    }
    assert_eq!(titles, ["Clean", "Lead", "Other", "Lead", "Clean"]);
    world.done(Intent::StepBoard(Step::Previous)).expect("switched");
    world.done(Intent::StepBoard(Step::Previous)).expect("switched");
    assert_eq!(world.board().title, "Other");
    let ready: Vec<_> = world.core.state().preloaded.iter().map(|ready| ready.title.as_str()).collect();
    assert!(!ready.contains(&"Other"), "{ready:?}");
    world.check();
}

#[test]
fn a_board_that_is_asked_for_while_the_engine_comes_up_is_loaded() {
    for bundle in ["/b/clean", "/b/torn"] {
        let mut world = World::new(disk());
        world.input(Input::Engine { event: EngineEvent::Down("killed".into()), memory: None });
        world.model = Model::new(FakeCatalogue::default());
        world.engine.clear();
        let number = world.ask(Source::Hardware, load(bundle));
        world.engine.push_back(EngineEvent::Up);
        world.step_engine();
        world.settle();
        match bundle {
            "/b/clean" => assert!(world.answers[&number].is_ok(), "{:?}", world.answers[&number]),
            _ => assert!(matches!(world.answers[&number], Err(SessionError::Load { .. }))),
        }
        assert_eq!(world.board().title, if bundle == "/b/clean" { "Clean" } else { "Lead" });
        assert!(world.core.state().engine.is_running(), "{bundle}");
        world.check();
    }
}

#[test]
fn an_edit_is_kept_when_the_next_board_comes_at_once() {
    let mut world = World::new(disk());
    world.done(set("amp/drive", 9.0)).expect("set");
    world.disk.contents().jobs.clear();
    world.done(load("/b/clean")).expect("loaded");
    let kept = |jobs: &[crate::store::DiskJob]| {
        jobs.iter().any(|job| match job {
            crate::store::DiskJob::Autosave { board } => {
                board.title == "Lead" && board.value(&ControlPort::new("amp", "drive")) == Some(9.0)
            }
            _ => false,
        })
    };
    assert!(kept(&world.disk.contents().jobs), "{:?}", world.disk.contents().jobs);
    world.wait(Duration::from_secs(3));
    let autosaves = world
        .disk
        .contents()
        .jobs
        .iter()
        .filter(|job| matches!(job, crate::store::DiskJob::Autosave { .. }))
        .count();
    assert_eq!(autosaves, 1, "nothing else is to be kept");
}

#[test]
fn what_stands_ready_is_as_new_as_the_disk() {
    let mut world = ready();
    let mut changed = clean();
    changed.title = "Clean".into();
    Arc::make_mut(&mut changed.plugins[0]).values.insert("q".into(), 9.0);
    world.disk = world.disk.clone().with("/b/clean", changed);
    world.done(Intent::Rescan).expect("read");
    world.wait(Duration::from_secs(3));
    world.done(Intent::StepBoard(Step::Next)).expect("switched");
    assert_eq!(world.board().value(&ControlPort::new("filter", "q")), Some(9.0));
    world.check();
}

#[test]
fn what_is_wrong_with_a_board_is_told_when_it_comes_not_when_it_stands_ready() {
    let disk = disk();
    let mut lacking = clean();
    lacking.title = "Clean".into();
    lacking.plugins.push(Arc::new(Plugin {
        missing: true,
        ..Plugin::new("gone".into(), 9, Arc::new(crate::session::PluginSpec::missing("urn:fake:gone")))
    }));
    let mut world = World::new(disk.with("/b/clean", lacking));
    world.done(Intent::SelectBank(Some(0))).expect("a bank");
    world.wait(Duration::from_secs(2));
    assert_eq!((world.core.state().preloaded.len(), &world.core.state().notice), (1, &None));
    for _ in 0..2 {
        world.done(Intent::StepBoard(Step::Next)).expect("switched");
        let notice = world.core.state().notice.clone().expect("it lacks a plugin");
        assert!(notice.text.contains("effect_9"), "{notice:?}");
        world.wait(Duration::from_secs(3));
        world.done(Intent::StepBoard(Step::Next)).expect("switched");
        assert_eq!(world.core.state().notice, None);
        world.wait(Duration::from_secs(3));
    }
}

#[test]
fn a_saved_board_is_whole_when_it_is_said_to_be_saved() {
    let mut world = World::new(disk());
    let save = world.ask(Source::Rest, Intent::SaveBoard { title: None, as_new: false });
    while !world.model.commands.iter().any(|command| matches!(command, Command::StateSave { .. })) {
        assert!(!world.answers.contains_key(&save), "the engine has stored nothing yet");
        assert!(world.step_disk() || world.step_engine());
    }
    assert!(!world.answers.contains_key(&save), "it has not answered");
    world.settle();
    assert!(matches!(world.answers[&save], Ok(Done::Saved { .. })));
    let states: Vec<_> = world.board().plugins.iter().map(|plugin| plugin.state.clone()).collect();
    assert_eq!(states, ["/b/lead/effect-0", "/b/lead/effect-1"].map(|folder| Some(folder.into())));
    world.check();
    // the engine may also die over it
    let save = world.ask(Source::Rest, Intent::SaveBoard { title: None, as_new: false });
    world.step_disk();
    world.engine.clear();
    world.input(Input::Engine { event: EngineEvent::Down("killed".into()), memory: None });
    assert!(matches!(world.answers[&save], Ok(Done::Saved { .. })));
}
