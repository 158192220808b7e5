//! Where the tuner's sound comes from.

use tokio::time::Instant;

use super::string::Pluck;

/// Why there is no sound; a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(pub String);

/// Sound for the tuner. Not used on the real-time thread.
pub trait TunerSource: Send {
    /// Its sample rate in Hz.
    fn rate(&self) -> f64;

    /// Appends the samples (±1) that came since the last call. False when no more will come.
    fn read(&mut self, into: &mut Vec<f32>) -> bool;
}

/// Opens a source for an input, counted from 1.
pub type Open = Box<dyn FnMut(u8) -> Result<Box<dyn TunerSource>, SourceError> + Send>;

/// Where the tuner listens, as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum SourceChoice {
    /// The JACK server's inputs.
    #[default]
    Jack,
    /// A string of this frequency in Hz, plucked every three seconds.
    Tone(f64),
}

impl std::str::FromStr for SourceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "jack" {
            return Ok(Self::Jack);
        }
        let hz = text.strip_prefix("tone:").and_then(|hz| hz.parse().ok());
        match hz {
            Some(hz) if (20.0..=5000.0).contains(&hz) => Ok(Self::Tone(hz)),
            _ => Err("give `jack`, or `tone:` and a frequency from 20 to 5000 Hz".into()),
        }
    }
}

/// A string that is plucked again and again, as fast as time goes.
#[derive(Debug)]
pub struct Tone {
    sound: Vec<f32>,
    /// Sampled from here on.
    started: Option<Instant>,
    given: u64,
}

impl Tone {
    const RATE: f64 = 48_000.0;

    /// A string of this frequency in Hz.
    pub fn new(hz: f64) -> Self {
        let sound = Pluck { hz, ..Pluck::default() }.render(Self::RATE, 3 * Self::RATE as usize);
        Self { sound, started: None, given: 0 }
    }
}

impl TunerSource for Tone {
    fn rate(&self) -> f64 {
        Self::RATE
    }

    fn read(&mut self, into: &mut Vec<f32>) -> bool {
        let now = Instant::now();
        let started = *self.started.get_or_insert(now);
        let due = (now.saturating_duration_since(started).as_secs_f64() * Self::RATE) as u64;
        // who has not asked for long gets a second of it
        let from = self.given.max(due.saturating_sub(Self::RATE as u64));
        into.extend((from..due).map(|frame| self.sound[(frame % self.sound.len() as u64) as usize]));
        self.given = due;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_have_names() {
        assert_eq!("jack".parse(), Ok(SourceChoice::Jack));
        assert_eq!("tone:82.41".parse(), Ok(SourceChoice::Tone(82.41)));
        for text in ["", "tone:", "tone:NaN", "tone:1e9", "alsa"] {
            assert!(text.parse::<SourceChoice>().is_err(), "{text}");
        }
    }
}
