//! Text in a real typeface, in any size.

use std::cell::RefCell;
use std::collections::HashMap;

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};

use super::canvas::{Area, Canvas};
use crate::model::Colour;

/// Letters kept ready; a display shows a few hundred different ones.
const KEPT: usize = 2048;
/// Height of capitals in parts of the size.
const CAPITAL: f32 = 0.711;

/// How thick letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// Where a text stands in its box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// How a text looks. Sizes are those of the em square in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub(super) weight: Weight,
    pub(super) size: f32,
    pub(super) colour: Colour,
}

pub(super) const fn bold(size: f32, colour: Colour) -> Style {
    Style { weight: Weight::Bold, size, colour }
}

pub(super) const fn regular(size: f32, colour: Colour) -> Style {
    Style { weight: Weight::Regular, size, colour }
}

/// A letter's coverage, 0 to 1, and where its box lies from the pen.
struct Picture {
    left: i32,
    top: i32,
    width: i32,
    coverage: Vec<f32>,
}

/// Weight, size in quarters of a pixel, letter, quarter of a pixel that it starts at.
type Key = (Weight, u32, char, u8);

/// The typeface.
pub(super) struct Fonts {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
    pictures: RefCell<HashMap<Key, Picture>>,
}

impl Fonts {
    pub(super) fn new() -> Self {
        let read = |bytes: &'static [u8]| {
            FontRef::try_from_slice(bytes).expect("the fonts in this program are whole: they are part of it")
        };
        Self {
            regular: read(include_bytes!("../../fonts/RobotoCondensed-Regular.ttf")),
            bold: read(include_bytes!("../../fonts/RobotoCondensed-Bold.ttf")),
            pictures: RefCell::default(),
        }
    }

    fn face(&self, weight: Weight) -> &FontRef<'static> {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    fn scale(&self, style: Style) -> PxScale {
        let face = self.face(style.weight);
        PxScale::from(style.size * face.height_unscaled() / face.units_per_em().unwrap_or(2048.0))
    }

    /// Width of a text in pixels.
    pub(super) fn width(&self, style: Style, text: &str) -> f32 {
        let face = self.face(style.weight).as_scaled(self.scale(style));
        text.chars().map(|letter| face.h_advance(face.glyph_id(letter))).sum()
    }

    /// The text, or as much of its beginning as fits into `width`, with dots.
    pub(super) fn cut<'a>(&self, style: Style, text: &'a str, width: f32) -> std::borrow::Cow<'a, str> {
        if self.width(style, text) <= width {
            return text.into();
        }
        let mut short = text.to_owned();
        while !short.is_empty() {
            short.pop();
            let dotted = format!("{}…", short.trim_end());
            if self.width(style, &dotted) <= width {
                return dotted.into();
            }
        }
        "".into()
    }

    /// The style, or a smaller one down to `least` pixels, so that the text fits into `width`.
    pub(super) fn fit(&self, style: Style, text: &str, width: f32, least: f32) -> Style {
        let needed = self.width(style, text);
        if needed <= width {
            return style;
        }
        Style { size: (style.size * width / needed).floor().max(least).min(style.size), ..style }
    }

    /// Lines of at most `width` pixels, broken between words; a word that is too long is broken within.
    pub(super) fn wrap(&self, style: Style, text: &str, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(style, &joined) <= width {
                line = joined;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for letter in word.chars() {
                line.push(letter);
                if self.width(style, &line) > width && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, letter.to_string()));
                }
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// Draws from `x` on with the letters standing on `baseline`; gives the place after the last one.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        style: Style,
        (x, baseline): (f32, f32),
        text: &str,
    ) -> f32 {
        let scale = self.scale(style);
        let face = self.face(style.weight).as_scaled(scale);
        let mut pen = x;
        let mut pictures = self.pictures.borrow_mut();
        if pictures.len() > KEPT {
            pictures.clear();
        }
        let line = baseline.round() as i32;
        for letter in text.chars() {
            let quarter = ((pen - pen.floor()) * 4.0) as u8 & 3;
            let key = (style.weight, (style.size * 4.0) as u32, letter, quarter);
            let id = face.glyph_id(letter);
            let picture = pictures.entry(key).or_insert_with(|| {
                picture(
                    self.face(style.weight),
                    id.with_scale_and_position(scale, point(f32::from(quarter) / 4.0, 0.0)),
                )
            });
            let left = pen.floor() as i32 + picture.left;
            for (at, share) in picture.coverage.iter().enumerate().filter(|(_, share)| **share > 0.0) {
                let (column, row) = (at as i32 % picture.width, at as i32 / picture.width);
                canvas.mix(left + column, line + picture.top + row, style.colour, *share);
            }
            pen += face.h_advance(id);
        }
        pen
    }

    /// Draws a text in a box: one line, cut with dots when it is too long, its capitals in the middle of the height.
    pub(super) fn label(&self, canvas: &mut Canvas, style: Style, area: Area, align: Align, text: &str) {
        let text = self.cut(style, text, area.w);
        let free = area.w - self.width(style, &text);
        let x = area.x
            + match align {
                Align::Left => 0.0,
                Align::Centre => (free / 2.0).max(0.0),
                Align::Right => free.max(0.0),
            };
        let baseline = area.y + (area.h + style.size * CAPITAL) / 2.0;
        self.draw(canvas, style, (x, baseline), &text);
    }

    /// As [`Fonts::label`], but a text that is too long gets smaller first, down to `least` pixels.
    pub(super) fn fitted(
        &self,
        canvas: &mut Canvas,
        style: Style,
        area: Area,
        align: Align,
        least: f32,
        text: &str,
    ) {
        self.label(canvas, self.fit(style, text, area.w, least), area, align, text);
    }
}

fn picture(face: &FontRef<'static>, glyph: Glyph) -> Picture {
    let none = Picture { left: 0, top: 0, width: 1, coverage: Vec::new() };
    let Some(outline) = face.outline_glyph(glyph) else { return none };
    let bounds = outline.px_bounds();
    let (width, height) = (bounds.width() as usize, bounds.height() as usize);
    let mut coverage = vec![0.0; width * height];
    outline.draw(|x, y, share| {
        if let Some(place) = coverage.get_mut(y as usize * width + x as usize) {
            *place = share;
        }
    });
    Picture { left: bounds.min.x as i32, top: bounds.min.y as i32, width: width.max(1) as i32, coverage }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: Colour = Colour::new(255, 255, 255);

    #[test]
    fn long_text_is_cut_shrunk_or_broken() {
        let fonts = Fonts::new();
        let style = bold(20.0, WHITE);
        let text = "A board with a very long name";
        let cut = fonts.cut(style, text, 100.0);
        assert!(cut.ends_with('…') && fonts.width(style, &cut) <= 100.0, "{cut}");
        assert_eq!(fonts.fit(style, text, 100.0, 14.0).size, 14.0);
        assert_eq!(fonts.fit(style, "A", 100.0, 14.0).size, 20.0);
        for line in fonts.wrap(style, "word Donaudampfschifffahrtsgesellschaft x", 90.0) {
            assert!(fonts.width(style, &line) <= 90.0, "{line}");
        }
    }

    #[test]
    fn letters_of_other_languages_have_a_shape() {
        let fonts = Fonts::new();
        for letter in "äßéñœŁδЖ€µ≈…".chars() {
            assert_ne!(fonts.bold.glyph_id(letter).0, 0, "{letter}");
        }
    }
}
