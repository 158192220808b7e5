//! Called by the name `mod-host`: its own options, so that scripts and units which start mod-host start us.

use super::args::{Cli, Command};
use super::failure::Failure;
use clap::{ArgAction, Parser};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Stdio};

/// LV2 host for JACK, controllable by a socket (archibald-engine under mod-host's name)
#[derive(Debug, Parser)]
#[command(name = "mod-host", version, disable_version_flag = true, after_help = DIFFERENCES)]
pub(super) struct Arguments {
    /// Port of the command socket
    #[arg(short = 'p', long = "socket-port", value_name = "PORT", default_value_t = 5555)]
    pub(super) port: u16,

    /// Port of the feedback socket, 0 for none
    #[arg(short = 'f', long = "feedback-port", value_name = "PORT", default_value_t = 0)]
    pub(super) feedback: u16,

    /// Stay in the foreground
    #[arg(short = 'n', long = "nofork")]
    pub(super) no_fork: bool,

    /// Log every command; stay in the foreground
    #[arg(short = 'v', long)]
    pub(super) verbose: bool,

    /// Accepted and refused: there is no command shell here
    #[arg(short = 'i', long, hide = true)]
    pub(super) interactive: bool,

    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

const DIFFERENCES: &str = "\
Differences from mod-host: the sockets listen on 127.0.0.1 only; several clients may be connected; there is no interactive \
shell. Without -n and -v it goes to the background, writes its process number to /tmp/mod-host.pid, and the command ends when \
sound comes out.";

/// Where mod-host leaves its process number.
const PID_FILE: &str = "/tmp/mod-host.pid";

pub(super) fn run(args: Arguments) -> Result<(), Failure> {
    if args.interactive {
        return Err(Failure::usage(
            "there is no command shell here: use `archibald-engine run` and its socket",
        ));
    }
    if !args.no_fork && !args.verbose {
        return in_the_background(&args);
    }
    super::logging::start(args.verbose);
    let mut words = vec!["archibald-engine".to_owned(), "run".to_owned(), "--no-socket".to_owned()];
    words.extend(["--tcp".to_owned(), args.port.to_string()]);
    if args.feedback > 0 {
        words.extend(["--feedback".to_owned(), args.feedback.to_string()]);
    }
    let cli = Cli::try_parse_from(words).map_err(|error| Failure::usage(error.render()))?;
    let Command::Run(options) = cli.command else { unreachable!("the words above say `run`") };
    super::run::run(&options, || {
        // Programs that start mod-host wait for this line; nobody may be reading any more.
        let _ = std::io::stdout().write_all(b"mod-host ready!\n");
    })
}

/// Starts ourselves again in the foreground mode, in a process group of its own, and ends when that one is ready. Forking would
/// take only one of our threads along.
fn in_the_background(args: &Arguments) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::run(format!("cannot start in the background: {error}"));
    let program = std::env::current_exe().map_err(failed)?;
    let mut child = process::Command::new(program)
        .arg0("mod-host")
        .args(["-n", "-p", &args.port.to_string(), "-f", &args.feedback.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let mut line = String::new();
    let stdout = child.stdout.take().expect("it was asked for above");
    BufReader::new(stdout).read_line(&mut line).map_err(failed)?;
    if line.is_empty() {
        // It has said why on stderr, which is ours too.
        let status = child.wait().map_err(failed)?;
        return Err(Failure::run(format!("mod-host did not start: {status}")));
    }
    let number = format!("{}\n", child.id());
    let written =
        crate::files::write_atomically(Path::new(PID_FILE), |file| file.write_all(number.as_bytes()));
    if let Err(error) = written {
        eprintln!("warning: cannot write {PID_FILE}: {error}");
    }
    print!("{line}");
    Ok(())
}
