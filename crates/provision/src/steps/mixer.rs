//! The codec's mixer: after a reset it routes nothing, and the sound server waits for a clock that does not come.

use super::{Context, Step, StepError, Wanted, run};
use crate::journal::Undo;
use crate::machine::Machine;

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

/// What `amixer --stdin` reads to set a card up.
fn commands(card: &str) -> String {
    let command = |setting: &&[&str]| {
        let words: Vec<_> = setting.iter().map(|word| format!(" '{word}'")).collect();
        format!("sset{}\n", words.concat())
    };
    settings(card).iter().map(command).collect()
}

/// Sets a card up, by one program for all controls, because the sound waits for this. Returns the names of those that it does not
/// have, as with another version of its driver: `amixer` passes over them without a word.
fn set_up(machine: &dyn Machine, card: &str) -> Result<Vec<&'static str>, StepError> {
    run(machine, "amixer", &["--quiet", "--card", card, "--stdin"], &commands(card))?;
    let Some(controls) = run(machine, "amixer", &["--card", card, "scontrols"], "")? else {
        return Ok(Vec::new());
    };
    let names = settings(card).iter().map(|setting| setting[0]);
    Ok(names.filter(|name| !controls.contains(&format!("'{name}'"))).collect())
}

/// The first card that we know, from the kernel's list.
fn card(context: &Context<'_>) -> Result<Option<String>, StepError> {
    const CARDS: &str = "/proc/asound/cards";
    let text = context.machine.text(CARDS).map_err(StepError::file(CARDS))?.unwrap_or_default();
    let names = text.lines().filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0.trim()));
    Ok(names.filter(|name| !settings(name).is_empty()).map(str::to_owned).next())
}

/// Whether there are settings of this card to come back to.
fn is_saved(machine: &dyn Machine, card: &str) -> Result<bool, StepError> {
    let saved = machine.text(SAVED).map_err(StepError::file(SAVED))?.unwrap_or_default();
    Ok(saved.lines().any(|line| line.starts_with(&format!("state.{card} "))))
}

/// Looks for a card until it is there, `looks` times, with a `pause` between: its driver may be loaded after this program was started,
/// and a codec that was never set up gives the sound server no clock. Not waited for is a card whose settings are saved, which are restored
/// when it comes. Returns whether it is there or not needed.
pub fn wait_for(machine: &dyn Machine, card: &str, looks: usize, mut pause: impl FnMut()) -> bool {
    if is_saved(machine, card).unwrap_or(false) {
        return true;
    }
    (0..looks).any(|look| {
        if look > 0 {
            pause();
        }
        machine.exists(&format!("/proc/asound/{card}")).unwrap_or(false)
    })
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

    fn forgotten(&self, context: &Context<'_>) -> Result<bool, StepError> {
        // Somebody removed the saved state: without it the codec routes nothing after the next reset.
        match card(context)? {
            Some(card) => Ok(!is_saved(context.machine, &card)?),
            None => Ok(false),
        }
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        let Some(card) = card(context)? else { return Ok("nothing to do".to_owned()) };
        if is_saved(context.machine, &card)? {
            return Ok(format!("{card} has a saved state"));
        }
        let unknown = set_up(context.machine, &card)?;
        run(context.machine, "alsactl", &["store", &card], "")?;
        Ok(match unknown.is_empty() {
            true => format!("{card} set up"),
            false => format!("{card} set up, without {}", unknown.join(", ")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Access, RealMachine};

    #[test]
    fn a_card_is_set_up_by_a_line_for_each_control() {
        let all = commands("audioinjectorpi");
        assert_eq!(
            all,
            "sset 'Master' '121'\nsset 'Capture' '23'\nsset 'Input Mux' 'Line In'\nsset 'Line' 'on'\n"
        );
        assert_eq!(commands("IQaudIOCODEC").lines().count(), 15);
        assert!(commands("IQaudIOCODEC").starts_with("sset 'Aux' '47' 'unmute'\n"));
        assert_eq!(commands("hdmi"), "");
    }

    #[test]
    fn a_card_that_comes_late_is_waited_for_unless_its_settings_are_saved() {
        let folder = tempfile::tempdir().unwrap();
        let machine = RealMachine::new(folder.path());
        let mut pauses = 0;
        assert!(!wait_for(&machine, "IQaudIOCODEC", 3, || pauses += 1));
        assert_eq!(pauses, 2);
        let come = || machine.write("/proc/asound/IQaudIOCODEC", b"", Access::PUBLIC).unwrap();
        assert!(wait_for(&machine, "IQaudIOCODEC", 3, come));
        let other = || panic!("a saved card is not waited for");
        machine.write(SAVED, b"state.sndrpihifiberry {\n}\n", Access::PUBLIC).unwrap();
        assert!(wait_for(&machine, "sndrpihifiberry", 3, other));
    }
}
