//! The home screen: status, board, snapshot, controls, plugins, footswitches.

use super::{
    AMBER, Align, Area, BLACK, DIM, EDGE, GREEN, PLATE, Pen, RED, WHITE, bold, icon, ink_on, regular,
};
use crate::model::{Category, Colour, Footswitch, Model, Plugin, WifiState};
use crate::view::Spot;

/// Tiles in a row.
const COLUMNS: usize = 4;
/// Where controls or plugins begin.
const MIDDLE: f32 = 99.0;
/// Where the footswitches begin.
const FEET: f32 = 184.0;

pub(super) fn draw(pen: &mut Pen<'_>, spot: Option<Spot>, model: &Model) {
    status(pen, spot, model);
    titles(pen, spot, model);
    let top = controls(pen, spot, model);
    plugins(pen, spot, model, top);
    footswitches(pen, spot, model);
}

/// A frame around what is selected.
fn select(pen: &mut Pen<'_>, area: Area, here: bool) {
    if here {
        pen.canvas.frame(area, 6.0, 3.0, AMBER);
    }
}

/// The top row: place in the bank, load, tempo, signs. A message takes the place of the words.
fn status(pen: &mut Pen<'_>, spot: Option<Spot>, model: &Model) {
    let words = Area::new(6.0, 0.0, 200.0, 25.0);
    if let Some(name) = &model.learning {
        let text = format!("Move a control: {name}");
        pen.fonts.fitted(pen.canvas, bold(16.0, AMBER), words, Align::Left, 13.0, &text);
    } else if let Some(notice) = model.notice.as_ref().filter(|notice| !notice.error) {
        pen.fonts.fitted(pen.canvas, bold(16.0, GREEN), words, Align::Left, 13.0, &notice.text);
    } else {
        let place = match (model.board_index, model.boards.len()) {
            (Some(at), count) if count > 0 => format!("{}/{count}", at + 1),
            _ => String::new(),
        };
        let health = &model.health;
        let colour = match health.dsp {
            load if load >= 90.0 || health.xruns[0] > 0 => RED,
            load if load >= 70.0 => AMBER,
            _ => DIM,
        };
        pen.fonts.label(pen.canvas, bold(16.0, DIM), Area { w: 44.0, ..words }, Align::Left, &place);
        let load = if health.xruns[0] > 0 {
            format!("{} xruns", health.xruns[0])
        } else {
            format!("DSP {:.0}%", health.dsp)
        };
        pen.fonts.label(
            pen.canvas,
            bold(16.0, colour),
            Area { x: 52.0, w: 70.0, ..words },
            Align::Left,
            &load,
        );
        let tempo = format!("{:.0} bpm", model.tempo.bpm);
        let ink = if model.tempo.tap_mode { AMBER } else { DIM };
        pen.fonts.label(
            pen.canvas,
            bold(16.0, ink),
            Area { x: 128.0, w: 70.0, ..words },
            Align::Left,
            &tempo,
        );
    }
    let signs = Area::new(0.0, 0.0, 26.0, 26.0);
    let (wifi, faint, waves) = match model.wifi.state {
        WifiState::Off => (EDGE, PLATE, 0),
        WifiState::Idle => (EDGE, EDGE, 3),
        WifiState::Busy => (WHITE, EDGE, 1),
        WifiState::Connected => (WHITE, EDGE, 3),
        WifiState::Hotspot => (AMBER, EDGE, 3),
    };
    icon::wifi(pen, (220.0, 13.0), wifi, faint, waves);
    select(pen, Area { x: 207.0, ..signs }, spot == Some(Spot::Wifi));
    icon::audio(pen, (249.0, 13.0), if model.health.clip { RED } else { WHITE });
    select(pen, Area { x: 236.0, ..signs }, spot == Some(Spot::Audio));
    if let Some(bypass) = model.bypass {
        icon::power(pen, (277.0, 13.0), 9.5, if bypass.active { EDGE } else { GREEN });
        select(pen, Area { x: 264.0, ..signs }, spot == Some(Spot::Bypass));
    }
    icon::gear(pen, (306.0, 13.0), WHITE);
    select(pen, Area { x: 293.0, ..signs }, spot == Some(Spot::System));
}

