//! The calls that need `unsafe`: JACK's shutdown notification and port flags, the scheduler, and one ioctl.

use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::Arc;

use jack::{ClientStatus, Control, Frames, MidiIn, MidiOut, Port, PortFlags, PortId, PortSpec};

/// What a client wants to know about the graph. Called on JACK's notification thread; may not block or call the server.
pub(crate) trait Graph: Send + Sync + 'static {
    /// A port came.
    fn port_registered(&self);
    /// A cable of port `to` was pulled.
    fn disconnected(&self, client: &jack::Client, to: PortId);
    /// The server went away.
    fn server_gone(&self);
}

/// Passes JACK's notifications on.
pub(crate) struct Notifications(pub(crate) Arc<dyn Graph>);

impl jack::NotificationHandler for Notifications {
    // SAFETY: the contract is that of a signal handler; the implementations store to an atomic and write to an eventfd.
    unsafe fn shutdown(&mut self, _: ClientStatus, _: &str) {
        self.0.server_gone();
    }

    fn port_registration(&mut self, _: &jack::Client, _: PortId, is_registered: bool) {
        if is_registered {
            self.0.port_registered();
        }
    }

    fn ports_connected(&mut self, client: &jack::Client, _: PortId, to: PortId, are_connected: bool) {
        if !are_connected {
            self.0.disconnected(client, to);
        }
    }

    fn xrun(&mut self, _: &jack::Client) -> Control {
        Control::Continue
    }

    fn sample_rate(&mut self, _: &jack::Client, _: Frames) -> Control {
        Control::Continue
    }
}

/// A MIDI port with the flags of a socket on the case: `physical` ones are found by programs that connect to all sockets.
#[derive(Debug, Clone, Copy)]
struct MidiSocket {
    direction: PortFlags,
    physical: bool,
}

// SAFETY: the type is JACK's own MIDI type, whose buffers the server sizes; the flags are constants of JACK.
unsafe impl PortSpec for MidiSocket {
    fn jack_port_type(&self) -> &'static str {
        "8 bit raw midi"
    }

    fn jack_flags(&self) -> PortFlags {
        if self.physical {
            self.direction | PortFlags::IS_PHYSICAL | PortFlags::IS_TERMINAL
        } else {
            self.direction
        }
    }

    fn jack_buffer_size(&self) -> libc::c_ulong {
        0
    }
}

/// Registers a source of MIDI, as seen by other clients. `life` must live as long as the client does.
pub(crate) fn source(
    client: &jack::Client,
    name: &str,
    physical: bool,
    life: &Arc<()>,
) -> Result<Port<MidiOut>, jack::Error> {
    let port = client.register_port(name, MidiSocket { direction: PortFlags::IS_OUTPUT, physical })?;
    // SAFETY: the pointers are those of a port that was registered a line ago as a MIDI output of this client.
    Ok(unsafe { Port::from_raw(MidiOut::default(), port.client_ptr(), port.raw(), Arc::downgrade(life)) })
}

/// Registers a destination of MIDI; the counterpart of [`source`].
pub(crate) fn destination(
    client: &jack::Client,
    name: &str,
    physical: bool,
    life: &Arc<()>,
) -> Result<Port<MidiIn>, jack::Error> {
    let port = client.register_port(name, MidiSocket { direction: PortFlags::IS_INPUT, physical })?;
    // SAFETY: the pointers are those of a port that was registered a line ago as a MIDI input of this client.
    Ok(unsafe { Port::from_raw(MidiIn::default(), port.client_ptr(), port.raw(), Arc::downgrade(life)) })
}

/// Gives the calling thread SCHED_FIFO with `priority` (1–99). False when the system does not allow it.
pub(crate) fn set_realtime(priority: i32) -> bool {
    let parameters = libc::sched_param { sched_priority: priority };
    // SAFETY: the pointer is to a live value of the type that the call reads; 0 is the calling thread.
    unsafe {
        libc::sched_setscheduler(0, libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK, &raw const parameters) == 0
    }
}

/// `struct serial_struct` of `linux/serial.h`, of which only the flags are touched.
#[repr(C)]
#[derive(Default)]
struct SerialStruct {
    kind: i32,
    line: i32,
    port: u32,
    irq: i32,
    flags: i32,
    rest: [u64; 8],
}

const ASYNC_LOW_LATENCY: i32 = 1 << 13;

/// Asks the driver to hand over every byte at once; adapters with a timer (FTDI: 16 ms) otherwise collect them. False
/// when the driver knows no such thing.
pub(crate) fn set_low_latency(device: BorrowedFd<'_>) -> bool {
    let mut settings = SerialStruct::default();
    // SAFETY: the kernel's structure has 72 bytes on 64-bit machines and ours 88, so neither call writes beyond it; the
    // second writes back what the first one read, with one flag more.
    unsafe {
        if libc::ioctl(device.as_raw_fd(), libc::TIOCGSERIAL, &raw mut settings) != 0 {
            return false;
        }
        settings.flags |= ASYNC_LOW_LATENCY;
        libc::ioctl(device.as_raw_fd(), libc::TIOCSSERIAL, &raw const settings) == 0
    }
}
