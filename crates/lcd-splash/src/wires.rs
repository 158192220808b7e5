//! What the display would be sent, as text: for machines that have no display, such as the one that `cargo xtask vm` boots.
//!
//! A step a line: `reset 1`, `wait 5` (milliseconds, which are not waited for), `command 2a`, `data 0000013f`; `end` is the last.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use pedal_hardware::lcd::{BusOwner, Frame, Step};
use pedal_hardware::port::{Bus, PortError};
use pedal_hardware::profile::Screen;

use crate::send::SplashError;

/// A bus that only takes notes.
#[derive(Default)]
struct Notes(String);

impl Bus for &mut Notes {
    fn lcd(&mut self, step: &Step) -> Result<(), PortError> {
        let line = match step {
            Step::Reset(high) => format!("reset {}", u8::from(*high)),
            Step::Delay(millis) => format!("wait {millis}"),
            Step::Command(byte) => format!("command {byte:02x}"),
            Step::Data(bytes) => {
                format!("data {}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
            }
        };
        self.0.push_str(&line);
        self.0.push('\n');
        Ok(())
    }

    fn adc(&mut self, _: [u8; 3]) -> Result<[u8; 3], PortError> {
        Ok([0; 3])
    }
}

/// Writes what a display is sent from its first moment on until it shows a picture. The file may be a device; what it had is written over.
///
/// # Errors
///
/// The file cannot be written.
pub fn write_wires(frame: &Frame, screen: Option<Screen>, path: &Path) -> Result<(), SplashError> {
    let mut notes = Notes::default();
    let mut owner = BusOwner::new(&mut notes, screen);
    owner.start()?;
    owner.show(frame, |_| {})?;
    drop(owner);
    notes.0.push_str("end\n");
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        file.write_all(notes.0.as_bytes())?;
        file.sync_all()
    };
    write()
        .map_err(|error: std::io::Error| SplashError::File { path: path.to_owned(), why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Moment, draw};
    use pedal_hardware::Profile;
    use pedal_hardware::simulate::SimulatedPedal;

    fn step(line: &str) -> Step {
        let (word, rest) = line.split_once(' ').unwrap();
        let byte = |at: usize| u8::from_str_radix(&rest[at..at + 2], 16).unwrap();
        match word {
            "reset" => Step::Reset(rest == "1"),
            "wait" => Step::Delay(rest.parse().unwrap()),
            "command" => Step::Command(byte(0)),
            "data" => Step::Data((0..rest.len()).step_by(2).map(byte).collect()),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_display_that_is_sent_the_file_shows_the_picture() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("wires");
        for (name, moment) in [("v1", Moment::Starting), ("v3", Moment::Poweroff)] {
            let profile = Profile::named(name).unwrap();
            let picture = draw(moment, "", profile.screen);
            write_wires(&picture, profile.screen, &file).unwrap();
            let text = std::fs::read_to_string(&file).unwrap();
            let mut pedal = SimulatedPedal::new(&profile);
            let lines = text.strip_suffix("end\n").unwrap().lines();
            assert!(text.starts_with("reset "), "{name}: it is woken up first");
            lines.for_each(|line| pedal.lcd(&step(line)).unwrap());
            assert_eq!(pedal.framebuffer(), picture, "{name}");
        }
    }

    #[test]
    fn a_folder_that_is_missing_is_named() {
        let profile = Profile::v3();
        let error = write_wires(&Frame::new(320, 240), profile.screen, Path::new("/nowhere/wires"));
        assert!(error.unwrap_err().to_string().starts_with("cannot write /nowhere/wires"));
    }
}
