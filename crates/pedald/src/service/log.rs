//! Log lines on stderr: plain, as JSON, or with journald's priority when stderr is the journal.

use std::fmt;
use std::os::linux::fs::MetadataExt;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// A sentence, then `field=value`.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Sends all logging to stderr, at level `info` (`debug` when verbose) or as `RUST_LOG` says. The first call counts.
pub fn start(verbose: bool, format: LogFormat) {
    let usual = if verbose { "pedald=debug,info" } else { "info" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = match format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.event_format(Lines { journal: stderr_is_journal() }).try_init(),
    };
}

/// systemd tells the journal's device and inode; whoever redirects stderr has another one.
fn stderr_is_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let Ok(stderr) = std::fs::metadata("/proc/self/fd/2") else { return false };
    stream == format!("{}:{}", stderr.st_dev(), stderr.st_ino())
}

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
