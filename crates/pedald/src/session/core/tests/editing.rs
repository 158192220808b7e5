//! Editing: plugins, presets, undo.

use super::*;

#[test]
fn a_plugin_that_the_engine_cannot_make_is_not_on_the_board() {
    let mut world = World::new(disk());
    world.model.broken.insert("urn:fake:gain".into());
    let before = world.board().clone();
    let add = |name: &str, uri: &str| Intent::AddPlugin {
        instance: Instance::new(name),
        uri: uri.into(),
        position: (1.0, 2.0),
    };
    let error = world.done(add("g", "urn:fake:gain")).expect_err("broken");
    assert!(error.to_string().contains("could not be instantiated"), "{error}");
    let error = world.done(add("g", "urn:fake:none")).expect_err("not installed");
    assert!(error.to_string().contains("urn:fake:none"), "{error}");
    assert!(world.done(add("a/b", "urn:fake:amp")).is_err());
    assert!(world.done(add("amp", "urn:fake:amp")).is_err(), "the name is taken");
    assert_eq!(*world.board(), before);
    assert!(matches!(world.done(add("g", "urn:fake:amp")), Ok(Done::Plugin(_))));
    world.check();
}

#[test]
fn unsaved_follows_edits_saves_and_undo() {
    let mut world = World::new(disk());
    assert!(!world.core.state().unsaved);
    world.ask(Source::Hardware, set("amp/:bypass", 1.0));
    assert!(!world.core.state().unsaved, "playing is no edit");
    world.done(set("amp/drive", 1.0)).expect("set");
    assert!(world.core.state().unsaved);
    world.done(Intent::Undo).expect("undone");
    assert!(!world.core.state().unsaved);
    world.done(Intent::Redo).expect("redone");
    assert!(world.core.state().unsaved);
    let saved = world.done(Intent::SaveBoard { title: None, as_new: false }).expect("saved");
    assert_eq!(saved, Done::Saved { bundle: "/b/lead".into(), title: "Lead".into() });
    assert!(!world.core.state().unsaved);
    world.done(Intent::Undo).expect("undone");
    assert!(world.core.state().unsaved, "the disk holds what was undone");
    assert_eq!(world.done(Intent::Undo), Err(SessionError::NothingToUndo));
    world.check();
}

#[test]
fn a_turn_of_a_knob_is_one_step() {
    let mut world = World::new(disk());
    for value in 0..50 {
        world.now += Duration::from_millis(20);
        world.done(set("amp/drive", value as f32 / 10.0)).expect("set");
    }
    assert_eq!(world.core.state().history.depth, 1);
    world.done(Intent::Undo).expect("undone");
    assert_eq!(world.board().value(&ControlPort::new("amp", "drive")), Some(5.0));
    world.check();
}

#[test]
fn a_preset_brings_its_values_and_can_be_taken_back() {
    let mut world = World::new(disk());
    let before = world.board().clone();
    let load = Intent::LoadPreset { instance: "amp".into(), uri: "urn:fake:amp#clean".into() };
    world.done(load).expect("loaded");
    assert_eq!(world.board().value(&ControlPort::new("amp", "drive")), Some(0.0));
    world.done(Intent::Undo).expect("undone");
    assert_eq!(*world.board(), before);
    world.check();
}

#[test]
fn a_preset_that_came_before_a_reset_is_in_the_board_that_comes_back() {
    let mut world = World::new(disk());
    let preset = Intent::LoadPreset { instance: "amp".into(), uri: "urn:fake:amp#clean".into() };
    for intent in [preset, Intent::Reset, Intent::LoadBoard { bundle: "/b/torn".into() }] {
        world.ask(Source::Web(1), intent);
    }
    world.wait(Duration::from_secs(3));
    assert_eq!(world.board().value(&ControlPort::new("amp", "drive")), Some(0.0));
    assert!(world.core.state().unsaved);
    world.check();
}
