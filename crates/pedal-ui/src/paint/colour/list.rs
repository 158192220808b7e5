//! Lists: six rows, the selected one in full contrast.

use super::{AMBER, Align, Area, BLACK, DIM, EDGE, GREEN, PLATE, Pen, WHITE, bold, regular};
use crate::model::Colour;
use crate::view::{List, Mark, Row};

/// Rows on the screen.
const ROWS: usize = 6;
const HEIGHT: f32 = 33.0;
const TOP: f32 = 41.0;

pub(super) fn draw(pen: &mut Pen<'_>, list: &List) {
    back(pen, list);
    if list.rows.is_empty() {
        let area = Area::new(12.0, TOP + 30.0, 296.0, HEIGHT);
        pen.fonts.fitted(pen.canvas, regular(21.0, DIM), area, Align::Left, 15.0, &list.empty);
        return;
    }
    let first = first(list.selected.unwrap_or(0), list.rows.len(), ROWS);
    let scrolls = list.rows.len() > ROWS;
    for (at, row) in list.rows.iter().enumerate().skip(first).take(ROWS) {
        let y = TOP + (at - first) as f32 * HEIGHT;
        let area = Area::new(3.0, y, if scrolls { 307.0 } else { 314.0 }, HEIGHT - 2.0);
        draw_row(pen, area, row, list.selected == Some(at));
    }
    if scrolls {
        let whole = ROWS as f32 * HEIGHT - 2.0;
        let part = whole * ROWS as f32 / list.rows.len() as f32;
        let y = TOP + (whole - part) * first as f32 / (list.rows.len() - ROWS) as f32;
        pen.canvas.plate(Area::new(314.0, TOP, 4.0, whole), 2.0, PLATE);
        pen.canvas.plate(Area::new(314.0, y, 4.0, part), 2.0, AMBER);
    }
}

/// First row to be seen, so that the selected one is in the middle where that is possible.
pub(in crate::paint) fn first(selected: usize, count: usize, seen: usize) -> usize {
    selected.saturating_sub(seen / 2).min(count.saturating_sub(seen))
}

/// The title, and the way back before it.
fn back(pen: &mut Pen<'_>, list: &List) {
    let here = list.selected.is_none();
    let (ink, plate) = if here { (BLACK, AMBER) } else { (WHITE, BLACK) };
    pen.canvas.plate(Area::new(3.0, 2.0, 314.0, 32.0), 6.0, plate);
    let arrow = if here { BLACK } else { DIM };
    for y in [11.0, 25.0] {
        pen.canvas.line((22.0, y), (14.0, 18.0), 3.0, arrow);
    }
    let area = Area::new(32.0, 0.0, 280.0, 36.0);
    pen.fonts.fitted(pen.canvas, bold(23.0, ink), area, Align::Left, 17.0, &list.title);
    pen.canvas.plate(Area::new(0.0, 36.0, 320.0, 2.0), 0.0, AMBER);
}

fn draw_row(pen: &mut Pen<'_>, area: Area, row: &Row, here: bool) {
    let (ink, value) = match (here, row.dim) {
        (true, _) => (BLACK, BLACK),
        (false, true) => (DIM, WHITE),
        (false, false) => (WHITE, DIM),
    };
    if here {
        pen.canvas.plate(area, 6.0, AMBER);
    }
    let mut left = area.x + 9.0;
    let mut right = area.right() - 9.0;
    if let Some(colour) = row.colour {
        pen.canvas.plate(Area::new(area.x + 4.0, area.y + 5.0, 7.0, area.h - 10.0), 3.0, colour);
        left += 10.0;
    }
    match row.mark {
        Mark::Radio(on) => {
            let middle = (left + 8.0, area.y + area.h / 2.0);
            pen.canvas.arc(middle, 7.0, 2.2, (0.0, 1.0), ink);
            if on {
                pen.canvas.disc(middle, 4.2, ink);
            }
            left += 24.0;
        }
        Mark::Switch(on) => {
            right -= 44.0;
            switch(pen, Area::new(right + 4.0, area.y + 5.5, 38.0, area.h - 11.0), on, here);
        }
        Mark::None if row.opens => {
            for y in [-5.5, 5.5] {
                let tip = (right, area.y + area.h / 2.0);
                pen.canvas.line((tip.0 - 6.0, tip.1 + y), tip, 2.4, if here { BLACK } else { EDGE });
            }
            right -= 13.0;
        }
        Mark::None => {}
    }
    let room = right - left;
    let style = bold(21.0, ink);
    // the label has the first right to the room, but leaves the value at least a third when both are long
    let shown = pen.fonts.width(regular(19.0, value), &row.value);
    let needed = pen.fonts.width(style, &row.label);
    let values = if row.value.is_empty() { 0.0 } else { shown.min((room - needed - 10.0).max(room * 0.36)) };
    let label =
        Area::new(left, area.y, (room - values - if values > 0.0 { 10.0 } else { 0.0 }).max(0.0), area.h);
    pen.fonts.fitted(pen.canvas, style, label, Align::Left, 16.0, &row.label);
    if values > 0.0 {
        let area = Area::new(right - values, area.y, values, area.h);
        pen.fonts.fitted(pen.canvas, regular(19.0, value), area, Align::Right, 14.0, &row.value);
    }
}

fn switch(pen: &mut Pen<'_>, area: Area, on: bool, here: bool) {
    let ground: Colour = match (on, here) {
        (true, true) => BLACK,
        (true, false) => GREEN,
        (false, true) => AMBER.mix(BLACK, 0.35),
        (false, false) => EDGE,
    };
    pen.canvas.plate(area, area.h / 2.0, ground);
    let radius = area.h / 2.0 - 3.0;
    let x = if on { area.right() - radius - 3.0 } else { area.x + radius + 3.0 };
    let knob = if here && on { AMBER } else { WHITE };
    pen.canvas.disc((x, area.y + area.h / 2.0), radius, knob);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_row_is_on_the_screen() {
        for count in 1..20 {
            for selected in 0..count {
                let first = first(selected, count, ROWS);
                assert!((first..first + ROWS).contains(&selected) && first + ROWS.min(count) <= count);
            }
        }
    }
}
