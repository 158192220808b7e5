//! The time zone, checked against the zones that the machine has.

use super::{Context, Step, StepError, Wanted};
use crate::journal::Undo;
use crate::machine::Access;

/// Sets the time zone.
pub struct Zone;

const LINK: &str = "/etc/localtime";
const NAME: &str = "/etc/timezone";
/// NixOS has the first, other systems the second.
const FOLDERS: &[&str] = &["/etc/zoneinfo", "/usr/share/zoneinfo"];

impl Zone {
    /// The file of a zone: it must be one of the time zone database, not just any file with a fitting name.
    fn file(context: &Context<'_>, zone: &str) -> Result<String, StepError> {
        let mut folder_found = false;
        for folder in FOLDERS {
            folder_found |= context.machine.exists(folder).map_err(StepError::file(folder))?;
            let path = format!("{folder}/{zone}");
            let known = match context.machine.read(&path) {
                Ok(content) => content.is_some_and(|bytes| bytes.starts_with(b"TZif")),
                Err(error) if error.kind() == std::io::ErrorKind::IsADirectory => false,
                Err(error) => return Err(StepError::file(&path)(error)),
            };
            if known {
                return Ok(path);
            }
        }
        if !folder_found {
            return Err(StepError::Refused(
                "this machine has no list of time zones: install tzdata".to_owned(),
            ));
        }
        let area = zone.split('/').next().unwrap_or_default();
        let names: Vec<String> = FOLDERS
            .iter()
            .flat_map(|folder| context.machine.list(&format!("{folder}/{area}")).unwrap_or_default())
            .take(4)
            .map(|city| format!("{area}/{city}"))
            .collect();
        let hint = match names.is_empty() {
            true => "write area and city, such as Europe/Berlin".to_owned(),
            false => format!("there are {} and others", names.join(", ")),
        };
        Err(StepError::Refused(format!("TIMEZONE: there is no time zone `{zone}`: {hint}")))
    }
}

impl Step for Zone {
    fn name(&self) -> &'static str {
        "timezone"
    }

    fn title(&self) -> &'static str {
        "Setting the clock"
    }

    fn wanted(&self, context: &Context<'_>) -> Result<Option<Wanted>, StepError> {
        let Some(zone) = &context.settings.zone else { return Ok(None) };
        Self::file(context, zone)?;
        Ok(Some(Wanted::plain(zone)))
    }

    fn undo(&self, context: &Context<'_>) -> Result<Vec<Undo>, StepError> {
        let mut undo = vec![Undo::path(context.machine, LINK).map_err(StepError::file(LINK))?];
        if context.machine.exists(NAME).map_err(StepError::file(NAME))? {
            undo.push(Undo::path(context.machine, NAME).map_err(StepError::file(NAME))?);
        }
        Ok(undo)
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        let Some(zone) = &context.settings.zone else { return Ok("nothing to do".to_owned()) };
        let machine = context.machine;
        machine.symlink(&Self::file(context, zone)?, LINK).map_err(StepError::file(LINK))?;
        // Debian's second copy; others have none.
        if machine.exists(NAME).map_err(StepError::file(NAME))? {
            machine
                .write(NAME, format!("{zone}\n").as_bytes(), Access::PUBLIC)
                .map_err(StepError::file(NAME))?;
        }
        Ok(zone.clone())
    }

    fn forgotten(&self, context: &Context<'_>) -> Result<bool, StepError> {
        // NixOS puts its own link there again at each activation; a link that the owner made by hand stays.
        let Some(zone) = &context.settings.zone else { return Ok(false) };
        let target = context.machine.link(LINK).map_err(StepError::file(LINK))?;
        let nixos = context.machine.exists("/run/current-system").map_err(StepError::file(LINK))?;
        Ok(nixos && target != Some(Self::file(context, zone)?))
    }
}
