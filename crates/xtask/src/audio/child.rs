//! A program in the background.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process;

/// How long a program may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(3);

/// A running program, its output in a log. Ended when dropped: asked first, killed when it does not listen.
pub(crate) struct Background {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Background {
    /// Starts `command`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let line = process::describe(command);
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let second = file.try_clone().context("cannot share the log file")?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(second)
            .spawn()
            .with_context(|| format!("cannot start `{line}`"))?;
        let name =
            Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, child, log: log.to_path_buf() })
    }

    /// Starts `command` with pipes to its standard input and from its standard output; only its errors go to the log.
    pub(crate) fn start_talking(
        command: &mut Command,
        log: &Path,
    ) -> Result<(Self, ChildStdin, ChildStdout)> {
        let line = process::describe(command);
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start `{line}`"))?;
        let input = child.stdin.take().expect("it is piped");
        let output = child.stdout.take().expect("it is piped");
        Ok((Self { name: name(command), child, log: log.to_path_buf() }, input, output))
    }

    /// Process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `ready` gives something; an error when the program ends before, or `patience` is over.
    pub(crate) fn wait_for<T>(
        &mut self,
        patience: Duration,
        mut ready: impl FnMut() -> Option<T>,
    ) -> Result<T> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait().context("cannot watch a program of ours")? {
                bail!(
                    "{} ended: {status}; end of {}:\n{}",
                    self.name,
                    self.log.display(),
                    process::tail(&self.log)
                );
            }
            if let Some(found) = ready() {
                return Ok(found);
            }
            if Instant::now() > deadline {
                bail!(
                    "{} is not ready after {} s; end of {}:\n{}",
                    self.name,
                    patience.as_secs(),
                    self.log.display(),
                    process::tail(&self.log)
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A program's name without its folder.
fn name(command: &Command) -> String {
    Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

impl Drop for Background {
    fn drop(&mut self) {
        // The standard library only knows SIGKILL, after which a jackd leaves its shared memory behind.
        let _ = Command::new("kill").arg(self.child.id().to_string()).stderr(Stdio::null()).status();
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("xtask-{name}-{}.log", std::process::id()))
    }

    #[test]
    fn a_program_that_ends_early_is_reported_with_the_end_of_its_log() {
        let log = log("early");
        let mut program =
            Background::start(Command::new("sh").args(["-c", "echo why; exit 4"]), &log).unwrap();
        let error = program.wait_for(Duration::from_secs(20), || None::<()>).unwrap_err().to_string();
        drop(program);
        std::fs::remove_file(&log).unwrap();
        assert!(error.contains("sh ended: exit status: 4") && error.contains("why"), "{error}");
    }

    #[test]
    fn a_dropped_program_has_ended_also_when_it_ignores_the_request() {
        for script in ["sleep 60", "trap '' TERM; while :; do sleep 0.1; done"] {
            let log = log("drop");
            let program = Background::start(Command::new("sh").args(["-c", script]), &log).unwrap();
            let id = program.id();
            drop(program);
            std::fs::remove_file(&log).unwrap();
            assert!(!Path::new(&format!("/proc/{id}")).exists(), "{script}");
        }
    }
}
