//! A virtual port of the ALSA sequencer that sends on what it gets, for programs that know no JACK. JACK shows it too
//! when its server runs with `-X seq`.

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd};

use alsa::poll::Descriptors;
use alsa::seq::{Connect, EvCtrl, EvNote, Event, EventType, PortCap, PortType, Seq};

use crate::error::BridgeError;
use crate::held::HeldNotes;
use crate::wake::Stop;

/// Where the sequencer is, when there is one.
pub const SEQUENCER: &str = "/dev/snd/seq";

/// Runs until `stop` is asked; `ready` gets the client's number and name.
///
/// # Errors
/// When there is no sequencer or it refuses.
pub fn run(name: &str, stop: &Stop, ready: impl FnOnce(&str)) -> Result<(), BridgeError> {
    let fail = |what| move |error: alsa::Error| BridgeError::Alsa { what, why: error.to_string() };
    let seq = Seq::open(None, None, true).map_err(fail("opening it"))?;
    // No NUL can come from a command line.
    let c_name = CString::new(name).unwrap_or_default();
    seq.set_client_name(&c_name).map_err(fail("naming the client"))?;
    let caps = PortCap::READ | PortCap::WRITE | PortCap::SUBS_READ | PortCap::SUBS_WRITE | PortCap::DUPLEX;
    let port = seq
        .create_simple_port(&c_name, caps, PortType::MIDI_GENERIC | PortType::APPLICATION)
        .map_err(fail("making the port"))?;
    let own = seq.client_id().map_err(fail("asking for the client's number"))?;
    ready(&format!("{own}:{port} {name}"));

    let mut held = HeldNotes::default();
    let mut fds = (&seq, Some(alsa::Direction::Capture)).get().map_err(fail("asking what to wait for"))?;
    fds.push(libc::pollfd { fd: stop.wake().as_fd().as_raw_fd(), events: libc::POLLIN, revents: 0 });
    let mut input = seq.input();
    while !stop.asked() {
        match alsa::poll::poll(&mut fds, -1) {
            // The crate gives the number of some calls with its sign turned.
            Err(error) if error.errno().abs() != libc::EINTR => {
                return Err(fail("waiting for events")(error));
            }
            _ => stop.wake().clear(),
        }
        while input.event_input_pending(true).is_ok_and(|count| count > 0) {
            let mut event = match input.event_input() {
                Ok(event) => event,
                // ENOSPC: the kernel dropped events because we were late; the next ones are fine.
                Err(error) if matches!(error.errno().abs(), libc::ENOSPC | libc::EINTR) => continue,
                Err(_) => break,
            };
            match event.get_type() {
                EventType::PortUnsubscribed => {
                    let lost = event
                        .get_data::<Connect>()
                        .is_some_and(|c| c.dest.client == own && c.dest.port == port);
                    if lost {
                        while let Some(release) = held.take_release() {
                            send(&seq, port, &mut event_of(release));
                        }
                    }
                }
                EventType::PortSubscribed => {}
                kind => {
                    observe(&mut held, kind, &event);
                    send(&seq, port, &mut event);
                }
            }
        }
    }
    while let Some(release) = held.take_release() {
        send(&seq, port, &mut event_of(release));
    }
    Ok(())
}

/// Passes an event to everybody who reads the port, now.
fn send(seq: &Seq, port: i32, event: &mut Event<'_>) {
    event.set_source(port);
    event.set_subs();
    event.set_direct();
    // A reader whose queue is full loses the event, as with a cable.
    let _ = seq.event_output_direct(event);
}

fn observe(held: &mut HeldNotes, kind: EventType, event: &Event<'_>) {
    let note = |status: u8| {
        event.get_data::<EvNote>().map(|n| [status | (n.channel & 0x0F), n.note & 0x7F, n.velocity])
    };
    let bytes = match kind {
        EventType::Noteon => note(0x90),
        EventType::Noteoff => note(0x80),
        EventType::Controller => event
            .get_data::<EvCtrl>()
            .map(|c| [0xB0 | (c.channel & 0x0F), (c.param & 0x7F) as u8, c.value.clamp(0, 127) as u8]),
        EventType::Reset => Some([0xFF, 0, 0]),
        _ => None,
    };
    match bytes {
        Some([0xFF, ..]) => held.observe(&[0xFF]),
        Some(bytes) => held.observe(&bytes),
        None => {}
    }
}

fn event_of([status, first, second]: [u8; 3]) -> Event<'static> {
    let channel = status & 0x0F;
    if status & 0xF0 == 0x80 {
        let note = EvNote { channel, note: first, velocity: second, off_velocity: second, duration: 0 };
        Event::new(EventType::Noteoff, &note)
    } else {
        let control = EvCtrl { channel, param: u32::from(first), value: i32::from(second) };
        Event::new(EventType::Controller, &control)
    }
}
