//! Log lines on stderr: plain, or with journald's priority prefix when stderr is the journal.

use std::fmt;
use std::os::linux::fs::MetadataExt;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Sends all logging of the process to stderr: level `info`, with `verbose` `debug`, or as `RUST_LOG` says. The first call of a
/// process counts.
pub(super) fn start(verbose: bool) {
    let usual = if verbose { "debug" } else { "info" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .event_format(Lines { journal: stderr_is_journal() })
        .try_init();
}

/// systemd tells the journal's device and inode; whoever redirects stderr has another one.
fn stderr_is_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let Ok(stderr) = std::fs::metadata("/proc/self/fd/2") else { return false };
    stream == format!("{}:{}", stderr.st_dev(), stderr.st_ino())
}

/// One line per event.
struct Lines {
    journal: bool,
}

/// syslog's severity, as sd-daemon(3) wants it at the start of a line.
fn severity(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        _ => 7,
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = *event.metadata().level();
        if self.journal {
            write!(to, "<{}>", severity(level))?;
        } else {
            write!(to, "{}: ", level.as_str().to_ascii_lowercase())?;
        }
        context.field_format().format_fields(to.by_ref(), event)?;
        writeln!(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(journal: bool) -> String {
        let sink = Sink::default();
        let writer = sink.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::DEBUG)
            .with_writer(move || writer.clone())
            .event_format(Lines { journal })
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::error!("no {}", "server");
            tracing::warn!(xruns = 3, "late");
            tracing::info!("ready");
            tracing::debug!("detail");
        });
        String::from_utf8(sink.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn the_journal_gets_priorities() {
        assert_eq!(logged(true), "<3>no server\n<4>late xruns=3\n<6>ready\n<7>detail\n");
    }

    #[test]
    fn a_person_gets_words() {
        assert_eq!(logged(false), "error: no server\nwarn: late xruns=3\ninfo: ready\ndebug: detail\n");
    }
}
