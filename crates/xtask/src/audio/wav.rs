//! WAV files in memory, and how loud they are.

use std::path::Path;

use anyhow::{Context, Result};
use ebur128::{EbuR128, Mode};

/// A sound: one vector per channel, full scale 1.
pub(crate) struct Sound {
    pub(crate) rate: u32,
    pub(crate) channels: Vec<Vec<f32>>,
}

/// Loudness of a sound.
pub(crate) struct Level {
    /// Highest sample in dBFS; minus infinity for silence.
    pub(crate) peak: f64,
    /// Integrated loudness of EBU R 128 in LUFS; minus infinity when all is below the gate.
    pub(crate) loudness: f64,
}

/// Reads integer or 32-bit float WAV.
pub(crate) fn read(path: &Path) -> Result<Sound> {
    let open = || -> Result<Sound, hound::Error> {
        let mut reader = hound::WavReader::open(path)?;
        let spec = reader.spec();
        let samples: Vec<f32> = match spec.sample_format {
            hound::SampleFormat::Float => reader.samples().collect::<Result<_, _>>()?,
            hound::SampleFormat::Int => {
                let scale = 1.0 / (1_u64 << (spec.bits_per_sample - 1)) as f32;
                let scaled = reader.samples::<i32>().map(|sample| sample.map(|sample| sample as f32 * scale));
                scaled.collect::<Result<_, _>>()?
            }
        };
        let count = usize::from(spec.channels.max(1));
        let channel = |index| samples.chunks_exact(count).map(|frame| frame[index]).collect();
        Ok(Sound { rate: spec.sample_rate, channels: (0..count).map(channel).collect() })
    };
    open().with_context(|| format!("cannot read {} as WAV", path.display()))
}

impl Sound {
    /// The mean of all channels.
    pub(crate) fn mono(&self) -> Vec<f32> {
        let frames = self.channels.first().map_or(0, Vec::len);
        let mean = |frame| {
            self.channels.iter().map(|channel: &Vec<f32>| channel[frame]).sum::<f32>()
                / self.channels.len() as f32
        };
        (0..frames).map(mean).collect()
    }

    /// Length in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        self.channels.first().map_or(0.0, |channel| channel.len() as f64 / f64::from(self.rate))
    }

    /// Peak and loudness.
    pub(crate) fn level(&self) -> Result<Level> {
        let peak = self.channels.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let mut meter =
            EbuR128::new(self.channels.len() as u32, self.rate, Mode::I).context("no loudness meter")?;
        let channels: Vec<&[f32]> = self.channels.iter().map(Vec::as_slice).collect();
        meter.add_frames_planar_f32(&channels).context("cannot measure loudness")?;
        let loudness = meter.loudness_global().context("cannot measure loudness")?;
        Ok(Level { peak: 20.0 * f64::from(peak).log10(), loudness })
    }

    /// Writes 32-bit float WAV.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let spec = hound::WavSpec {
            channels: self.channels.len() as u16,
            sample_rate: self.rate,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let save = || -> Result<(), hound::Error> {
            let mut writer = hound::WavWriter::create(path, spec)?;
            for frame in 0..self.channels.first().map_or(0, Vec::len) {
                for channel in &self.channels {
                    writer.write_sample(channel[frame])?;
                }
            }
            writer.finalize()
        };
        save().with_context(|| format!("cannot write {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_of_minus_18_dbfs_in_one_channel_is_minus_21_lufs() {
        // EBU Tech 3341: a 1 kHz stereo sine of -18 dBFS peak reads -18 LUFS; one channel alone is 3 dB less.
        let sine =
            |n| 10.0_f32.powf(-18.0 / 20.0) * (std::f32::consts::TAU * 1000.0 * n as f32 / 48_000.0).sin();
        let tone: Vec<f32> = (0..5 * 48_000).map(|n| sine(n % 48)).collect();
        let mono = Sound { rate: 48_000, channels: vec![tone.clone()] }.level().unwrap();
        assert!((mono.loudness + 21.0).abs() < 0.1, "{}", mono.loudness);
        assert!((mono.peak + 18.0).abs() < 0.01, "{}", mono.peak);
        let stereo = Sound { rate: 48_000, channels: vec![tone.clone(), tone] }.level().unwrap();
        assert!((stereo.loudness + 18.0).abs() < 0.1, "{}", stereo.loudness);
    }

    #[test]
    fn silence_has_no_level_and_files_round_trip() {
        let path = std::env::temp_dir().join(format!("xtask-wav-{}.wav", std::process::id()));
        let sound = Sound { rate: 44_100, channels: vec![vec![0.0, 0.5], vec![0.0, -0.25]] };
        sound.write(&path).unwrap();
        let again = read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!((again.rate, &again.channels), (44_100, &sound.channels));
        assert_eq!(again.mono(), [0.0, 0.125]);
        let silence = Sound { rate: 48_000, channels: vec![vec![0.0; 48_000]] }.level().unwrap();
        assert_eq!((silence.peak, silence.loudness), (f64::NEG_INFINITY, f64::NEG_INFINITY));
    }
}
