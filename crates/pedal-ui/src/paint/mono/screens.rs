//! Every other screen in black and white.

use embedded_graphics::geometry::Point;
use embedded_graphics::pixelcolor::BinaryColor;

use super::{BIG, BOLD, Bitmap, NORMAL, SMALL, area, wrap};
use crate::paint::colour::first_row;
use crate::paint::qr;
use crate::view::{BlendView, CodeView, Dial, Entry, List, Mark, Question, TunerView};

/// Rows of a list.
const ROWS: usize = 4;

fn title(ink: &mut Bitmap, text: &str) {
    ink.text(NORMAL, area(1, 0, 126, 11), text, false);
    ink.fill(area(0, 11, 128, 1), BinaryColor::On);
}

pub(super) fn list(ink: &mut Bitmap, list: &List) {
    if list.selected.is_none() {
        ink.fill(area(0, 0, 128, 11), BinaryColor::On);
    }
    ink.text(NORMAL, area(1, 0, 126, 11), &format!("< {}", list.title), list.selected.is_none());
    ink.fill(area(0, 11, 128, 1), BinaryColor::On);
    if list.rows.is_empty() {
        for (at, line) in wrap(NORMAL, list.empty.as_str(), 124).iter().take(3).enumerate() {
            ink.text(NORMAL, area(2, 18 + at as i32 * 12, 126, 12), line, false);
        }
    }
    let first = first_row(list.selected.unwrap_or(0), list.rows.len(), ROWS);
    for (at, row) in list.rows.iter().enumerate().skip(first).take(ROWS) {
        let y = 12 + (at - first) as i32 * 13;
        let here = list.selected == Some(at);
        if here {
            ink.fill(area(0, y, 128, 13), BinaryColor::On);
        }
        let label = match row.mark {
            Mark::Radio(true) => format!("\u{d7}{}", row.label),
            Mark::Radio(false) => format!(" {}", row.label),
            _ => row.label.clone(),
        };
        let value = match row.mark {
            Mark::Switch(true) => "on",
            Mark::Switch(false) => "off",
            _ => row.value.as_str(),
        };
        let taken = ink.right(SMALL, area(58, y, 68, 13), value, here);
        ink.text(NORMAL, area(2, y, 122 - taken, 13), &label, here);
    }
}

/// A bar with a position, 0 to 1.
fn bar(ink: &mut Bitmap, y: i32, position: f32) {
    let position = if position.is_finite() { position.clamp(0.0, 1.0) } else { 0.0 };
    ink.outline(area(2, y, 124, 9));
    ink.fill(area(4, y + 2, (position * 120.0).round() as u32, 5), BinaryColor::On);
}

pub(super) fn dial(ink: &mut Bitmap, dial: &Dial) {
    title(ink, &format!("{} {}", dial.context, dial.name));
    let text = format!("{} {}", dial.value, dial.unit);
    let text = text.trim();
    let font = if text.chars().count() <= 12 { BIG } else { BOLD };
    ink.centred(font, area(0, 14, 128, 24), text, false);
    bar(ink, 41, dial.position);
    ink.text(SMALL, area(2, 54, 60, 9), &dial.low, false);
    ink.right(SMALL, area(66, 54, 60, 9), &dial.high, false);
}

pub(super) fn tuner(ink: &mut Bitmap, tuner: &TunerView) {
    match &tuner.note {
        Some((note, octave)) => {
            ink.large(BIG, Point::new(if note.len() > 1 { 34 } else { 44 }, -4), 2, note);
            ink.text(BOLD, area(80, 20, 20, 13), &octave.to_string(), false);
            ink.text(NORMAL, area(1, 2, 30, 10), &format!("{:+.0}", tuner.cents), false);
            ink.right(SMALL, area(88, 2, 40, 10), &format!("{:.1}", tuner.frequency), false);
        }
        None => ink.centred(BOLD, area(0, 6, 128, 24), "play a string", false),
    }
    // the middle is wide, as on the other display
    ink.outline(area(0, 37, 128, 11));
    ink.fill(area(63, 34, 2, 17), BinaryColor::On);
    if tuner.note.is_some() && tuner.cents.is_finite() {
        let cents = tuner.cents.clamp(-50.0, 50.0);
        let x = 64.0 + 60.0 * (cents.abs() / 50.0).sqrt() * cents.signum();
        ink.fill(area(x.round() as i32 - 3, 39, 7, 7), BinaryColor::On);
    }
    buttons(ink, &tuner.buttons, tuner.selected);
}

fn buttons(ink: &mut Bitmap, buttons: &[String], selected: usize) {
    let width = 128 / buttons.len().max(1) as i32;
    for (at, text) in buttons.iter().enumerate() {
        let box_ = area(at as i32 * width, 52, width as u32 - 1, 12);
        if at == selected {
            ink.plate(box_)
        } else {
            ink.outline(box_)
        }
        ink.centred(SMALL, box_, text, at == selected);
    }
}

