//! The home screen: what can be selected there, and what it leads to.

use super::place::{Menu, Place, Target, Then};
use crate::UiAction;
use crate::model::{ControlKind, Model};
use crate::view::Spot;

/// Everything that can be selected, in the order of turning: as one reads, and the signs at the top last, so that the
/// system is one detent to the left.
pub(super) fn spots(model: &Model) -> Vec<Spot> {
    let mut spots = vec![Spot::Board, Spot::Snapshot];
    spots.extend((0..model.controls.len()).map(Spot::Control));
    spots.extend((0..model.board.plugins.len()).map(Spot::Plugin));
    spots.extend((0..model.footswitches.len()).map(Spot::Footswitch));
    spots.extend([Spot::Wifi, Spot::Audio]);
    spots.extend(model.bypass.map(|_| Spot::Bypass));
    spots.push(Spot::System);
    spots
}

/// Where `detents` lead. From nothing the first detent selects: the board to the right, the system to the left.
pub(super) fn turned(model: &Model, spot: Option<Spot>, detents: i32) -> Option<Spot> {
    let spots = spots(model);
    let at = match spot.and_then(|spot| spots.iter().position(|have| *have == spot)) {
        Some(at) => at as i64 + i64::from(detents),
        None if detents > 0 => i64::from(detents) - 1,
        None => i64::from(detents),
    };
    spots.get(at.rem_euclid(spots.len() as i64) as usize).copied()
}

pub(super) fn click(model: &Model, spot: Option<Spot>) -> Then {
    match spot {
        // the first press shows where one is
        None => Then::Open(Box::new(Place::Menu(Menu::Boards, Some(0)))),
        Some(Spot::Wifi) => Then::menu(Menu::Wifi),
        Some(Spot::Audio) => Then::menu(Menu::Audio),
        Some(Spot::Bypass) => match model.bypass {
            Some(bypass) => Then::Do(UiAction::SetTrueBypass(!bypass.active)),
            None => Then::Nothing,
        },
        Some(Spot::System) => Then::menu(Menu::System),
        Some(Spot::Board) => Then::menu(Menu::Boards),
        Some(Spot::Snapshot) => Then::menu(Menu::Snapshots),
        Some(Spot::Control(at)) => match model.controls.get(at) {
            Some(control) if control.kind == ControlKind::Volume => Then::dial(Target::OutputVolume),
            _ => Then::menu(Menu::Control(at)),
        },
        Some(Spot::Plugin(at)) => match model.board.plugins.get(at) {
            Some(plugin) => Then::Do(UiAction::SetBypass {
                instance: plugin.instance.clone(),
                bypassed: !plugin.bypassed,
            }),
            None => Then::Nothing,
        },
        Some(Spot::Footswitch(at)) => Then::Do(UiAction::PressFootswitch(at)),
    }
}

pub(super) fn long(model: &Model, spot: Option<Spot>) -> Then {
    match spot {
        None | Some(Spot::System) => Then::menu(Menu::System),
        Some(Spot::Bypass) => Then::menu(Menu::BypassSide),
        Some(Spot::Board) => Then::menu(Menu::Pedalboards),
        Some(Spot::Snapshot) => {
            let present = model.snapshots.current.filter(|at| *at < model.snapshots.names.len());
            Then::menu(present.map_or(Menu::SnapshotTools, Menu::Snapshot))
        }
        Some(Spot::Plugin(at)) => match model.board.plugins.get(at) {
            Some(plugin) => Then::menu(Menu::Plugin(plugin.instance.clone())),
            None => Then::Nothing,
        },
        Some(Spot::Control(at)) => Then::menu(Menu::Control(at)),
        Some(Spot::Footswitch(at)) => Then::Do(UiAction::HoldFootswitch(at)),
        Some(Spot::Wifi) => Then::menu(Menu::Clients),
        Some(Spot::Audio) => Then::menu(Menu::Health),
    }
}
