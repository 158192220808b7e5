//! Sets of CPUs in the two spellings of the kernel: lists (`0-3,6`) and masks (`f,00000003`).

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// A set of CPU numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct CpuSet(BTreeSet<u32>);

/// No machine has more; a longer list is a damaged file.
const MOST: u32 = 8_192;

impl CpuSet {
    /// From a list such as `0-3,6`. An empty text is the empty set; `None` when it is no list.
    pub fn from_list(text: &str) -> Option<Self> {
        let mut set = BTreeSet::new();
        for part in text.trim().split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (first.parse::<u32>().ok()?, last.parse::<u32>().ok()?);
            if first > last || last >= MOST {
                return None;
            }
            set.extend(first..=last);
        }
        Some(Self(set))
    }

    /// From a mask of hexadecimal words, the highest first.
    pub fn from_mask(text: &str) -> Option<Self> {
        let digits: String = text.trim().trim_start_matches("0x").chars().filter(|c| *c != ',').collect();
        let mut set = BTreeSet::new();
        for (i, digit) in digits.chars().rev().enumerate() {
            let digit = digit.to_digit(16)?;
            let first = u32::try_from(i).ok()?.checked_mul(4).filter(|cpu| *cpu < MOST)?;
            set.extend((0..4).filter(|bit| digit >> bit & 1 == 1).map(|bit| first + bit));
        }
        (!digits.is_empty()).then_some(Self(set))
    }

    /// As a mask of 32-bit words, as the kernel prints it.
    pub fn to_mask(&self) -> String {
        let words = self.0.last().map_or(1, |last| last / 32 + 1);
        let word = |w: u32| self.0.range(w * 32..(w + 1) * 32).fold(0u32, |mask, cpu| mask | 1 << (cpu % 32));
        (0..words)
            .rev()
            .map(|w| if w + 1 == words { format!("{:x}", word(w)) } else { format!("{:08x}", word(w)) })
            .collect::<Vec<_>>()
            .join(",")
    }

    /// The CPU numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().copied()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a CPU belongs to it.
    pub fn contains(&self, cpu: u32) -> bool {
        self.0.contains(&cpu)
    }

    /// Those that are not in `other`.
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).copied().collect())
    }

    /// Those that are in either.
    pub fn or(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).copied().collect())
    }

    /// Those that are in both.
    pub fn and(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).copied().collect())
    }
}

impl FromIterator<u32> for CpuSet {
    fn from_iter<I: IntoIterator<Item = u32>>(cpus: I) -> Self {
        Self(cpus.into_iter().collect())
    }
}

impl std::str::FromStr for CpuSet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::from_list(text)
            .filter(|set| !set.is_empty())
            .ok_or_else(|| format!("{text} is no list of CPUs such as 2-3,5"))
    }
}

/// As a list: `0-3,6`.
impl fmt::Display for CpuSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.iter().copied().peekable();
        let mut comma = "";
        while let Some(first) = rest.next() {
            let mut last = first;
            while rest.next_if_eq(&(last + 1)).is_some() {
                last += 1;
            }
            if first == last {
                write!(f, "{comma}{first}")?;
            } else {
                write!(f, "{comma}{first}-{last}")?;
            }
            comma = ",";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_masks_are_the_same_sets() {
        for (list, mask) in [
            ("0-3,6", "4f"),
            ("", "0"),
            ("0-1", "3"),
            ("0,32-35", "f,00000001"),
            ("64", "1,00000000,00000000"),
        ] {
            let set = CpuSet::from_list(list).unwrap();
            assert_eq!(set.to_string(), list);
            assert_eq!(set.to_mask(), mask);
            assert_eq!(CpuSet::from_mask(mask), Some(set));
        }
        assert_eq!(CpuSet::from_list("0-1\n").unwrap().to_string(), "0-1");
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for bad in ["3-1", "a", "0-99999999", "-1", "1-"] {
            assert_eq!(CpuSet::from_list(bad), None, "{bad}");
        }
        for bad in ["", "xyz", "-"] {
            assert_eq!(CpuSet::from_mask(bad), None, "{bad}");
        }
    }
}
