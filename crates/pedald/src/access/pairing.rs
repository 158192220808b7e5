//! How a browser becomes a paired client. Pure: the caller brings time, code and secrets.
//!
//! 1. A browser asks, or somebody chooses it in the display's menu: the display shows a code.
//! 2. Whoever types the code has seen the display. Five wrong ones, from whomever, and the code is dead.
//! 3. The display shows the device's name and the role that it wants; a footswitch confirms.
//!
//! Until 3 the footswitches play as always: an attacker who only asks cannot make a foot confirm anything.

use std::time::Duration;

use super::Role;
use super::secret::SecretHash;

/// How often a code may be typed wrongly.
pub const TRIES: u8 = 5;
/// How long a code is shown.
pub const CODE_LIFE: Duration = Duration::from_secs(180);
/// How long the display waits for a footswitch.
pub const CONFIRM_LIFE: Duration = Duration::from_secs(60);
/// After a dead code the network may ask again only after this long; twice as long after each further one.
const PAUSE: Duration = Duration::from_secs(10);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// The network gets so many codes shown before the pauses begin, even if nobody types anything.
const UNUSED: u32 = 5;

/// What a browser that has typed the right code wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// What it calls itself.
    pub name: String,
    /// The role that it wants.
    pub role: Role,
    /// Hash of the secret by which it asks how things stand.
    pub ticket: SecretHash,
}

/// Why a step of pairing was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PairingError {
    /// Too many wrong codes.
    #[error("too many wrong codes: wait {0} s, or choose pairing in the menu of the pedal's display")]
    Pause(u64),
    /// No code is shown.
    #[error("no code is shown on the display: ask for one")]
    NoCode,
    /// Another device waits for its confirmation.
    #[error("another device is being paired: wait a minute")]
    Busy,
    /// The code is wrong.
    #[error("this is not the code on the display: {left} tries are left")]
    Wrong {
        /// How often it may still be tried.
        left: u8,
    },
    /// The code was wrong once too often.
    #[error("this was not the code on the display, and it was the last try: the code is void")]
    Dead,
}

#[derive(Debug)]
enum Stage {
    Idle,
    Code { code: [u8; 6], until: Duration, left: u8, by_network: bool },
    Waiting { applicant: Applicant, until: Duration },
}

/// Where a pairing stands.
#[derive(Debug)]
pub struct Pairing {
    stage: Stage,
    /// The network may not ask before.
    pause: Duration,
    /// Codes in a row that died or that nobody typed.
    failures: u32,
}

impl Default for Pairing {
    fn default() -> Self {
        Self { stage: Stage::Idle, pause: Duration::ZERO, failures: 0 }
    }
}

impl Pairing {
    /// Shows a code. One that is shown stays. `by_network`: asked for by a browser, not at the pedal.
    pub fn open(&mut self, now: Duration, by_network: bool, code: [u8; 6]) -> Result<(), PairingError> {
        self.tick(now);
        match self.stage {
            Stage::Waiting { .. } => return Err(PairingError::Busy),
            Stage::Code { .. } => return Ok(()),
            Stage::Idle => {}
        }
        if !by_network {
            // whoever stands at the pedal need not wait for what somebody else did
            self.failures = 0;
            self.pause = Duration::ZERO;
        } else if now < self.pause {
            return Err(PairingError::Pause((self.pause - now).as_secs() + 1));
        }
        self.stage = Stage::Code { code, until: now + CODE_LIFE, left: TRIES, by_network };
        Ok(())
    }

    /// A browser has typed a code. When it is right, `applicant` waits for a footswitch.
    pub fn enter(&mut self, now: Duration, typed: &[u8], applicant: Applicant) -> Result<(), PairingError> {
        self.tick(now);
        let Stage::Code { code, left, .. } = &mut self.stage else {
            return Err(match self.stage {
                Stage::Waiting { .. } => PairingError::Busy,
                _ => PairingError::NoCode,
            });
        };
        // no early end: the time tells nothing about which digit was wrong
        let differs = code.iter().zip(typed).fold(0, |differs, (a, b)| differs | (a ^ b));
        if typed.len() == code.len() && differs == 0 {
            self.stage = Stage::Waiting { applicant, until: now + CONFIRM_LIFE };
            return Ok(());
        }
        *left -= 1;
        if *left > 0 {
            return Err(PairingError::Wrong { left: *left });
        }
        self.stage = Stage::Idle;
        self.failed(now);
        Err(PairingError::Dead)
    }

    fn failed(&mut self, now: Duration) {
        let pause = PAUSE.saturating_mul(1 << self.failures.min(10)).min(LONGEST_PAUSE);
        self.failures += 1;
        self.pause = now + pause;
    }

