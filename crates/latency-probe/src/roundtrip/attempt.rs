//! One attempt: the signal is played, and looked for while the recording still grows.

use super::{Finding, Loop, LoopError, Progress};
use crate::estimate::{Analyser, Outcome, Take, level_dbfs};
use crate::mtdm;

/// Silence before the signal, in seconds.
const QUIET_SECONDS: f64 = 0.35;

/// A finding, and for one of nothing how near to a detection it came.
pub(super) type Shot = Result<(Finding, f64), LoopError>;

pub(super) fn shot(
    target: &mut dyn Loop,
    analyser: &Analyser,
    max_delay: usize,
    progress: &mut dyn FnMut(Progress),
) -> Shot {
    let rate = f64::from(target.rate());
    let period = analyser.excitation().frames();
    let silence = ((QUIET_SECONDS * rate) as usize).max(period);
    let playback = analyser.excitation().playback(analyser.shots());
    let limit = silence + playback.len() + max_delay + period / 4;
    let step = (rate * 0.25) as usize;
    // The last quarter of the playback is only a guard: a short loop is complete before it ends.
    let mut next = silence + playback.len() - period / 4 + target.period() as usize + rate as usize / 50;
    let mut outcome = None;
    let record = target.play(silence, &playback, limit, &mut |record| {
        progress(Progress::Level {
            dbfs: level_dbfs(&record[record.len().saturating_sub(4096)..]),
            share: record.len() as f64 / (silence + playback.len()) as f64,
        });
        if record.len() < next {
            return false;
        }
        let found = analyser.analyse(Take { silence: &record[..silence], record: &record[silence..] });
        next = match found {
            Outcome::Found(_) => {
                outcome = Some(found);
                return true;
            }
            Outcome::Incomplete { need_frames } => (silence + need_frames).min(record.len() + step),
            Outcome::NoSignal { .. } => record.len() + step,
        };
        false
    })?;
    let outcome = match outcome {
        Some(found) => found,
        None if record.len() > silence => {
            analyser.analyse(Take { silence: &record[..silence], record: &record[silence..] })
        }
        None => return Err(LoopError::Disturbed { what: "the recording ended too early".into() }),
    };
    Ok(match outcome {
        Outcome::Found(m) => (Finding::Delay(m), 0.0),
        Outcome::NoSignal { z, level_dbfs } => (Finding::NoSignal { level_dbfs }, z),
        Outcome::Incomplete { .. } => (Finding::NoSignal { level_dbfs: level_dbfs(&record[silence..]) }, 0.0),
    })
}

pub(super) fn tones(target: &mut dyn Loop, max_delay: usize, progress: &mut dyn FnMut(Progress)) -> Shot {
    let playback = mtdm::playback();
    let silence = (QUIET_SECONDS * f64::from(target.rate())) as usize;
    let whole = silence + playback.len();
    let record = target.play(silence, &playback, whole + max_delay.min(mtdm::BLOCK / 4), &mut |record| {
        let dbfs = level_dbfs(&record[record.len().saturating_sub(4096)..]);
        progress(Progress::Level { dbfs, share: record.len() as f64 / whole as f64 });
        record.len() >= whole
    })?;
    let heard = &record[silence.min(record.len())..];
    Ok(match mtdm::analyse(heard) {
        Some(result) => (Finding::Tones(result), 0.0),
        None => (Finding::NoSignal { level_dbfs: level_dbfs(heard) }, 0.0),
    })
}
