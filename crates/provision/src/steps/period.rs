//! Period, rate and the other numbers of the sound server, in the file that stands over the built-in ones.

use super::{Context, Step, StepError, Wanted, lines};
use crate::journal::Undo;
use crate::machine::Access;
use std::collections::BTreeMap;

/// Writes the numbers.
pub struct Period;

/// The unit `jack` reads it last. The period chosen on the display is written here too.
const PATH: &str = "/var/lib/archibald/jack";
const KEYS: &[&str] = &["JACK_SAMPLE_RATE", "JACK_PERIOD", "JACK_NPERIODS", "JACK_PORT_MAX", "JACK_RTPRIO"];

/// The lines to set: what the owner asks for, and the board's own period if nothing is asked.
fn values(context: &Context<'_>) -> BTreeMap<String, Option<String>> {
    let jack = &context.settings.jack;
    let numbers = [
        jack.sample_rate,
        jack.period.or(context.board.period()),
        jack.periods,
        jack.port_max,
        jack.priority,
    ];
    let named = KEYS.iter().zip(numbers);
    named.filter_map(|(key, number)| Some(((*key).to_owned(), Some(number?.to_string())))).collect()
}

impl Step for Period {
    fn name(&self) -> &'static str {
        "period"
    }

    fn title(&self) -> &'static str {
        "Configuring audio"
    }

    fn wanted(&self, context: &Context<'_>) -> Result<Option<Wanted>, StepError> {
        let values = values(context);
        let words: Vec<String> =
            values.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_ref()?))).collect();
        Ok((!words.is_empty()).then(|| Wanted::plain(words.join(" "))))
    }

    fn undo(&self, context: &Context<'_>) -> Result<Vec<Undo>, StepError> {
        let before = lines::values(context.machine, PATH, KEYS)?;
        Ok(vec![Undo::Values { path: PATH.to_owned(), before }])
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        let folder = "/var/lib/archibald";
        let access = Access { mode: 0o755, owner: None };
        context.machine.folder(folder, access).map_err(StepError::file(folder))?;
        let values = values(context);
        lines::set_values(context.machine, PATH, &values)?;
        let words: Vec<String> =
            values.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_ref()?))).collect();
        Ok(words.join(" "))
    }
}
