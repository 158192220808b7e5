//! The dry guitar: the phrase, rendered by FluidSynth from a sound font of recorded guitars.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::phrase;
use crate::audio::wav;
use crate::process;
use crate::workspace::Workspace;

/// Sound fonts by preference: where Debian's packages put them, and what they are.
///
/// The first is the one that the demo installs: its guitars are sampled string by string, and its MIT licence leaves the
/// rendering free. It is 130 MB; a machine that has the small TimGM6mb already keeps it as second choice when the first
/// cannot be had.
const SOUND_FONTS: &[&str] = &["/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/sounds/sf2/TimGM6mb.sf2"];

/// Variable of the environment with another sound font, for systems that keep theirs elsewhere.
const SOUND_FONT: &str = "ARCHIBALD_SOUND_FONT";

/// Peak of the dry file in dBFS: what a good pickup gives at a sensibly set input.
const PEAK_DBFS: f32 = -9.0;

/// The dry phrase as a mono WAV of `rate` Hz, rendered now or by an earlier run, repeated to fill `seconds`.
pub(super) fn render(workspace: &Workspace, rate: u32, seconds: f64) -> Result<PathBuf> {
    let folder = workspace.scratch("demo")?;
    let midi = folder.join("phrase.mid");
    let dry = folder.join(format!("dry-{rate}-{seconds:.3}.wav"));
    let score = phrase::midi_file();
    if dry.is_file() && std::fs::read(&midi).is_ok_and(|old| old == score) {
        return Ok(dry);
    }
    let font = sound_font(std::env::var_os(SOUND_FONT).map(PathBuf::from))?;
    println!("guitar: FluidSynth renders the phrase from {}", font.display());
    std::fs::write(&midi, &score).with_context(|| format!("cannot write {}", midi.display()))?;
    let stereo = folder.join("stereo.wav");
    let mut synth = Command::new("fluidsynth");
    // No shell, no MIDI input, no effects: those are the pedalboard's business.
    synth.args(["-q", "-n", "-i", "-R", "0", "-C", "0", "-g", "0.5", "-r", &rate.to_string()]);
    synth.args(["-T", "wav", "-O", "float", "-F"]).args([&stereo]).arg(&font).arg(&midi);
    process::run_logged(&mut synth, &workspace.scratch("logs")?.join("fluidsynth.log"))?;
    let rendered = wav::read(&stereo)?;
    let mut mono = rendered.mono();
    std::fs::remove_file(&stereo).with_context(|| format!("cannot remove {}", stereo.display()))?;
    let peak = mono.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    if peak <= 0.0 {
        bail!("FluidSynth rendered silence from {}", font.display());
    }
    let gain = 10.0_f32.powf(PEAK_DBFS / 20.0) / peak;
    mono.iter_mut().for_each(|sample| *sample *= gain);
    let track =
        repeat(&mono, (phrase::seconds() * f64::from(rate)) as usize, (seconds * f64::from(rate)) as usize);
    wav::Sound { rate, channels: vec![track] }.write(&dry)?;
    Ok(dry)
}

/// The sound font that was named, or the first that is there.
fn sound_font(named: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(named) = named {
        if !named.is_file() {
            bail!("{SOUND_FONT} names {}, which is no file", named.display());
        }
        return Ok(named);
    }
    let found = SOUND_FONTS.iter().map(PathBuf::from).find(|path| path.is_file());
    found.with_context(|| {
        format!(
            "no General MIDI sound font at {}; install fluid-soundfont-gm, or name one in {SOUND_FONT}",
            SOUND_FONTS.join(" or ")
        )
    })
}

/// `length` frames of `phrase`, begun again every `period` frames; what rings on is mixed with the next beginning.
fn repeat(phrase: &[f32], period: usize, length: usize) -> Vec<f32> {
    let mut track = vec![0.0; length];
    for start in (0..length).step_by(period.max(1)) {
        for (to, from) in track[start..].iter_mut().zip(phrase) {
            *to += from;
        }
    }
    track
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_sound_font_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let font = folder.path().join("guitars.sf2");
        let error = sound_font(Some(font.clone())).unwrap_err().to_string();
        assert!(error.contains("guitars.sf2") && error.contains(SOUND_FONT), "{error}");
        std::fs::write(&font, "RIFF").unwrap();
        assert_eq!(sound_font(Some(font.clone())).unwrap(), font);
    }

    #[test]
    fn the_phrase_begins_again_and_its_tail_rings_on() {
        assert_eq!(repeat(&[1.0, 2.0, 4.0], 2, 5), [1.0, 2.0, 5.0, 2.0, 5.0]);
        assert_eq!(repeat(&[1.0, 2.0, 4.0], 10, 2), [1.0, 2.0]);
    }
}
