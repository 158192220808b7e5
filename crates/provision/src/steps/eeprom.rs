//! The power-off setting in the EEPROM of a Raspberry Pi 5: without it, a pedal that was shut down still draws power.

use super::{Context, Step, StepError, Wanted, run};
use crate::board::Board;
use crate::journal::Undo;
use crate::machine::{Access, Machine, Ran};

/// Sets `POWER_OFF_ON_HALT=1`.
pub struct Eeprom;

const KEY: &str = "POWER_OFF_ON_HALT";
const WANTED: &str = "POWER_OFF_ON_HALT=1";
const FILE: &str = "/run/archibald-eeprom.conf";
const TOOL: &str = "rpi-eeprom-config";
/// The tool comes with firmware that is not free, so an image may well be without it. That is a choice and no failure.
const LEFT_OUT: &str = "left out: rpi-eeprom-config is not installed (archibald.provision.extraPackages)";

/// The line of our key in a configuration.
fn line(text: &str) -> Option<String> {
    text.lines()
        .find(|line| line.trim_start().starts_with(&format!("{KEY}=")))
        .map(|line| line.trim().to_owned())
}

/// The configuration with our line replaced, added or removed.
fn with_line(text: &str, wanted: Option<&str>) -> String {
    let mut lines: Vec<&str> =
        text.lines().filter(|line| !line.trim_start().starts_with(&format!("{KEY}="))).collect();
    // A new setting belongs to all boards, not to the last filter of the file.
    if let Some(wanted) = wanted {
        if lines.iter().rev().find(|line| line.starts_with('[')).is_some_and(|filter| *filter != "[all]") {
            lines.push("[all]");
        }
        lines.push(wanted);
    }
    lines.join("\n") + "\n"
}

/// Sets the line, or removes it for `None`; tells whether anything had to be done.
///
/// # Errors
///
/// The tools are missing or fail.
pub fn set_line(machine: &dyn Machine, wanted: Option<&str>) -> Result<bool, StepError> {
    let Some(text) = run(machine, TOOL, &[], "")? else { return Ok(false) };
    if line(&text).as_deref() == wanted {
        return Ok(false);
    }
    machine
        .write(FILE, with_line(&text, wanted).as_bytes(), Access::PRIVATE)
        .map_err(StepError::file(FILE))?;
    let applied = run(machine, TOOL, &["--apply", FILE], "");
    machine.remove(FILE).map_err(StepError::file(FILE))?;
    applied.map(|_| true)
}

/// Whether the tool is installed, as far as can be told.
fn is_there(machine: &dyn Machine) -> bool {
    !matches!(machine.run(TOOL, &["--help"], ""), Ok(Ran::Missing))
}

impl Step for Eeprom {
    fn name(&self) -> &'static str {
        "eeprom"
    }

    fn title(&self) -> &'static str {
        "Power-off setting"
    }

    fn wanted(&self, context: &Context<'_>) -> Result<Option<Wanted>, StepError> {
        // Remembered as something else than the setting, so that it is made up for when the tool comes.
        Ok((context.board == Board::Pi5)
            .then(|| Wanted::plain(if is_there(context.machine) { WANTED } else { LEFT_OUT })))
    }

    fn undo(&self, context: &Context<'_>) -> Result<Vec<Undo>, StepError> {
        if !is_there(context.machine) {
            return Ok(Vec::new());
        }
        let Some(text) = run(context.machine, TOOL, &[], "")? else { return Ok(Vec::new()) };
        Ok(vec![Undo::Eeprom { line: line(&text) }])
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        if !is_there(context.machine) {
            return Ok(LEFT_OUT.to_owned());
        }
        Ok(match set_line(context.machine, Some(WANTED))? {
            true => "written; the firmware takes it over at the next boot".to_owned(),
            false => "already there".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_without_the_tool_is_told_from_one_that_is_only_files() {
        let folder = tempfile::tempdir().expect("folder");
        // Nothing can be run below a folder, so nothing is known to be missing.
        assert!(is_there(&crate::machine::RealMachine::new(folder.path())));
        assert!(LEFT_OUT.starts_with("left out") && LEFT_OUT.contains(TOOL));
    }

    #[test]
    fn the_line_is_set_for_all_boards_and_taken_out_again() {
        let text = "[all]\nBOOT_UART=1\nPOWER_OFF_ON_HALT=0\nBOOT_ORDER=0xf461\n";
        assert_eq!(line(text).as_deref(), Some("POWER_OFF_ON_HALT=0"));
        let set = with_line(text, Some(WANTED));
        assert_eq!(set, "[all]\nBOOT_UART=1\nBOOT_ORDER=0xf461\nPOWER_OFF_ON_HALT=1\n");
        assert_eq!(with_line(&set, None), "[all]\nBOOT_UART=1\nBOOT_ORDER=0xf461\n");
        assert_eq!(with_line("[pi4]\nA=1\n", Some(WANTED)), "[pi4]\nA=1\n[all]\nPOWER_OFF_ON_HALT=1\n");
    }
}
