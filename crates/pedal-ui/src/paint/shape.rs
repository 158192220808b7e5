//! Shapes with smooth edges, by the distance from their border.

use std::f32::consts::TAU;

use super::canvas::{Area, Canvas};
use crate::model::Colour;

/// Distance from a box with round corners.
fn rounded(area: Area, radius: f32) -> impl Fn(f32, f32) -> f32 {
    let (cx, cy) = area.middle();
    let radius = radius.min(area.w / 2.0).min(area.h / 2.0).max(0.0);
    move |x, y| {
        let dx = (x - cx).abs() - (area.w / 2.0 - radius);
        let dy = (y - cy).abs() - (area.h / 2.0 - radius);
        dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius
    }
}

impl Canvas {
    /// A filled box with corners of this radius.
    pub(super) fn plate(&mut self, area: Area, radius: f32, colour: Colour) {
        self.fill(area, colour, rounded(area, radius));
    }

    /// Its border, `width` pixels to the inside.
    pub(super) fn frame(&mut self, area: Area, radius: f32, width: f32, colour: Colour) {
        let distance = rounded(area, radius);
        self.fill(area, colour, |x, y| {
            let far = distance(x, y);
            far.max(-width - far)
        });
    }

    pub(super) fn disc(&mut self, middle: (f32, f32), radius: f32, colour: Colour) {
        let area = Area::new(middle.0 - radius, middle.1 - radius, 2.0 * radius, 2.0 * radius);
        self.fill(area, colour, |x, y| (x - middle.0).hypot(y - middle.1) - radius);
    }

    /// A part of a ring. Angles in turns, clockwise from the top; round ends.
    pub(super) fn arc(
        &mut self,
        middle: (f32, f32),
        radius: f32,
        width: f32,
        (from, to): (f32, f32),
        colour: Colour,
    ) {
        let reach = radius + width;
        let area = Area::new(middle.0 - reach, middle.1 - reach, 2.0 * reach, 2.0 * reach);
        let point =
            |turn: f32| (middle.0 + radius * (turn * TAU).sin(), middle.1 - radius * (turn * TAU).cos());
        let (start, end) = (point(from), point(to));
        self.fill(area, colour, |x, y| {
            let (dx, dy) = (x - middle.0, y - middle.1);
            let turn = (dx.atan2(-dy) / TAU - from).rem_euclid(1.0);
            let far = if turn <= to - from {
                (dx.hypot(dy) - radius).abs()
            } else {
                (x - start.0).hypot(y - start.1).min((x - end.0).hypot(y - end.1))
            };
            far - width / 2.0
        });
    }

    /// A line with round ends.
    pub(super) fn line(&mut self, from: (f32, f32), to: (f32, f32), width: f32, colour: Colour) {
        let area = Area::new(
            from.0.min(to.0) - width,
            from.1.min(to.1) - width,
            (from.0 - to.0).abs() + 2.0 * width,
            (from.1 - to.1).abs() + 2.0 * width,
        );
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).max(1e-6);
        self.fill(area, colour, |x, y| {
            let along = (((x - from.0) * dx + (y - from.1) * dy) / length).clamp(0.0, 1.0);
            (x - from.0 - along * dx).hypot(y - from.1 - along * dy) - width / 2.0
        });
    }
}
