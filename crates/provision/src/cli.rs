//! The command line, and where the report goes.

use crate::machine::{Access, Machine, RealMachine};
use crate::report::{Ending, Report, StepReport};
use crate::reset;
use crate::run::{Options, RunError, run as provision};
use crate::steps::mixer;
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

/// Brings about what the owner wrote into pistomp.conf: Wi-Fi, names, keys, password, period.
///
/// The file is read as data in the shell's notation; nothing in it is run. Everything can be repeated at any time, and
/// goes on where a power cut stopped it.
#[derive(Debug, Parser)]
#[command(name = "archibald-provision", version, about, max_term_width = 110, after_help = EXIT_CODES)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    /// The file with the settings
    #[arg(long, value_name = "FILE", default_value = "/boot/firmware/pistomp.conf", global = true)]
    file: String,

    /// Login name of the owner, whom password and key are for
    #[arg(long, value_name = "NAME", default_value = "pistomp", global = true)]
    user: String,

    /// Wireless interface that the network is for; `any` takes whatever there is
    #[arg(long, value_name = "NAME", default_value = "wlan0", global = true)]
    wireless: String,

    /// Folder that stands for /: files are changed below it, and no program is run
    #[arg(long, value_name = "DIR", default_value = "/", global = true)]
    root: PathBuf,

    /// Folder of the journal
    #[arg(long, value_name = "DIR", default_value = "/var/lib/archibald-provision", global = true)]
    state: String,

    /// Change nothing and tell what would be done
    #[arg(long, global = true)]
    dry_run: bool,

    /// Leave the passwords in the file; the same as KEEP_SECRETS="yes" in it
    #[arg(long, global = true)]
    keep_secrets: bool,

    /// Look at these steps alone, e.g. period,mixer: what the sound needs, before everything else
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    only: Vec<String>,

    /// Wait for this sound card before anything else, at most 5 s, unless its mixer was saved: what `mixer` has to set up may be
    /// found by the kernel later than this program starts
    #[arg(long, value_name = "NAME", value_parser = card_name)]
    card: Option<String>,

    /// Print the report as JSON on standard output
    #[arg(long, global = true)]
    json: bool,
}

const EXIT_CODES: &str = "Exit codes: 0 everything is as asked, 3 some lines or steps could not be used (the rest is done), \
4 nothing could be done, 64 wrong use.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring everything about; the same as no command
    Apply,
    /// Take one step back: ssh, password, keys, hostname, timezone, radio, wifi, direct, bluetooth, root, hardware,
    /// period, mixer or eeprom
    Undo {
        /// Name of the step
        step: String,
    },
    /// Take back everything that an owner brought; needs no network
    Reset {
        /// Also remove boards, plugins and files
        #[arg(long)]
        erase_data: bool,
        /// Do it: without this, only tell what would be done
        #[arg(long)]
        yes: bool,
    },
}

/// Looks for a card, and the time between: 5 s, as long as the sound server waits.
const LOOKS: usize = 51;
const PAUSE: Duration = Duration::from_millis(100);

/// What the kernel takes as the name of a card.
fn card_name(text: &str) -> Result<String, String> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match !text.is_empty() && text.len() <= 15 && text.chars().all(good) {
        true => Ok(text.to_owned()),
        false => {
            Err("a card's name has 1 to 15 letters, digits, - and _; /proc/asound/cards shows it in brackets"
                .to_owned())
        }
    }
}

/// Runs the program; returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            let code = if error.use_stderr() { 64 } else { 0 };
            let _ = error.print();
            return code;
        }
    };
    match perform(&args) {
        Ok(true) => 0,
        Ok(false) => 3,
        Err(error @ RunError::NoSuchStep(..)) => {
            say(3, &error.to_string());
            64
        }
        Err(error) => {
            say(3, &error.to_string());
            4
        }
    }
}

