//! A picture in memory that colours can be mixed into.

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::primitives::Rectangle;

use crate::model::Colour;

/// A box in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) w: f32,
    pub(super) h: f32,
}

impl Area {
    pub(super) const fn new(x: f32, y: f32, w: f32, h: f32) -> Self {
        Self { x, y, w, h }
    }

    /// This box, smaller by `by` at each side.
    pub(super) const fn inset(self, by: f32) -> Self {
        Self::new(self.x + by, self.y + by, self.w - 2.0 * by, self.h - 2.0 * by)
    }

    pub(super) const fn right(self) -> f32 {
        self.x + self.w
    }

    pub(super) const fn middle(self) -> (f32, f32) {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }
}

/// A colour picture. Shapes have smooth edges: what covers half a pixel is mixed in by half.
#[derive(Clone)]
pub(super) struct Canvas {
    width: i32,
    height: i32,
    pixels: Vec<Colour>,
}

impl Canvas {
    pub(super) fn new(size: Size) -> Self {
        let (width, height) = (size.width as i32, size.height as i32);
        Self { width, height, pixels: vec![Colour::default(); (width * height) as usize] }
    }

    pub(super) fn clear_to(&mut self, colour: Colour) {
        self.pixels.fill(colour);
    }

    /// Mixes `share` of a colour into a pixel; outside nothing happens.
    pub(super) fn mix(&mut self, x: i32, y: i32, colour: Colour, share: f32) {
        if (0..self.width).contains(&x)
            && (0..self.height).contains(&y)
            && let Some(pixel) = self.pixels.get_mut((y * self.width + x) as usize)
        {
            *pixel = if share >= 1.0 { colour } else { pixel.mix(colour, share) };
        }
    }

    /// Fills what lies below 0 of a distance (in pixels, at pixel centres) within a box.
    pub(super) fn fill(&mut self, within: Area, colour: Colour, distance: impl Fn(f32, f32) -> f32) {
        let (left, top) = (within.x.floor() as i32 - 1, within.y.floor() as i32 - 1);
        let (right, bottom) = (within.right().ceil() as i32 + 1, (within.y + within.h).ceil() as i32 + 1);
        for y in top.max(0)..bottom.min(self.height) {
            for x in left.max(0)..right.min(self.width) {
                let share = 0.5 - distance(x as f32 + 0.5, y as f32 + 0.5);
                if share > 0.0 {
                    self.mix(x, y, colour, share);
                }
            }
        }
    }

    fn row(&self, y: i32) -> &[Colour] {
        let from = (y * self.width) as usize;
        self.pixels.get(from..from + self.width as usize).unwrap_or(&[])
    }

    /// Pixels of a box, row by row, as a display takes them.
    pub(super) fn cut(&self, area: Rectangle) -> impl Iterator<Item = Rgb565> + '_ {
        let columns = area.top_left.x.max(0) as usize..(area.top_left.x + area.size.width as i32) as usize;
        (area.top_left.y..area.top_left.y + area.size.height as i32)
            .flat_map(move |y| self.row(y).get(columns.clone()).unwrap_or(&[]).iter())
            .map(|colour| Rgb565::from(*colour))
    }

    /// Boxes in which the display would differ from `before`: stripes of 8 rows, joined when they are alike.
    pub(super) fn changes(&self, before: &Self) -> Vec<Rectangle> {
        const STRIPE: i32 = 8;
        let mut areas: Vec<Rectangle> = Vec::new();
        for top in (0..self.height).step_by(STRIPE as usize) {
            let rows = top..(top + STRIPE).min(self.height);
            let mut found: Option<(i32, i32, i32, i32)> = None;
            for y in rows {
                let pairs = || self.row(y).iter().zip(before.row(y));
                let differ =
                    |(new, old): (&Colour, &Colour)| new != old && Rgb565::from(*new) != Rgb565::from(*old);
                let Some(left) = pairs().position(differ) else { continue };
                let right = pairs().rposition(differ).unwrap_or(left);
                let (left, right) = (left as i32, right as i32);
                found = Some(match found {
                    Some((l, r, t, _)) => (l.min(left), r.max(right), t, y),
                    None => (left, right, y, y),
                });
            }
            let Some((left, right, top, bottom)) = found else { continue };
            let area = Rectangle::new(
                Point::new(left, top),
                Size::new((right - left + 1) as u32, (bottom - top + 1) as u32),
            );
            match areas.last_mut() {
                Some(last)
                    if last.top_left.x == area.top_left.x
                        && last.size.width == area.size.width
                        && last.top_left.y + last.size.height as i32 == area.top_left.y =>
                {
                    last.size.height += area.size.height;
                }
                _ => areas.push(area),
            }
        }
        areas
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.width as u32, self.height as u32)
    }
}

/// So that shapes of embedded-graphics can be drawn on it as well.
impl DrawTarget for Canvas {
    type Color = Rgb565;
    type Error = std::convert::Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb565>>>(&mut self, pixels: I) -> Result<(), Self::Error> {
        for Pixel(point, colour) in pixels {
            self.mix(point.x, point.y, colour.into(), 1.0);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_changed_is_told() {
        let before = Canvas::new(Size::new(64, 32));
        let mut after = before.clone();
        assert!(after.changes(&before).is_empty());
        after.mix(3, 9, Colour::new(255, 255, 255), 1.0);
        after.mix(5, 12, Colour::new(255, 255, 255), 1.0);
        after.mix(60, 30, Colour::new(255, 255, 255), 1.0);
        assert_eq!(
            after.changes(&before),
            [
                Rectangle::new(Point::new(3, 9), Size::new(3, 4)),
                Rectangle::new(Point::new(60, 30), Size::new(1, 1))
            ]
        );
        assert_eq!(after.cut(Rectangle::new(Point::new(3, 9), Size::new(3, 4))).count(), 12);
    }

    #[test]
    fn what_the_display_cannot_tell_apart_is_no_change() {
        let before = Canvas::new(Size::new(8, 8));
        let mut after = before.clone();
        after.mix(1, 1, Colour::new(1, 1, 1), 1.0);
        assert!(after.changes(&before).is_empty());
    }

    #[test]
    fn nothing_is_drawn_outside() {
        let mut canvas = Canvas::new(Size::new(8, 8));
        canvas.fill(Area::new(-50.0, -50.0, 200.0, 200.0), Colour::new(9, 9, 9), |_, _| -1.0);
        assert!(canvas.pixels.iter().all(|pixel| *pixel == Colour::new(9, 9, 9)));
    }
}
