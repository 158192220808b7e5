//! The colour display, 320×240. Made to be read from above, at two metres, under stage light: black ground, large bold
//! letters, full contrast for what is selected.

mod code;
mod dial;
mod entry;
mod home;
mod icon;
mod list;
mod message;
mod tuner;

use super::canvas::{Area, Canvas};
use super::font::{Align, Fonts, bold, regular};
use crate::model::{Colour, Model};
use crate::view::View;

pub(super) use list::first as first_row;

const BLACK: Colour = Colour::new(0, 0, 0);
const WHITE: Colour = Colour::new(255, 255, 255);
/// What is selected, and what the player turns.
const AMBER: Colour = Colour::new(255, 176, 32);
/// Text that explains.
const DIM: Colour = Colour::new(168, 176, 188);
/// Plates behind text.
const PLATE: Colour = Colour::new(38, 42, 50);
/// Borders of what is off.
const EDGE: Colour = Colour::new(92, 98, 110);
const GREEN: Colour = Colour::new(56, 224, 96);
const RED: Colour = Colour::new(255, 60, 48);

/// What every screen draws with.
struct Pen<'a> {
    fonts: &'a Fonts,
    canvas: &'a mut Canvas,
}

pub(super) fn draw(fonts: &Fonts, canvas: &mut Canvas, view: &View, model: &Model) {
    canvas.clear_to(BLACK);
    let mut pen = Pen { fonts, canvas };
    match view {
        View::Home(spot) => home::draw(&mut pen, *spot, model),
        View::List(list) => list::draw(&mut pen, list),
        View::Dial(dial) => dial::draw(&mut pen, dial),
        View::Tuner(tuner) => tuner::draw(&mut pen, tuner),
        View::Blend(blend) => dial::blend(&mut pen, blend),
        View::Entry(entry) => entry::draw(&mut pen, entry),
        View::Question(question) => message::question(&mut pen, question),
        View::Code(code) => code::draw(&mut pen, code),
        View::Progress { title, text, share } => message::progress(&mut pen, title, text, *share),
        View::SafeToPowerOff => message::safe(&mut pen),
    }
}

impl Pen<'_> {
    /// The strip at the top of a screen.
    fn title(&mut self, text: &str) {
        let area = Area::new(10.0, 0.0, 300.0, 36.0);
        self.fonts.fitted(self.canvas, bold(23.0, WHITE), area, Align::Left, 17.0, text);
        self.canvas.plate(Area::new(0.0, 36.0, 320.0, 2.0), 0.0, AMBER);
    }

    /// A row of buttons at the bottom; the selected one is filled.
    fn buttons(&mut self, buttons: &[String], selected: usize) {
        let gap = 6.0;
        let count = buttons.len().max(1) as f32;
        let width = (304.0 - gap * (count - 1.0)) / count;
        for (at, text) in buttons.iter().enumerate() {
            let area = Area::new(8.0 + at as f32 * (width + gap), 194.0, width, 40.0);
            let ink = if at == selected {
                self.canvas.plate(area, 8.0, AMBER);
                BLACK
            } else {
                self.canvas.plate(area, 8.0, PLATE);
                WHITE
            };
            self.fonts.fitted(self.canvas, bold(22.0, ink), area.inset(5.0), Align::Centre, 13.0, text);
        }
    }
}

/// Black or white, whichever is read better on this colour.
fn ink_on(colour: Colour) -> Colour {
    if colour.brightness() > 0.5 { BLACK } else { WHITE }
}
