//! The loop under test as a simulator: a delay with every fault that real loops have, and a known right answer.
//!
//! It runs offline over whole recordings ([`simulate`]) and as a JACK client (`latency-probe channel`), block by block,
//! with the same code ([`Channel`]). What it does to a signal is written down in a [`ChannelSpec`].

mod filter;
mod kernel;
mod spec;

use crate::rng::Rng;
use filter::Filters;
use kernel::{HALF, Kernels};
pub use spec::{ChannelError, ChannelSpec, Drop, Echo, Loss, MAX_DELAY, REFERENCE_DBFS, Tone};

/// A running channel. [`Channel::process`] is real-time safe: it neither allocates nor locks.
#[derive(Debug)]
pub struct Channel {
    spec: ChannelSpec,
    line: Vec<f32>,
    position: u64,
    advance: i64,
    next_drop: Option<Drop>,
    silent: u32,
    kernels: Kernels,
    filters: Filters,
    feedback: Vec<f64>,
    noise: f64,
    rng: Rng,
    rate: f64,
    lookahead: usize,
}

impl Channel {
    /// A channel for block-wise use. A delay below 48 frames must be a whole number: the interpolation needs frames from both sides.
    ///
    /// # Errors
    /// [`ChannelError`] names the value that is out of range.
    pub fn new(spec: ChannelSpec, rate: u32) -> Result<Self, ChannelError> {
        let early = spec.delay.min(spec.delay + spec.echo.map_or(0.0, |e| e.offset));
        let whole = spec.delay.fract() == 0.0 && spec.echo.is_none_or(|e| e.offset.fract() == 0.0);
        if early < HALF as f64 && (!whole || spec.drift_ppm != 0.0) {
            let range = "a fractional or drifting path needs at least 48 frames when the channel runs live";
            return Err(ChannelError::Range { what: "delay", value: early, range });
        }
        Self::with_lookahead(spec, rate, 0)
    }

    fn with_lookahead(spec: ChannelSpec, rate: u32, lookahead: usize) -> Result<Self, ChannelError> {
        spec.check(rate)?;
        let rate = f64::from(rate);
        let longest = spec.delay + spec.echo.map_or(0.0, |e| e.offset.max(0.0));
        // Room for a drift of 1000 ppm over an hour at 48 kHz, and for lost blocks.
        let lost = spec.drop.map_or(0, |d| 4 * d.frames as usize);
        let room =
            longest as usize + lookahead + lost + 4 * HALF + if spec.drift_ppm != 0.0 { 200_000 } else { 0 };
        let returned = 10f64.powf(REFERENCE_DBFS / 20.0) * spec.gain.abs();
        let relative = spec.snr_db.map_or(0.0, |snr| returned / 10f64.powf(snr / 20.0));
        let absolute = spec.noise_dbfs.map_or(0.0, |level| 10f64.powf(level / 20.0));
        Ok(Self {
            line: vec![0.0; room.next_power_of_two()],
            position: 0,
            advance: 0,
            next_drop: spec.drop,
            silent: 0,
            kernels: Kernels::new(),
            filters: Filters::new(&spec, rate),
            feedback: vec![0.0; spec.feedback.map_or(1, |f| f.0 as usize)],
            noise: relative.hypot(absolute),
            rng: Rng::new(spec.seed),
            rate,
            lookahead,
            spec,
        })
    }

    /// Runs `input` through the channel into `output`; both have the same length. Real-time safe.
    pub fn process(&mut self, input: &[f32], output: &mut [f32]) {
        for (x, y) in input.iter().zip(output.iter_mut()) {
            *y = self.frame(*x);
        }
    }

    fn frame(&mut self, input: f32) -> f32 {
        let now = self.position;
        let mask = self.line.len() - 1;
        self.line[now as usize & mask] = input;
        self.position += 1;
        let shown = now.saturating_sub(self.lookahead as u64);

        if let Some(drop) = self.next_drop.filter(|d| shown >= d.at) {
            match drop.loss {
                Loss::Skip => {
                    let frames = i64::from(drop.frames);
                    let held = (self.spec.delay as i64 + self.lookahead as i64 - self.advance) - frames;
                    // A live line cannot skip what it does not hold yet; a gap of the same length stands in.
                    self.advance += if held >= 0 { frames } else { -frames };
                }
                Loss::Silence => self.silent = drop.frames,
            }
            let again = self.spec.drop_every;
            self.next_drop = (again > 0).then_some(Drop { at: drop.at + again, ..drop });
        }
        let drift = self.spec.drift_ppm * 1e-6 * shown as f64;
        let delay = self.spec.delay + drift + self.lookahead as f64 - self.advance as f64;
        let mut value = self.kernels.read(&self.line, now, delay);
        if let Some(echo) = self.spec.echo {
            value += echo.gain * self.kernels.read(&self.line, now, delay + echo.offset);
        }
        value *= self.spec.gain;
        value = self.filters.frame(value);
        if let Some((frames, gain)) = self.spec.feedback {
            let slot = (now % u64::from(frames)) as usize;
            value += gain * self.feedback[slot];
            self.feedback[slot] = value;
        }
        if self.noise > 0.0 {
            value += self.noise * self.rng.gaussian();
        }
        let time = shown as f64 / self.rate;
        if let Some(hum) = self.spec.hum {
            let amplitude = 10f64.powf(hum.dbfs / 20.0);
            for harmonic in 1..=7 {
                let h = f64::from(harmonic);
                if h * hum.hertz < self.rate / 2.0 {
                    value += amplitude / h * (std::f64::consts::TAU * h * hum.hertz * time + h * 0.7).sin();
                }
            }
        }
        if let Some(tone) = self.spec.tone {
            value += 10f64.powf(tone.dbfs / 20.0) * (std::f64::consts::TAU * tone.hertz * time + 0.3).sin();
        }
        if let Some(clip) = self.spec.clip {
            value = value.clamp(-clip, clip);
        }
        if let Some(bits) = self.spec.bits {
            let steps = f64::from(1u32 << (bits - 1));
            value = (value * steps).round() / steps;
        }
        if self.silent > 0 {
            self.silent -= 1;
            value = 0.0;
        }
        value as f32
    }
}

