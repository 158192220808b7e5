//! The machine's name: in /etc/hostname, in /etc/hosts, and in the kernel at once.

use super::{Context, Step, StepError, Wanted};
use crate::journal::Undo;
use crate::machine::Access;

/// Sets the host name.
pub struct HostName;

const NAME: &str = "/etc/hostname";
const HOSTS: &str = "/etc/hosts";
const KERNEL: &str = "/proc/sys/kernel/hostname";

/// /etc/hosts with the old name replaced, or with a line for the new one if it has none.
pub fn hosts(text: &str, old: &str, new: &str) -> String {
    let mut named = false;
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| {
            let (words, comment) =
                line.split_once('#').map_or((line, None), |(words, rest)| (words, Some(rest)));
            let renamed: Vec<&str> = words
                .split_whitespace()
                .enumerate()
                .map(|(at, word)| if at > 0 && word == old { new } else { word })
                .collect();
            named |= renamed.iter().skip(1).any(|word| *word == new);
            if renamed.iter().copied().eq(words.split_whitespace()) {
                return line.to_owned();
            }
            let comment = comment.map(|rest| format!(" #{rest}")).unwrap_or_default();
            format!("{}\t{}{comment}", renamed[0], renamed[1..].join(" "))
        })
        .collect();
    if !named {
        lines.push(format!("127.0.1.1\t{new}"));
    }
    lines.join("\n") + "\n"
}

impl HostName {
    fn current(context: &Context<'_>) -> Result<String, StepError> {
        let kernel = context.machine.text(KERNEL).map_err(StepError::file(KERNEL))?;
        Ok(kernel.unwrap_or_default().trim().to_owned())
    }

    /// Files that are ours to change. NixOS writes its own anew at each activation, and finds the running name by itself.
    fn files(context: &Context<'_>) -> Result<Vec<&'static str>, StepError> {
        let mut files = Vec::new();
        for path in [NAME, HOSTS] {
            if !context.machine.managed(path).map_err(StepError::file(path))? {
                files.push(path);
            }
        }
        Ok(files)
    }
}

impl Step for HostName {
    fn name(&self) -> &'static str {
        "hostname"
    }

    fn title(&self) -> &'static str {
        "Setting the name"
    }

    fn wanted(&self, context: &Context<'_>) -> Result<Option<Wanted>, StepError> {
        Ok(context.settings.host_name.as_ref().map(Wanted::plain))
    }

    fn undo(&self, context: &Context<'_>) -> Result<Vec<Undo>, StepError> {
        let mut undo = Vec::new();
        for path in Self::files(context)? {
            undo.push(Undo::path(context.machine, path).map_err(StepError::file(path))?);
        }
        let kernel = Self::current(context)?;
        if !kernel.is_empty() {
            undo.push(Undo::Kernel { path: KERNEL.to_owned(), content: kernel });
        }
        Ok(undo)
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        let Some(new) = &context.settings.host_name else { return Ok("nothing to do".to_owned()) };
        let machine = context.machine;
        let files = Self::files(context)?;
        // The old name is the one that still stands in the file: after a power cut the kernel may have the new one.
        let old = match machine.text(NAME).map_err(StepError::file(NAME))? {
            Some(name) => name.trim().to_owned(),
            None => Self::current(context)?,
        };
        if files.contains(&HOSTS) {
            let text = machine.text(HOSTS).map_err(StepError::file(HOSTS))?.unwrap_or_default();
            let renamed = hosts(&text, &old, new);
            if renamed != text {
                machine.write(HOSTS, renamed.as_bytes(), Access::PUBLIC).map_err(StepError::file(HOSTS))?;
            }
        }
        if files.contains(&NAME) {
            machine
                .write(NAME, format!("{new}\n").as_bytes(), Access::PUBLIC)
                .map_err(StepError::file(NAME))?;
        }
        if Self::current(context)? != *new {
            machine.poke(KERNEL, new.as_bytes()).map_err(StepError::file(KERNEL))?;
        }
        Ok(format!("named {new}"))
    }

    fn forgotten(&self, context: &Context<'_>) -> Result<bool, StepError> {
        let managed = context.machine.managed(NAME).map_err(StepError::file(NAME))?;
        Ok(managed && Some(Self::current(context)?) != context.settings.host_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_are_replaced() {
        let text = "127.0.0.1\tlocalhost\n127.0.1.1 pistomp.local pistomp # pistomp\n::1 pistomp2\n";
        let expected = "127.0.0.1\tlocalhost\n127.0.1.1\tpistomp.local stage # pistomp\n::1 pistomp2\n";
        assert_eq!(hosts(text, "pistomp", "stage"), expected);
        assert_eq!(hosts(expected, "stage", "stage"), expected);
        assert_eq!(hosts("", "pistomp", "stage"), "127.0.1.1\tstage\n");
    }
}
