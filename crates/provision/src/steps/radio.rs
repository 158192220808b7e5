//! The country whose radio rules hold. The kernel forgets it, so it is told at every boot.

use super::{Context, Step, StepError, Wanted, run};
use crate::journal::Undo;

/// Tells the kernel the country.
pub struct Radio;

impl Step for Radio {
    fn name(&self) -> &'static str {
        "radio"
    }

    fn title(&self) -> &'static str {
        "Setting up Wi-Fi"
    }

    fn wanted(&self, context: &Context<'_>) -> Result<Option<Wanted>, StepError> {
        Ok(context
            .settings
            .country
            .as_ref()
            .map(|country| Wanted::plain(format!("radio rules of {country}"))))
    }

    fn undo(&self, _context: &Context<'_>) -> Result<Vec<Undo>, StepError> {
        Ok(Vec::new()) // gone with the next boot
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        let Some(country) = &context.settings.country else { return Ok("nothing to do".to_owned()) };
        run(context.machine, "iw", &["reg", "set", country], "")?;
        Ok(format!("radio rules of {country}"))
    }

    fn forgotten(&self, _context: &Context<'_>) -> Result<bool, StepError> {
        Ok(true)
    }
}
