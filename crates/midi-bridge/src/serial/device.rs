//! The serial port: opened, made transparent, and set to a speed that no table of Unix knows.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::termios::{
    OptionalActions, QueueSelector, SpecialCodeIndex, isatty, tcflush, tcgetattr, tcsetattr,
};

/// Bits per second of a MIDI cable.
pub const WIRE_BAUD: u32 = 31_250;

/// A serial port, ready for MIDI. Closed when it is dropped.
#[derive(Debug)]
pub struct Device {
    file: File,
}

/// Why a port cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Not there, or not yet: unplugged, or udev has not given us the right to it.
    #[error("{0}")]
    Absent(io::Error),
    /// There, and no use.
    #[error("{0}")]
    Unusable(String),
}

impl Device {
    /// Opens the port for `baud` bits per second, 8 data bits, no parity, no flow control.
    ///
    /// 31250 is asked for as it is (`termios2`). 38400 is for a UART whose clock the boot loader divided so that 31250
    /// comes out (overlay `midi-uart0`): then the kernel must believe that it is 38400.
    ///
    /// # Errors
    /// [`OpenError::Absent`] when waiting may help, [`OpenError::Unusable`] when it is no serial port, somebody else
    /// has it, or the driver cannot make the speed.
    pub fn open(path: &Path, baud: u32) -> Result<Self, OpenError> {
        let flags = libc::O_NOCTTY | libc::O_NONBLOCK;
        let file =
            OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).map_err(|error| {
                match error.raw_os_error() {
                    Some(libc::EBUSY) => {
                        OpenError::Unusable("another program uses it; stop that one first".into())
                    }
                    Some(libc::EISDIR) => OpenError::Unusable("this is a folder, not a serial port".into()),
                    _ => OpenError::Absent(error),
                }
            })?;
        if !isatty(&file) {
            return Err(OpenError::Unusable("this is no serial port".into()));
        }
        configure(&file, baud)?;
        // Two readers would share the bytes between them. Not for root, whom the kernel lets in all the same.
        let _ = rustix::termios::ioctl_tiocexcl(&file);
        crate::sys::set_low_latency(file.as_fd());
        Ok(Self { file })
    }

    /// Reads what has come; `Ok(0)` when nothing has.
    ///
    /// # Errors
    /// When the port has gone.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match rustix::io::read(&self.file, buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(count),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes what the kernel takes; `Ok(0)` when its buffer is full.
    ///
    /// # Errors
    /// When the port has gone.
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match rustix::io::write(&self.file, bytes) {
            Ok(count) => Ok(count),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }
}

impl AsFd for Device {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

fn configure(file: &File, baud: u32) -> Result<(), OpenError> {
    let unusable =
        |what: &str, error: rustix::io::Errno| OpenError::Unusable(format!("{what} failed ({error})"));
    let mut settings = tcgetattr(file).map_err(|error| unusable("reading its settings", error))?;
    settings.make_raw();
    settings.special_codes[SpecialCodeIndex::VMIN] = 1;
    settings.special_codes[SpecialCodeIndex::VTIME] = 0;
    use rustix::termios::ControlModes;
    settings.control_modes |= ControlModes::CREAD | ControlModes::CLOCAL;
    settings.control_modes -= ControlModes::CRTSCTS | ControlModes::CSTOPB | ControlModes::HUPCL;
    settings
        .set_speed(baud)
        .and_then(|()| tcsetattr(file, OptionalActions::Now, &settings))
        .map_err(|error| unusable(&format!("setting {baud} baud"), error))?;
    // The call reports success when the driver took another speed.
    let got = tcgetattr(file).map_err(|error| unusable("reading its settings", error))?.output_speed();
    if got.abs_diff(baud) * 50 > baud {
        return Err(OpenError::Unusable(format!(
            "its driver made {got} baud of {baud}; on a Raspberry Pi use the overlay midi-uart0 and 38400"
        )));
    }
    // Noise from before the speed was right.
    let _ = tcflush(file, QueueSelector::IFlush);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_no_serial_port_and_a_missing_one_may_come() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(matches!(Device::open(&file, 31_250), Err(OpenError::Unusable(_))));
        assert!(matches!(Device::open(&folder.path().join("no"), 31_250), Err(OpenError::Absent(_))));
        assert!(matches!(Device::open(folder.path(), 31_250), Err(OpenError::Unusable(_))));
    }
}