fn titles(pen: &mut Pen<'_>, spot: Option<Spot>, model: &Model) {
    let board = Area::new(6.0, 28.0, 308.0, 40.0);
    let (title, ink) = match &model.board.loading {
        Some(title) => (title.as_str(), DIM),
        None if model.board.title.is_empty() => ("Untitled", WHITE),
        None => (model.board.title.as_str(), WHITE),
    };
    let mark = if model.board.unsaved { 18.0 } else { 0.0 };
    let style = pen.fonts.fit(bold(37.0, ink), title, board.w - mark, 25.0);
    pen.fonts.label(pen.canvas, style, Area { w: board.w - mark, ..board }, Align::Left, title);
    if model.board.unsaved {
        let end = pen.fonts.width(style, title).min(board.w - mark);
        pen.canvas.disc((board.x + end + 11.0, board.y + 11.0), 4.5, AMBER);
    }
    select(pen, Area::new(1.0, 27.0, 318.0, 41.0), spot == Some(Spot::Board));

    let area = Area::new(6.0, 70.0, 250.0, 25.0);
    let snapshots = &model.snapshots;
    let name = snapshots.current.and_then(|at| snapshots.names.get(at));
    let name = match name {
        _ if model.board.loading.is_some() => "loading…",
        Some(name) => name,
        None => "no snapshot",
    };
    pen.fonts.fitted(pen.canvas, bold(25.0, AMBER), area, Align::Left, 18.0, name);
    let side = Area::new(258.0, 70.0, 56.0, 25.0);
    let text = match snapshots.current {
        Some(at) => {
            format!("{}{}/{}", if snapshots.touched { "*" } else { "" }, at + 1, snapshots.names.len())
        }
        None => String::new(),
    };
    pen.fonts.label(pen.canvas, bold(17.0, DIM), side, Align::Right, &text);
    select(pen, Area::new(1.0, 68.0, 318.0, 29.0), spot == Some(Spot::Snapshot));
}

/// Controls with what they move and where they stand. Gives where the plugins begin.
fn controls(pen: &mut Pen<'_>, spot: Option<Spot>, model: &Model) -> f32 {
    let controls = &model.controls;
    if controls.is_empty() {
        return MIDDLE + 2.0;
    }
    let width = 320.0 / controls.len().clamp(3, 6) as f32;
    for (at, control) in controls.iter().take(6).enumerate() {
        let area = Area::new(at as f32 * width + 3.0, MIDDLE, width - 6.0, 23.0);
        let name = if control.label.is_empty() { "-" } else { &control.label };
        let text = Area::new(area.x + 3.0, area.y + 1.0, area.w - 6.0, 15.0);
        pen.fonts.label(pen.canvas, bold(14.0, WHITE), text, Align::Left, name);
        let value = pen.fonts.width(bold(14.0, WHITE), name);
        if value + 34.0 < text.w {
            let free = Area { x: text.x + value + 4.0, w: text.w - value - 4.0, ..text };
            pen.fonts.label(pen.canvas, regular(13.0, DIM), free, Align::Right, &control.text);
        }
        let bar = Area::new(area.x + 3.0, area.y + 17.0, area.w - 6.0, 4.0);
        pen.canvas.plate(bar, 2.0, PLATE);
        let position = if control.position.is_finite() { control.position.clamp(0.0, 1.0) } else { 0.0 };
        pen.canvas.plate(Area { w: (bar.w * position).max(4.0), ..bar }, 2.0, AMBER);
        select(
            pen,
            Area::new(area.x - 2.0, area.y - 2.0, area.w + 4.0, 26.0),
            spot == Some(Spot::Control(at)),
        );
    }
    MIDDLE + 26.0
}

