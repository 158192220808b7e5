//! The owner's public key.

use super::{Account, Context, Step, StepError, Wanted};
use crate::journal::Undo;
use crate::machine::Access;

/// Adds the key to the account.
pub struct Keys;

/// The account's own list of keys.
pub fn path(account: &Account) -> String {
    format!("{}/.ssh/authorized_keys", account.home)
}

impl Step for Keys {
    fn name(&self) -> &'static str {
        "keys"
    }

    fn title(&self) -> &'static str {
        "Adding the SSH key"
    }

    fn wanted(&self, context: &Context<'_>) -> Result<Option<Wanted>, StepError> {
        Ok(context.settings.key.as_ref().map(|key| Wanted {
            text: format!("key {:?} of {}", key.split(' ').nth(2).unwrap_or("without a name"), context.user),
            value: key.as_str().into(),
        }))
    }

    fn undo(&self, context: &Context<'_>) -> Result<Vec<Undo>, StepError> {
        let Some(key) = &context.settings.key else { return Ok(Vec::new()) };
        let path = path(&context.account()?);
        let text = context.machine.text(&path).map_err(StepError::file(&path))?.unwrap_or_default();
        // A key that was there before us is not ours to take away.
        let ours = !text.lines().any(|line| line == key);
        Ok(ours.then(|| Undo::Line { path, line: key.clone() }).into_iter().collect())
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        let Some(key) = &context.settings.key else { return Ok("nothing to do".to_owned()) };
        let account = context.account()?;
        let (machine, path) = (context.machine, path(&account));
        let folder = format!("{}/.ssh", account.home);
        for (path, mode) in [(&account.home, 0o750), (&folder, 0o700)] {
            let access = Access { mode, owner: Some(account.ids) };
            machine.folder(path, access).map_err(StepError::file(path))?;
        }
        let text = machine.text(&path).map_err(StepError::file(&path))?.unwrap_or_default();
        if text.lines().any(|line| line == key) {
            return Ok("already there".to_owned());
        }
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let access = Access::PRIVATE.owned(account.ids);
        machine
            .write(&path, format!("{text}{gap}{key}\n").as_bytes(), access)
            .map_err(StepError::file(&path))?;
        Ok("added".to_owned())
    }
}
