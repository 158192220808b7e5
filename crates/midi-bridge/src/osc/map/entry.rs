//! One entry of the map: which addresses and which messages are the same thing.

use rosc::{OscMessage, OscType};
use serde::Deserialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Note,
    Cc,
    Program,
    Bend,
    Pressure,
    Start,
    Stop,
    Continue,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryText {
    pub(super) address: String,
    message: Kind,
    channel: Option<u8>,
    number: Option<u8>,
    #[serde(default)]
    offset: i16,
    low: Option<f32>,
    high: Option<f32>,
    #[serde(default = "yes")]
    feedback: bool,
}

fn yes() -> bool {
    true
}

/// Part of an address.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    Channel,
    Number,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pieces: Vec<Piece>,
    kind: Kind,
    /// 0–15, when the address has none.
    channel: u8,
    number: u8,
    offset: i16,
    low: f32,
    high: f32,
    /// The range was written down, so whole numbers are in it too.
    ranged: bool,
    pub(super) feedback: bool,
}

impl Entry {
    pub(super) fn new(text: EntryText) -> Result<Self, &'static str> {
        if !text.address.starts_with('/') {
            return Err("an address begins with a slash");
        }
        let pieces = pieces(&text.address)?;
        let has = |piece| pieces.iter().filter(|p| **p == piece).count();
        let numbered = matches!(text.message, Kind::Note | Kind::Cc);
        let channelled = !matches!(text.message, Kind::Start | Kind::Stop | Kind::Continue);
        if has(Piece::Channel) > 1 || has(Piece::Number) > 1 {
            return Err("{channel} and {number} may each stand there once");
        }
        if has(Piece::Channel) + usize::from(text.channel.is_some()) > usize::from(channelled) {
            return Err("give the channel once, and only to messages that have one");
        }
        let numbers = has(Piece::Number) + usize::from(text.number.is_some());
        if numbers != usize::from(numbered) {
            return Err(if numbered {
                "give the number of the note or controller, as `number` or as {number} in the address"
            } else {
                "this message has no number"
            });
        }
        let channel = text.channel.unwrap_or(1);
        if !(1..=16).contains(&channel) {
            return Err("channels are 1-16");
        }
        if text.number.is_some_and(|number| number > 127) {
            return Err("numbers are 0-127");
        }
        let ranged = text.low.is_some() || text.high.is_some();
        let (low, high) = (text.low.unwrap_or(0.0), text.high.unwrap_or(1.0));
        if !(low.is_finite() && high.is_finite()) || low == high {
            return Err("low and high must be two different numbers");
        }
        Ok(Self {
            pieces,
            kind: text.message,
            channel: channel - 1,
            number: text.number.unwrap_or(0),
            offset: text.offset,
            low,
            high,
            ranged,
            feedback: text.feedback,
        })
    }

    pub(super) fn to_midi(&self, message: &OscMessage) -> Option<Vec<u8>> {
        let (channel, number) = self.read(&message.addr)?;
        let value = self.value(message.args.first())?;
        let seven = || (value * 127.0).round() as u8;
        Some(match self.kind {
            Kind::Note if seven() > 0 => vec![0x90 | channel, number, seven()],
            Kind::Note => vec![0x80 | channel, number, 64],
            Kind::Cc => vec![0xB0 | channel, number, seven()],
            Kind::Program => vec![0xC0 | channel, seven()],
            Kind::Pressure => vec![0xD0 | channel, seven()],
            Kind::Bend => {
                let bend = (value * 16_383.0).round() as u16;
                vec![0xE0 | channel, (bend & 0x7F) as u8, (bend >> 7) as u8]
            }
            // A button sends when it is let go, too.
            _ if value < 0.5 => return None,
            Kind::Start => vec![0xFA],
            Kind::Continue => vec![0xFB],
            Kind::Stop => vec![0xFC],
        })
    }

    /// The argument as 0–1. A message without one is a button that was pressed.
    fn value(&self, argument: Option<&OscType>) -> Option<f32> {
        let number = match argument {
            None | Some(OscType::Bool(true) | OscType::Inf) => return Some(1.0),
            Some(OscType::Bool(false) | OscType::Nil) => return Some(0.0),
            Some(OscType::Int(whole)) if !self.ranged => {
                return Some((*whole as f32 / 127.0).clamp(0.0, 1.0));
            }
            Some(OscType::Int(whole)) => *whole as f32,
            Some(OscType::Long(whole)) => *whole as f32,
            Some(OscType::Float(number)) => *number,
            Some(OscType::Double(number)) => *number as f32,
            Some(_) => return None,
        };
        if number.is_nan() {
            return None;
        }
        Some(((number - self.low) / (self.high - self.low)).clamp(0.0, 1.0))
    }

    pub(super) fn to_osc(&self, message: &[u8]) -> Option<OscMessage> {
        let status = *message.first()?;
        let (kind, value) = match (status & 0xF0, message) {
            (0x80, [_, _, _]) => (Kind::Note, 0.0),
            (0x90, [_, _, velocity]) => (Kind::Note, f32::from(*velocity) / 127.0),
            (0xB0, [_, _, value]) => (Kind::Cc, f32::from(*value) / 127.0),
            (0xC0, [_, program]) => (Kind::Program, f32::from(*program) / 127.0),
            (0xD0, [_, pressure]) => (Kind::Pressure, f32::from(*pressure) / 127.0),
            (0xE0, [_, low, high]) => (Kind::Bend, (f32::from(*low) + f32::from(*high) * 128.0) / 16_383.0),
            (0xF0, [0xFA]) => (Kind::Start, 1.0),
            (0xF0, [0xFB]) => (Kind::Continue, 1.0),
            (0xF0, [0xFC]) => (Kind::Stop, 1.0),
            _ => return None,
        };
        let number = if matches!(kind, Kind::Note | Kind::Cc) { message[1] } else { self.number };
        let addr = (kind == self.kind).then(|| self.write(status & 0x0F, number)).flatten()?;
        // A program is a whole number to whoever shows it.
        let argument = match kind {
            Kind::Program if !self.ranged => OscType::Int(i32::from(message[1])),
            _ => OscType::Float(self.low + value * (self.high - self.low)),
        };
        Some(OscMessage { addr, args: vec![argument] })
    }

    /// Channel (0–15) and number that an address holds; `None` when it does not fit.
    fn read(&self, address: &str) -> Option<(u8, u8)> {
        let (mut channel, mut number) = (self.channel, self.number);
        let mut rest = address;
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => rest = rest.strip_prefix(text.as_str())?,
                Piece::Channel | Piece::Number => {
                    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
                    let value: i16 = rest[..length].parse().ok()?;
                    rest = &rest[length..];
                    if *piece == Piece::Channel {
                        channel = u8::try_from(value - 1).ok().filter(|channel| *channel < 16)?;
                    } else {
                        let value = u8::try_from(value.checked_add(self.offset)?).ok()?;
                        number = Some(value).filter(|number| *number < 128)?;
                    }
                }
            }
        }
        rest.is_empty().then_some((channel, number))
    }

    /// The address for a channel and number; `None` when this entry is about others.
    fn write(&self, channel: u8, number: u8) -> Option<String> {
        let mut address = String::new();
        let (mut any_channel, mut any_number) = (false, false);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => address.push_str(text),
                Piece::Channel => {
                    any_channel = true;
                    address.push_str(&(channel + 1).to_string());
                }
                Piece::Number => {
                    any_number = true;
                    let shown = i16::from(number) - self.offset;
                    // What a layout with `fader1` … `fader5` does not have is at most an address that nobody hears.
                    if shown < 0 {
                        return None;
                    }
                    address.push_str(&shown.to_string());
                }
            }
        }
        let channelled = !matches!(self.kind, Kind::Start | Kind::Stop | Kind::Continue);
        let fits =
            (any_channel || !channelled || channel == self.channel) && (any_number || number == self.number);
        fits.then_some(address)
    }
}

fn pieces(address: &str) -> Result<Vec<Piece>, &'static str> {
    let mut pieces = Vec::new();
    let mut rest = address;
    while let Some(start) = rest.find(['{', '}']) {
        let (text, brace) = rest.split_at(start);
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        let (piece, length) = if brace.starts_with("{channel}") {
            (Piece::Channel, "{channel}".len())
        } else if brace.starts_with("{number}") {
            (Piece::Number, "{number}".len())
        } else {
            return Err("only {channel} and {number} may stand in braces");
        };
        if matches!(pieces.last(), Some(Piece::Channel | Piece::Number)) {
            return Err("two numbers without anything between them cannot be told apart");
        }
        pieces.push(piece);
        rest = &brace[length..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}
