//! Values that are turned: the dial, and the blend between snapshots.

use super::{AMBER, Align, Area, BLACK, DIM, EDGE, PLATE, Pen, WHITE, bold, regular};
use crate::view::{BlendView, Dial};

/// The dial begins and ends here, in turns from the top.
const START: f32 = 0.625;
const SWEEP: f32 = 0.75;

pub(super) fn draw(pen: &mut Pen<'_>, dial: &Dial) {
    let area = Area::new(10.0, 2.0, 300.0, 26.0);
    pen.fonts.fitted(pen.canvas, regular(19.0, DIM), area, Align::Centre, 14.0, &dial.context);
    let area = Area::new(10.0, 28.0, 300.0, 34.0);
    pen.fonts.fitted(pen.canvas, bold(31.0, WHITE), area, Align::Centre, 20.0, &dial.name);

    let middle = (160.0, 152.0);
    let (radius, width) = (72.0, 14.0);
    // a dark category would not be seen
    let colour = if dial.colour.brightness() < 0.3 { dial.colour.mix(WHITE, 0.35) } else { dial.colour };
    let at = |position: f32| START + SWEEP * position.clamp(0.0, 1.0);
    let position = if dial.position.is_finite() { dial.position } else { 0.0 };
    pen.canvas.arc(middle, radius, width, (START, START + SWEEP), PLATE);
    if position > 0.0 {
        pen.canvas.arc(middle, radius, width, (START, at(position)), colour);
    }
    let spot = |turn: f32, radius: f32| {
        let (sin, cos) = (turn * std::f32::consts::TAU).sin_cos();
        (middle.0 + radius * sin, middle.1 - radius * cos)
    };
    if let Some(default) = dial.default {
        let turn = at(default);
        pen.canvas.line(spot(turn, radius + 10.0), spot(turn, radius + 16.0), 3.0, DIM);
    }
    let knob = spot(at(position), radius);
    pen.canvas.disc(knob, 11.0, BLACK);
    pen.canvas.disc(knob, 8.5, WHITE);

    let area = Area::new(middle.0 - 56.0, middle.1 - 30.0, 112.0, 48.0);
    pen.fonts.fitted(pen.canvas, bold(46.0, WHITE), area, Align::Centre, 20.0, &dial.value);
    let area = Area::new(middle.0 - 45.0, middle.1 + 20.0, 90.0, 24.0);
    pen.fonts.label(pen.canvas, bold(22.0, AMBER), area, Align::Centre, &dial.unit);
    let low = Area::new(18.0, 204.0, 82.0, 22.0);
    pen.fonts.label(pen.canvas, regular(18.0, DIM), low, Align::Right, &dial.low);
    let high = Area::new(220.0, 204.0, 82.0, 22.0);
    pen.fonts.label(pen.canvas, regular(18.0, DIM), high, Align::Left, &dial.high);
    let hint = Area::new(100.0, 220.0, 120.0, 18.0);
    pen.fonts.label(pen.canvas, regular(14.0, DIM), hint, Align::Centre, &dial.hint);
}

pub(super) fn blend(pen: &mut Pen<'_>, blend: &BlendView) {
    let area = Area::new(10.0, 2.0, 300.0, 26.0);
    pen.fonts.fitted(pen.canvas, regular(19.0, DIM), area, Align::Centre, 14.0, "Blend");
    let area = Area::new(10.0, 28.0, 300.0, 36.0);
    pen.fonts.fitted(pen.canvas, bold(33.0, WHITE), area, Align::Centre, 20.0, &blend.name);
    let position = if blend.position.is_finite() { blend.position.clamp(0.0, 1.0) } else { 0.0 };
    let text = format!("{:.0} %", position * 100.0);
    pen.fonts.label(pen.canvas, bold(54.0, AMBER), Area::new(10.0, 70.0, 300.0, 58.0), Align::Centre, &text);
    let track = Area::new(28.0, 152.0, 264.0, 12.0);
    let x = |position: f32| track.x + track.w * position.clamp(0.0, 1.0);
    pen.canvas.plate(track, 6.0, PLATE);
    pen.canvas.plate(Area { w: (track.w * position).max(12.0), ..track }, 6.0, AMBER);
    let width = track.w / (blend.stops.len().max(2) - 1) as f32 - 4.0;
    for (stop, name) in &blend.stops {
        let near = (stop - position).abs() < 0.02;
        pen.canvas.line((x(*stop), 146.0), (x(*stop), 170.0), 4.0, if near { WHITE } else { EDGE });
        // names of the ends stay on the screen
        let align = match stop {
            stop if *stop < 0.1 => Align::Left,
            stop if *stop > 0.9 => Align::Right,
            _ => Align::Centre,
        };
        let width = if align == Align::Centre { width } else { (width / 2.0 + 22.0).min(150.0) };
        let left = match align {
            Align::Left => 8.0,
            Align::Centre => x(*stop) - width / 2.0,
            Align::Right => 312.0 - width,
        };
        let area = Area::new(left, 176.0, width, 26.0);
        pen.fonts.fitted(pen.canvas, bold(21.0, if near { AMBER } else { WHITE }), area, align, 15.0, name);
    }
    pen.canvas.disc((x(position), 158.0), 15.0, BLACK);
    pen.canvas.disc((x(position), 158.0), 12.0, WHITE);
    let area = Area::new(10.0, 212.0, 300.0, 22.0);
    pen.fonts.label(pen.canvas, regular(17.0, DIM), area, Align::Centre, &format!("curve: {}", blend.curve));
}
