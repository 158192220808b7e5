//! The tuner: the note as large as it goes, and how far the string is from it.

use super::{AMBER, Align, Area, BLACK, DIM, EDGE, GREEN, PLATE, Pen, RED, WHITE, bold, regular};
use crate::view::TunerView;

/// In tune within so many cents; near within the second.
const IN_TUNE: f32 = 2.0;
const NEAR: f32 = 20.0;

pub(super) fn draw(pen: &mut Pen<'_>, tuner: &TunerView) {
    let cents = if tuner.cents.is_finite() { tuner.cents.clamp(-50.0, 50.0) } else { 0.0 };
    let colour = match cents.abs() {
        away if away <= IN_TUNE => GREEN,
        away if away <= NEAR => AMBER,
        _ => RED,
    };
    let Some((note, octave)) = &tuner.note else {
        scale(pen, None, EDGE);
        let area = Area::new(10.0, 20.0, 300.0, 70.0);
        pen.fonts.label(pen.canvas, bold(44.0, EDGE), area, Align::Centre, "play a string");
        footer(pen, tuner);
        return;
    };
    let style = bold(124.0, colour);
    // the letter in the middle; sign and octave beside it, so that it never jumps
    let (letter, sign) = note.split_at(1);
    let width = pen.fonts.width(style, letter);
    let left = 160.0 - width / 2.0;
    pen.fonts.draw(pen.canvas, style, (left, 103.0), letter);
    if !sign.is_empty() {
        let sign = if sign == "b" { "♭" } else { sign };
        accidental(pen, (left + width + 8.0, 36.0), sign == "♭", colour);
    }
    pen.fonts.draw(pen.canvas, bold(38.0, colour), (left + width + 6.0, 103.0), &octave.to_string());

    let area = Area::new(8.0, 14.0, 84.0, 34.0);
    pen.fonts.label(pen.canvas, bold(34.0, colour), area, Align::Left, &format!("{cents:+.0}"));
    let area = Area::new(8.0, 46.0, 84.0, 20.0);
    pen.fonts.label(pen.canvas, regular(18.0, DIM), area, Align::Left, "cents");
    let area = Area::new(220.0, 14.0, 92.0, 34.0);
    pen.fonts.label(pen.canvas, bold(26.0, WHITE), area, Align::Right, &format!("{:.1}", tuner.frequency));
    let area = Area::new(220.0, 46.0, 92.0, 20.0);
    pen.fonts.label(pen.canvas, regular(18.0, DIM), area, Align::Right, "Hz");
    scale(pen, Some(cents), colour);
    footer(pen, tuner);
}

/// Sharp or flat, drawn: the typeface has neither.
fn accidental(pen: &mut Pen<'_>, (x, y): (f32, f32), flat: bool, colour: crate::model::Colour) {
    if flat {
        pen.canvas.line((x + 2.0, y - 20.0), (x + 2.0, y + 14.0), 4.0, colour);
        pen.canvas.arc((x + 4.0, y + 5.0), 9.0, 4.5, (0.9, 1.45), colour);
        return;
    }
    for step in [0.0, 11.0] {
        pen.canvas.line((x + 5.0 + step, y - 16.0), (x + 5.0 + step, y + 16.0), 4.0, colour);
        pen.canvas.line((x, y - 3.5 + step), (x + 21.0, y - 7.5 + step), 4.0, colour);
    }
}

/// ±50 cents; the middle is wide, because there it matters.
fn scale(pen: &mut Pen<'_>, cents: Option<f32>, colour: crate::model::Colour) {
    let x = |cents: f32| 160.0 + 148.0 * (cents.abs() / 50.0).sqrt() * cents.signum();
    let bar = Area::new(8.0, 132.0, 304.0, 30.0);
    pen.canvas.plate(bar, 6.0, PLATE);
    let inner = Area::new(x(-IN_TUNE), bar.y, x(IN_TUNE) - x(-IN_TUNE), bar.h);
    pen.canvas.plate(inner, 0.0, GREEN.mix(BLACK, 0.65));
    for mark in [-50.0, -20.0, -10.0, -5.0, 5.0, 10.0, 20.0, 50.0] {
        let tall = if mark % 50.0 == 0.0 { 12.0 } else { 8.0 };
        pen.canvas.line((x(mark), 128.0 - tall), (x(mark), 127.0), 2.0, EDGE);
    }
    pen.canvas.line((160.0, 112.0), (160.0, 127.0), 4.0, WHITE);
    if let Some(cents) = cents {
        let needle = Area::new(x(cents) - 5.0, bar.y - 3.0, 10.0, bar.h + 6.0);
        pen.canvas.plate(needle.inset(-2.0), 6.0, BLACK);
        pen.canvas.plate(needle, 5.0, colour);
    }
}

fn footer(pen: &mut Pen<'_>, tuner: &TunerView) {
    if tuner.mute {
        let area = Area::new(8.0, 168.0, 304.0, 20.0);
        pen.fonts.label(pen.canvas, bold(15.0, DIM), area, Align::Centre, "output is silent");
    }
    pen.buttons(&tuner.buttons, tuner.selected);
}
