//! `settings.yml`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::read::Reader;
use super::{ConfigError, tree};
use crate::input::{ChordMode, FULL};

/// What the owner has chosen in the menus. A file's missing keys are `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// Title of the chosen bank.
    pub bank: Option<String>,
    /// LEFT, RIGHT or LEFT_RIGHT.
    pub bypass: Option<String>,
    /// Display's bus speed in MHz: 24, 48, 56 or 80.
    pub lcd_spi_speed_mhz: Option<u8>,
    /// The converter's count at silence, 502–522.
    pub vu_baseline: Option<u16>,
    /// Whether the tuner mutes the output.
    pub tuner_mute: Option<bool>,
    /// The tuner's input, 1 or 2.
    pub tuner_input: Option<u8>,
    /// Ours: how long presses wait for a chord.
    pub chords: Option<ChordMode>,
    /// Ours: when a footswitch that also has a long press acts.
    pub act_on: Option<ActOn>,
    /// Ours: how the pedal on each channel of the converter is read.
    pub calibration: BTreeMap<u8, Calibration>,
}

/// When a footswitch that also has a long press does its short action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ActOn {
    /// On the first edge; a long press takes it back.
    #[default]
    Press,
    /// When the foot is lifted, as pi-stomp.
    Release,
}

/// How an expression pedal's counts become a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calibration {
    /// Count (0–1023) at the heel.
    pub low: u16,
    /// Count at the toe; below `low` for a pedal that is wired the other way round.
    pub high: u16,
    /// What the way becomes.
    pub travel: Travel,
}

/// How a pedal's travel becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Travel {
    /// Value follows travel.
    #[default]
    Linear,
    /// Slow at the heel: x².
    Slow,
    /// Fast at the heel: √x.
    Fast,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { low: 0, high: FULL, travel: Travel::Linear }
    }
}

impl Calibration {
    /// A count (0–1023) as a way of 0–1. Both ends are always reached.
    pub fn way(&self, count: u16) -> f32 {
        let (low, high) = (f32::from(self.low), f32::from(self.high));
        let span = if (high - low).abs() < 1.0 { 1.0 } else { high - low };
        let x = ((f32::from(count) - low) / span).clamp(0.0, 1.0);
        match self.travel {
            Travel::Linear => x,
            Travel::Slow => x * x,
            Travel::Fast => x.sqrt(),
        }
    }
}

impl Travel {
    const NAMES: [&'static str; 3] = ["linear", "slow", "fast"];
    const ALL: [Self; 3] = [Self::Linear, Self::Slow, Self::Fast];

    fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

const KNOWN: [&str; 11] = [
    "bank",
    "bypass",
    "lcd.spi_speed_mhz",
    "analogVU.adc_baseline",
    "tuner_mute",
    "tuner_input",
    "lcd",
    "analogVU",
    "chords",
    "act_on",
    "calibration",
];

impl Settings {
    /// Reads the file. Keys may be written with a dot or as a map within a map.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let root = tree::parse(text)?;
        let (mut reader, mut out) = (Reader::default(), Self::default());
        let mut all = Vec::new();
        for (key, node) in reader.map(&root, "the file", &KNOWN) {
            let inner = match key.as_str() {
                "lcd" => "spi_speed_mhz",
                "analogVU" => "adc_baseline",
                _ => {
                    all.push((key.clone(), node));
                    continue;
                }
            };
            all.extend(
                reader.map(node, key, &[inner]).iter().map(|(name, node)| (format!("{key}.{name}"), node)),
            );
        }
        for (key, node) in all.iter().filter(|(_, node)| node.value != tree::Value::Null) {
            match key.as_str() {
                "bank" => out.bank = reader.text(node, key).filter(|bank| bank != "None"),
                "bypass" => out.bypass = reader.one_of(node, key, &["LEFT", "RIGHT", "LEFT_RIGHT"]),
                "lcd.spi_speed_mhz" => {
                    let word = reader.one_of(node, key, &["24", "48", "56", "80"]);
                    out.lcd_spi_speed_mhz = word.and_then(|word| word.parse().ok());
                }
                "analogVU.adc_baseline" => {
                    out.vu_baseline =
                        reader.integer(node, key, 502, 522).and_then(|value| value.try_into().ok());
                }
                "tuner_mute" => out.tuner_mute = reader.yes(node, key),
                "tuner_input" => {
                    out.tuner_input = reader.integer(node, key, 1, 2).and_then(|value| value.try_into().ok());
                }
                "chords" => {
                    out.chords = reader
                        .one_of(node, key, &["compatible", "prompt"])
                        .map(|word| if word == "prompt" { ChordMode::Prompt } else { ChordMode::Compatible });
                }
                "act_on" => {
                    out.act_on = reader
                        .one_of(node, key, &["press", "release"])
                        .map(|word| if word == "release" { ActOn::Release } else { ActOn::Press });
                }
                "calibration" => out.calibration = calibrations(&mut reader, node),
                _ => {}
            }
        }
        reader.finish(out)
    }

    /// The file's text: what [`Settings::parse`] reads as these settings.
    pub fn to_yaml(&self) -> String {
        let mut out = String::new();
        let mut line = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                let _ = writeln!(out, "{key}: {value}");
            }
        };
        line("bank", self.bank.as_deref().map(quoted));
        line("bypass", self.bypass.clone());
        line("lcd.spi_speed_mhz", self.lcd_spi_speed_mhz.map(|value| value.to_string()));
        line("analogVU.adc_baseline", self.vu_baseline.map(|value| value.to_string()));
        line("tuner_mute", self.tuner_mute.map(|value| value.to_string()));
        line("tuner_input", self.tuner_input.map(|value| value.to_string()));
        let chords = |mode| if mode == ChordMode::Prompt { "prompt" } else { "compatible" };
        line("chords", self.chords.map(|mode| chords(mode).to_owned()));
        let act_on = |on| if on == ActOn::Release { "release" } else { "press" };
        line("act_on", self.act_on.map(|on| act_on(on).to_owned()));
        if !self.calibration.is_empty() {
            let _ = writeln!(out, "calibration:");
        }
        for (channel, one) in &self.calibration {
            let Calibration { low, high, travel } = one;
            let _ = writeln!(out, "  {channel}: {{low: {low}, high: {high}, travel: {}}}", travel.name());
        }
        out
    }
}

