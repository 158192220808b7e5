//! The pedal in a terminal: the display as coloured half blocks, lamps and words below it.

use std::io;
use std::time::{Duration, Instant};

use pedal_hardware::input::Part;
use ratatui::Frame;
use ratatui::crossterm::event::{
    self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, KeyboardEnhancementFlags,
    PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::supports_keyboard_enhancement;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use crate::display::{self, Display, Panel};
use crate::hardware::Hand;

/// How often pictures and keys are looked for.
const TICK: Duration = Duration::from_millis(40);
/// How long a key of a terminal that does not tell of its end is down: a press, and a long press with shift.
const SHORT: Duration = Duration::from_millis(60);
const LONG: Duration = Duration::from_millis(600);
/// A step of the expression pedal.
const PEDAL_STEP: f32 = 0.05;

/// Shows the pedal until Ctrl-C or Escape. Blocks.
///
/// # Errors
/// The terminal cannot be used.
pub fn run(hand: &Hand, display: &Display) -> io::Result<()> {
    let mut terminal = ratatui::try_init()?;
    let tells_ends = supports_keyboard_enhancement().unwrap_or(false);
    if tells_ends {
        let flags = KeyboardEnhancementFlags::REPORT_EVENT_TYPES
            | KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
        execute!(io::stdout(), PushKeyboardEnhancementFlags(flags))?;
    }
    let mut keys = Keys { tells_ends, ..Keys::default() };
    let shown = loop {
        let panel = display.panel().borrow().clone();
        if let Err(error) = terminal.draw(|frame| draw(frame, hand, &panel, &keys)) {
            break Err(error);
        }
        keys.let_go(hand, Instant::now());
        match event::poll(TICK) {
            Ok(false) => {}
            Ok(true) => match event::read() {
                Ok(Event::Key(key)) => {
                    if keys.key(hand, key, Instant::now()) {
                        break Ok(());
                    }
                }
                Ok(_) => {}
                Err(error) => break Err(error),
            },
            Err(error) => break Err(error),
        }
    };
    keys.let_go(hand, Instant::now() + LONG);
    if tells_ends {
        let _ = execute!(io::stdout(), PopKeyboardEnhancementFlags);
    }
    ratatui::restore();
    shown
}

/// Gives the terminal back when the program ends while the pedal is shown.
pub fn restore() {
    ratatui::restore();
}

/// What is held down, and until when.
#[derive(Default)]
struct Keys {
    tells_ends: bool,
    held: Vec<(Part, Option<Instant>)>,
    pedal: Option<f32>,
}

impl Keys {
    /// Does what a key means; `true` to end.
    fn key(&mut self, hand: &Hand, key: KeyEvent, now: Instant) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if key.code == KeyCode::Esc || control && key.code == KeyCode::Char('c') {
            return true;
        }
        if let Some((part, shifted)) = part(key) {
            match key.kind {
                KeyEventKind::Press if self.tells_ends => self.press(hand, part, None),
                KeyEventKind::Press => {
                    let time = if shifted { LONG } else { SHORT };
                    self.press(hand, part, Some(now + time));
                }
                KeyEventKind::Release => self.release(hand, part),
                KeyEventKind::Repeat => {}
            }
            return false;
        }
        if key.kind == KeyEventKind::Release {
            return false;
        }
        let turn = match key.code {
            KeyCode::Left | KeyCode::Up => Some((0, -1)),
            KeyCode::Right | KeyCode::Down => Some((0, 1)),
            KeyCode::Char('q') => Some((1, -1)),
            KeyCode::Char('w') => Some((1, 1)),
            KeyCode::Char('a') => Some((2, -1)),
            KeyCode::Char('s') => Some((2, 1)),
            KeyCode::Char('y' | 'z') => Some((3, -1)),
            KeyCode::Char('x') => Some((3, 1)),
            _ => None,
        };
        if let Some((encoder, clicks)) = turn {
            hand.turn(encoder, clicks);
        }
        let step = match key.code {
            KeyCode::Char(',') => -PEDAL_STEP,
            KeyCode::Char('.') => PEDAL_STEP,
            _ => return false,
        };
        if let Some(last) = hand.pedal().profile().analog.len().checked_sub(1) {
            let place = (self.pedal.unwrap_or(1.0) + step).clamp(0.0, 1.0);
            self.pedal = Some(place);
            hand.analog(last, place);
        }
        false
    }

    fn press(&mut self, hand: &Hand, part: Part, until: Option<Instant>) {
        if !self.held.iter().any(|(held, _)| *held == part) {
            self.held.push((part, until));
            hand.press(part, true);
        }
    }

    fn release(&mut self, hand: &Hand, part: Part) {
        self.held.retain(|(held, _)| *held != part);
        hand.press(part, false);
    }

    /// Ends what has been down for long enough.
    fn let_go(&mut self, hand: &Hand, now: Instant) {
        let over: Vec<Part> = self
            .held
            .iter()
            .filter(|(_, until)| until.is_some_and(|until| until <= now))
            .map(|(part, _)| *part)
            .collect();
        for part in over {
            self.release(hand, part);
        }
    }
}

