//! `settings.yml`.

use super::read::Reader;
use super::{ConfigError, tree};

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
}

impl Settings {
    /// Reads the file. Keys may be written with a dot or as a map within a map.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let root = tree::parse(text)?;
        let (mut reader, mut out) = (Reader::default(), Self::default());
        let known = [
            "bank",
            "bypass",
            "lcd.spi_speed_mhz",
            "analogVU.adc_baseline",
            "tuner_mute",
            "tuner_input",
            "lcd",
            "analogVU",
        ];
        let mut all = Vec::new();
        for (key, node) in reader.map(&root, "the file", &known) {
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
                _ => {}
            }
        }
        reader.finish(out)
    }
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
    }
}
