//! The black and white display, 128×64: bitmap letters, two or three lines, what is selected in reverse.

mod home;
mod screens;

use embedded_graphics::Drawable;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Dimensions, Point, Size};
use embedded_graphics::mono_font::iso_8859_15::{FONT_5X8, FONT_6X10, FONT_7X13_BOLD, FONT_10X20};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::{Primitive, PrimitiveStyle, Rectangle, RoundedRectangle};
use embedded_graphics::text::{Baseline, Text};

use super::MONO;
use crate::model::Model;
use crate::view::View;

const SMALL: &MonoFont<'static> = &FONT_5X8;
const NORMAL: &MonoFont<'static> = &FONT_6X10;
const BOLD: &MonoFont<'static> = &FONT_7X13_BOLD;
const BIG: &MonoFont<'static> = &FONT_10X20;

pub(super) fn draw<T: DrawTarget<Color = BinaryColor>>(
    view: &View,
    model: &Model,
    target: &mut T,
) -> Result<(), T::Error> {
    let mut bitmap = Bitmap::default();
    let ink = &mut bitmap;
    match view {
        View::Home(spot) => home::draw(ink, *spot, model),
        View::List(list) => screens::list(ink, list),
        View::Dial(dial) => screens::dial(ink, dial),
        View::Tuner(tuner) => screens::tuner(ink, tuner),
        View::Blend(blend) => screens::blend(ink, blend),
        View::Entry(entry) => screens::entry(ink, entry),
        View::Question(question) => screens::question(ink, question),
        View::Code(code) => screens::code(ink, code),
        View::Progress { title, text, share } => screens::progress(ink, title, text, *share),
        View::SafeToPowerOff => screens::safe(ink),
    }
    target.fill_contiguous(&Rectangle::new(Point::zero(), MONO), bitmap.dots.iter().copied())
}

/// The picture.
struct Bitmap {
    dots: Vec<BinaryColor>,
}

impl Default for Bitmap {
    fn default() -> Self {
        Self { dots: vec![BinaryColor::Off; (MONO.width * MONO.height) as usize] }
    }
}

impl Dimensions for Bitmap {
    fn bounding_box(&self) -> Rectangle {
        Rectangle::new(Point::zero(), MONO)
    }
}

impl DrawTarget for Bitmap {
    type Color = BinaryColor;
    type Error = std::convert::Infallible;

    fn draw_iter<I: IntoIterator<Item = embedded_graphics::Pixel<BinaryColor>>>(
        &mut self,
        pixels: I,
    ) -> Result<(), Self::Error> {
        for embedded_graphics::Pixel(point, colour) in pixels {
            if (0..MONO.width as i32).contains(&point.x)
                && (0..MONO.height as i32).contains(&point.y)
                && let Some(dot) = self.dots.get_mut((point.y * MONO.width as i32 + point.x) as usize)
            {
                *dot = colour;
            }
        }
        Ok(())
    }
}

/// Ends a drawing: this picture cannot fail.
fn done<T>(result: Result<T, std::convert::Infallible>) {
    match result {
        Ok(_) => {}
        Err(never) => match never {},
    }
}

const fn area(x: i32, y: i32, width: u32, height: u32) -> Rectangle {
    Rectangle::new(Point::new(x, y), Size::new(width, height))
}

/// Letters of a text that fit into `width` pixels.
fn cut(font: &MonoFont<'_>, text: &str, width: u32) -> String {
    let fit = (width / font.character_size.width) as usize;
    let count = text.chars().count();
    if count <= fit {
        text.to_owned()
    } else {
        text.chars().take(fit.saturating_sub(1)).chain(['.']).collect()
    }
}

impl Bitmap {
    fn fill(&mut self, area: Rectangle, colour: BinaryColor) {
        done(area.into_styled(PrimitiveStyle::with_fill(colour)).draw(self));
    }

    fn outline(&mut self, area: Rectangle) {
        let shape = RoundedRectangle::with_equal_corners(area, Size::new(2, 2));
        done(shape.into_styled(PrimitiveStyle::with_stroke(BinaryColor::On, 1)).draw(self));
    }

    /// A filled box with round corners.
    fn plate(&mut self, area: Rectangle) {
        let shape = RoundedRectangle::with_equal_corners(area, Size::new(2, 2));
        done(shape.into_styled(PrimitiveStyle::with_fill(BinaryColor::On)).draw(self));
    }

    /// A text, cut to the box, from its left edge; `reversed`: light on dark.
    fn text(&mut self, font: &MonoFont<'_>, within: Rectangle, text: &str, reversed: bool) {
        let text = cut(font, text, within.size.width);
        self.place(font, within.top_left, within.size.height, &text, reversed);
    }

    /// A text in the middle of the box.
    fn centred(&mut self, font: &MonoFont<'_>, within: Rectangle, text: &str, reversed: bool) {
        let text = cut(font, text, within.size.width);
        let width = text.chars().count() as u32 * font.character_size.width;
        let left = within.top_left.x + (within.size.width.saturating_sub(width) / 2) as i32;
        self.place(font, Point::new(left, within.top_left.y), within.size.height, &text, reversed);
    }

    /// A text at the right edge of the box; gives its width.
    fn right(&mut self, font: &MonoFont<'_>, within: Rectangle, text: &str, reversed: bool) -> u32 {
        let text = cut(font, text, within.size.width);
        let width = text.chars().count() as u32 * font.character_size.width;
        let left = within.top_left.x + (within.size.width - width.min(within.size.width)) as i32;
        self.place(font, Point::new(left, within.top_left.y), within.size.height, &text, reversed);
        width
    }

    fn place(&mut self, font: &MonoFont<'_>, at: Point, height: u32, text: &str, reversed: bool) {
        let colour = if reversed { BinaryColor::Off } else { BinaryColor::On };
        let top = at.y + (height.saturating_sub(font.character_size.height) / 2) as i32;
        let style = MonoTextStyle::new(font, colour);
        done(Text::with_baseline(text, Point::new(at.x, top), style, Baseline::Top).draw(self));
    }

    /// A text with each dot as a square of `times`.
    fn large(&mut self, font: &MonoFont<'_>, at: Point, times: i32, text: &str) {
        let mut small = Self::default();
        small.place(font, Point::zero(), font.character_size.height, text, false);
        for (place, dot) in small.dots.iter().enumerate().filter(|(_, dot)| dot.is_on()) {
            let (x, y) = (place as i32 % MONO.width as i32, place as i32 / MONO.width as i32);
            let square = Rectangle::new(at + Point::new(x * times, y * times), Size::new_equal(times as u32));
            self.fill(square, *dot);
        }
    }
}

/// Lines of at most `width` pixels, broken between words.
fn wrap(font: &MonoFont<'_>, text: &str, width: u32) -> Vec<String> {
    let fit = (width / font.character_size.width).max(1) as usize;
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut letters: Vec<char> = word.chars().collect();
        loop {
            let line = lines.last_mut().expect("there is always a line");
            let free = fit.saturating_sub(line.chars().count() + usize::from(!line.is_empty()));
            if letters.len() <= free {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.extend(letters);
                break;
            }
            if line.is_empty() {
                line.extend(letters.drain(..fit.min(letters.len())));
            }
            lines.push(String::new());
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_broken_only_when_they_must() {
        assert_eq!(wrap(NORMAL, "the board was not loaded", 60), ["the board", "was not", "loaded"]);
        assert_eq!(wrap(NORMAL, "Donaudampfschiff a", 60), ["Donaudampf", "schiff a"]);
        assert!(wrap(NORMAL, "  ", 60).is_empty());
    }
}
