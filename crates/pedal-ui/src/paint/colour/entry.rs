//! Text by the encoder: what was typed, and all keys.

use super::{AMBER, Align, Area, BLACK, DIM, EDGE, PLATE, Pen, WHITE, bold, regular};
use crate::view::Entry;

/// Letters in a row.
const COLUMNS: usize = 11;

pub(super) fn draw(pen: &mut Pen<'_>, entry: &Entry) {
    let area = Area::new(8.0, 0.0, 186.0, 28.0);
    pen.fonts.fitted(pen.canvas, bold(19.0, WHITE), area, Align::Left, 14.0, &entry.title);
    let area = Area::new(196.0, 0.0, 116.0, 28.0);
    pen.fonts.fitted(pen.canvas, regular(15.0, AMBER), area, Align::Right, 12.0, &entry.hint);
    let field = Area::new(4.0, 29.0, 312.0, 38.0);
    pen.canvas.frame(field, 6.0, 2.0, EDGE);
    let style = bold(27.0, WHITE);
    // the end is what is being typed: the beginning goes out to the left
    let mut text = entry.text.as_str();
    let mut clipped = false;
    while pen.fonts.width(style, text) > field.w - 34.0 {
        let mut letters = text.chars();
        letters.next();
        text = letters.as_str();
        clipped = true;
    }
    let x = field.x + 8.0;
    let x = if clipped { pen.fonts.draw(pen.canvas, regular(27.0, DIM), (x, 57.0), "…") } else { x };
    let end = pen.fonts.draw(pen.canvas, style, (x, 57.0), text);
    pen.canvas.plate(Area::new(end + 2.0, 36.0, 3.0, 24.0), 1.0, AMBER);

    let letters = entry.keys.iter().filter(|key| key.chars().count() == 1).count();
    let width = 320.0 / COLUMNS as f32;
    let rows = letters.div_ceil(COLUMNS);
    let height = (126.0 / rows.max(1) as f32).min(40.0);
    for (at, key) in entry.keys.iter().take(letters).enumerate() {
        let (row, column) = (at / COLUMNS, at % COLUMNS);
        let area = Area::new(column as f32 * width, 72.0 + row as f32 * height, width, height);
        key_cap(pen, area.inset(1.0), key, entry.selected == at, bold(24.0, WHITE).size, None);
    }
    let named = entry.keys.len().saturating_sub(letters).max(1);
    let width = 320.0 / named as f32;
    for (at, key) in entry.keys.iter().enumerate().skip(letters) {
        let area = Area::new((at - letters) as f32 * width, 202.0, width, 36.0);
        key_cap(pen, area.inset(2.0), key, entry.selected == at, 17.0, Some(PLATE));
    }
}

fn key_cap(
    pen: &mut Pen<'_>,
    area: Area,
    key: &str,
    here: bool,
    size: f32,
    plate: Option<crate::model::Colour>,
) {
    if here {
        pen.canvas.plate(area, 6.0, AMBER);
    } else if let Some(plate) = plate {
        pen.canvas.plate(area, 6.0, plate);
    }
    let ink = if here { BLACK } else { WHITE };
    pen.fonts.label(pen.canvas, bold(size, ink), area, Align::Centre, key);
}