/// Any text as a YAML scalar that stays on its line.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            letter if letter.is_control() => drop(write!(out, "\\u{:04x}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

fn calibrations(reader: &mut Reader, node: &tree::Node) -> BTreeMap<u8, Calibration> {
    let channels: Vec<String> = (0..8).map(|channel: u8| channel.to_string()).collect();
    let channels: Vec<&str> = channels.iter().map(String::as_str).collect();
    let mut all = BTreeMap::new();
    for (channel, node) in reader.map(node, "calibration", &channels) {
        let Ok(channel) = channel.parse() else { continue };
        let mut one = Calibration::default();
        for (key, node) in reader.map(node, "a calibration", &["low", "high", "travel"]) {
            let mut count =
                || reader.integer(node, key, 0, FULL.into()).and_then(|count| u16::try_from(count).ok());
            match key.as_str() {
                "low" => one.low = count().unwrap_or(one.low),
                "high" => one.high = count().unwrap_or(one.high),
                _ => {
                    let word = reader.one_of(node, key, &Travel::NAMES);
                    let at = word.and_then(|word| Travel::NAMES.iter().position(|name| *name == word));
                    one.travel = at.map_or(one.travel, |at| Travel::ALL[at]);
                }
            }
        }
        all.insert(channel, one);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_and_wrong_values() {
        let settings = Settings::parse("bank: None\nlcd:\n  spi_speed_mhz: 48\ntuner_mute: true\n").unwrap();
        assert_eq!(
            (settings.bank, settings.lcd_spi_speed_mhz, settings.tuner_mute),
            (None, Some(48), Some(true))
        );
        assert_eq!(Settings::parse("lcd.spi_speed_mhz: 80").unwrap().lcd_spi_speed_mhz, Some(80));
        assert_eq!(Settings::parse("bank: x\nanalogVU.adc_baseline: 500\n").unwrap_err().problems[0].line, 2);
        assert_eq!(Settings::parse("calibration:\n  5: {low: 2000}\n").unwrap_err().problems[0].line, 2);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let calibration = Calibration { low: 900, high: 20, travel: Travel::Slow };
        let settings = Settings {
            bank: Some("My \"set\": #1\\".into()),
            bypass: Some("LEFT".into()),
            lcd_spi_speed_mhz: Some(56),
            vu_baseline: Some(510),
            tuner_mute: Some(false),
            tuner_input: Some(2),
            chords: Some(ChordMode::Prompt),
            act_on: Some(ActOn::Release),
            calibration: BTreeMap::from([(5, calibration), (7, Calibration::default())]),
        };
        assert_eq!(Settings::parse(&settings.to_yaml()), Ok(settings));
        assert_eq!(Settings::parse(&Settings::default().to_yaml()), Ok(Settings::default()));
    }

    #[test]
    fn a_calibrated_pedal_reaches_both_ends_either_way_round() {
        let turned = Calibration { low: 900, high: 20, travel: Travel::Linear };
        assert_eq!([1000, 900, 460, 20, 0].map(|count| turned.way(count)), [0.0, 0.0, 0.5, 1.0, 1.0]);
        let slow = Calibration { travel: Travel::Slow, ..Calibration::default() };
        assert_eq!((slow.way(0), slow.way(1023)), (0.0, 1.0));
        assert!(slow.way(511) < 0.26);
        let same = Calibration { low: 5, high: 5, ..Calibration::default() };
        assert!(same.way(5).is_finite());
    }
}
