//! What the `jack` crate cannot do, or only behind an `unsafe` word: a server chosen by name, notifications.

use std::ffi::{CString, c_char, c_int, c_uint, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// `jack_client_open` is variadic in C: the server's name follows when the option says so.
type ClientOpen =
    unsafe extern "C" fn(*const c_char, c_uint, *mut c_uint, ...) -> *mut jack::jack_sys::jack_client_t;

const NO_START_SERVER: c_uint = 0x01;
const SERVER_NAME: c_uint = 0x04;

/// Opens a client called `client` (the server appends a number when the name is taken) on `server`, or on the default
/// server (`JACK_DEFAULT_SERVER`, else `default`). Never starts a server. The error is the reason in words.
pub(crate) fn open(client: &str, server: Option<&str>) -> Result<jack::Client, String> {
    let library = jack::jack_sys::library().map_err(|error| format!("no JACK library ({error})"))?;
    let client = CString::new(client).map_err(|_| "the client name has a NUL".to_owned())?;
    let server = server.map(CString::new).transpose().map_err(|_| "the server name has a NUL".to_owned())?;
    let mut status: c_uint = 0;
    // SAFETY: the symbol of libjack has this type; the strings and the status live for the call, and the
    // variadic argument is a C string exactly when the option asks for one.
    let raw = unsafe {
        let open = library
            .get::<ClientOpen>(b"jack_client_open\0")
            .map_err(|error| format!("no usable JACK library ({error})"))?;
        match &server {
            Some(server) => {
                open(client.as_ptr(), NO_START_SERVER | SERVER_NAME, &raw mut status, server.as_ptr())
            }
            None => open(client.as_ptr(), NO_START_SERVER, &raw mut status),
        }
    };
    if raw.is_null() {
        return Err(reason(status));
    }
    // SAFETY: `raw` is a client that was just opened, and nobody else closes it.
    Ok(unsafe { jack::Client::from_raw(raw) })
}

/// `SCHED_FIFO` priority of the client's callback; `None` when the server does not run in real time.
pub(crate) fn real_time_priority(client: &jack::Client) -> Option<u8> {
    type Priority = unsafe extern "C" fn(*mut jack::jack_sys::jack_client_t) -> c_int;
    let library = jack::jack_sys::library().ok()?;
    // SAFETY: the symbol of libjack has this type, and the client is open while the reference lives.
    let priority =
        unsafe { library.get::<Priority>(b"jack_client_real_time_priority\0").ok()?(client.raw()) };
    u8::try_from(priority).ok().filter(|priority| (1..=99).contains(priority))
}

/// The first cause that a status names (`JackStatus` of `jack/types.h`).
fn reason(status: c_uint) -> String {
    const CAUSES: [(c_uint, &str); 6] = [
        (0x10, "no server answers"),
        (0x800, "client and server speak different protocol versions"),
        (0x200, "no shared memory"),
        (0x100, "the client could not be initialised"),
        (0x04, "the client name is taken"),
        (0x20, "communication with the server failed"),
    ];
    let cause = CAUSES.iter().find(|(bit, _)| status & bit != 0).map_or("unknown cause", |(_, text)| text);
    format!("{cause} (status {status:#x})")
}

/// Lets the library say nothing on stderr from here on; without a library nothing happens.
pub(crate) fn quiet() {
    if jack::jack_sys::library().is_ok() {
        jack::set_logger(jack::LoggerType::None);
    }
}

/// A client that is not activated and knows whether its server has ended.
pub(crate) struct Departure {
    // Before `gone`: the library may write there until the client is closed.
    client: jack::Client,
    gone: Arc<AtomicBool>,
}

impl Departure {
    /// Watches the server of `client`.
    pub(crate) fn of(client: jack::Client) -> Self {
        let gone = Arc::new(AtomicBool::new(false));
        let argument = Arc::as_ptr(&gone).cast::<c_void>().cast_mut();
        // SAFETY: the client is open and not active; `argument` lives in the returned value, longer than the client.
        unsafe { jack::jack_sys::jack_on_shutdown(client.raw(), Some(note_shutdown), argument) };
        Self { client, gone }
    }

    pub(crate) fn client(&self) -> &jack::Client {
        &self.client
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Relaxed)
    }
}

/// JACK's callback, in a thread of the library or a signal handler.
unsafe extern "C" fn note_shutdown(argument: *mut c_void) {
    // SAFETY: `argument` is the flag of a `Departure`, which outlives its client.
    unsafe { &*argument.cast::<AtomicBool>() }.store(true, Relaxed);
}

/// Takes JACK's notifications, on JACK's threads: only set flags and counters.
pub(crate) trait Listener: Send + Sync {
    /// The server shut down or dropped the client. Must be safe in a signal handler.
    fn shutdown(&self);
    fn freewheel(&self, enabled: bool);
    fn sample_rate(&self, rate: u32);
    fn xrun(&self);
}

/// Passes JACK's notifications to a listener.
pub(crate) struct Notifications<L>(pub(crate) Arc<L>);

impl<L: Listener> jack::NotificationHandler for Notifications<L> {
    // SAFETY: the trait asks for async-signal safety; `Listener::shutdown` promises it.
    unsafe fn shutdown(&mut self, _: jack::ClientStatus, _: &str) {
        self.0.shutdown();
    }

    fn freewheel(&mut self, _: &jack::Client, enabled: bool) {
        self.0.freewheel(enabled);
    }

    fn sample_rate(&mut self, _: &jack::Client, rate: jack::Frames) -> jack::Control {
        self.0.sample_rate(rate);
        jack::Control::Continue
    }

    fn xrun(&mut self, _: &jack::Client) -> jack::Control {
        self.0.xrun();
        jack::Control::Continue
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_status_becomes_words() {
        assert_eq!(super::reason(0x11), "no server answers (status 0x11)");
        assert_eq!(
            super::reason(0x801),
            "client and server speak different protocol versions (status 0x801)"
        );
        assert_eq!(super::reason(0), "unknown cause (status 0x0)");
    }
}
