//! The codec's mixer: after a reset it routes nothing, and the sound server waits for a clock that does not come.

use super::{Context, Step, StepError, Wanted, run};
use crate::journal::Undo;

/// Sets the mixer of a card that has no saved state.
pub struct Mixer;

const SAVED: &str = "/var/lib/alsa/asound.state";

/// First settings by card: control and the words behind it, as `amixer sset` takes them. Levels are the codec's own steps.
pub fn settings(card: &str) -> &'static [&'static [&'static str]] {
    match card {
        "IQaudIOCODEC" => &[
            &["Aux", "47", "unmute"],  // -9 dB
            &["Mixin PGA", "2"],       // -1.5 dB
            &["ADC", "111", "unmute"], // -0.75 dB
            &["DAC", "114"],           // +1.5 dB
            &["Headphone", "54"],      // -3 dB
            &["Lineout", "0"],
            &["Mic 1", "0"],
            &["Mic 2", "0"],
            &["DAC EQ", "off"],
            &["Mixin Left Aux Left", "on"],
            &["Mixin Right Aux Right", "on"],
            &["Mixout Left DAC Left", "on"],
            &["Mixout Right DAC Right", "on"],
            &["Mixout Left Aux Left", "off"],
            &["Mixout Right Aux Right", "off"],
        ],
        "audioinjectorpi" => &[
            &["Master", "121"], // 0 dB
            &["Capture", "23"], // 0 dB
            &["Input Mux", "Line In"],
            &["Line", "on"],
        ],
        "sndrpihifiberry" => &[&["Digital", "205"], &["Analogue", "1"]], // -1 dB
        _ => &[],
    }
}

/// The first card that we know, from the kernel's list.
fn card(context: &Context<'_>) -> Result<Option<String>, StepError> {
    const CARDS: &str = "/proc/asound/cards";
    let text = context.machine.text(CARDS).map_err(StepError::file(CARDS))?.unwrap_or_default();
    let names = text.lines().filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0.trim()));
    Ok(names.filter(|name| !settings(name).is_empty()).map(str::to_owned).next())
}

impl Step for Mixer {
    fn name(&self) -> &'static str {
        "mixer"
    }

    fn title(&self) -> &'static str {
        "Configuring audio"
    }

    fn wanted(&self, context: &Context<'_>) -> Result<Option<Wanted>, StepError> {
        Ok(card(context)?.map(|card| Wanted::plain(format!("mixer of {card}"))))
    }

    fn undo(&self, context: &Context<'_>) -> Result<Vec<Undo>, StepError> {
        Ok(vec![Undo::path(context.machine, SAVED).map_err(StepError::file(SAVED))?])
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        let Some(card) = card(context)? else { return Ok("nothing to do".to_owned()) };
        let saved = context.machine.text(SAVED).map_err(StepError::file(SAVED))?.unwrap_or_default();
        if saved.lines().any(|line| line.starts_with(&format!("state.{card} "))) {
            return Ok(format!("{card} has a saved state"));
        }
        let mut unknown = Vec::new();
        for setting in settings(&card) {
            let arguments = [&["--quiet", "--card", &card, "sset"], *setting].concat();
            match run(context.machine, "amixer", &arguments, "") {
                // Another version of the driver may lack a control; the others count.
                Err(StepError::Failed { .. }) => unknown.push(setting[0]),
                other => drop(other?),
            }
        }
        run(context.machine, "alsactl", &["store", &card], "")?;
        Ok(match unknown.is_empty() {
            true => format!("{card} set up"),
            false => format!("{card} set up, without {}", unknown.join(", ")),
        })
    }
}
