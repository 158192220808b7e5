//! A picture of a board for lists of boards: its plugins where they stand, in the colours of what they do, and the cables
//! between them. mod-ui photographs its own page; boards that have such a picture keep it.

use std::collections::BTreeMap;

use embedded_graphics::Drawable;
use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_6X10;
use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::primitives::{Line, Primitive, PrimitiveStyleBuilder, Rectangle};
use embedded_graphics::text::{Alignment, Baseline, Text, TextStyleBuilder};
use pedal_hardware::lcd::Frame;
use pedal_ui::model::{Category, Colour};
use pedalboard::{Block, Graph};

use crate::plugins::PluginTable;

/// Width and height of a plugin on a board, in the board's pixels.
const PLUGIN: (f64, f64) = (220.0, 260.0);
/// Space around the plugins.
const MARGIN: f64 = 60.0;
/// A board larger than this is not drawn to its end.
const LARGEST: f64 = 20_000.0;
/// Pixels of a letter.
const LETTER: (i32, i32) = (6, 10);

const GROUND: Rgb565 = Rgb565::new(3, 6, 3);
const CABLE: Rgb565 = Rgb565::new(17, 14, 20);
const OFF: Rgb565 = Rgb565::new(4, 9, 4);
const WHITE: Rgb565 = Rgb565::new(31, 63, 31);

/// The board as PNG, so many pixels wide and at most as high.
pub(super) fn png(graph: &Graph, plugins: &PluginTable, width: u32) -> Result<Vec<u8>, png::EncodingError> {
    let frame = Drawing::new(graph, width).draw(graph, plugins);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, frame.width() as u32, frame.height() as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let widened = |bits: u16, of: u32| (u32::from(bits) * 255 / ((1 << of) - 1)) as u8;
    let pixels = frame
        .pixels()
        .iter()
        .flat_map(|pixel| [widened(pixel >> 11, 5), widened((pixel >> 5) & 63, 6), widened(pixel & 31, 5)]);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels.collect::<Vec<_>>())?;
    writer.finish()?;
    Ok(bytes)
}

fn colour(colour: Colour) -> Rgb565 {
    Rgb565::new(colour.red >> 3, colour.green >> 2, colour.blue >> 3)
}

/// A number of a file that may be anything.
fn sane(value: f64) -> f64 {
    if value.is_finite() { value.clamp(0.0, LARGEST) } else { 0.0 }
}

struct Drawing {
    /// Pixels of the picture for each of the board.
    scale: f64,
    width: u32,
    height: u32,
}

impl Drawing {
    fn new(graph: &Graph, width: u32) -> Self {
        let reach = |own: u32, at: &dyn Fn(&Block) -> f64, plugin: f64| {
            let ends = graph.blocks.iter().map(|block| sane(at(block)) + plugin + MARGIN);
            ends.fold(sane(f64::from(own)), f64::max)
        };
        let wide = reach(graph.width, &|block: &Block| block.x, PLUGIN.0).max(PLUGIN.0 + 2.0 * MARGIN);
        let high = reach(graph.height, &|block: &Block| block.y, PLUGIN.1).max(PLUGIN.1 + 2.0 * MARGIN);
        let scale = f64::from(width) / wide;
        Self { scale, width, height: ((high * scale) as u32).clamp(width / 8, width) }
    }

    fn point(&self, x: f64, y: f64) -> Point {
        Point::new((x * self.scale) as i32, (y * self.scale) as i32)
    }

    /// Where a cable ends: the middle of a plugin's side, or the picture's edge.
    fn end(&self, places: &BTreeMap<&str, (f64, f64)>, port: &str, leaves: bool) -> Option<Point> {
        if let Some((instance, _)) = port.trim_start_matches("/graph/").split_once('/') {
            let (x, y) = places.get(instance)?;
            return Some(self.point(x + if leaves { PLUGIN.0 } else { 0.0 }, y + PLUGIN.1 / 2.0));
        }
        let number = port.rsplit('_').next().and_then(|number| number.parse::<i32>().ok()).unwrap_or(1);
        let step = self.height as i32 / 4;
        Some(Point::new(if leaves { 0 } else { self.width as i32 - 1 }, step * number.clamp(1, 3)))
    }

    fn draw(&self, graph: &Graph, plugins: &PluginTable) -> Frame {
        let mut frame = Frame::new(self.width as usize, self.height as usize);
        let whole = Rectangle::new(Point::zero(), Size::new(self.width, self.height));
        let Ok(()) =
            whole.into_styled(PrimitiveStyleBuilder::new().fill_color(GROUND).build()).draw(&mut frame);
        let places: BTreeMap<&str, (f64, f64)> = graph
            .blocks
            .iter()
            .map(|block| (block.instance.as_str(), (sane(block.x), sane(block.y))))
            .collect();
        let thick = (self.scale * 12.0).clamp(1.0, 6.0) as u32;
        let cable = PrimitiveStyleBuilder::new().stroke_color(CABLE).stroke_width(thick).build();
        for arc in &graph.arcs {
            let ends = (self.end(&places, &arc.source, true), self.end(&places, &arc.target, false));
            if let (Some(from), Some(to)) = ends {
                let Ok(()) = Line::new(from, to).into_styled(cable).draw(&mut frame);
            }
        }
        for block in &graph.blocks {
            self.plugin(&mut frame, block, plugins);
        }
        frame
    }

