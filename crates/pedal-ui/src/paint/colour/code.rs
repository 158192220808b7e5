//! A picture that a telephone reads, and the same in words.

use super::{AMBER, Align, Area, BLACK, DIM, Pen, WHITE, bold, regular};
use crate::paint::qr;
use crate::view::CodeView;

pub(super) fn draw(pen: &mut Pen<'_>, code: &CodeView) {
    pen.title(&code.title);
    let picture = Area::new(6.0, 44.0, 190.0, 190.0);
    let words = match qr::modules(&code.content) {
        Some(modules) => {
            pen.canvas.plate(picture, 6.0, WHITE);
            let size = modules.len();
            // at least three modules of white around it, for the readers
            let step = (picture.w / (size + 6) as f32).floor();
            let edge = (picture.w - step * size as f32) / 2.0;
            let (left, top) = ((picture.x + edge).round(), (picture.y + edge).round());
            for (y, row) in modules.iter().enumerate() {
                for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
                    let area = Area::new(left + x as f32 * step, top + y as f32 * step, step, step);
                    pen.canvas.plate(area, 0.0, BLACK);
                }
            }
            Area::new(204.0, 48.0, 112.0, 186.0)
        }
        None => Area::new(16.0, 52.0, 288.0, 182.0),
    };
    let mut top = words.y;
    for (name, value) in &code.lines {
        let label = Area::new(words.x, top, words.w, 18.0);
        pen.fonts.label(pen.canvas, regular(16.0, DIM), label, Align::Left, name);
        top = value_lines(pen, Area::new(words.x, top + 20.0, words.w, words.h), value) + 14.0;
    }
}

/// A number in two halves as large as it goes; other values in lines. Gives where they end.
fn value_lines(pen: &mut Pen<'_>, area: Area, value: &str) -> f32 {
    let digits = value.len() == 6 && value.bytes().all(|byte| byte.is_ascii_digit());
    let (lines, size) = if digits && area.w < 200.0 {
        (vec![value[..3].to_owned(), value[3..].to_owned()], 60.0)
    } else if digits {
        (vec![format!("{} {}", &value[..3], &value[3..])], 60.0)
    } else {
        let whole = pen.fonts.fit(bold(22.0, WHITE), value, area.w, 17.0);
        (pen.fonts.wrap(whole, value, area.w), whole.size)
    };
    let colour = if digits { AMBER } else { WHITE };
    let step = if digits { size * 0.84 } else { size * 1.15 };
    for (at, line) in lines.iter().take(4).enumerate() {
        let row = Area::new(area.x, area.y + at as f32 * step, area.w, step);
        pen.fonts.label(pen.canvas, bold(size, colour), row, Align::Left, line);
    }
    area.y + lines.len().min(4) as f32 * step
}
