//! Inputs that are kept, and variations of them that are the same on every machine.

use std::io;
use std::path::Path;

use crate::Target;

/// Longest variation in bytes.
const LONGEST: usize = 16 << 10;

/// Shows the input when a check panics.
struct Shown<'a>(&'a str, &'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{} of this input: {:?}", self.0, String::from_utf8_lossy(self.1));
            eprintln!("in bytes: {:02x?}", self.1);
        }
    }
}

/// Checks every file of `seeds/<target>` and `rounds` variations of them. Returns how many inputs that were.
///
/// # Errors
/// When the folder cannot be read.
///
/// # Panics
/// When something does not hold; the input is shown.
pub fn replay(seeds: &Path, target: Target, rounds: usize) -> io::Result<usize> {
    let mut paths = std::fs::read_dir(seeds.join(target.name))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    let inputs = paths.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    for (path, input) in paths.iter().zip(&inputs) {
        let name = path.display().to_string();
        let _shown = Shown(&name, input);
        (target.check)(input);
    }
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..rounds {
        let varied = vary(&inputs, &mut dice);
        let _shown = Shown("a variation", &varied);
        (target.check)(&varied);
    }
    Ok(inputs.len() + rounds)
}

/// Small numbers from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides.max(1) as u64).unwrap_or_default()
    }
}

fn vary(inputs: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    const TOKENS: [&[u8]; 12] = [
        b"",
        b"\0",
        b"\xff",
        b"-1",
        b"1e999",
        b"nan",
        b"99999999999999999999",
        b"\"",
        b"\n",
        b"/../",
        b"{",
        b"\xf0\x9f\x8e\xb8",
    ];
    let mut bytes = inputs.get(dice.roll(inputs.len())).cloned().unwrap_or_default();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(bytes.len() + 1);
        let end = (at + dice.roll(12)).min(bytes.len());
        match dice.roll(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.roll(8),
            1 if at < bytes.len() => bytes[at] = u8::try_from(dice.roll(256)).unwrap_or_default(),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => drop(bytes.splice(at..end, TOKENS[dice.roll(TOKENS.len())].iter().copied())),
            _ => {
                // the end of another input
                let other = &inputs[dice.roll(inputs.len())];
                bytes.truncate(at);
                bytes.extend_from_slice(&other[dice.roll(other.len() + 1)..]);
            }
        }
    }
    bytes.truncate(LONGEST);
    bytes
}
