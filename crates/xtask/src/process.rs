//! Running other programs: never with a terminal on standard input, always with an error that says what was run.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// How much of a log's end an error message repeats, in bytes.
const TAIL: u64 = 4000;

/// Runs `command` with its output on ours; an error if it cannot start or does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = describe(command);
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed: {status}");
    }
    Ok(())
}

/// Runs `command` with its output in the file `log`; on failure the end of the log is part of the error.
pub(crate) fn run_logged(command: &mut Command, log: &Path) -> Result<()> {
    let line = describe(command);
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let second = file.try_clone().context("cannot share the log file")?;
    let status = command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(second)
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed: {status}; end of {}:\n{}", log.display(), tail(log));
    }
    Ok(())
}

/// Runs `command` and returns what it wrote to standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = describe(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed: {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` did not answer in UTF-8"))
}

/// The first JSON object of `text`: plugins print to standard output too, before and after it.
pub(crate) fn first_json(text: &str) -> Result<serde_json::Value> {
    let begin = text.find("{\n").or_else(|| text.find('{')).context("no report")?;
    let mut values = serde_json::Deserializer::from_str(&text[begin..]).into_iter();
    values.next().context("no report")?.context("the report is not JSON")
}

/// True if a program of this name is on the search path.
pub(crate) fn exists(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// The end of a text file, at most [`TAIL`] bytes; empty when it cannot be read.
pub(crate) fn tail(path: &Path) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
}

/// The command as one could type it.
pub(crate) fn describe(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .map(|word| if word.contains([' ', '"', '$']) { format!("'{word}'") } else { word.into_owned() })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_found_between_what_plugins_print() {
        let text = "mlock 5 bytes\n{\n  \"frames\": 3\n}\nmunlock {5} bytes\n";
        assert_eq!(first_json(text).unwrap()["frames"], 3);
        assert!(first_json("mlock 5 bytes\n").is_err());
    }

    #[test]
    fn a_failing_program_is_named_with_its_arguments() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).expect_err("exit 3 is a failure");
        assert_eq!(error.to_string(), "`sh -c 'exit 3'` failed: exit status: 3");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = output(&mut Command::new("no-such-program")).expect_err("there is no such program");
        assert_eq!(error.to_string(), "cannot start `no-such-program`");
        assert!(!exists("no-such-program"));
        assert!(exists("sh"));
    }

    #[test]
    fn a_log_keeps_both_streams_and_its_end_is_in_the_error() {
        let log = std::env::temp_dir().join(format!("xtask-log-{}", std::process::id()));
        let error = run_logged(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 1"]), &log)
            .expect_err("exit 1 is a failure");
        std::fs::remove_file(&log).unwrap();
        let text = error.to_string();
        assert!(text.contains("out\n") && text.contains("err\n"), "{text}");
    }
}
