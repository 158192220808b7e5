//! How loud a board is: the engine renders a phrase through it, faster than real time and without disturbing the
//! sound, and measures the greatest short-term loudness (EBU R 128).

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::engine::EngineBoard;
use crate::session::Board;

/// Sample rate of [`reference_phrase`] in Hz.
pub const REFERENCE_RATE: u32 = 48_000;

/// Longest wait for the engine's program. Six seconds of sound take one to three; a board of convolutions, beside the
/// running sound, ten.
const PATIENCE: Duration = Duration::from_secs(120);

/// Greatest answer that is read, in bytes.
const ANSWER: u64 = 4 << 20;

/// Length of the phrase in seconds: two windows of the short-term loudness.
const SECONDS: f32 = 6.0;

/// Notes of the phrase in Hz: an A minor chord, picked, twice; then low E.
const NOTES: [f32; 12] = [110.0, 164.8, 220.0, 261.6, 329.6, 220.0, 110.0, 164.8, 261.6, 329.6, 82.4, 123.5];

/// Measures boards.
#[derive(Debug)]
pub(super) struct LoudnessMeter {
    folder: PathBuf,
}

impl LoudnessMeter {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Greatest short-term loudness in LUFS. The error is a sentence.
    pub(super) fn measure(&self, board: &Board) -> Result<f32, String> {
        let failed = |what: &str| {
            let what = format!("cannot write {what} into {}", self.folder.display());
            move |error: io::Error| format!("{what}: {error}")
        };
        std::fs::create_dir_all(&self.folder).map_err(failed("anything"))?;
        let [phrase, input, output] =
            ["phrase.wav", "board.json", "out.wav"].map(|name| self.folder.join(name));
        std::fs::write(&phrase, wav(&reference_phrase())).map_err(failed("the phrase"))?;
        let json = serde_json::to_vec(&EngineBoard::from(board)).map_err(|error| error.to_string())?;
        std::fs::write(&input, json).map_err(failed("the board"))?;
        let short_term = render(&input, &phrase, &output);
        let _ = std::fs::remove_file(&output);
        short_term
    }
}

fn render(board: &Path, phrase: &Path, output: &Path) -> Result<f32, String> {
    let engine = std::env::var_os("ARCHIBALD_ENGINE").unwrap_or_else(|| "archibald-engine".into());
    render_by(&engine, board, phrase, output, PATIENCE)
}

fn render_by(
    engine: &OsStr,
    board: &Path,
    phrase: &Path,
    output: &Path,
    patience: Duration,
) -> Result<f32, String> {
    // Into files, not pipes: a plugin that writes more than a pipe holds would wait for us, and we for it.
    let [said, words] = ["said.json", "words.txt"].map(|name| output.with_file_name(name));
    let file =
        |path: &Path| File::create(path).map_err(|error| format!("cannot write {}: {error}", path.display()));
    let mut child = Command::new(engine)
        .arg("render")
        .arg(board)
        .args(["--json".as_ref(), "--in".as_ref(), phrase.as_os_str(), "--out".as_ref(), output.as_os_str()])
        .stdin(Stdio::null())
        .stdout(file(&said)?)
        .stderr(file(&words)?)
        .spawn()
        .map_err(|error| {
            format!("archibald-engine cannot be run: {error}; set ARCHIBALD_ENGINE to its path")
        })?;
    let until = Instant::now() + patience;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                let patience = patience.as_secs();
                return Err(format!(
                    "archibald-engine render took more than {patience} s: one of the board's plugins hangs; \
                     remove them one by one and measure again"
                ));
            }
        }
    };
    let read = |path: &Path| {
        let mut bytes = Vec::new();
        File::open(path).and_then(|file| file.take(ANSWER).read_to_end(&mut bytes)).map(|_| bytes)
    };
    if !status.success() {
        let words = read(&words).unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        return Err(format!("archibald-engine render: {}", words.lines().last().unwrap_or("failed")));
    }
    let answer: serde_json::Value = read(&said)
        .and_then(|said| Ok(serde_json::from_slice(&said)?))
        .map_err(|error| format!("archibald-engine render: {error}"))?;
    match answer["output"]["short_term_max_lufs"].as_f64() {
        Some(level) => Ok(level as f32),
        None => Err("the board is silent with the reference phrase".into()),
    }
}

