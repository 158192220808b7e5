//! Where a picture goes: to the display, or into a file.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pedal_hardware::lcd::{BusOwner, Frame};
use pedal_hardware::linux::SpiBus;
use pedal_hardware::port::PortError;
use pedal_hardware::profile::Screen;

/// The display's device.
const DEVICE: &str = "/dev/spidev0.0";
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// Whether the picture is to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// It is.
    Yes,
    /// There is no display, and why that is thought.
    NoDisplay(String),
}

/// Why a picture was not shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SplashError {
    /// The display is there and did not take it.
    #[error("the display did not take the picture: {0}")]
    Display(#[from] PortError),
    /// The file could not be written.
    #[error("cannot write {path}: {why}: give a file in a folder that exists")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

/// Sends a picture to the display, for whose device it waits at most `wait`. It takes about half a second to wake the display up.
///
/// # Errors
///
/// The display is there, and something on the way failed; perhaps another program holds its lines.
pub fn show(
    frame: &Frame,
    screen: Option<Screen>,
    megahertz: u32,
    wait: Duration,
) -> Result<Shown, SplashError> {
    let until = Instant::now() + wait;
    while !Path::new(DEVICE).exists() {
        if Instant::now() >= until {
            return Ok(Shown::NoDisplay(format!("there is no {DEVICE}")));
        }
        std::thread::sleep(LOOK);
    }
    let mut owner = BusOwner::new(SpiBus::open(megahertz)?, screen);
    owner.start()?;
    owner.show(frame, |_| {})?;
    Ok(Shown::Yes)
}

/// Writes a picture as PNG.
///
/// # Errors
///
/// The file cannot be written.
pub fn write_png(frame: &Frame, path: &Path) -> Result<(), SplashError> {
    let failed = |why: String| SplashError::File { path: path.to_owned(), why };
    let file = File::create(path).map_err(|error| failed(error.to_string()))?;
    let mut encoder = png::Encoder::new(BufWriter::new(file), frame.width() as u32, frame.height() as u32);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().map_err(|error| failed(error.to_string()))?;
    let bytes: Vec<u8> = frame.pixels().iter().flat_map(|pixel| rgb(*pixel)).collect();
    writer.write_image_data(&bytes).map_err(|error| failed(error.to_string()))
}

/// 5 red, 6 green, 5 blue bits as bytes.
fn rgb(pixel: u16) -> [u8; 3] {
    let wide = |value: u16, most: u16| (u32::from(value) * 255 / u32::from(most)) as u8;
    [wide(pixel >> 11, 31), wide(pixel >> 5 & 63, 63), wide(pixel & 31, 31)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computer_without_the_device_has_no_display() {
        if Path::new(DEVICE).exists() {
            eprintln!("skipped: this computer has {DEVICE}");
            return;
        }
        let shown = show(&Frame::new(320, 240), Some(Screen::Mono), 24, Duration::ZERO).unwrap();
        assert_eq!(shown, Shown::NoDisplay("there is no /dev/spidev0.0".to_owned()));
    }

    #[test]
    fn colours_reach_their_ends_and_a_bad_folder_is_named() {
        assert_eq!((rgb(0xffff), rgb(0), rgb(0xf800)), ([255; 3], [0; 3], [255, 0, 0]));
        let error = write_png(&Frame::new(1, 1), Path::new("/nowhere/x.png")).unwrap_err().to_string();
        assert!(error.starts_with("cannot write /nowhere/x.png"), "{error}");
    }
}