/// Runs a whole recording through a channel, offline; any delay from 0 frames may be fractional.
///
/// `output_frames` is the length of the answer; beyond the input the channel hears silence.
///
/// # Errors
/// [`ChannelError`] names the value that is out of range.
pub fn simulate(
    spec: &ChannelSpec,
    rate: u32,
    input: &[f32],
    output_frames: usize,
) -> Result<Vec<f32>, ChannelError> {
    // Frames that vanish must be in the line already when they are skipped.
    let lost = spec.drop.filter(|d| d.loss == Loss::Skip).map_or(0, |d| d.frames as usize);
    let lookahead = HALF + lost;
    let mut channel = Channel::with_lookahead(spec.clone(), rate, lookahead)?;
    let mut output = Vec::with_capacity(output_frames);
    for i in 0..output_frames + lookahead {
        let value = channel.frame(input.get(i).copied().unwrap_or(0.0));
        if i >= lookahead {
            output.push(value);
        }
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn impulse(spec: ChannelSpec, frames: usize) -> Vec<f32> {
        simulate(&spec, 48_000, &[1.0], frames).unwrap()
    }

    #[test]
    fn whole_delays_are_exact_offline_and_live() {
        let out = impulse(ChannelSpec { delay: 5.0, gain: -0.5, ..Default::default() }, 10);
        assert_eq!(out, [0.0, 0.0, 0.0, 0.0, 0.0, -0.5, 0.0, 0.0, 0.0, 0.0]);
        let mut live = Channel::new(ChannelSpec { delay: 3.0, ..Default::default() }, 48_000).unwrap();
        let mut block = [0.0; 6];
        live.process(&[1.0, 2.0, 0.0, 0.0, 0.0, 0.0], &mut block);
        assert_eq!(block, [0.0, 0.0, 0.0, 1.0, 2.0, 0.0]);
    }

    #[test]
    fn a_fractional_delay_is_a_phase_shift() {
        let spec = ChannelSpec { delay: 100.25, ..Default::default() };
        let tone: Vec<f32> = (0..4000).map(|i| (i as f64 * 0.7).sin() as f32).collect();
        let out = simulate(&spec, 48_000, &tone, 3000).unwrap();
        for (i, got) in out.iter().enumerate().skip(500) {
            let want = ((i as f64 - 100.25) * 0.7).sin();
            assert!((f64::from(*got) - want).abs() < 1e-6, "frame {i}");
        }
    }

    #[test]
    fn a_skipped_block_brings_the_rest_forward() {
        let ramp: Vec<f32> = (0..100).map(|i| i as f32).collect();
        let drop = Some(Drop { at: 20, frames: 7, loss: Loss::Skip });
        let out = simulate(&ChannelSpec { drop, ..Default::default() }, 48_000, &ramp, 40).unwrap();
        assert_eq!(out[19], 19.0);
        assert_eq!(out[20], 27.0);
        assert_eq!(out[39], 46.0);
    }

    #[test]
    fn noise_has_the_level_that_was_asked_for() {
        let out = simulate(
            &ChannelSpec { snr_db: Some(-10.0), gain: 0.1, ..Default::default() },
            48_000,
            &[],
            50_000,
        );
        let power = out.unwrap().iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / 50_000.0;
        assert!((10.0 * power.log10() - (-17.0 - 20.0 + 10.0)).abs() < 0.1);
    }

    #[test]
    fn live_rejects_what_it_cannot_interpolate() {
        let spec = ChannelSpec { delay: 0.5, ..Default::default() };
        assert!(matches!(Channel::new(spec, 48_000), Err(ChannelError::Range { what: "delay", .. })));
        let spec = ChannelSpec { delay: f64::NAN, ..Default::default() };
        assert!(simulate(&spec, 48_000, &[], 10).is_err());
    }
}
