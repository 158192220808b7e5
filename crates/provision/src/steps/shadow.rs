//! The password field of one account in /etc/shadow.

use super::StepError;
use crate::machine::{Access, Machine};

const SHADOW: &str = "/etc/shadow";

/// The field of `user`: a hash, or what stands for "no password".
///
/// # Errors
///
/// There is no such account, or the file cannot be read.
pub fn field(machine: &dyn Machine, user: &str) -> Result<String, StepError> {
    let text = machine.text(SHADOW).map_err(StepError::file(SHADOW))?.unwrap_or_default();
    let entry = text.lines().find_map(|line| line.strip_prefix(user)?.strip_prefix(':'));
    entry
        .and_then(|rest| Some(rest.split(':').next()?.to_owned()))
        .ok_or_else(|| StepError::Refused(format!("there is no account `{user}` in {SHADOW}: see --user")))
}

/// Replaces the field of `user`; every other byte of the file stays.
///
/// # Errors
///
/// There is no such account, or the file cannot be written.
pub fn set_field(machine: &dyn Machine, user: &str, new: &str) -> Result<(), StepError> {
    if field(machine, user)? == new {
        return Ok(());
    }
    let failed = StepError::file(SHADOW);
    let text = machine.text(SHADOW).map_err(&failed)?.unwrap_or_default();
    let lines: Vec<String> = text
        .lines()
        .map(|line| match line.strip_prefix(user).and_then(|rest| rest.strip_prefix(':')) {
            Some(rest) => {
                let after = rest.split_once(':').map_or("", |(_, after)| after);
                format!("{user}:{new}:{after}")
            }
            None => line.to_owned(),
        })
        .collect();
    let access = machine.access(SHADOW).map_err(&failed)?.unwrap_or(Access::PRIVATE);
    machine.write(SHADOW, (lines.join("\n") + "\n").as_bytes(), access).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::RealMachine;

    #[test]
    fn only_the_field_of_the_user_changes() {
        let folder = tempfile::tempdir().unwrap();
        let machine = RealMachine::new(folder.path());
        let text = "root:*:1::::::\npi:!:19000:0:99999:7:::\npistomp:!:19000:0:99999:7:::\n";
        machine.write(SHADOW, text.as_bytes(), Access { mode: 0o640, owner: None }).unwrap();
        set_field(&machine, "pi", "$y$x").unwrap();
        let expected = text.replace("pi:!", "pi:$y$x");
        assert_eq!(machine.text(SHADOW).unwrap().unwrap(), expected);
        assert_eq!(machine.access(SHADOW).unwrap().unwrap().mode, 0o640);
        assert_eq!(field(&machine, "pi").unwrap(), "$y$x");
        assert!(set_field(&machine, "nobody", "x").is_err());
    }
}