/// Tiles of the plugins, four in a row; the rows around the selected one when there are more than fit.
fn plugins(pen: &mut Pen<'_>, spot: Option<Spot>, model: &Model, top: f32) {
    let plugins = &model.board.plugins;
    if plugins.is_empty() {
        let area = Area::new(8.0, top, 304.0, 40.0);
        pen.fonts.label(pen.canvas, regular(18.0, DIM), area, Align::Left, "No plugins on this board");
        return;
    }
    let height = 27.0;
    let fit = ((FEET - 2.0 - top) / height).floor().max(1.0) as usize;
    let rows = plugins.len().div_ceil(COLUMNS);
    let here = match spot {
        Some(Spot::Plugin(at)) => at / COLUMNS,
        _ => 0,
    };
    let first = here.saturating_sub(fit - 1).min(rows.saturating_sub(fit));
    for (at, plugin) in plugins.iter().enumerate().skip(first * COLUMNS).take(fit * COLUMNS) {
        let (row, column) = (at / COLUMNS - first, at % COLUMNS);
        let area = Area::new(column as f32 * 79.5 + 1.5, top + row as f32 * height, 77.5, height - 2.0);
        tile(pen, area, plugin);
        select(pen, area, spot == Some(Spot::Plugin(at)));
    }
    // more rows below or above: a bar at the right edge
    if rows > fit {
        let whole = fit as f32 * height - 2.0;
        let part = whole * fit as f32 / rows as f32;
        let y = top + (whole - part) * first as f32 / (rows - fit) as f32;
        pen.canvas.plate(Area::new(318.0, y, 2.0, part), 1.0, AMBER);
    }
}

/// Filled: it plays. Outline: it is passed by.
fn tile(pen: &mut Pen<'_>, area: Area, plugin: &Plugin) {
    let colour = plugin.category.colour();
    let ink = if plugin.missing {
        pen.canvas.frame(area.inset(1.0), 5.0, 2.0, RED);
        RED
    } else if plugin.bypassed {
        pen.canvas.frame(area.inset(1.0), 5.0, 2.0, lighter(colour));
        DIM
    } else {
        pen.canvas.plate(area.inset(1.0), 5.0, colour);
        ink_on(colour)
    };
    pen.fonts.fitted(pen.canvas, bold(17.0, ink), area.inset(5.0), Align::Centre, 13.0, &plugin.name);
}

/// Dark colours can be seen as lines, too.
fn lighter(colour: Colour) -> Colour {
    if colour.brightness() < 0.3 { colour.mix(WHITE, 0.35) } else { colour }
}

fn footswitches(pen: &mut Pen<'_>, spot: Option<Spot>, model: &Model) {
    let count = model.footswitches.len();
    if count == 0 {
        return;
    }
    let width = 320.0 / count.max(3) as f32;
    for (at, switch) in model.footswitches.iter().enumerate() {
        let area = Area::new(at as f32 * width + 2.0, FEET, width - 4.0, 240.0 - FEET - 1.0);
        footswitch(pen, area, switch);
        select(pen, area, spot == Some(Spot::Footswitch(at)));
    }
}

fn footswitch(pen: &mut Pen<'_>, area: Area, switch: &Footswitch) {
    let colour = if switch.colour == Colour::default() { Category::Unknown.colour() } else { switch.colour };
    let ink = if switch.lit {
        pen.canvas.plate(area, 8.0, colour);
        ink_on(colour)
    } else {
        pen.canvas.plate(area, 8.0, colour.mix(BLACK, 0.8));
        pen.canvas.frame(area, 8.0, 3.0, lighter(colour));
        WHITE
    };
    let tall = if switch.long.is_empty() { area.h } else { 34.0 };
    let label = Area::new(area.x + 5.0, area.y + 2.0, area.w - 10.0, tall - 2.0);
    pen.fonts.fitted(pen.canvas, bold(26.0, ink), label, Align::Centre, 16.0, &switch.label);
    let long = Area::new(area.x + 5.0, area.y + 35.0, area.w - 10.0, 15.0);
    let faint = ink.mix(if switch.lit { colour } else { BLACK }, 0.25);
    pen.fonts.label(pen.canvas, bold(14.0, faint), long, Align::Centre, &switch.long);
}
