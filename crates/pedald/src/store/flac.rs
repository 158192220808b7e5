//! FLAC files that grow while they are recorded: 24 bit, block by block, so that a long recording takes no memory and
//! whatever is on the disk can be played.

use std::io::{self, Seek, SeekFrom, Write};

use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, StreamInfo};
use flacenc::config::Encoder;
use flacenc::error::{Verified, Verify};
use flacenc::source::{Context, Fill, FrameBuf};

/// Frames of a FLAC block.
pub(super) const BLOCK: usize = 4096;

/// Bits of a sample.
const BITS: usize = 24;

/// Greatest sample.
const FULL: f32 = 8_388_607.0;

/// A FLAC file being written.
pub(super) struct FlacWriter<W> {
    to: W,
    config: Verified<Encoder>,
    info: StreamInfo,
    digest: Context,
    block: Vec<i32>,
    channels: usize,
    rate: u32,
    blocks: usize,
    frames: u64,
    /// Bytes of the head and all whole blocks.
    length: u64,
}

fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}

impl<W: Write + Seek> FlacWriter<W> {
    /// Begins a file of this rate in Hz with 1–8 channels.
    pub(super) fn new(mut to: W, rate: u32, channels: usize) -> io::Result<Self> {
        let config = Encoder::default().into_verified().map_err(|(_, error)| failed(error))?;
        let info = StreamInfo::new(rate as usize, channels, BITS).map_err(failed)?;
        // the length is not known yet, which the format allows
        let head = head(rate, channels, 0, [0; 16]);
        to.write_all(&head)?;
        let digest = Context::new(BITS, channels);
        let block = Vec::with_capacity(BLOCK * channels);
        Ok(Self {
            to,
            config,
            info,
            digest,
            block,
            channels,
            rate,
            blocks: 0,
            frames: 0,
            length: head.len() as u64,
        })
    }

    /// Appends samples, the channels of a frame one after the other; full scale is ±1.
    pub(super) fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        for sample in samples {
            let sample = if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 };
            self.block.push((sample * FULL).round() as i32);
            if self.block.len() == BLOCK * self.channels {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let frames = self.block.len() / self.channels;
        if frames == 0 {
            return Ok(());
        }
        let mut buffer = FrameBuf::with_size(self.channels, frames).map_err(failed)?;
        buffer.fill_interleaved(&self.block).map_err(failed)?;
        let frame = flacenc::encode_fixed_size_frame(&self.config, &buffer, self.blocks, &self.info)
            .map_err(failed)?;
        let mut bits = ByteSink::new();
        frame.write(&mut bits).map_err(failed)?;
        self.to.write_all(bits.as_slice())?;
        // what could not be written is not counted
        self.digest.fill_interleaved(&self.block).map_err(failed)?;
        self.length += bits.as_slice().len() as u64;
        self.blocks += 1;
        self.frames += frames as u64;
        self.block.clear();
        Ok(())
    }

    /// What is written to; it has all whole blocks so far.
    pub(super) fn to(&mut self) -> &mut W {
        &mut self.to
    }

    /// Writes what is left and the length.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.flush()?;
        self.seal()
    }

    /// Ends it with the last block that was written whole, after a write that failed. Answers how many bytes that are; what
    /// is behind them is to be cut off. Nothing but the head is written, in its place.
    pub(super) fn cut_short(&mut self) -> io::Result<u64> {
        self.block.clear();
        self.seal()?;
        Ok(self.length)
    }

    fn seal(&mut self) -> io::Result<()> {
        self.to.seek(SeekFrom::Start(0))?;
        let head = head(self.rate, self.channels, self.frames, self.digest.md5_digest());
        self.to.write_all(&head)?;
        self.to.flush()
    }
}

/// Magic number and STREAMINFO, the only metadata (RFC 9639, 8.2).
fn head(rate: u32, channels: usize, frames: u64, md5: [u8; 16]) -> Vec<u8> {
    let mut out = b"fLaC".to_vec();
    out.extend([0x80, 0, 0, 34]);
    let block = BLOCK as u16;
    out.extend(block.to_be_bytes());
    out.extend(block.to_be_bytes());
    out.extend([0; 6]); // least and greatest frame: not told
    let packed = u64::from(rate) << 44
        | (channels as u64 - 1) << 41
        | (BITS as u64 - 1) << 36
        | (frames & 0xf_ffff_ffff);
    out.extend(packed.to_be_bytes());
    out.extend(md5);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_decoder_reads_what_was_recorded() {
        let samples: Vec<f32> = (0..2 * 10_000)
            .map(|at| ((at / 2) as f32 * 0.03).sin() * if at % 2 == 0 { 0.5 } else { -1.2 })
            .collect();
        let mut writer = FlacWriter::new(io::Cursor::new(Vec::new()), 48_000, 2).expect("begun");
        for part in samples.chunks(777 * 2) {
            writer.write(part).expect("written");
        }
        writer.write(&[f32::NAN, f32::INFINITY]).expect("written");
        writer.finish().expect("ended");
        let bytes = writer.to.into_inner();
        let mut reader = claxon::FlacReader::new(io::Cursor::new(bytes)).expect("a FLAC file");
        let info = reader.streaminfo();
        assert_eq!((info.sample_rate, info.channels, info.bits_per_sample), (48_000, 2, 24));
        assert_eq!(info.samples, Some(10_001));
        let read: Vec<i32> = reader.samples().map(|sample| sample.expect("whole")).collect();
        assert_eq!(read.len(), 2 * 10_001);
        for (at, sample) in samples.iter().enumerate() {
            assert_eq!(read[at], (sample.clamp(-1.0, 1.0) * FULL).round() as i32, "sample {at}");
        }
        assert_eq!(&read[2 * 10_000..], [0, 0]);
    }

    #[test]
    fn a_recording_that_was_cut_off_can_be_played() {
        let mut writer = FlacWriter::new(io::Cursor::new(Vec::new()), 44_100, 1).expect("begun");
        writer.write(&vec![0.25; 3 * BLOCK + 100]).expect("written");
        let bytes = writer.to.into_inner();
        let mut reader = claxon::FlacReader::new(io::Cursor::new(bytes)).expect("a FLAC file");
        assert_eq!(reader.streaminfo().samples, None);
        assert_eq!(reader.samples().filter_map(Result::ok).count(), 3 * BLOCK);
    }
}
