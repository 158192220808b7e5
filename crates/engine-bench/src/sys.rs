//! A JACK client with a process callback and no other. The `jack` crate asks for every notification on behalf of every client:
//! with twenty clients each xrun then wakes twenty more threads, which a host with one client per plugin need not have.

use std::os::raw::{c_int, c_void};
use std::slice;

use anyhow::{Result, ensure};
use jack::{AudioIn, AudioOut, Client, Port, jack_sys};

/// What a client does with input and output of a period, on JACK's thread.
pub(crate) type Work = Box<dyn FnMut(&[f32], &mut [f32]) + Send>;

/// An activated client with one input and one output. Dropping it ends the callback and closes the client.
pub(crate) struct Quiet {
    client: Client,
    state: *mut State,
}

struct State {
    work: Work,
    input: Port<AudioIn>,
    output: Port<AudioOut>,
}

impl Quiet {
    /// Calls `work` with input and output of each period, on JACK's thread of this client.
    pub(crate) fn activate(
        client: Client,
        input: Port<AudioIn>,
        output: Port<AudioOut>,
        work: Work,
    ) -> Result<Self> {
        let state = Box::into_raw(Box::new(State { work, input, output }));
        let quiet = Self { client, state };
        let raw = quiet.client.raw();
        // SAFETY: the client is open; the state lives until `drop` has deactivated it.
        let set = unsafe { jack_sys::jack_set_process_callback(raw, Some(process), state.cast()) };
        ensure!(set == 0, "JACK refuses the process callback of {}", quiet.client.name());
        // SAFETY: the client is open.
        let activated = unsafe { jack_sys::jack_activate(raw) };
        ensure!(activated == 0, "cannot activate {}", quiet.client.name());
        Ok(quiet)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // SAFETY: the client is open until after this; a client that is not active is left as it is.
        unsafe { jack_sys::jack_deactivate(self.client.raw()) };
        // SAFETY: made by `Box::into_raw`, and nobody calls the callback any more.
        drop(unsafe { Box::from_raw(self.state) });
    }
}

extern "C" fn process(frames: u32, state: *mut c_void) -> c_int {
    // SAFETY: `activate` handed this state over; only this callback uses it while the client is active.
    let State { work, input, output } = unsafe { &mut *state.cast::<State>() };
    // SAFETY: JACK gives a buffer of `frames` floats per port for the time of the callback; the two are different ports.
    let (from, to) = unsafe {
        (
            slice::from_raw_parts(input.buffer(frames).cast::<f32>(), frames as usize),
            slice::from_raw_parts_mut(output.buffer(frames).cast::<f32>(), frames as usize),
        )
    };
    work(from, to);
    0
}
