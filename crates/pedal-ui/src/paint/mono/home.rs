//! The home screen in black and white.

use embedded_graphics::pixelcolor::BinaryColor;

use super::{BOLD, Bitmap, NORMAL, SMALL, area};
use crate::model::{Model, WifiState};
use crate::view::Spot;

pub(super) fn draw(ink: &mut Bitmap, spot: Option<Spot>, model: &Model) {
    title(ink, spot, model);
    snapshot(ink, spot, model);
    middle(ink, spot, model);
    footswitches(ink, spot, model);
}

fn title(ink: &mut Bitmap, spot: Option<Spot>, model: &Model) {
    let here = spot == Some(Spot::Board);
    if here {
        ink.fill(area(0, 0, 128, 15), BinaryColor::On);
    }
    let title = match &model.board.loading {
        Some(title) => title.as_str(),
        None if model.board.title.is_empty() => "Untitled",
        None => &model.board.title,
    };
    let title = if model.board.unsaved { format!("{title}*") } else { title.to_owned() };
    // 18 bold letters, or 21 narrower ones
    let font = if title.chars().count() <= 18 { BOLD } else { NORMAL };
    ink.text(font, area(1, 1, 126, 13), &title, here);
}

fn snapshot(ink: &mut Bitmap, spot: Option<Spot>, model: &Model) {
    let here = spot == Some(Spot::Snapshot);
    if here {
        ink.fill(area(0, 15, 128, 12), BinaryColor::On);
    }
    let snapshots = &model.snapshots;
    let name = snapshots.current.and_then(|at| snapshots.names.get(at)).map_or("no snapshot", String::as_str);
    let name = if model.board.loading.is_some() { "loading" } else { name };
    let place = snapshots.current.map_or(String::new(), |at| format!("{}/{}", at + 1, snapshots.names.len()));
    let taken = ink.right(SMALL, area(60, 16, 67, 10), &place, here);
    ink.text(NORMAL, area(1, 16, 122 - taken, 10), name, here);
}

/// What is selected, in words; otherwise what the player should know; otherwise the plugins as small tiles.
fn middle(ink: &mut Bitmap, spot: Option<Spot>, model: &Model) {
    let line = area(0, 28, 128, 14);
    let words = match spot {
        Some(Spot::Wifi) => Some(format!("Wi-Fi {}", wifi(model))),
        Some(Spot::Audio) => Some("Audio".to_owned()),
        Some(Spot::Bypass) => Some(format!(
            "Bypass {}",
            if model.bypass.is_some_and(|bypass| bypass.active) { "on" } else { "off" }
        )),
        Some(Spot::System) => Some("System".to_owned()),
        Some(Spot::Control(at)) => {
            model.controls.get(at).map(|control| format!("{} {}", control.label, control.text))
        }
        Some(Spot::Plugin(at)) => model
            .board
            .plugins
            .get(at)
            .map(|plugin| format!("{} {}", if plugin.bypassed { "off" } else { "on" }, plugin.name)),
        _ => None,
    };
    if let Some(words) = words {
        ink.plate(line);
        ink.centred(NORMAL, area(2, 28, 124, 14), &words, true);
        return;
    }
    let notice = model.notice.as_ref().filter(|notice| !notice.error).map(|notice| notice.text.clone());
    let learning = model.learning.as_ref().map(|name| format!("learn {name}"));
    if let Some(words) = learning.or(notice) {
        ink.centred(NORMAL, line, &words, false);
        return;
    }
    let plugins = &model.board.plugins;
    if plugins.is_empty() {
        ink.centred(NORMAL, line, "no plugins", false);
        return;
    }
    let width = (128 / plugins.len().clamp(4, 8)) as i32;
    for (at, plugin) in plugins.iter().take(8).enumerate() {
        let tile = area(at as i32 * width, 29, width as u32 - 2, 12);
        if plugin.bypassed {
            ink.outline(tile)
        } else {
            ink.plate(tile)
        }
        let room = area(tile.top_left.x + 1, 29, tile.size.width - 2, 12);
        let fit = (room.size.width / SMALL.character_size.width) as usize;
        let name: String = plugin.name.chars().take(fit).collect();
        ink.centred(SMALL, room, &name, !plugin.bypassed);
    }
}

fn wifi(model: &Model) -> &'static str {
    match model.wifi.state {
        WifiState::Off => "off",
        WifiState::Idle => "alone",
        WifiState::Busy => "joining",
        WifiState::Connected => "on",
        WifiState::Hotspot => "hotspot",
    }
}

fn footswitches(ink: &mut Bitmap, spot: Option<Spot>, model: &Model) {
    let width = (128 / model.footswitches.len().max(3)) as i32;
    for (at, switch) in model.footswitches.iter().enumerate() {
        let tile = area(at as i32 * width, 46, width as u32 - 2, 18);
        if switch.lit {
            ink.plate(tile)
        } else {
            ink.outline(tile)
        }
        let room = area(tile.top_left.x + 2, 46, tile.size.width - 3, 18);
        let fits = |font: &embedded_graphics::mono_font::MonoFont<'_>| {
            switch.label.chars().count() as u32 * font.character_size.width <= room.size.width
        };
        let font = if fits(BOLD) {
            BOLD
        } else if fits(NORMAL) {
            NORMAL
        } else {
            SMALL
        };
        ink.centred(font, room, &switch.label, switch.lit);
        if spot == Some(Spot::Footswitch(at)) {
            ink.fill(area(tile.top_left.x, 43, tile.size.width, 2), BinaryColor::On);
        }
    }
}