pub(super) fn blend(ink: &mut Bitmap, blend: &BlendView) {
    title(ink, &format!("Blend {}", blend.name));
    ink.centred(BIG, area(0, 13, 128, 22), &format!("{:.0} %", blend.position * 100.0), false);
    bar(ink, 37, blend.position);
    for (stop, _) in &blend.stops {
        ink.fill(area(4 + (stop.clamp(0.0, 1.0) * 119.0) as i32, 46, 2, 4), BinaryColor::On);
    }
    let nearest = blend
        .stops
        .iter()
        .min_by(|a, b| (a.0 - blend.position).abs().total_cmp(&(b.0 - blend.position).abs()));
    let name = nearest.map_or("", |(_, name)| name.as_str());
    ink.centred(NORMAL, area(0, 52, 128, 11), name, false);
}

pub(super) fn entry(ink: &mut Bitmap, entry: &Entry) {
    let heading = if entry.hint.is_empty() { &entry.title } else { &entry.hint };
    title(ink, heading);
    // the end is what is being typed
    let tail: Vec<char> = entry.text.chars().rev().take(17).collect();
    let text: String = tail.into_iter().rev().chain(['_']).collect();
    ink.text(BOLD, area(1, 14, 127, 16), &text, false);
    // a strip of keys with the selected one in its middle
    ink.fill(area(0, 33, 128, 1), BinaryColor::On);
    let keys = entry.keys.len() as i64;
    let at = |offset: i64| {
        let place = (entry.selected as i64 + offset).rem_euclid(keys.max(1));
        entry.keys.get(place as usize).map_or("", String::as_str)
    };
    ink.plate(area(46, 36, 36, 17));
    ink.centred(BOLD, area(47, 36, 34, 17), at(0), true);
    let (mut left, mut right) = (44, 84);
    for offset in 1..6 {
        let (before, after) = (at(-offset), at(offset));
        let width = |key: &str| key.chars().count() as i32 * 6 + 4;
        left -= width(before);
        if left >= 0 {
            ink.text(NORMAL, area(left + 2, 39, 48, 11), before, false);
        }
        if right + width(after) <= 128 {
            ink.text(NORMAL, area(right + 2, 39, 48, 11), after, false);
        }
        right += width(after);
    }
    ink.centred(SMALL, area(0, 55, 128, 9), "hold: delete", false);
}

pub(super) fn question(ink: &mut Bitmap, question: &Question) {
    if question.error {
        ink.fill(area(0, 0, 128, 12), BinaryColor::On);
    } else {
        ink.fill(area(0, 11, 128, 1), BinaryColor::On);
    }
    ink.text(NORMAL, area(2, 0, 125, 12), &question.title, question.error);
    let lines = wrap(NORMAL, &question.text, 126);
    if lines.len() <= 3 {
        for (at, line) in lines.iter().enumerate() {
            ink.text(NORMAL, area(1, 15 + at as i32 * 12, 126, 11), line, false);
        }
    } else {
        for (at, line) in wrap(SMALL, &question.text, 126).iter().take(4).enumerate() {
            ink.text(SMALL, area(1, 14 + at as i32 * 9, 126, 9), line, false);
        }
    }
    buttons(ink, &question.buttons, question.selected);
}

pub(super) fn code(ink: &mut Bitmap, code: &CodeView) {
    let left = match qr::modules(&code.content).filter(|modules| modules.len() <= 32) {
        Some(modules) => {
            let edge = (64 - 2 * modules.len() as i32) / 2;
            for (y, row) in modules.iter().enumerate() {
                for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
                    ink.fill(area(edge + 2 * x as i32, edge + 2 * y as i32, 2, 2), BinaryColor::On);
                }
            }
            68
        }
        None => 2,
    };
    let width = 128 - left as u32;
    let mut y = 0;
    for (name, value) in &code.lines {
        ink.text(SMALL, area(left, y, width, 9), name, false);
        y += 9;
        let digits = value.len() == 6 && value.bytes().all(|byte| byte.is_ascii_digit());
        if digits {
            ink.text(BIG, area(left, y, width, 20), &value[..3], false);
            ink.text(BIG, area(left + 30, y, width, 20), &value[3..], false);
            y += 22;
        } else {
            for line in wrap(SMALL, value, width).iter().take(4) {
                ink.text(SMALL, area(left, y, width, 9), line, false);
                y += 9;
            }
            y += 3;
        }
    }
}

pub(super) fn progress(ink: &mut Bitmap, title: &str, text: &str, share: Option<f32>) {
    ink.centred(BIG, area(0, 2, 128, 22), title, false);
    match share {
        Some(share) => bar(ink, 28, share),
        None => ink.centred(BOLD, area(0, 26, 128, 13), "...", false),
    }
    for (at, line) in wrap(NORMAL, text, 126).iter().take(2).enumerate() {
        ink.centred(NORMAL, area(0, 40 + at as i32 * 12, 128, 11), line, false);
    }
}

pub(super) fn safe(ink: &mut Bitmap) {
    ink.plate(area(0, 0, 128, 64));
    ink.centred(BIG, area(0, 8, 128, 24), "Safe to", true);
    ink.centred(BIG, area(0, 32, 128, 24), "power off", true);
}
