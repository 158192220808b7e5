//! Lists of the board: boards, banks, snapshots, controls, tempo, blends.

use super::super::place::{End, Menu, Place, Purpose, Target, Then};
use super::Entries;
use crate::UiAction;
use crate::model::{ClockSource, ControlKind, Curve, Model};
use crate::view::{Mark, Row};

pub(super) fn pedalboards(model: &Model) -> Entries {
    let board = &model.board;
    let mut list = Entries::new("Pedalboard");
    let title = if board.title.is_empty() { "Untitled" } else { &board.title };
    list.row("Save", if board.unsaved { "unsaved" } else { "" }, Then::DoAndHome(UiAction::SaveBoard));
    list.row("Save as", "", Then::entry(Purpose::BoardTitle, title));
    if let Some(edit) = &board.undo {
        list.row("Undo", edit.as_str(), Then::Do(UiAction::Undo));
    }
    if let Some(edit) = &board.redo {
        list.row("Redo", edit.as_str(), Then::Do(UiAction::Redo));
    }
    if board.unsaved {
        let text = format!("Changes of {title} since the last save are lost.");
        list.row(
            "Revert",
            "to saved",
            Then::confirm("Revert board?", &text, "Revert", UiAction::RevertBoard),
        );
    }
    list.row("Versions", board.versions.len().to_string(), Then::menu(Menu::Versions));
    list.row("Plugins", board.plugins.len().to_string(), Then::menu(Menu::Plugins));
    let loudness = board.loudness.map_or_else(|| "measure".to_owned(), |lu| format!("{lu:+.1} dB"));
    list.row("Loudness", loudness, Then::Do(UiAction::MeasureLoudness));
    list.row("Next board", "", Then::DoAndHome(UiAction::NextBoard));
    list.row("Previous board", "", Then::DoAndHome(UiAction::PreviousBoard));
    list.row("Reload boards", "", Then::DoAndHome(UiAction::ReloadBoards));
    let text = "Fetch the newest sample boards. Your own boards stay as they are.";
    list.row(
        "Update sample boards",
        "",
        Then::confirm("Sample boards", text, "Update", UiAction::UpdateSampleBoards),
    );
    list
}

pub(super) fn boards(model: &Model) -> Entries {
    let bank = model.bank.and_then(|at| model.banks.get(at));
    let mut list = Entries::new(bank.map_or("Pedalboards", String::as_str));
    list.empty = "No pedalboards in this bank";
    for (at, board) in model.boards.iter().enumerate() {
        let here = model.board_index == Some(at);
        list.radio(&board.title, here, Then::DoAndHome(UiAction::LoadBoard(at)));
        if board.broken
            && let Some(item) = list.items.last_mut()
        {
            item.row.dim = true;
            item.row.value = "missing plugins".into();
        }
    }
    list.row("Select bank", "", Then::menu(Menu::Banks));
    list.row("Save, undo, versions", "", Then::menu(Menu::Pedalboards));
    list
}

pub(super) fn banks(model: &Model) -> Entries {
    let mut list = Entries::new("Banks");
    list.radio("All pedalboards", model.bank.is_none(), Then::DoAndBack(UiAction::SelectBank(None)));
    for (at, bank) in model.banks.iter().enumerate() {
        list.radio(bank, model.bank == Some(at), Then::DoAndBack(UiAction::SelectBank(Some(at))));
    }
    list
}

pub(super) fn versions(model: &Model) -> Entries {
    let mut list = Entries::new("Versions");
    list.row("Keep a version", "", Then::entry(Purpose::VersionName, ""));
    for (at, name) in model.board.versions.iter().enumerate() {
        let text = format!("{name} becomes the present board. Undo takes it back.");
        list.row(name, "", Then::confirm("Go back to version?", &text, "Go back", UiAction::LoadVersion(at)));
    }
    list
}

pub(super) fn snapshots(model: &Model) -> Entries {
    let mut list = Entries::new("Snapshots");
    for (at, name) in model.snapshots.names.iter().enumerate() {
        list.radio(name, model.snapshots.current == Some(at), Then::DoAndHome(UiAction::LoadSnapshot(at)));
        list.long(Then::menu(Menu::Snapshot(at)));
    }
    list.row("New snapshot", "", Then::entry(Purpose::SnapshotName, ""));
    list.row("Save, rename, delete", "", Then::menu(Menu::SnapshotTools));
    list.row("Blend", model.blend.names.len().to_string(), Then::menu(Menu::Blends));
    list
}

