//! Options that choose and set up a back end.

use crate::backend::dummy::{DummyBackend, DummyOptions, Source};
use crate::backend::jack::{JackBackend, JackOptions};
use crate::backend::{Backend, StartError};
use clap::{Args, ValueEnum};

/// Who owns the clock and the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// A JACK server, or PipeWire's libjack (under pw-jack).
    Jack,
    /// A sound card directly, without a server.
    Alsa,
    /// A timer: silence in, nothing out. For machines without sound.
    Dummy,
}

/// What `run` and `dry-through` know about back ends.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Back end")]
pub(super) struct BackendArgs {
    /// Who owns the clock and the samples
    #[arg(long, value_enum, default_value = "jack", value_name = "KIND")]
    pub(super) backend: Kind,

    /// JACK: name of the server [default: $JACK_DEFAULT_SERVER, or `default`]
    #[arg(long, value_name = "NAME")]
    pub(super) server: Option<String>,

    /// JACK: name of the engine's client; must differ from the server's name
    #[arg(long, value_name = "NAME", default_value = "archibald-engine")]
    pub(super) client_name: String,

    /// JACK: leave the audio ports unconnected
    #[arg(long)]
    pub(super) no_connect: bool,

    /// JACK: connect all physical MIDI ports to midi_in and midi_out
    #[arg(long)]
    pub(super) connect_midi: bool,

    /// ALSA: name of the card
    #[arg(long, value_name = "NAME", default_value = "hw:0")]
    pub(super) device: String,

    /// ALSA: periods in the card's buffer (2-16); USB cards may need 3
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(super) periods: u32,

    /// ALSA, dummy: frames per period; with JACK the server decides
    #[arg(long, value_name = "FRAMES", default_value_t = 128)]
    pub(super) period: usize,

    /// ALSA, dummy: sample rate in Hz; with JACK the server decides
    #[arg(long, value_name = "HZ", default_value_t = 48_000)]
    pub(super) rate: u32,

    /// Capture channels [default: JACK the physical ones, else 2]
    #[arg(long, value_name = "N")]
    pub(super) captures: Option<usize>,

    /// Playback channels [default: JACK the physical ones, else 2]
    #[arg(long, value_name = "N")]
    pub(super) playbacks: Option<usize>,

    /// ALSA, dummy: SCHED_FIFO priority of the audio thread (1-99), 0 for ordinary scheduling; with JACK the server decides
    #[arg(long, value_name = "N", default_value_t = 70)]
    pub(super) priority: u8,
}

impl BackendArgs {
    fn fifo(&self) -> Option<i32> {
        (self.priority > 0).then_some(i32::from(self.priority))
    }

    /// Opens the chosen back end; it does not run yet.
    pub(super) fn try_open(&self) -> Result<Box<dyn Backend>, StartError> {
        Ok(match self.backend {
            Kind::Jack => Box::new(JackBackend::open(JackOptions {
                client_name: self.client_name.clone(),
                server: self.server.clone(),
                captures: self.captures,
                playbacks: self.playbacks,
                connect_audio: !self.no_connect,
                playbacks_wait: true,
                connect_midi: self.connect_midi,
                mod_host_names: true,
            })?),
            Kind::Alsa => self.open_alsa()?,
            Kind::Dummy => Box::new(DummyBackend::new(DummyOptions {
                sample_rate: self.rate,
                period: self.period,
                captures: self.captures.unwrap_or(2),
                playbacks: self.playbacks.unwrap_or(2),
                source: Source::Silence,
                priority: self.fifo(),
            })?),
        })
    }

    #[cfg(feature = "alsa")]
    fn open_alsa(&self) -> Result<Box<dyn Backend>, StartError> {
        use crate::backend::alsa::{AlsaBackend, AlsaOptions};
        Ok(Box::new(AlsaBackend::open(AlsaOptions {
            device: self.device.clone(),
            sample_rate: self.rate,
            period: self.period,
            periods: self.periods,
            captures: self.captures.unwrap_or(2),
            playbacks: self.playbacks.unwrap_or(2),
            priority: self.fifo(),
        })?))
    }

    #[cfg(not(feature = "alsa"))]
    fn open_alsa(&self) -> Result<Box<dyn Backend>, StartError> {
        Err(StartError::NotBuilt("alsa"))
    }
}
