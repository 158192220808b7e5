//! Random secrets and their hashes.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// 256 random bits that only their owner knows. It has no way into a log: its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A new one.
    ///
    /// # Panics
    /// When the kernel gives no random bytes: without them nobody can be told from anybody.
    pub fn random() -> Self {
        Self(random())
    }

    /// As text: 43 letters of base64 for URLs.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// From its text; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        // longer text is not even decoded
        if text.len() != 43 {
            return None;
        }
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// What is stored of it: who has this cannot find the secret.
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0).into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// SHA-256 of a [`Secret`]. The secret has 256 random bits, so that a plain hash is enough.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Its first bytes, to look it up by: an attacker cannot choose them without knowing the secret.
    pub(super) fn start(&self) -> [u8; 8] {
        std::array::from_fn(|at| self.0[at])
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

impl From<SecretHash> for String {
    fn from(hash: SecretHash) -> Self {
        hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl TryFrom<String> for SecretHash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let wrong = || "a hash has 64 hexadecimal digits".to_owned();
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

/// Six random digits, each 0–9 and each equally likely.
pub fn random_code() -> [u8; 6] {
    let mut code = [0; 6];
    let mut at = 0;
    while at < code.len() {
        // 250 is the greatest multiple of ten: what lies above would make small digits likelier
        for byte in random::<16>().into_iter().filter(|byte| *byte < 250) {
            if let Some(digit) = code.get_mut(at) {
                *digit = byte % 10;
                at += 1;
            }
        }
    }
    code
}

/// Random bytes.
pub(crate) fn random<const COUNT: usize>() -> [u8; COUNT] {
    let mut bytes = [0; COUNT];
    getrandom::fill(&mut bytes).expect("the kernel gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_hashes_survive_their_text_and_show_nothing() {
        let secret = Secret::random();
        assert_ne!(secret, Secret::random());
        assert_eq!(Secret::parse(&secret.text()), Some(secret.clone()));
        assert_eq!(Secret::parse("short"), None);
        assert_eq!(Secret::parse(&"=".repeat(43)), None);
        let text = String::from(secret.hash());
        assert_eq!(SecretHash::try_from(text.clone()), Ok(secret.hash()));
        assert!(
            SecretHash::try_from("ä".repeat(32)).is_err() && SecretHash::try_from("zz".repeat(32)).is_err()
        );
        let shown = format!("{secret:?} {:?}", secret.hash());
        assert!(!shown.contains(&secret.text()) && !shown.contains(&text));
    }

    #[test]
    fn codes_have_six_digits_of_all_kinds() {
        let mut seen = [0; 10];
        for _ in 0..200 {
            for digit in random_code() {
                seen[usize::from(digit)] += 1;
            }
        }
        // 1200 digits: that one of them comes less than 40 times is less likely than 1 in 10^19
        assert!(seen.iter().all(|count| *count > 40), "{seen:?}");
    }
}
