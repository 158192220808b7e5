//! Text files of lines that others write too: only our own lines are touched.

use super::StepError;
use crate::machine::{Access, Machine};
use std::collections::BTreeMap;

/// Reads the values of `keys` in a file of `KEY=value` lines.
///
/// # Errors
///
/// The file is there and cannot be read.
pub fn values(
    machine: &dyn Machine,
    path: &str,
    keys: &[&str],
) -> Result<BTreeMap<String, Option<String>>, StepError> {
    let text = machine.text(path).map_err(StepError::file(path))?.unwrap_or_default();
    let find = |key: &str| {
        text.lines().rev().find_map(|line| Some(line.strip_prefix(key)?.strip_prefix('=')?.to_owned()))
    };
    Ok(keys.iter().map(|key| ((*key).to_owned(), find(key))).collect())
}

/// Sets or, for `None`, removes `KEY=value` lines; all other lines stay. A file that becomes empty is removed.
///
/// # Errors
///
/// The file cannot be read or written.
pub fn set_values(
    machine: &dyn Machine,
    path: &str,
    wanted: &BTreeMap<String, Option<String>>,
) -> Result<(), StepError> {
    let failed = StepError::file(path);
    let old = machine.text(path).map_err(&failed)?;
    let key = |line: &str| line.split_once('=').map(|(key, _)| key.to_owned());
    let mut lines: Vec<String> = old.as_deref().unwrap_or_default().lines().map(str::to_owned).collect();
    lines.retain(|line| key(line).is_none_or(|key| !wanted.contains_key(&key)));
    lines.extend(wanted.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_ref()?))));
    replace(machine, path, old, &lines)
}

/// Removes every line that is `line`.
///
/// # Errors
///
/// The file cannot be read or written.
pub fn take_out(machine: &dyn Machine, path: &str, line: &str) -> Result<(), StepError> {
    let old = machine.text(path).map_err(StepError::file(path))?;
    let lines: Vec<String> = old
        .as_deref()
        .unwrap_or_default()
        .lines()
        .filter(|other| *other != line)
        .map(str::to_owned)
        .collect();
    replace(machine, path, old, &lines)
}

fn replace(
    machine: &dyn Machine,
    path: &str,
    old: Option<String>,
    lines: &[String],
) -> Result<(), StepError> {
    let failed = StepError::file(path);
    if lines.is_empty() {
        return machine.remove(path).map_err(failed);
    }
    let text = lines.join("\n") + "\n";
    if old.as_deref() == Some(&text) {
        return Ok(());
    }
    let access = machine.access(path).map_err(&failed)?.unwrap_or(Access::PUBLIC);
    machine.write(path, text.as_bytes(), access).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::RealMachine;

    #[test]
    fn lines_of_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let machine = RealMachine::new(folder.path());
        machine.write("/f", b"# mine\nA=1\nB=2\nA=3\n", Access::PUBLIC).unwrap();
        let before = values(&machine, "/f", &["A", "C"]).unwrap();
        assert_eq!(before, [("A".to_owned(), Some("3".to_owned())), ("C".to_owned(), None)].into());
        let wanted = [("A".to_owned(), None), ("C".to_owned(), Some("4".to_owned()))].into();
        set_values(&machine, "/f", &wanted).unwrap();
        assert_eq!(machine.text("/f").unwrap().unwrap(), "# mine\nB=2\nC=4\n");
        set_values(&machine, "/f", &before).unwrap();
        assert_eq!(machine.text("/f").unwrap().unwrap(), "# mine\nB=2\nA=3\n");
        for line in ["# mine", "B=2", "A=3"] {
            take_out(&machine, "/f", line).unwrap();
        }
        assert!(!machine.exists("/f").unwrap());
    }
}
