//! Messages to other MIDI devices: what a board's configuration sends, and controls with a port of their own.

use std::collections::VecDeque;
use std::ffi::CString;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use alsa::Direction;
use alsa::seq::{Addr, ClientIter, MidiEvent, PortCap, PortIter, PortType, Seq};
use pedal_hardware::port::PortError;

use super::setup::Messages;
use crate::session::{Intent, SessionHandle, Source};

/// How long a sequencer that cannot be opened is left alone.
const AGAIN: Duration = Duration::from_secs(5);
/// Longest message: a system exclusive dump of a small device.
const LONGEST: usize = 1024;

/// Where messages go. Called on a thread of its own.
pub trait MidiOut: Send + 'static {
    /// Sends one message to the client of this name, upper and lower case alike.
    ///
    /// # Errors
    /// A sentence: there is no such client, or no sequencer.
    fn send(&mut self, client: &str, message: &[u8]) -> Result<(), PortError>;
}

/// What is to be sent.
#[derive(Debug, Clone)]
pub enum Order {
    /// A controller; the pedal's own when the client is not there.
    Controller {
        /// Name of the client.
        port: String,
        /// Channel 0–15, controller, value 0–127.
        cc: (u8, u8, u8),
    },
    /// A board's messages; what is left of another board's is not sent any more.
    Board(Messages),
}

/// Starts the thread that sends. It ends when the sender is gone.
pub fn start(out: impl MidiOut, session: SessionHandle) -> Sender<Order> {
    let (sender, orders) = channel();
    let started =
        std::thread::Builder::new().name("midi out".into()).spawn(move || work(out, &orders, &session));
    if let Err(error) = started {
        tracing::error!(%error, "no thread for MIDI to other devices");
    }
    sender
}