/// The phrase that loudness is measured with: six seconds of plucked strings (Karplus and Strong) at
/// [`REFERENCE_RATE`], about as hot as a guitar: peaks at −12 dBFS. The same samples on every machine.
pub fn reference_phrase() -> Vec<f32> {
    let mut out = vec![0.0_f32; (REFERENCE_RATE as f32 * SECONDS) as usize];
    let step = out.len() / NOTES.len();
    // a generator of our own: the phrase is the same on every machine
    let mut seed = 0x2545_f491_u32;
    let mut noise = move || {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        seed as f32 / u32::MAX as f32 * 2.0 - 1.0
    };
    for (at, note) in NOTES.iter().enumerate() {
        let length = (REFERENCE_RATE as f32 / note) as usize;
        let mut string: Vec<f32> = (0..length).map(|_| noise()).collect();
        for (frame, sample) in out[at * step..].iter_mut().enumerate() {
            let place = frame % length;
            let next = string[(place + 1) % length];
            *sample += string[place];
            string[place] = 0.498 * (string[place] + next);
        }
    }
    let peak = out.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    out.iter_mut().for_each(|sample| *sample *= 0.25 / peak);
    out
}

/// A WAV file of one channel with floats.
fn wav(samples: &[f32]) -> Vec<u8> {
    let bytes = samples.len() as u32 * 4;
    let mut out = Vec::with_capacity(44 + bytes as usize);
    let mut head = || -> io::Result<()> {
        out.write_all(b"RIFF")?;
        out.write_all(&(36 + bytes).to_le_bytes())?;
        out.write_all(b"WAVEfmt ")?;
        out.write_all(&16_u32.to_le_bytes())?;
        out.write_all(&3_u16.to_le_bytes())?; // IEEE float
        out.write_all(&1_u16.to_le_bytes())?;
        out.write_all(&REFERENCE_RATE.to_le_bytes())?;
        out.write_all(&(REFERENCE_RATE * 4).to_le_bytes())?;
        out.write_all(&4_u16.to_le_bytes())?;
        out.write_all(&32_u16.to_le_bytes())?;
        out.write_all(b"data")?;
        out.write_all(&bytes.to_le_bytes())
    };
    head().expect("a vector takes everything");
    samples.iter().for_each(|sample| out.extend_from_slice(&sample.to_le_bytes()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phrase_is_always_the_same_and_never_too_loud() {
        let phrase = reference_phrase();
        assert_eq!(phrase, reference_phrase());
        assert_eq!(phrase.len(), 288_000);
        let peak = phrase.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        assert!((peak - 0.25).abs() < 1e-6);
        // sound in every tenth of it
        assert!(phrase.chunks(28_800).all(|part| part.iter().any(|sample| sample.abs() > 0.02)));
        assert_eq!(wav(&phrase).len(), 44 + 4 * phrase.len());
    }
    #[test]
    fn an_engine_that_hangs_or_talks_much_stops_nothing() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let engine = |script: &str| {
            let path = folder.path().join("engine");
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            path
        };
        let output = folder.path().join("out.wav");
        let render = |engine: &Path, seconds| {
            render_by(engine.as_os_str(), engine, engine, &output, Duration::from_secs(seconds))
        };
        let told = render(&engine("exec sleep 600"), 0).unwrap_err();
        assert!(told.contains("hangs; remove them one by one"), "{told}");
        let told =
            render(&engine("exec 1>&2; head -c 200000 /dev/zero | tr '\\0' '\\n'; echo broken; exit 1"), 60);
        assert_eq!(told.unwrap_err(), "archibald-engine render: broken");
        let level = render(&engine(r#"echo '{"output": {"short_term_max_lufs": -14.5}}'"#), 60);
        assert_eq!(level, Ok(-14.5));
    }
}
