//! Signs of the tool bar, 20×20 pixels around a middle.

use super::Pen;
use crate::model::Colour;

/// Waves of a radio; `waves` of three are lit.
pub(super) fn wifi(pen: &mut Pen<'_>, (x, y): (f32, f32), colour: Colour, faint: Colour, waves: usize) {
    let foot = (x, y + 7.0);
    pen.canvas.disc(foot, 2.2, if waves > 0 { colour } else { faint });
    for wave in 0..3 {
        let ink = if wave < waves { colour } else { faint };
        pen.canvas.arc(foot, 6.0 + 4.5 * wave as f32, 2.6, (0.875, 1.125), ink);
    }
}

/// Three sliders.
pub(super) fn audio(pen: &mut Pen<'_>, (x, y): (f32, f32), colour: Colour) {
    for (at, knob) in [(-6.5, 3.0), (0.0, -4.0), (6.5, 1.0)] {
        pen.canvas.line((x + at, y - 8.0), (x + at, y + 8.0), 2.0, colour);
        pen.canvas.disc((x + at, y + knob), 3.2, colour);
    }
}

/// The sign on switches.
pub(super) fn power(pen: &mut Pen<'_>, (x, y): (f32, f32), size: f32, colour: Colour) {
    let width = size * 0.24;
    pen.canvas.arc((x, y + size * 0.08), size * 0.8, width, (0.12, 0.88), colour);
    pen.canvas.line((x, y - size * 0.9), (x, y - size * 0.05), width, colour);
}

/// A toothed wheel.
pub(super) fn gear(pen: &mut Pen<'_>, (x, y): (f32, f32), colour: Colour) {
    pen.canvas.arc((x, y), 5.2, 3.6, (0.0, 1.0), colour);
    for tooth in 0..8 {
        let angle = tooth as f32 * std::f32::consts::TAU / 8.0;
        let (sin, cos) = angle.sin_cos();
        pen.canvas.line((x + 6.8 * cos, y + 6.8 * sin), (x + 8.2 * cos, y + 8.2 * sin), 2.8, colour);
    }
}

/// A triangle in a circle's place: something has gone wrong.
pub(super) fn warning(pen: &mut Pen<'_>, (x, y): (f32, f32), colour: Colour, ground: Colour) {
    let corners = [(x, y - 12.0), (x + 13.0, y + 10.0), (x - 13.0, y + 10.0)];
    for at in 0..3 {
        pen.canvas.line(corners[at], corners[(at + 1) % 3], 5.0, colour);
    }
    pen.canvas.disc((x, y + 2.5), 7.5, colour);
    pen.canvas.line((x, y - 5.0), (x, y + 2.0), 3.0, ground);
    pen.canvas.disc((x, y + 7.0), 1.8, ground);
}
