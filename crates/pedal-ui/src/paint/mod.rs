//! Drawing: a view and the model become a picture, and a display is told only what has changed.

mod canvas;
mod colour;
mod font;
mod mono;
mod qr;
mod shape;

use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::Size;
use embedded_graphics::pixelcolor::{BinaryColor, Rgb565};
use embedded_graphics::primitives::Rectangle;

use crate::model::Model;
use crate::view::View;
use canvas::Canvas;
use font::Fonts;

/// Size of the colour display in pixels.
pub const COLOUR: Size = Size::new(320, 240);
/// Size of the black and white display in pixels.
pub const MONO: Size = Size::new(128, 64);

/// The colour display: what it shows, and what has to be sent to show something else.
pub struct ColourScreen {
    fonts: Fonts,
    shown: Canvas,
    next: Canvas,
    whole: bool,
}

impl Default for ColourScreen {
    fn default() -> Self {
        Self::new()
    }
}

impl ColourScreen {
    /// Knows nothing of what the display shows: the first picture is sent whole.
    pub fn new() -> Self {
        Self { fonts: Fonts::new(), shown: Canvas::new(COLOUR), next: Canvas::new(COLOUR), whole: true }
    }

    /// Draws a view, and sends `target` the rectangles in which it differs from the view before. Gives these rectangles:
    /// none when nothing has changed. After an error the next picture is sent whole.
    pub fn show<T: DrawTarget<Color = Rgb565>>(
        &mut self,
        view: &View,
        model: &Model,
        target: &mut T,
    ) -> Result<Vec<Rectangle>, T::Error> {
        colour::draw(&self.fonts, &mut self.next, view, model);
        let areas = if self.whole {
            vec![Rectangle::new(embedded_graphics::geometry::Point::zero(), COLOUR)]
        } else {
            self.next.changes(&self.shown)
        };
        self.whole = true;
        for area in &areas {
            target.fill_contiguous(area, self.next.cut(*area))?;
        }
        self.whole = false;
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(areas)
    }
}

/// Draws a view in black and white, 128×64; `On` is a dark dot on the light display.
pub fn draw_mono<T: DrawTarget<Color = BinaryColor>>(
    view: &View,
    model: &Model,
    target: &mut T,
) -> Result<(), T::Error> {
    mono::draw(view, model, target)
}
