//! How a thread is scheduled, as a value that can be read, shown, kept and put back.

use std::fmt;
use std::str::FromStr;

/// A scheduling class of the kernel that this program understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// SCHED_OTHER.
    Other,
    /// SCHED_FIFO.
    Fifo,
    /// SCHED_RR.
    Rr,
    /// SCHED_BATCH.
    Batch,
    /// SCHED_IDLE.
    Idle,
}

impl Policy {
    const ALL: [(Self, u32, &str); 5] = [
        (Self::Other, 0, "other"),
        (Self::Fifo, 1, "fifo"),
        (Self::Rr, 2, "rr"),
        (Self::Batch, 3, "batch"),
        (Self::Idle, 5, "idle"),
    ];

    /// The kernel's number; `None` for a class that is left alone, such as SCHED_DEADLINE.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.iter().find(|(_, n, _)| *n == number).map(|(policy, ..)| *policy)
    }

    /// The kernel's number.
    pub fn number(self) -> u32 {
        Self::ALL.iter().find(|(policy, ..)| *policy == self).map_or(0, |(_, n, _)| *n)
    }

    /// Whether a thread of this class precedes all ordinary ones.
    pub fn is_real_time(self) -> bool {
        matches!(self, Self::Fifo | Self::Rr)
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(policy, ..)| *policy == self).map_or("other", |(_, _, name)| name)
    }
}

/// Class, priority 0–99 (0 for the ordinary classes), nice value −20–19, and whether children start as ordinary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Class.
    pub policy: Policy,
    /// Real-time priority, 1–99; 0 in the ordinary classes.
    pub priority: u8,
    /// Nice value of the ordinary classes.
    pub nice: i8,
    /// The flag SCHED_RESET_ON_FORK.
    pub reset_on_fork: bool,
}

impl Schedule {
    /// SCHED_FIFO with a priority, the rest as it is.
    pub fn fifo(self, priority: u8) -> Self {
        Self { policy: Policy::Fifo, priority, ..self }
    }
}

/// `fifo 80`, `other nice -5`, `rr 20 reset-on-fork`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.policy.name())?;
        if self.policy.is_real_time() {
            write!(f, " {}", self.priority)?;
        }
        if self.nice != 0 {
            write!(f, " nice {}", self.nice)?;
        }
        if self.reset_on_fork {
            f.write_str(" reset-on-fork")?;
        }
        Ok(())
    }
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text} is no schedule such as `fifo 80`");
        let mut words = text.split_whitespace();
        let name = words.next().ok_or_else(wrong)?;
        let policy =
            Policy::ALL.iter().find(|(_, _, n)| *n == name).map(|(policy, ..)| *policy).ok_or_else(wrong)?;
        let mut schedule = Self { policy, priority: 0, nice: 0, reset_on_fork: false };
        if policy.is_real_time() {
            let priority = words.next().and_then(|word| word.parse().ok());
            schedule.priority = priority.filter(|p| (1..=99).contains(p)).ok_or_else(wrong)?;
        }
        while let Some(word) = words.next() {
            match word {
                "nice" => {
                    let nice = words.next().and_then(|word| word.parse().ok());
                    schedule.nice = nice.filter(|n| (-20..=19).contains(n)).ok_or_else(wrong)?;
                }
                "reset-on-fork" => schedule.reset_on_fork = true,
                _ => return Err(wrong()),
            }
        }
        Ok(schedule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_survives_its_text() {
        for policy in Policy::ALL.map(|(policy, ..)| policy) {
            for (nice, reset_on_fork) in [(0, false), (-5, true), (19, false)] {
                let priority = if policy.is_real_time() { 80 } else { 0 };
                let schedule = Schedule { policy, priority, nice, reset_on_fork };
                assert_eq!(schedule.to_string().parse(), Ok(schedule));
            }
        }
        assert_eq!("fifo 80".parse::<Schedule>().unwrap().to_string(), "fifo 80");
        for bad in ["", "fifo", "fifo 0", "fifo 100", "deadline", "other nice", "other nice 99", "rr 1 more"]
        {
            assert!(bad.parse::<Schedule>().is_err(), "{bad}");
        }
    }
}