fn perform(args: &Args) -> Result<bool, RunError> {
    let machine = RealMachine::new(&args.root);
    let mut options = Options {
        file: args.file.clone(),
        state: args.state.clone(),
        user: args.user.clone(),
        wireless: (args.wireless != "any").then(|| args.wireless.clone()),
        dry_run: args.dry_run,
        keep_secrets: args.keep_secrets,
        only: args.only.clone(),
    };
    let _lock = if options.dry_run { None } else { Some(lock(args)?) };
    match &args.command {
        None | Some(Command::Apply) => {
            if let Some(card) = args.card.as_deref().filter(|_| !options.dry_run)
                && !mixer::wait_for(&machine, card, LOOKS, || std::thread::sleep(PAUSE))
            {
                say(4, &format!("the sound card {card} has not come within 5 s; its mixer is set up later"));
            }
            let report = provision(&machine, &options, &mut |title| {
                if !options.dry_run {
                    display(&machine, &[title.to_owned()]);
                }
            })?;
            if !options.only.is_empty() {
                // Display, console and the kept report are the whole run's, which comes after this one.
                let told = |report: &StepReport| !matches!(report.ending, Ending::Idle | Ending::Unchanged);
                let steps: Vec<StepReport> = report.steps.into_iter().filter(told).collect();
                return Ok(print_steps(args, &steps));
            }
            if !options.dry_run {
                publish(&machine, &options, &report);
            }
            print(args, &report, report.lines());
            Ok(report.is_good())
        }
        Some(Command::Undo { step }) => {
            let report = reset::undo(&machine, &options, step)?;
            Ok(print_steps(args, &[report]))
        }
        Some(Command::Reset { erase_data, yes }) => {
            options.dry_run |= !yes;
            let reports = reset::reset(&machine, &options, *erase_data)?;
            let good = print_steps(args, &reports);
            if options.dry_run && !args.dry_run {
                say(4, "nothing was changed: add --yes to do it");
            }
            Ok(good)
        }
    }
}

/// One run at a time: held until it is dropped.
fn lock(args: &Args) -> Result<File, RunError> {
    let folder = args.root.join(args.state.trim_start_matches('/'));
    let failed = |source| RunError::Journal { folder: args.state.clone(), source };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let file = File::create(folder.join("lock")).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// What the display shows, for whichever program owns it; one line per line. Empty: nothing to say.
const DISPLAY: &str = "/run/archibald/provision.txt";

fn display(machine: &dyn Machine, lines: &[String]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    // A display that stays as it is must not stop the first boot.
    let _ = machine.write(DISPLAY, text.as_bytes(), Access::PUBLIC);
}

/// Leaves the report for other programs, and complaints on the console, where somebody without a network looks.
fn publish(machine: &dyn Machine, options: &Options, report: &Report) {
    display(machine, &report.display());
    let bytes = serde_json::to_vec_pretty(report).unwrap_or_default();
    let _ = machine.write(&format!("{}/report.json", options.state), &bytes, Access::PUBLIC);
    // Only as a service: who runs it by hand sees the report anyway.
    if std::env::var_os("JOURNAL_STREAM").is_some() {
        for line in report.lines().iter().filter(|(priority, _)| *priority < 6) {
            let _ = machine.poke("/dev/console", format!("archibald-provision: {}\r\n", line.1).as_bytes());
        }
    }
}

fn print(args: &Args, report: &Report, lines: Vec<(u8, String)>) {
    if args.json {
        print_json(report);
    } else {
        lines.iter().for_each(|(priority, line)| say(*priority, line));
    }
}

fn print_steps(args: &Args, reports: &[StepReport]) -> bool {
    if args.json {
        print_json(reports);
    } else {
        for report in reports {
            let priority = if report.ending == Ending::Failed { 3 } else { 6 };
            say(priority, &format!("{}: {}", report.step, report.text));
        }
    }
    reports.iter().all(|report| report.ending != Ending::Failed)
}

fn print_json<T: serde::Serialize + ?Sized>(value: &T) {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    // A reader that went away has seen what it wanted.
    let _ = writeln!(io::stdout(), "{text}");
}

/// Writes a line to standard error, with the journal's priority when it goes there.
fn say(priority: u8, line: &str) {
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let prefix = if journal { format!("<{priority}>") } else { String::new() };
    let _ = writeln!(io::stderr(), "{prefix}{line}");
}
