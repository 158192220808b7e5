//! What cannot be said in safe code: taking over the descriptors that systemd hands to the program.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

/// The sockets that systemd hands over (`LISTEN_FDS`). To be called once, at the start of the program.
pub(crate) fn handed_over() -> io::Result<Vec<OwnedFd>> {
    let numbers = sd_notify::listen_fds()?;
    // SAFETY: sd_listen_fds(3) says that these descriptors are open and belong to this process alone; each becomes
    // an OwnedFd once, because this function is called once.
    Ok(numbers.map(|number| unsafe { OwnedFd::from_raw_fd(number) }).collect())
}
