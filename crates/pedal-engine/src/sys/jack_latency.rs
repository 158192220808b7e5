//! How late our ports are, told to the JACK server, so that a recorder can shift what it takes; and the freewheel mode.

use std::ffi::{c_char, c_int, c_uint, c_ulong, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use jack::jack_sys as sys;

const AUDIO: &[u8] = b"32 bit float mono audio\0";
const MIDI: &[u8] = b"8 bit raw midi\0";
const INPUT: c_ulong = 0x1;
const OUTPUT: c_ulong = 0x2;

/// What the server's callback reads.
struct Shared {
    client: *mut sys::jack_client_t,
    /// Frames from our inputs to our outputs.
    frames: AtomicU32,
}

/// The latency callback of one client. Keep it until the client is closed.
pub(crate) struct Latency(Arc<Shared>);

// SAFETY: libjack's functions that are called with `client` may be called from any thread but the real-time one.
unsafe impl Send for Shared {}
// SAFETY: as above; the number is atomic.
unsafe impl Sync for Shared {}

impl Latency {
    /// Registers the callback. Call it before the client is activated; an error leaves the server's own assumption, that
    /// nothing is added, in place.
    pub(crate) fn register(client: &jack::Client) -> Result<Self, String> {
        let shared = Arc::new(Shared { client: client.raw(), frames: AtomicU32::new(0) });
        let argument = Arc::as_ptr(&shared).cast::<c_void>().cast_mut();
        // SAFETY: the client is open and not yet active; `argument` lives as long as the returned value, which its
        // owner keeps until the client is closed.
        match unsafe { sys::jack_set_latency_callback(client.raw(), Some(tell), argument) } {
            0 => Ok(Self(shared)),
            code => Err(format!("JACK answered {code}")),
        }
    }

    /// Frames from our inputs to our outputs from now on; the server asks everybody anew when they changed. Not for the
    /// real-time thread. The client must still be open.
    pub(crate) fn set(&self, frames: u32) {
        if self.0.frames.swap(frames, Relaxed) != frames {
            // SAFETY: the client is open, as the caller promises by having this value next to it.
            unsafe { sys::jack_recompute_total_latencies(self.0.client) };
        }
    }
}

/// Lets the whole server run as fast as it goes, or by its clock again. The error is JACK's code.
pub(crate) fn set_freewheel(client: &jack::Client, enabled: bool) -> Result<(), c_int> {
    // SAFETY: the client is open while the reference lives.
    match unsafe { sys::jack_set_freewheel(client.raw(), c_int::from(enabled)) } {
        0 => Ok(()),
        code => Err(code),
    }
}

/// JACK's callback: `mode` 0 asks how old the signal at our outputs is, 1 how long what comes to our inputs will take.
unsafe extern "C" fn tell(mode: c_uint, argument: *mut c_void) {
    // SAFETY: `argument` is the `Shared` of `register`, which lives until the client is closed.
    let shared = unsafe { &*argument.cast::<Shared>() };
    let (from, to) = if mode == sys::JackCaptureLatency { (INPUT, OUTPUT) } else { (OUTPUT, INPUT) };
    // The board delays audio; a controller goes through at once.
    for (kind, own) in [(AUDIO, shared.frames.load(Relaxed)), (MIDI, 0)] {
        let mut range: Option<sys::jack_latency_range_t> = None;
        for port in own_ports(shared.client, kind, from) {
            let mut one = sys::jack_latency_range_t::default();
            // SAFETY: `port` is a port of the open client, and `one` lives for the call.
            unsafe { sys::jack_port_get_latency_range(port, mode, &raw mut one) };
            range = Some(range.map_or(one, |all| sys::jack_latency_range_t {
                min: { all.min }.min(one.min),
                max: { all.max }.max(one.max),
            }));
        }
        let range = range.unwrap_or_default();
        let mut range = sys::jack_latency_range_t {
            min: { range.min }.saturating_add(own),
            max: { range.max }.saturating_add(own),
        };
        for port in own_ports(shared.client, kind, to) {
            // SAFETY: as above.
            unsafe { sys::jack_port_set_latency_range(port, mode, &raw mut range) };
        }
    }
}

/// Our ports of a kind and direction that are connected. An unconnected one would only widen the range to zero.
fn own_ports(client: *mut sys::jack_client_t, kind: &[u8], flags: c_ulong) -> Vec<*mut sys::jack_port_t> {
    let mut found = Vec::new();
    // SAFETY: the client is open (JACK calls back only then), the pattern and type are C strings, and the list, ended by a
    // null, is ours until it is freed.
    unsafe {
        let names = sys::jack_get_ports(client, std::ptr::null(), kind.as_ptr().cast::<c_char>(), flags);
        if names.is_null() {
            return found;
        }
        let mut at = names;
        while !(*at).is_null() {
            let port = sys::jack_port_by_name(client, *at);
            let ours = !port.is_null() && sys::jack_port_is_mine(client, port) != 0;
            if ours && sys::jack_port_connected(port) != 0 {
                found.push(port);
            }
            at = at.add(1);
        }
        sys::jack_free(names.cast::<c_void>());
    }
    found
}