pub(super) fn snapshot_tools(model: &Model) -> Entries {
    let mut list = Entries::new("Which snapshot?");
    list.empty = "This board has no snapshots";
    for (at, name) in model.snapshots.names.iter().enumerate() {
        list.row(name, "", Then::menu(Menu::Snapshot(at)));
    }
    list
}

pub(super) fn snapshot(model: &Model, at: usize) -> Entries {
    let Some(name) = model.snapshots.names.get(at) else { return Entries::new("Snapshot") };
    let mut list = Entries::new(name);
    list.row("Recall", "", Then::DoAndHome(UiAction::LoadSnapshot(at)));
    if model.snapshots.current == Some(at) {
        list.row("Save settings here", "", Then::DoAndHome(UiAction::SaveSnapshot));
    }
    list.row("Rename", "", Then::entry(Purpose::Rename(at), name));
    let text = format!("{name} is removed from this board.");
    list.row("Delete", "", Then::confirm("Delete snapshot?", &text, "Delete", UiAction::DeleteSnapshot(at)));
    list
}

pub(super) fn control(model: &Model, at: usize) -> Entries {
    let Some(control) = model.controls.get(at) else { return Entries::new("Control") };
    let name = match control.kind {
        ControlKind::Knob => "Knob",
        ControlKind::Expression => "Expression pedal",
        ControlKind::Volume => "Volume",
    };
    let mut list = Entries::new(if control.label.is_empty() { name } else { &control.label });
    if let Some((instance, symbol)) = &control.parameter {
        let target = Target::Parameter(instance.clone(), symbol.clone());
        list.row("Value", control.text.as_str(), Then::dial(target));
        list.row("Assignment", "", Then::menu(Menu::Assign(instance.clone(), symbol.clone())));
    }
    if control.kind == ControlKind::Volume {
        list.row("Output volume", control.text.as_str(), Then::dial(Target::OutputVolume));
    }
    if control.kind == ControlKind::Expression {
        list.row("Calibrate", "", Then::Open(Box::new(Place::Calibrate(at, End::Low))));
        list.row("Curve", control.curve.name(), Then::menu(Menu::Curve(at)));
    }
    list
}

pub(super) fn curve(model: &Model, at: usize) -> Entries {
    let mut list = Entries::new("Curve");
    let present = model.controls.get(at).map(|control| control.curve);
    for curve in Curve::ALL {
        list.radio(
            curve.name(),
            present == Some(curve),
            Then::DoAndBack(UiAction::SetExpressionCurve(at, curve)),
        );
    }
    list
}

pub(super) fn footswitches(model: &Model) -> Entries {
    let mut list = Entries::new("Footswitches");
    list.empty = "No footswitches";
    for (at, switch) in model.footswitches.iter().enumerate() {
        let letter = char::from(b'A' + (at % 26) as u8);
        let row = Row {
            label: format!("{letter}  {}", switch.label),
            value: switch.long.clone(),
            mark: Mark::Switch(switch.lit),
            colour: Some(switch.colour),
            ..Row::default()
        };
        list.push(row, Then::Do(UiAction::PressFootswitch(at)));
        list.long(Then::Do(UiAction::HoldFootswitch(at)));
    }
    list
}

pub(super) fn tempo(model: &Model) -> Entries {
    let tempo = &model.tempo;
    let mut list = Entries::new("Tempo");
    list.row("Tempo", format!("{:.0} BPM", tempo.bpm), Then::dial(Target::Tempo));
    list.row("Tap", "click in time", Then::Do(UiAction::TapTempo));
    list.switch("Tap with footswitch", tempo.tap_mode, Then::Do(UiAction::SetTapMode(!tempo.tap_mode)));
    list.row("Clock", tempo.source.name(), Then::menu(Menu::Clock));
    list
}

pub(super) fn clock(model: &Model) -> Entries {
    let mut list = Entries::new("Clock");
    for source in ClockSource::ALL {
        list.radio(source.name(), model.tempo.source == source, Then::DoAndBack(UiAction::SetClock(source)));
    }
    list
}

pub(super) fn blends(model: &Model) -> Entries {
    let mut list = Entries::new("Blend");
    list.empty = "This board has no blends";
    for (at, name) in model.blend.names.iter().enumerate() {
        let then = Then::DoAndOpen(UiAction::SelectBlend(at), Box::new(Place::Blend));
        list.radio(name, model.blend.current == Some(at), then);
    }
    list
}
