//! Waiting for a device file to appear.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::inotify;

/// Readable when something changed in the folder of a device, or in the nearest folder above that exists.
#[derive(Debug)]
pub(super) struct Watch(OwnedFd);

impl Watch {
    pub(super) fn new(device: &Path) -> std::io::Result<Self> {
        let fd = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)?;
        // ATTRIB: udev changes group and mode after the file is there.
        let events =
            inotify::WatchFlags::CREATE | inotify::WatchFlags::MOVED_TO | inotify::WatchFlags::ATTRIB;
        let mut error = std::io::ErrorKind::NotFound.into();
        for folder in device.ancestors().skip(1) {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            match inotify::add_watch(&fd, folder, events) {
                Ok(_) => return Ok(Self(fd)),
                Err(why) => error = why.into(),
            }
        }
        Err(error)
    }

    /// Forgets what changed so far.
    pub(super) fn clear(&self) {
        let mut buffer = [0_u8; 4096];
        while matches!(rustix::io::read(&self.0, &mut buffer), Ok(count) if count > 0) {}
    }
}

impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
