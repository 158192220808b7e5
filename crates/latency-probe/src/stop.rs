//! Ctrl-C and SIGTERM as a flag, so that a run ends in order and what it changed is put back.

/// From now on SIGINT and SIGTERM only set a flag; [`crate::jackio::soak`] and the others end early by it.
pub fn catch() {
    crate::sys::catch_stop();
}

/// Whether one of them has arrived.
pub fn asked() -> bool {
    crate::sys::stopping()
}
