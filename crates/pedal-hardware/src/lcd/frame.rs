//! A picture in memory, and what of it has changed.

use embedded_graphics_core::Pixel;
use embedded_graphics_core::draw_target::DrawTarget;
use embedded_graphics_core::geometry::{OriginDimensions, Size};
use embedded_graphics_core::pixelcolor::{Rgb565, raw::RawU16};
use embedded_graphics_core::prelude::RawData;

/// A rectangle in pixels; `right` and `bottom` are outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// Column after the last.
    pub right: usize,
    /// Row after the last.
    pub bottom: usize,
}

/// Rows that are compared together: changes in different rows of widgets stay apart.
const STRIPE: usize = 16;

/// A picture of 16 bits a pixel (5 red, 6 green, 5 blue), row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    width: usize,
    height: usize,
    pixels: Vec<u16>,
}

impl Frame {
    /// A black picture.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![0; width * height] }
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// All pixels, row by row.
    pub fn pixels(&self) -> &[u16] {
        &self.pixels
    }

    /// One pixel; black outside.
    pub fn pixel(&self, x: usize, y: usize) -> u16 {
        if x < self.width { self.pixels.get(y * self.width + x).copied().unwrap_or(0) } else { 0 }
    }

    /// Sets a pixel; outside nothing happens.
    pub fn set(&mut self, x: usize, y: usize, colour: u16) {
        if x < self.width
            && let Some(pixel) = self.pixels.get_mut(y * self.width + x)
        {
            *pixel = colour;
        }
    }

    /// Where this picture differs from `before`, as few small rectangles; everything when the sizes differ.
    pub fn changes(&self, before: &Self) -> Vec<Area> {
        let whole = Area { left: 0, top: 0, right: self.width, bottom: self.height };
        if (self.width, self.height) != (before.width, before.height) {
            return vec![whole];
        }
        let mut areas: Vec<Area> = Vec::new();
        for start in (0..self.height).step_by(STRIPE) {
            let mut area: Option<Area> = None;
            for y in start..(start + STRIPE).min(self.height) {
                let row = y * self.width..(y + 1) * self.width;
                let (new, old) = (&self.pixels[row.clone()], &before.pixels[row]);
                let Some(left) = new.iter().zip(old).position(|(new, old)| new != old) else { continue };
                let right = 1 + new.iter().zip(old).rposition(|(new, old)| new != old).unwrap_or(left);
                area = Some(area.map_or(Area { left, top: y, right, bottom: y + 1 }, |area| Area {
                    left: area.left.min(left),
                    top: area.top,
                    right: area.right.max(right),
                    bottom: y + 1,
                }));
            }
            let Some(area) = area else { continue };
            match areas.last_mut() {
                Some(last)
                    if last.bottom == area.top && (last.left, last.right) == (area.left, area.right) =>
                {
                    last.bottom = area.bottom;
                }
                _ => areas.push(area),
            }
        }
        areas
    }
}

impl OriginDimensions for Frame {
    fn size(&self) -> Size {
        Size::new(self.width as u32, self.height as u32)
    }
}

impl DrawTarget for Frame {
    type Color = Rgb565;
    type Error = std::convert::Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb565>>>(&mut self, pixels: I) -> Result<(), Self::Error> {
        for Pixel(point, colour) in pixels {
            if let (Ok(x), Ok(y)) = (usize::try_from(point.x), usize::try_from(point.y)) {
                self.set(x, y, RawU16::from(colour).into_inner());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_changed_is_named() {
        let before = Frame::new(320, 240);
        let mut after = before.clone();
        assert_eq!(after.changes(&before), []);
        after.set(10, 20, 1);
        after.set(12, 22, 1);
        after.set(319, 239, 1);
        assert_eq!(
            after.changes(&before),
            [
                Area { left: 10, top: 20, right: 13, bottom: 23 },
                Area { left: 319, top: 239, right: 320, bottom: 240 },
            ]
        );
    }
}