fn work(mut out: impl MidiOut, orders: &Receiver<Order>, session: &SessionHandle) {
    let (mut waiting, mut pause, mut next) = (VecDeque::new(), Duration::ZERO, Instant::now());
    let mut last = String::new();
    loop {
        let wait = if waiting.is_empty() {
            Duration::from_secs(3600)
        } else {
            next.saturating_duration_since(Instant::now())
        };
        match orders.recv_timeout(wait) {
            Ok(Order::Controller { port, cc: (channel, controller, value) }) => {
                if out.send(&port, &[0xb0 | channel & 15, controller & 127, value & 127]).is_err() {
                    let value = value.into();
                    session.tell(Source::Hardware, Intent::Controller { channel, controller, value });
                }
            }
            Ok(Order::Board(messages)) => {
                (waiting, pause) = (messages.list.into(), messages.pause);
                next = Instant::now();
            }
            Err(RecvTimeoutError::Timeout) => {
                let Some((client, message)) = waiting.pop_front() else { continue };
                next = Instant::now() + pause;
                match out.send(&client, &message) {
                    Ok(()) => last.clear(),
                    // one line for a device that is switched off, not one for each message
                    Err(error) if error.to_string() == last => {}
                    Err(error) => {
                        last = error.to_string();
                        tracing::warn!("{error}");
                    }
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// ALSA's sequencer, opened when it is first needed.
#[derive(Default)]
pub struct AlsaOut {
    open: Option<(Seq, i32)>,
    failed: Option<(Instant, String)>,
}

impl AlsaOut {
    fn open(&mut self) -> Result<&(Seq, i32), PortError> {
        let error = |why: String| PortError::new("ALSA's sequencer", why);
        if let Some((at, why)) = &self.failed
            && at.elapsed() < AGAIN
        {
            return Err(error(why.clone()));
        }
        if self.open.is_none() {
            let name = CString::new("pedald").expect("no NUL in it");
            let opened = Seq::open(None, Some(Direction::Playback), true).and_then(|seq| {
                seq.set_client_name(&name)?;
                let port = seq.create_simple_port(&name, PortCap::READ, PortType::MIDI_GENERIC)?;
                Ok((seq, port))
            });
            match opened {
                Ok(open) => (self.open, self.failed) = (Some(open), None),
                Err(why) => self.failed = Some((Instant::now(), why.to_string())),
            }
        }
        let why = || self.failed.as_ref().map(|(_, why)| why.clone()).unwrap_or_default();
        self.open.as_ref().ok_or_else(|| error(why()))
    }
}

impl MidiOut for AlsaOut {
    fn send(&mut self, client: &str, message: &[u8]) -> Result<(), PortError> {
        let failed = |why: String| PortError::new(format!("MIDI device {client}"), why);
        if message.len() > LONGEST {
            return Err(failed(format!("a message of more than {LONGEST} bytes is not sent")));
        }
        let (seq, port) = self.open()?;
        let wanted = client.to_lowercase();
        let found = ClientIter::new(seq)
            .filter(|one| one.get_name().is_ok_and(|name| name.to_lowercase() == wanted))
            .flat_map(|one| PortIter::new(seq, one.get_client()))
            .find(|port| port.get_capability().contains(PortCap::WRITE));
        let Some(found) = found else { return Err(failed("it is not connected".to_owned())) };
        let alsa = |error: alsa::Error| failed(error.to_string());
        let mut coder = MidiEvent::new(LONGEST as u32).map_err(alsa)?;
        let mut rest = message;
        while !rest.is_empty() {
            let (used, event) = coder.encode(rest).map_err(alsa)?;
            if let Some(mut event) = event {
                event.set_source(*port);
                event.set_dest(Addr { client: found.get_client(), port: found.get_port() });
                event.set_direct();
                seq.event_output_direct(&mut event).map_err(alsa)?;
            }
            if used == 0 {
                break;
            }
            rest = rest.get(used..).unwrap_or_default();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::engine::fake::FakeEngine;
    use crate::session::{Core, EmptyCatalogue, EventKind, Seen, Signal};
    use crate::store::MemoryDisk;

    type Sent = Vec<(String, Vec<u8>)>;

    #[derive(Clone, Default)]
    struct Noted(Arc<Mutex<Sent>>);

    impl MidiOut for Noted {
        fn send(&mut self, client: &str, message: &[u8]) -> Result<(), PortError> {
            if client == "gone" {
                return Err(PortError::new(client, "it is not connected"));
            }
            self.0.lock().unwrap().push((client.to_owned(), message.to_vec()));
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_newer_board_ends_the_messages_of_the_one_before_and_a_lost_device_falls_back() {
        let session = SessionHandle::start(
            Core::new(EmptyCatalogue),
            FakeEngine::new(EmptyCatalogue).0,
            MemoryDisk::default(),
        );
        let mut watch = session.watch();
        let noted = Noted::default();
        let orders = start(noted.clone(), session.clone());
        let list = |bytes: &[u8]| bytes.iter().map(|byte| ("Synth".to_owned(), vec![0xc0, *byte])).collect();
        let slow = Messages { list: list(&[1, 2, 3]), pause: Duration::from_secs(600) };
        orders.send(Order::Board(slow)).unwrap();
        while noted.0.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        orders.send(Order::Board(Messages { list: list(&[7, 8]), pause: Duration::ZERO })).unwrap();
        while noted.0.lock().unwrap().len() < 3 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let sent: Vec<u8> = noted.0.lock().unwrap().iter().map(|(_, bytes)| bytes[1]).collect();
        assert_eq!(sent, [1, 7, 8]);
        orders.send(Order::Controller { port: "gone".into(), cc: (3, 70, 9) }).unwrap();
        let fallen = Signal::Controller { channel: 3, controller: 70, value: 9 };
        loop {
            match watch.next().await.expect("the session runs") {
                Seen::Event(event) if event.kind == EventKind::Signal(fallen.clone()) => break,
                _ => {}
            }
        }
    }
}
