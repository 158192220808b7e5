//! WAV files: whole takes in and out.

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A take in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Take {
    /// Sample rate in Hz.
    pub sample_rate: u32,
    /// One vector per channel, all of one length, full scale ±1.0.
    pub channels: Vec<Vec<f32>>,
}

impl Take {
    /// Length in frames.
    pub fn frames(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }
}

/// How samples are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// 32-bit float: exact, and values above full scale survive.
    #[default]
    Float32,
    /// 24-bit integer, rounded to nearest, clipped at full scale.
    Int24,
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Missing, unreadable, cut short or not a WAV.
    #[error("cannot read `{path}` as WAV: {reason}; give RIFF WAV with 8, 16, 24 or 32 bits or 32-bit float")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The rate differs from the one that is needed.
    #[error(
        "`{path}` has {found} Hz, {wanted} Hz are needed: convert it, e.g. `sox {path} -r {wanted} out.wav`"
    )]
    Rate {
        /// The file.
        path: PathBuf,
        /// Its sample rate in Hz.
        found: u32,
        /// The needed one in Hz.
        wanted: u32,
    },
}

/// Why a file could not be written. The old file, if any, is untouched.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{path}`: {reason}")]
pub struct WriteError {
    path: PathBuf,
    reason: String,
}

/// Reads a WAV file of any number of channels: 8, 16, 24 or 32-bit integer or 32-bit float.
pub fn read(path: &Path) -> Result<Take, ReadError> {
    let unreadable = |reason: String| ReadError::Unreadable { path: path.to_owned(), reason };
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let bytes = file.metadata().map_err(|error| unreadable(error.to_string()))?.len();
    let mut reader = WavReader::new(BufReader::new(file)).map_err(|error| unreadable(error.to_string()))?;
    let spec = reader.spec();
    let count = usize::from(spec.channels);
    // The header may lie about the length: the file's own size bounds what is set aside.
    let frames = u64::from(reader.duration()).min(bytes) as usize / count.max(1);
    let mut channels: Vec<Vec<f32>> = (0..count).map(|_| Vec::with_capacity(frames)).collect();
    let mut push = |index: usize, sample: f32| channels[index % count].push(sample);
    let broken = |error: hound::Error| unreadable(error.to_string());
    match spec.sample_format {
        SampleFormat::Float => {
            for (index, sample) in reader.samples::<f32>().enumerate() {
                push(index, sample.map_err(broken)?);
            }
        }
        SampleFormat::Int => {
            let full = f64::from(1u32 << (spec.bits_per_sample.clamp(1, 32) - 1));
            for (index, sample) in reader.samples::<i32>().enumerate() {
                push(index, (f64::from(sample.map_err(broken)?) / full) as f32);
            }
        }
    }
    // A file that ends within a frame: keep whole frames.
    let frames = channels.last().map_or(0, Vec::len);
    channels.iter_mut().for_each(|channel| channel.truncate(frames));
    Ok(Take { sample_rate: spec.sample_rate, channels })
}

/// Reads a WAV file that must have `sample_rate` Hz; there is no resampling here.
pub fn read_at(path: &Path, sample_rate: u32) -> Result<Take, ReadError> {
    let take = read(path)?;
    if take.sample_rate == sample_rate {
        return Ok(take);
    }
    Err(ReadError::Rate { path: path.to_owned(), found: take.sample_rate, wanted: sample_rate })
}

/// Writes a take as WAV. The file appears whole under its name or not at all, also when power fails. Channels shorter than the
/// first are padded with silence.
pub fn write(path: &Path, take: &Take, encoding: Encoding) -> Result<(), WriteError> {
    let failed = |reason: String| WriteError { path: path.to_owned(), reason };
    let channels = u16::try_from(take.channels.len()).ok().filter(|&count| count > 0);
    let (bits_per_sample, sample_format) = match encoding {
        Encoding::Float32 => (32, SampleFormat::Float),
        Encoding::Int24 => (24, SampleFormat::Int),
    };
    let spec = WavSpec {
        channels: channels.ok_or_else(|| failed("WAV takes 1-65535 channels".to_owned()))?,
        sample_rate: take.sample_rate,
        bits_per_sample,
        sample_format,
    };
    let size = take.frames() as u64 * u64::from(spec.channels) * u64::from(bits_per_sample / 8);
    if size > u64::from(u32::MAX) - 1024 {
        return Err(failed(format!("{size} bytes of samples are more than the 4 GiB of WAV")));
    }
    crate::files::replace(path, |file| {
        let mut buffered = BufWriter::new(file);
        write_samples(&mut buffered, spec, take, encoding).map_err(io::Error::other)?;
        buffered.flush()
    })
    .map_err(|error| failed(error.to_string()))
}