    /// A footswitch was pressed: who is let in, if somebody waits.
    pub fn confirm(&mut self, now: Duration) -> Option<Applicant> {
        self.tick(now);
        match std::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Waiting { applicant, .. } => {
                self.failures = 0;
                Some(applicant)
            }
            other => {
                self.stage = other;
                None
            }
        }
    }

    /// Ends it, whatever it is; who is turned away.
    pub fn close(&mut self) -> Option<Applicant> {
        match std::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Waiting { applicant, .. } => Some(applicant),
            _ => None,
        }
    }

    /// Lets time pass: what is too old ends.
    pub fn tick(&mut self, now: Duration) {
        match self.stage {
            Stage::Code { until, by_network, .. } if now >= until => {
                self.stage = Stage::Idle;
                // codes that nobody types: somebody plays with the display, not with the code
                if by_network {
                    self.failures += 1;
                    if self.failures >= UNUSED {
                        self.failed(now);
                    }
                }
            }
            Stage::Waiting { until, .. } if now >= until => self.stage = Stage::Idle,
            _ => {}
        }
    }

    /// The code that is shown.
    pub fn code(&self) -> Option<[u8; 6]> {
        match self.stage {
            Stage::Code { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Who waits for a footswitch.
    pub fn waiting(&self) -> Option<&Applicant> {
        match &self.stage {
            Stage::Waiting { applicant, .. } => Some(applicant),
            _ => None,
        }
    }

    /// When this stage ends by itself.
    pub fn until(&self) -> Option<Duration> {
        match self.stage {
            Stage::Idle => None,
            Stage::Code { until, .. } | Stage::Waiting { until, .. } => Some(until),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Secret;
    use super::*;

    const CODE: [u8; 6] = [1, 2, 3, 4, 5, 6];
    const WRONG: [u8; 6] = [1, 2, 3, 4, 5, 7];

    fn applicant() -> Applicant {
        Applicant { name: "Phone".into(), role: Role::Editor, ticket: Secret::random().hash() }
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn code_then_footswitch_and_not_the_other_way_round() {
        let mut pairing = Pairing::default();
        assert_eq!(pairing.confirm(at(0)), None);
        assert_eq!(pairing.enter(at(0), &CODE, applicant()), Err(PairingError::NoCode));
        pairing.open(at(0), true, CODE).unwrap();
        assert_eq!(pairing.confirm(at(1)), None, "no foot confirms a code that nobody has typed");
        assert_eq!(pairing.code(), Some(CODE));
        let who = applicant();
        pairing.enter(at(2), &CODE, who.clone()).unwrap();
        assert_eq!(pairing.code(), None, "the code is used up");
        assert_eq!(pairing.enter(at(2), &CODE, applicant()), Err(PairingError::Busy));
        assert_eq!(pairing.open(at(2), false, CODE), Err(PairingError::Busy));
        assert_eq!(pairing.confirm(at(3)), Some(who));
        assert_eq!(pairing.confirm(at(4)), None);
    }

    #[test]
    fn five_wrong_codes_kill_it_and_pauses_grow() {
        let mut pairing = Pairing::default();
        let mut now = at(0);
        let mut codes = 0;
        // somebody who never tires gets 5 tries a code, and in an hour only a handful of codes
        while now < at(3600) {
            match pairing.open(now, true, CODE) {
                Ok(()) => codes += 1,
                Err(PairingError::Pause(seconds)) => now += at(seconds),
                Err(other) => panic!("{other}"),
            }
            for left in [4, 3, 2, 1] {
                match pairing.enter(now, &WRONG, applicant()) {
                    Err(PairingError::Wrong { left: told }) => assert_eq!(told, left),
                    other => assert_eq!(other, Err(PairingError::NoCode)),
                }
            }
            if pairing.code().is_some() {
                assert_eq!(pairing.enter(now, &WRONG, applicant()), Err(PairingError::Dead));
            }
        }
        assert!(codes <= 12, "{codes}");
        assert!(matches!(pairing.open(now, true, CODE), Ok(()) | Err(PairingError::Pause(_))));
        pairing.close();
        pairing.open(now, false, CODE).expect("at the pedal nobody waits");
        pairing.enter(now, &CODE, applicant()).unwrap();
    }

    #[test]
    fn everything_ends_by_itself() {
        let mut pairing = Pairing::default();
        pairing.open(at(0), true, CODE).unwrap();
        assert_eq!(pairing.enter(at(180), &CODE, applicant()), Err(PairingError::NoCode));
        pairing.open(at(200), true, CODE).unwrap();
        pairing.enter(at(201), &CODE, applicant()).unwrap();
        assert_eq!(pairing.confirm(at(261)), None, "nobody pressed in time");
        for round in 0..20 {
            let _ = pairing.open(at(1000 + round * 181), true, CODE);
        }
        assert!(matches!(pairing.open(at(1000 + 20 * 181), true, CODE), Err(PairingError::Pause(_))));
    }

    #[test]
    fn shorter_and_longer_codes_are_wrong() {
        let mut pairing = Pairing::default();
        pairing.open(at(0), true, CODE).unwrap();
        for bad in [&CODE[..5], &[1, 2, 3, 4, 5, 6, 7][..], &[][..]] {
            assert!(matches!(pairing.enter(at(1), bad, applicant()), Err(PairingError::Wrong { .. })));
        }
    }
}
