//! Connection profiles of NetworkManager, in its keyfile format.

use super::{Context, StepError, run};
use crate::machine::Access;

/// Where NetworkManager looks for the profiles of the system.
pub const FOLDER: &str = "/etc/NetworkManager/system-connections";

/// Puts a profile in place, for root alone, and tells a running NetworkManager.
///
/// # Errors
///
/// It cannot be written.
pub fn put(context: &Context<'_>, path: &str, text: &str) -> Result<(), StepError> {
    let machine = context.machine;
    machine.write(path, text.as_bytes(), Access::PRIVATE).map_err(StepError::file(path))?;
    reload(context)
}

/// Lets a running NetworkManager read its profiles anew. At boot it is not running yet, and finds them when it starts.
///
/// # Errors
///
/// It is running and refuses.
pub fn reload(context: &Context<'_>) -> Result<(), StepError> {
    let running = context.machine.exists("/run/NetworkManager/NetworkManager.pid");
    if running.unwrap_or(false) || context.machine.exists("/run/NetworkManager/private").unwrap_or(false) {
        run(context.machine, "nmcli", &["connection", "reload"], "")?;
    }
    Ok(())
}

/// A text as a value of a keyfile.
pub fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for (index, character) in text.chars().enumerate() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            // The reader drops spaces before a value.
            ' ' if index == 0 => escaped.push_str("\\s"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A network's name: plain where that cannot be misread, else as a list of bytes.
pub fn ssid(name: &str) -> String {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" -_.".contains(&byte))
        && !name.bytes().all(|byte| byte.is_ascii_digit())
        && name.trim() == name;
    match plain {
        true => name.to_owned(),
        false => name.bytes().map(|byte| format!("{byte};")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_not_misread() {
        assert_eq!(
            (ssid("My Home_2.4"), ssid("12"), ssid("ü")),
            ("My Home_2.4".into(), "49;50;".into(), "195;188;".into())
        );
        assert_eq!((ssid("a;"), ssid(" a")), ("97;59;".into(), "32;97;".into()));
        assert_eq!(escape(r" a\b c"), r"\sa\\b c");
    }
}