/// Which switch a key is, and whether shift makes it a long press.
fn part(key: KeyEvent) -> Option<(Part, bool)> {
    let shift = key.modifiers.contains(KeyModifiers::SHIFT);
    // shifted digits arrive as what stands above them on the keyboard
    let above = "!@#$%^&*";
    let part = match key.code {
        KeyCode::Char(digit @ '1'..='8') => Part::Footswitch(digit as usize - '1' as usize),
        KeyCode::Char(sign) if above.contains(sign) => {
            return Some((Part::Footswitch(above.find(sign)?), true));
        }
        KeyCode::Enter => Part::Encoder(0),
        KeyCode::Char('e' | 'E') => Part::Encoder(1),
        KeyCode::Char('d' | 'D') => Part::Encoder(2),
        _ => return None,
    };
    Some((part, shift))
}

fn draw(frame: &mut Frame<'_>, hand: &Hand, panel: &Panel, keys: &Keys) {
    let rows = [
        Constraint::Length(1),
        Constraint::Min(4),
        Constraint::Length(3),
        Constraint::Length(1),
        Constraint::Length(2),
    ];
    let [title, picture, feet, knobs, help] = Layout::vertical(rows).areas(frame.area());
    let dim = Style::new().fg(Color::DarkGray);
    frame.render_widget(
        Line::from(panel.hardware.as_str()).style(Style::new().add_modifier(Modifier::BOLD)),
        title,
    );
    frame.render_widget(Picture { frame: hand.pedal().framebuffer() }, picture);
    let lamps = hand.pedal().leds();
    let count = lamps.len().max(1);
    let columns = Layout::horizontal(vec![Constraint::Fill(1); count]).split(feet);
    for (number, (lamp, area)) in lamps.iter().zip(columns.iter()).enumerate() {
        let foot = panel.footswitches.get(number);
        let down = keys.held.iter().any(|(part, _)| *part == Part::Footswitch(number));
        let colour = if (lamp.0, lamp.1, lamp.2) == (0, 0, 0) {
            Color::DarkGray
        } else {
            Color::Rgb(lamp.0, lamp.1, lamp.2)
        };
        let label = foot.map_or("", |foot| foot.label.as_str());
        let head = if down { "◉" } else { "●" };
        let text = vec![
            Line::from(vec![
                Span::styled(format!("{head} "), Style::new().fg(colour)),
                Span::raw(format!("{}: {label}", number + 1)),
            ]),
            Line::from(foot.map_or(String::new(), |foot| foot.long.clone())).style(dim),
        ];
        frame.render_widget(Paragraph::new(text), *area);
    }
    let words = panel.controls.iter().filter(|one| !one.label.is_empty());
    let words: Vec<String> = words.map(|one| format!("{} {}", one.label, one.text)).collect();
    frame.render_widget(Line::from(words.join("   ")), knobs);
    let long = if keys.tells_ends { "hold the key for a long press" } else { "with shift: long press" };
    let text = vec![
        Line::from(format!("1-8 footswitches, Enter push, {long}; arrows turn; Esc ends")),
        Line::from("q w, a s, y x encoders 1-3; e d push them; , . expression pedal"),
    ];
    frame.render_widget(Paragraph::new(text).style(dim), help);
}

/// The display's picture, two rows of it in each row of letters, made as large as fits.
struct Picture {
    frame: display::Frame,
}

impl Picture {
    /// The mean colour of the part of the picture that a dot of a grid of `size` covers.
    fn dot(&self, column: usize, row: usize, size: (usize, usize)) -> Color {
        let (width, height) = (self.frame.width(), self.frame.height());
        let span = |at: usize, of: usize, full: usize| {
            let from = at * full / of;
            from..((at + 1) * full / of).max(from + 1)
        };
        let (mut sum, mut count) = ([0u32; 3], 0u32);
        for y in span(row, size.1, height) {
            for x in span(column, size.0, width) {
                let pixel = u32::from(self.frame.pixel(x, y));
                if (width, height) == (128, 64) {
                    // black and white: a dot is dark, on a lit ground
                    let ink = if pixel != 0 { [20, 32, 30] } else { [157, 181, 173] };
                    sum.iter_mut().zip(ink).for_each(|(sum, part)| *sum += part);
                    count += 1;
                    continue;
                }
                sum[0] += (pixel >> 11) * 255 / 31;
                sum[1] += (pixel >> 5 & 63) * 255 / 63;
                sum[2] += (pixel & 31) * 255 / 31;
                count += 1;
            }
        }
        let [red, green, blue] = sum.map(|part| (part / count.max(1)) as u8);
        Color::Rgb(red, green, blue)
    }
}

impl Widget for Picture {
    fn render(self, area: Rect, buffer: &mut ratatui::buffer::Buffer) {
        if area.is_empty() {
            return;
        }
        let (width, height) = (self.frame.width(), self.frame.height());
        // letters are twice as high as they are wide: two dots in each are square
        let fits = |columns: usize| columns * height / width <= usize::from(area.height) * 2;
        let mut columns = usize::from(area.width).min(width);
        while columns > 1 && !fits(columns) {
            columns -= 1;
        }
        let rows = (columns * height / width).max(2);
        for row in 0..rows / 2 {
            for column in 0..columns {
                let (Ok(x), Ok(y)) = (u16::try_from(column), u16::try_from(row)) else { continue };
                let upper = self.dot(column, row * 2, (columns, rows));
                let lower = self.dot(column, row * 2 + 1, (columns, rows));
                if let Some(cell) = buffer.cell_mut((area.x + x, area.y + y)) {
                    cell.set_symbol("▀").set_fg(upper).set_bg(lower);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