    fn plugin(&self, frame: &mut Frame, block: &Block, plugins: &PluginTable) {
        let spec = plugins.get(&block.uri).map(|entry| entry.spec());
        let category = spec.as_ref().and_then(|spec| spec.categories.first()).map_or("", String::as_str);
        let label = spec.as_ref().map_or(block.instance.as_str(), |spec| spec.label.as_str());
        let own = colour(Category::from_name(category).colour());
        let corner = self.point(sane(block.x), sane(block.y));
        let size = Size::new((PLUGIN.0 * self.scale) as u32, (PLUGIN.1 * self.scale) as u32);
        let style = PrimitiveStyleBuilder::new().stroke_color(own).stroke_width(2);
        // one that is bypassed is an outline, as on the display
        let style = style.fill_color(if block.enabled { own } else { OFF }).build();
        let Ok(()) = Rectangle::new(corner, size).into_styled(style).draw(frame);
        let letters = (size.width as i32 - 4) / LETTER.0;
        let lines = (size.height as i32 - 4) / LETTER.1;
        let style = MonoTextStyle::new(&FONT_6X10, WHITE);
        let middle = TextStyleBuilder::new().alignment(Alignment::Center).baseline(Baseline::Top).build();
        let words = wrapped(label, letters.max(0) as usize);
        for (line, text) in (0..lines).zip(&words) {
            let place = corner + Point::new(size.width as i32 / 2, 4 + line * LETTER.1);
            let Ok(_) = Text::with_text_style(text, place, style, middle).draw(frame);
        }
    }
}

/// Words in lines of so many letters; a longer word is cut.
fn wrapped(text: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if letters == 0 {
        return lines;
    }
    for word in text.split_whitespace() {
        let word: String = word.chars().take(letters).collect();
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= letters => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugins() -> PluginTable {
        PluginTable::from_values([serde_json::json!({
            "uri": "urn:reverb", "name": "Reverb", "label": "Big Reverb", "category": ["Reverb"],
        })])
    }

    fn board() -> Graph {
        let mut graph = Graph { width: 1000, height: 500, ..Graph::default() };
        for (name, x, enabled) in [("one", 100.0, true), ("two", 600.0, false)] {
            let mut block = Block::new(name, "urn:reverb");
            (block.x, block.y, block.enabled) = (x, 100.0, enabled);
            graph.blocks.push(block);
        }
        let arc =
            |source: &str, target: &str| pedalboard::Arc { source: source.into(), target: target.into() };
        graph.arcs = vec![arc("capture_1", "one/in"), arc("one/out", "two/in"), arc("gone/out", "two/in")];
        graph
    }

    #[test]
    fn plugins_and_cables_are_where_they_stand() {
        let graph = board();
        let frame = Drawing::new(&graph, 500).draw(&graph, &plugins());
        assert_eq!((frame.width(), frame.height()), (500, 250));
        let raw = |colour: Rgb565| embedded_graphics::prelude::IntoStorage::into_storage(colour);
        let own = raw(colour(Category::Reverb.colour()));
        assert_eq!(frame.pixel(60, 160), own, "one sounds: filled");
        assert_eq!(frame.pixel(300, 160), own, "the border of two");
        assert_eq!(frame.pixel(360, 160), raw(OFF), "which is bypassed");
        assert_eq!(frame.pixel(230, 115), raw(CABLE), "the cable between them");
        assert_eq!(frame.pixel(250, 240), raw(GROUND));
        let letters = (50..160).flat_map(|x| (50..80).map(move |y| (x, y)));
        assert!(letters.filter(|(x, y)| frame.pixel(*x, *y) == raw(WHITE)).count() > 50, "its name");
    }

    #[test]
    fn a_board_of_any_numbers_is_a_picture() {
        let mut graph = board();
        graph.width = u32::MAX;
        (graph.blocks[0].x, graph.blocks[0].y) = (f64::NAN, f64::INFINITY);
        (graph.blocks[1].x, graph.blocks[1].y) = (-1e300, 1e300);
        for graph in [graph, Graph::default()] {
            let bytes = png(&graph, &PluginTable::default(), 256).unwrap();
            let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let read = reader.next_frame(&mut pixels).unwrap();
            assert_eq!(read.width, 256);
            assert!((32..=256).contains(&read.height), "{}", read.height);
        }
    }

    #[test]
    fn words_are_wrapped() {
        assert_eq!(wrapped("Simple stereo amplifier", 8), ["Simple", "stereo", "amplifie"]);
        assert_eq!(wrapped("a b c", 3), ["a b", "c"]);
        assert_eq!(wrapped("a", 0), Vec::<String>::new());
    }
}