fn write_samples<W: io::Write + io::Seek>(
    to: W,
    spec: WavSpec,
    take: &Take,
    encoding: Encoding,
) -> Result<(), hound::Error> {
    let mut writer = WavWriter::new(to, spec)?;
    for frame in 0..take.frames() {
        for channel in &take.channels {
            let sample = channel.get(frame).copied().unwrap_or(0.0);
            match encoding {
                Encoding::Float32 => writer.write_sample(sample)?,
                Encoding::Int24 => {
                    let value = (f64::from(sample) * 8_388_608.0).round_ties_even();
                    writer.write_sample(value.clamp(-8_388_608.0, 8_388_607.0) as i32)?;
                }
            }
        }
    }
    writer.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn take() -> Take {
        let channel = |sign: f32| (0..1000).map(|n| sign * (n as f32 / 1000.0)).collect();
        Take { sample_rate: 44_100, channels: vec![channel(1.0), channel(-1.0), channel(0.25)] }
    }

    #[test]
    fn float_comes_back_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let mut loud = take();
        loud.channels[0][7] = 3.5;
        write(&path, &loud, Encoding::Float32).unwrap();
        assert_eq!(read(&path).unwrap(), loud);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
    }

    #[test]
    fn integers_come_back_within_half_a_step() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        write(&path, &take(), Encoding::Int24).unwrap();
        let back = read(&path).unwrap();
        for (got, sent) in back.channels.iter().flatten().zip(take().channels.iter().flatten()) {
            assert!((got - sent).abs() <= 0.5 / 8_388_608.0 + f32::EPSILON, "{sent} became {got}");
        }
        for bits in [8, 16, 32] {
            let spec = WavSpec {
                channels: 2,
                sample_rate: 8000,
                bits_per_sample: bits,
                sample_format: SampleFormat::Int,
            };
            let mut writer = WavWriter::create(&path, spec).unwrap();
            let half = if bits == 32 { 1 << 30 } else { 1 << (bits - 2) };
            [half, -half, 0, half].iter().for_each(|&x| writer.write_sample(x).unwrap());
            writer.finalize().unwrap();
            assert_eq!(read(&path).unwrap().channels, [[0.5, 0.0], [-0.5, 0.5]], "{bits} bits");
        }
    }

    #[test]
    fn a_failed_write_keeps_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        write(&path, &take(), Encoding::Float32).unwrap();
        let none = Take { sample_rate: 48_000, channels: Vec::new() };
        assert!(write(&path, &none, Encoding::Float32).unwrap_err().to_string().contains("1-65535 channels"));
        assert_eq!(read(&path).unwrap(), take());
        assert!(write(&folder.path().join("no/such/folder.wav"), &take(), Encoding::Float32).is_err());
    }

    #[test]
    fn another_rate_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        write(&path, &take(), Encoding::Float32).unwrap();
        assert!(read_at(&path, 44_100).is_ok());
        let error = read_at(&path, 48_000).unwrap_err().to_string();
        assert!(error.contains("44100 Hz, 48000 Hz are needed") && error.contains("-r 48000"), "{error}");
    }

    proptest! {
        #[test]
        fn broken_files_are_refused_or_read_but_never_panic(
            cut in 0usize..200, place in 0usize..60, byte in any::<u8>(), junk in prop::collection::vec(any::<u8>(), 0..100)
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.wav");
            let short = Take { sample_rate: 48_000, channels: vec![vec![0.5; 20]; 2] };
            write(&path, &short, Encoding::Float32).unwrap();
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[place] = byte;
            bytes.truncate(cut);
            std::fs::write(&path, &bytes).unwrap();
            let _ = read(&path);
            std::fs::write(&path, &junk).unwrap();
            prop_assert!(read(&path).is_err());
        }
    }
}
