//! One picture on the pedal's display while the control service is not there: from the initial RAM disk on, and after the last file
//! system is gone.
//!
//! The picture is drawn by `pedal-ui`, so that nothing jumps when the control service takes over; it is sent by `pedal-hardware`.

mod picture;
mod send;
mod wires;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use pedal_hardware::{Profile, model};

pub use picture::{Moment, draw};
pub use send::{Shown, SplashError, show, write_png};
pub use wires::write_wires;

/// Shows one picture on the pedal's display.
///
/// Without a display nothing happens, and that is no failure: a start or an end must not wait for a picture. systemd calls programs of its
/// folder system-shutdown with one word, which is understood here: poweroff and halt (safe to power off), reboot and kexec.
#[derive(Debug, Parser)]
#[command(name = "lcd-splash", version, about, max_term_width = 110, after_help = EXIT_CODES)]
struct Args {
    /// What is going on
    #[arg(value_enum)]
    moment: Moment,

    /// A few words below it
    #[arg(long, default_value = "")]
    text: String,

    /// The pedal: v1, v2, v3 or generic [default: by the computer's model]
    #[arg(long, value_name = "MODEL", value_parser = ["v1", "v2", "v3", "generic"])]
    model: Option<String>,

    /// Seconds to wait for the display's device to appear
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0)]
    wait: f64,

    /// Write the picture to a file instead, and use no hardware
    #[arg(long, value_name = "FILE", conflicts_with = "wires")]
    png: Option<PathBuf>,

    /// Write what the display would be sent to a file instead, a step a line, and use no hardware
    #[arg(long, value_name = "FILE")]
    wires: Option<PathBuf>,
}

const EXIT_CODES: &str = "Exit codes: 0 shown, or there is no display; 1 the display failed; 64 wrong use.";

/// Speed of the display's bus in MHz. The slowest that pi-stomp offers, because nobody has chosen one yet.
const MEGAHERTZ: u32 = 24;

/// Runs the program.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            let code = if error.use_stderr() { 64 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match perform(&args) {
        Ok(Shown::Yes) => ExitCode::SUCCESS,
        Ok(Shown::NoDisplay(why)) => {
            eprintln!("lcd-splash: no picture: {why}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("lcd-splash: {error}");
            ExitCode::FAILURE
        }
    }
}

fn perform(args: &Args) -> Result<Shown, SplashError> {
    let profile = model::detect(args.model.as_deref(), None, &computer());
    if let Some(file) = &args.png {
        let screen = profile.screen.or(Profile::v3().screen);
        return write_png(&draw(args.moment, &args.text, screen), file).map(|()| Shown::Yes);
    }
    if let Some(file) = &args.wires {
        let screen = profile.screen.or(Profile::v3().screen);
        return write_wires(&draw(args.moment, &args.text, screen), screen, file).map(|()| Shown::Yes);
    }
    if profile.screen.is_none() {
        return Ok(Shown::NoDisplay("this computer has no pedal around it".to_owned()));
    }
    let wait = Duration::try_from_secs_f64(args.wait).unwrap_or_default();
    show(&draw(args.moment, &args.text, profile.screen), profile.screen, MEGAHERTZ, wait)
}

/// The text of this computer's model.
fn computer() -> String {
    std::fs::read_to_string("/proc/device-tree/model").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systemds_words_are_understood() {
        for (word, moment) in [
            ("starting", Moment::Starting),
            ("stopping", Moment::Stopping),
            ("poweroff", Moment::Poweroff),
            ("halt", Moment::Halt),
            ("reboot", Moment::Reboot),
            ("kexec", Moment::Kexec),
        ] {
            assert_eq!(Args::try_parse_from(["lcd-splash", word]).unwrap().moment, moment);
        }
        assert!(Args::try_parse_from(["lcd-splash", "explode"]).is_err());
        assert!(Args::try_parse_from(["lcd-splash", "halt", "--model", "v9"]).is_err());
        assert!(Args::try_parse_from(["lcd-splash", "halt", "--png", "a", "--wires", "b"]).is_err());
    }

    #[test]
    fn a_computer_without_a_pedal_is_no_failure() {
        let args = Args::try_parse_from(["lcd-splash", "starting", "--model", "generic"]).unwrap();
        assert!(matches!(perform(&args), Ok(Shown::NoDisplay(_))));
    }

    #[test]
    fn a_picture_can_be_looked_at_without_a_pedal() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("safe.png");
        let path = file.to_str().unwrap();
        let args = Args::try_parse_from(["lcd-splash", "poweroff", "--model", "v2", "--png", path]).unwrap();
        perform(&args).unwrap();
        let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&file).unwrap()));
        let reader = decoder.read_info().unwrap();
        assert_eq!((reader.info().width, reader.info().height), (320, 240));
    }
}
