//! One direction of a sound card: parameters, and whole periods through its mapped buffer.

use super::samples::Encoding;
use crate::backend::StartError;
use alsa::pcm::{Access, HwParams, PCM};
use alsa::{Direction, ValueOr};
use std::ffi::CString;

/// An opened and configured stream.
pub(super) struct Stream {
    pub(super) pcm: PCM,
    pub(super) encoding: Encoding,
    pub(super) channels: usize,
    pub(super) period: usize,
}

/// What is asked of a stream. Nothing is approximated: what the card cannot do is an error that says what it can.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub(super) sample_rate: u32,
    pub(super) period: usize,
    pub(super) periods: u32,
    /// Most channels to use.
    pub(super) channels: usize,
}

impl Stream {
    pub(super) fn open(device: &str, direction: Direction, wish: Wish) -> Result<Self, StartError> {
        let failed = |action: &'static str, reason: String| StartError::Card {
            device: device.to_owned(),
            action,
            reason,
        };
        let name = CString::new(device).map_err(|_| failed("open", "the name has a NUL".to_owned()))?;
        let open = || PCM::open(&name, direction, false);
        let pcm = open().map_err(|error| {
            let action = match direction {
                Direction::Capture => "open for capture",
                Direction::Playback => "open for playback",
            };
            failed(action, error.to_string())
        })?;
        let refused = |error: alsa::Error| failed("configure", error.to_string());
        let (encoding, channels) = {
            let params = HwParams::any(&pcm).map_err(refused)?;
            params.set_rate_resample(false).map_err(refused)?;
            params.set_access(Access::MMapInterleaved).map_err(|error| {
                failed("map the buffer of", format!("{error}; use a hw: or plughw: device"))
            })?;
            let encoding = Encoding::ALL
                .into_iter()
                .find(|encoding| params.test_format(encoding.alsa()).is_ok())
                .ok_or_else(|| {
                    failed("find a sample format on", "neither float nor 32, 24 or 16 bits".to_owned())
                })?;
            params.set_format(encoding.alsa()).map_err(refused)?;
            params.set_rate(wish.sample_rate, ValueOr::Nearest).map_err(|_| {
                let range = (params.get_rate_min().unwrap_or(0), params.get_rate_max().unwrap_or(0));
                failed(
                    "set the rate of",
                    format!("no {} Hz, it has {} to {} Hz", wish.sample_rate, range.0, range.1),
                )
            })?;
            let channels = params.set_channels_near(wish.channels as u32).map_err(refused)?;
            params.set_period_size(wish.period as alsa::pcm::Frames, ValueOr::Nearest).map_err(|_| {
                let range =
                    (params.get_period_size_min().unwrap_or(0), params.get_period_size_max().unwrap_or(0));
                failed(
                    "set the period of",
                    format!("no {} frames, it has {} to {}", wish.period, range.0, range.1),
                )
            })?;
            params.set_periods(wish.periods, ValueOr::Nearest).map_err(|_| {
                let range = (params.get_periods_min().unwrap_or(0), params.get_periods_max().unwrap_or(0));
                failed(
                    "set the number of periods of",
                    format!("not {}, it has {} to {}", wish.periods, range.0, range.1),
                )
            })?;
            pcm.hw_params(&params).map_err(refused)?;
            (encoding, channels as usize)
        };
        {
            let params = pcm.sw_params_current().map_err(refused)?;
            // Both directions are started by hand, together.
            params.set_start_threshold(params.get_boundary().map_err(refused)?).map_err(refused)?;
            params.set_avail_min(wish.period as alsa::pcm::Frames).map_err(refused)?;
            pcm.sw_params(&params).map_err(refused)?;
        }
        Ok(Self { pcm, encoding, channels, period: wish.period })
    }

    /// Frames that can be read or written now.
    pub(super) fn available(&self) -> alsa::Result<usize> {
        self.pcm.avail_update().map(|frames| frames.max(0) as usize)
    }

    /// One period in, one vector per channel; the card may have more channels than wanted. Real-time safe.
    pub(super) fn read(&self, to: &mut [Vec<f32>]) -> alsa::Result<()> {
        self.transfer(|start, frames, bytes| {
            for (channel, samples) in to.iter_mut().enumerate().take(self.channels) {
                self.encoding.decode(bytes, self.channels, channel, &mut samples[start..start + frames]);
            }
        })
    }

    /// One period out; channels of the card that nobody feeds are silent. Real-time safe.
    pub(super) fn write(&self, from: &[Vec<f32>]) -> alsa::Result<()> {
        self.transfer(|start, frames, bytes| {
            bytes.fill(0);
            for (channel, samples) in from.iter().enumerate().take(self.channels) {
                self.encoding.encode(&samples[start..start + frames], self.channels, channel, bytes);
            }
        })
    }

    /// A period of silence out.
    pub(super) fn write_silence(&self) -> alsa::Result<()> {
        self.transfer(|_, _, bytes| bytes.fill(0))
    }

    /// Visits one period of the mapped buffer in at most a few pieces, since it may wrap around.
    fn transfer(&self, mut piece: impl FnMut(usize, usize, &mut [u8])) -> alsa::Result<()> {
        let frame_bytes = self.encoding.width() * self.channels;
        let io = self.pcm.io_bytes();
        let mut done = 0;
        while done < self.period {
            let moved = io.mmap(self.period - done, |bytes| {
                let frames = (bytes.len() / frame_bytes).min(self.period - done);
                piece(done, frames, &mut bytes[..frames * frame_bytes]);
                frames
            })?;
            if moved == 0 {
                // The card promised the frames and does not have them.
                return Err(alsa::Error::new("snd_pcm_mmap_begin", libc::EPIPE));
            }
            done += moved;
        }
        Ok(())
    }
}
