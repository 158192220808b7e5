//! The hardware version of the pi-Stomp, where no configuration says it yet.

use super::{Context, Step, StepError, Wanted};
use crate::journal::Undo;
use crate::machine::Access;

/// Writes the smallest configuration that names the version.
pub struct Hardware;

fn path(context: &Context<'_>) -> Result<String, StepError> {
    Ok(format!("{}/data/config/default_config.yml", context.account()?.home))
}

/// The file: a version decides which controls there are, so nothing else has to be said.
pub fn configuration(version: &str) -> String {
    format!(
        "# Written at the first boot. The version decides which controls the pedal has.\nhardware:\n  version: {version}\n"
    )
}

impl Step for Hardware {
    fn name(&self) -> &'static str {
        "hardware"
    }

    fn title(&self) -> &'static str {
        "Looking at the board"
    }

    fn wanted(&self, context: &Context<'_>) -> Result<Option<Wanted>, StepError> {
        Ok(context
            .board
            .hardware_version()
            .map(|version| Wanted::plain(format!("hardware version {version}"))))
    }

    fn undo(&self, context: &Context<'_>) -> Result<Vec<Undo>, StepError> {
        let path = path(context)?;
        let present = context.machine.exists(&path).map_err(StepError::file(&path))?;
        match present {
            true => Ok(Vec::new()), // the owner's; it is left alone
            false => Ok(vec![Undo::path(context.machine, &path).map_err(StepError::file(&path))?]),
        }
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        let Some(version) = context.board.hardware_version() else { return Ok("nothing to do".to_owned()) };
        let account = context.account()?;
        let (machine, path) = (context.machine, path(context)?);
        if machine.exists(&path).map_err(StepError::file(&path))? {
            return Ok("the configuration that is there names the version".to_owned());
        }
        // As the service's own rules make them: the control service writes here through the group.
        for folder in ["data", "data/config"].map(|name| format!("{}/{name}", account.home)) {
            let access = Access { mode: 0o2770, owner: Some(account.ids) };
            machine
                .folder(&account.home, Access { mode: 0o750, ..access })
                .map_err(StepError::file(&account.home))?;
            machine.folder(&folder, access).map_err(StepError::file(&folder))?;
        }
        let access = Access { mode: 0o660, owner: Some(account.ids) };
        machine.write(&path, configuration(version).as_bytes(), access).map_err(StepError::file(&path))?;
        Ok(format!("version {version}"))
    }
}
