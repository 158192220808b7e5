//! Bluetooth off: it shares the antenna and a serial port, and nothing here uses it. The kernel forgets, so at each boot.

use super::{Context, Step, StepError, Wanted};
use crate::journal::Undo;

/// Blocks Bluetooth radios.
pub struct Bluetooth;

const SWITCHES: &str = "/sys/class/rfkill";

/// The soft switches of Bluetooth radios.
fn switches(context: &Context<'_>) -> Result<Vec<String>, StepError> {
    let mut found = Vec::new();
    for name in context.machine.list(SWITCHES).map_err(StepError::file(SWITCHES))? {
        let kind = format!("{SWITCHES}/{name}/type");
        let text = context.machine.text(&kind).map_err(StepError::file(&kind))?.unwrap_or_default();
        if text.trim() == "bluetooth" {
            found.push(format!("{SWITCHES}/{name}/soft"));
        }
    }
    Ok(found)
}

impl Step for Bluetooth {
    fn name(&self) -> &'static str {
        "bluetooth"
    }

    fn title(&self) -> &'static str {
        "Bluetooth off"
    }

    fn wanted(&self, context: &Context<'_>) -> Result<Option<Wanted>, StepError> {
        Ok((!switches(context)?.is_empty()).then(|| Wanted::plain("Bluetooth off")))
    }

    fn undo(&self, context: &Context<'_>) -> Result<Vec<Undo>, StepError> {
        let mut undo = Vec::new();
        for path in switches(context)? {
            let content = context.machine.text(&path).map_err(StepError::file(&path))?.unwrap_or_default();
            undo.push(Undo::Kernel { path, content: content.trim().to_owned() });
        }
        Ok(undo)
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        let switches = switches(context)?;
        for path in &switches {
            context.machine.poke(path, b"1").map_err(StepError::file(path))?;
        }
        Ok(format!("{} radio(s) off", switches.len()))
    }

    fn forgotten(&self, context: &Context<'_>) -> Result<bool, StepError> {
        for path in switches(context)? {
            let text = context.machine.text(&path).map_err(StepError::file(&path))?;
            if text.is_some_and(|text| text.trim() != "1") {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
