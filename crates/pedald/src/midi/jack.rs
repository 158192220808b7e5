//! MIDI out by JACK: a client of its own whose callback sends what waits, and the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use jack::{AsyncClient, Client, ClientOptions, Control, MidiOut, MidiWriter, Port, ProcessScope, RawMidi};

use super::Output;
use super::clock::ClockTicks;

/// Longest message, in bytes.
const LONGEST: usize = 256;

/// Messages that may wait for the callback.
const WAITING: usize = 64;

const CLOCK: u8 = 0xf8;
const START: u8 = 0xfa;
const STOP: u8 = 0xfc;

type Message = ([u8; LONGEST], usize);

/// The port `pedald:midi_out`.
pub struct JackOutput {
    messages: rtrb::Producer<Message>,
    /// Beats per minute as bits; 0 for no clock.
    tempo: Arc<AtomicU64>,
    rolling: Arc<AtomicBool>,
    _client: AsyncClient<(), Player>,
}

impl std::fmt::Debug for JackOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JackOutput").finish_non_exhaustive()
    }
}

struct Player {
    port: Port<MidiOut>,
    messages: rtrb::Consumer<Message>,
    tempo: Arc<AtomicU64>,
    rolling: Arc<AtomicBool>,
    rolled: bool,
    ticks: ClockTicks,
}

impl jack::ProcessHandler for Player {
    /// Real-time: writes messages and ticks into the port's buffer; what finds no room there is lost.
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let mut writer = self.port.writer(scope);
        let put = |writer: &mut MidiWriter<'_>, time: u32, bytes: &[u8]| {
            let _ = writer.write(&RawMidi { time, bytes });
        };
        while let Ok((bytes, length)) = self.messages.pop() {
            put(&mut writer, 0, &bytes[..length]);
        }
        let bpm = f64::from_bits(self.tempo.load(Ordering::Relaxed));
        let rolling = self.rolling.load(Ordering::Relaxed);
        if rolling != self.rolled {
            self.rolled = rolling;
            put(&mut writer, 0, &[if rolling { START } else { STOP }]);
        }
        if bpm > 0.0 {
            self.ticks.block(scope.n_frames(), bpm, |time| put(&mut writer, time, &[CLOCK]));
        }
        Control::Continue
    }
}

impl JackOutput {
    /// Opens the port. Whoever wants what it sends connects it; `archibald-engine` does not listen to it.
    ///
    /// # Errors
    /// A sentence: there is no JACK server.
    pub fn open() -> Result<Box<dyn Output>, String> {
        jack::set_logger(jack::LoggerType::None);
        let (client, _) = Client::new("pedald", ClientOptions::NO_START_SERVER)
            .map_err(|error| format!("there is no JACK server: {error}"))?;
        let port = client
            .register_port("midi_out", MidiOut::default())
            .map_err(|error| format!("JACK gives no port: {error}"))?;
        let (messages, waiting) = rtrb::RingBuffer::new(WAITING);
        let (tempo, rolling) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let player = Player {
            port,
            messages: waiting,
            tempo: tempo.clone(),
            rolling: rolling.clone(),
            rolled: false,
            ticks: ClockTicks::new(f64::from(client.sample_rate())),
        };
        let client = client
            .activate_async((), player)
            .map_err(|error| format!("JACK does not start the output: {error}"))?;
        Ok(Box::new(Self { messages, tempo, rolling, _client: client }))
    }
}

impl Output for JackOutput {
    fn send(&mut self, message: &[u8]) {
        if message.len() > LONGEST {
            tracing::warn!(bytes = message.len(), "a MIDI message is too long and is not sent");
            return;
        }
        let mut bytes = [0; LONGEST];
        bytes[..message.len()].copy_from_slice(message);
        if self.messages.push((bytes, message.len())).is_err() {
            tracing::warn!("too many MIDI messages wait: one is not sent");
        }
    }

    fn clock(&mut self, bpm: Option<f64>) {
        self.tempo.store(bpm.unwrap_or(0.0).to_bits(), Ordering::Relaxed);
    }

    fn rolling(&mut self, rolling: bool) {
        self.rolling.store(rolling, Ordering::Relaxed);
    }
}
