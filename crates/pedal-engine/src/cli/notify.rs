//! Telling systemd how it goes: sd_notify(3) in a few lines.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::time::Duration;

/// The way to the service manager, if there is one.
pub(super) struct Notify {
    to: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Notify {
    /// From `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    pub(super) fn from_environment() -> Self {
        let address = std::env::var_os("NOTIFY_SOCKET").and_then(|name| match name.as_bytes() {
            [b'@', abstract_name @ ..] => SocketAddr::from_abstract_name(abstract_name).ok(),
            [b'/', ..] => SocketAddr::from_pathname(Path::new(&name)).ok(),
            _ => None,
        });
        let to = address.and_then(|address| Some((UnixDatagram::unbound().ok()?, address)));
        let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
        let ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        let watchdog = number("WATCHDOG_USEC").filter(|&usec| ours && usec > 0).map(Duration::from_micros);
        Self { to, watchdog }
    }

    /// Whether there is a service manager.
    pub(super) fn is_heard(&self) -> bool {
        self.to.is_some()
    }

    /// How often to call [`Notify::alive`]: half of what the manager allows. `None` when it does not watch.
    pub(super) fn watchdog_interval(&self) -> Option<Duration> {
        self.watchdog.map(|period| period / 2)
    }

    fn send(&self, state: &str) {
        if let Some((socket, address)) = &self.to
            && let Err(error) = socket.send_to_addr(state.as_bytes(), address)
        {
            tracing::debug!("the service manager does not listen: {error}");
        }
    }

    /// Sound comes out; `status` is shown by `systemctl status`.
    pub(super) fn ready(&self, status: &str) {
        self.send(&format!("READY=1\nSTATUS={}", status.replace('\n', " ")));
    }

    /// Still alive.
    pub(super) fn alive(&self) {
        self.send("WATCHDOG=1");
    }

    /// The end has begun.
    pub(super) fn stopping(&self) {
        self.send("STOPPING=1");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(socket: &UnixDatagram) -> Notify {
        let address = socket.local_addr().unwrap();
        Notify {
            to: Some((UnixDatagram::unbound().unwrap(), address)),
            watchdog: Some(Duration::from_secs(10)),
        }
    }

    #[test]
    fn speaks_sd_notify() {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        let notify = to(&socket);
        let mut bytes = [0; 100];
        let mut next = || {
            let count = socket.recv(&mut bytes).unwrap();
            String::from_utf8(bytes[..count].to_vec()).unwrap()
        };
        notify.ready("jack, 48000 Hz\n128 frames");
        assert_eq!(next(), "READY=1\nSTATUS=jack, 48000 Hz 128 frames");
        notify.alive();
        assert_eq!(next(), "WATCHDOG=1");
        notify.stopping();
        assert_eq!(next(), "STOPPING=1");
        assert_eq!(notify.watchdog_interval(), Some(Duration::from_secs(5)));
    }

    #[test]
    fn nobody_listening_is_no_trouble() {
        Notify { to: None, watchdog: None }.ready("");
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        let notify = to(&socket);
        drop(socket);
        notify.stopping();
    }
}
