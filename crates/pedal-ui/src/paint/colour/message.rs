//! Questions, errors, work that goes on, and the end.

use super::{AMBER, Align, Area, BLACK, DIM, GREEN, PLATE, Pen, RED, WHITE, bold, icon, regular};
use crate::view::Question;

pub(super) fn question(pen: &mut Pen<'_>, question: &Question) {
    let head = Area::new(0.0, 0.0, 320.0, 42.0);
    let (ground, ink) = if question.error { (RED, WHITE) } else { (PLATE, WHITE) };
    pen.canvas.plate(head, 0.0, ground);
    let mut title = Area::new(12.0, 0.0, 298.0, 42.0);
    if question.error {
        icon::warning(pen, (26.0, 21.0), WHITE, RED);
        title = Area::new(50.0, 0.0, 262.0, 42.0);
    }
    pen.fonts.fitted(pen.canvas, bold(27.0, ink), title, Align::Left, 18.0, &question.title);
    text(pen, Area::new(12.0, 48.0, 296.0, 142.0), &question.text);
    pen.buttons(&question.buttons, question.selected);
}

/// A sentence in the largest letters in which all of it fits.
fn text(pen: &mut Pen<'_>, area: Area, text: &str) {
    let sizes = [24.0, 21.0, 18.0, 16.0, 14.0];
    let wrapped = sizes.map(|size| (size, pen.fonts.wrap(bold(size, WHITE), text, area.w)));
    let fits = wrapped.iter().find(|(size, lines)| lines.len() as f32 * size * 1.22 <= area.h);
    let Some((size, lines)) = fits.or(wrapped.last()) else { return };
    let step = size * 1.22;
    let most = (area.h / step).floor() as usize;
    for (at, line) in lines.iter().take(most).enumerate() {
        let row = Area::new(area.x, area.y + at as f32 * step, area.w, step);
        // what does not fit at all ends in dots; the web page has the whole sentence
        let cut = at + 1 == most && lines.len() > most;
        let line = if cut { format!("{line} …") } else { line.clone() };
        pen.fonts.label(pen.canvas, bold(*size, WHITE), row, Align::Left, &line);
    }
}

pub(super) fn progress(pen: &mut Pen<'_>, title: &str, step: &str, share: Option<f32>) {
    let area = Area::new(20.0, 52.0, 280.0, 54.0);
    pen.fonts.fitted(pen.canvas, bold(46.0, WHITE), area, Align::Left, 24.0, title);
    let bar = Area::new(20.0, 122.0, 280.0, 18.0);
    pen.canvas.plate(bar, 9.0, PLATE);
    match share {
        Some(share) if share.is_finite() => {
            let share = share.clamp(0.0, 1.0);
            pen.canvas.plate(Area { w: (bar.w * share).max(18.0), ..bar }, 9.0, AMBER);
            let text = format!("{:.0} %", share * 100.0);
            let area = Area::new(20.0, 88.0, 280.0, 28.0);
            pen.fonts.label(pen.canvas, bold(24.0, AMBER), area, Align::Right, &text);
        }
        // unknown: three dots instead of a bar that lies
        _ => {
            for at in 0..3 {
                pen.canvas.disc((140.0 + 20.0 * at as f32, 131.0), 5.0, AMBER);
            }
        }
    }
    let lines = pen.fonts.wrap(regular(21.0, DIM), step, 280.0);
    for (at, line) in lines.iter().take(3).enumerate() {
        let area = Area::new(20.0, 150.0 + at as f32 * 26.0, 280.0, 26.0);
        pen.fonts.label(pen.canvas, regular(21.0, DIM), area, Align::Left, line);
    }
}

/// The last picture: it stays while the display has power.
pub(super) fn safe(pen: &mut Pen<'_>) {
    pen.canvas.clear_to(GREEN.mix(BLACK, 0.55));
    icon::power(pen, (160.0, 70.0), 38.0, WHITE);
    let style = bold(46.0, WHITE);
    pen.fonts.label(pen.canvas, style, Area::new(10.0, 122.0, 300.0, 50.0), Align::Centre, "Safe to");
    pen.fonts.label(pen.canvas, style, Area::new(10.0, 172.0, 300.0, 50.0), Align::Centre, "power off");
}
