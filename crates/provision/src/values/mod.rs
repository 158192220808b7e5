//! What each kind of value must look like. The messages say what to write instead and never repeat a secret.

use crate::secret::Secret;
use serde::Serialize;
use std::net::Ipv4Addr;

/// Password that stands in the published examples. It is known to everybody, so it never opens a door to the network.
pub const PUBLISHED_PASSWORD: &str = "pistomp";

/// Shortest password, in characters, that may be used over the network.
pub const REMOTE_PASSWORD: usize = 8;

/// ISO 3166 codes of countries and territories.
const COUNTRIES: &str = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCN\
COCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJM\
JOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPG\
PHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVI\
VNVUWFWSYEYTZAZMZW";

/// How a wireless network is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all: the file says `WIFI_PASSWORD=""`, or there has never been a password.
    Open,
    /// WPA2 or WPA3 with a passphrase of 8–63 characters or a key of 64 hexadecimal digits; what both sides can.
    Wpa(Secret),
    /// Only WPA3 (SAE).
    Wpa3(Secret),
    /// The file names no password: it was taken over before, or the network is open.
    NotNamed,
}

/// A wireless network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wifi {
    /// Name, 1–32 bytes.
    pub ssid: String,
    /// Protection.
    pub security: Security,
}

/// An IPv4 address with the length of its network's prefix (1–31).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DirectAddress {
    /// Address of the pedal on a cable without a router.
    pub address: Ipv4Addr,
    /// Bits of the network.
    pub prefix: u8,
}

type Checked<T> = Result<T, String>;

/// A network name: 1–32 bytes without control characters.
pub fn ssid(text: &str) -> Checked<String> {
    match text.len() {
        1..=32 if !text.chars().any(char::is_control) => Ok(text.to_owned()),
        1..=32 => Err("the network's name contains a control character".to_owned()),
        length => Err(format!("a network's name has 1 to 32 bytes, this one has {length}")),
    }
}

/// A passphrase of WPA2, which WPA3 takes too: 8–63 printable ASCII characters, or 64 hexadecimal digits.
pub fn wpa(text: &str) -> Checked<Secret> {
    let hexadecimal = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err("the password has letters outside ASCII: use WIFI_SECURITY=\"wpa3\" or another password"
            .to_owned());
    }
    match text.len() {
        8..=63 => Ok(Secret::new(text)),
        64 if hexadecimal => Ok(Secret::new(text)),
        64 => Err("64 characters are taken for a key, and that has only 0-9 and a-f".to_owned()),
        length => Err(format!("a Wi-Fi password has 8 to 63 characters, this one has {length}")),
    }
}

/// A password of WPA3: 1–128 bytes without control characters.
pub fn sae(text: &str) -> Checked<Secret> {
    match text.len() {
        1..=128 if !text.chars().any(char::is_control) => Ok(Secret::new(text)),
        1..=128 => Err("the password contains a control character".to_owned()),
        length => Err(format!("a WPA3 password has 1 to 128 bytes, this one has {length}")),
    }
}

/// A country by its two letters, in any case; returned in capitals.
pub fn country(text: &str) -> Checked<String> {
    let code = text.to_ascii_uppercase();
    let known = code.len() == 2 && COUNTRIES.as_bytes().chunks_exact(2).any(|known| known == code.as_bytes());
    match code.as_str() {
        _ if known => Ok(code),
        "UK" => Err("the code of the United Kingdom is GB".to_owned()),
        "EU" => Err("the rules are per country: write the country you are in, such as FR".to_owned()),
        _ => Err("not a country: write its two letters, such as US, DE or JP".to_owned()),
    }
}

/// A host name: one label of 1–63 letters, digits and hyphens; returned in small letters.
pub fn host_name(text: &str) -> Checked<String> {
    let name = text.to_ascii_lowercase();
    let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !letters || name.starts_with('-') || name.ends_with('-') {
        return Err("a host name has only letters, digits and hyphens, and no hyphen at its ends".to_owned());
    }
    match name.len() {
        1..=63 if name == "localhost" => Err("`localhost` is every machine's own name".to_owned()),
        // `systemd` and resolvers take it for an address.
        1..=63 if name.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err("a host name needs a letter".to_owned())
        }
        1..=63 => Ok(name),
        length => Err(format!("a host name has 1 to 63 characters, this one has {length}")),
    }
}

/// A time zone's name. Whether there is such a zone is for the machine to say.
pub fn zone_name(text: &str) -> Checked<String> {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
    };
    if text.len() <= 64 && text.split('/').all(part) {
        Ok(text.to_owned())
    } else {
        Err("not a time zone: write area and city, such as Europe/Berlin".to_owned())
    }
}

/// A login password: 1–256 bytes without control characters.
pub fn password(text: &str) -> Checked<Secret> {
    match text.len() {
        1..=256 if !text.chars().any(char::is_control) => Ok(Secret::new(text)),
        1..=256 => Err("the password contains a control character".to_owned()),
        length => Err(format!("a password has at most 256 bytes, this one has {length}")),
    }
}

/// Whether a password is good enough for SSH: long enough, and not the one that is printed in every manual.
pub fn good_for_network(password: &Secret) -> bool {
    password.reveal().chars().count() >= REMOTE_PASSWORD && password.reveal() != PUBLISHED_PASSWORD
}

/// One public key as it stands in `id_ed25519.pub`; white space at the ends is dropped.
pub fn public_key(text: &str) -> Checked<String> {
    let text = text.trim();
    if text.contains("PRIVATE KEY") {
        return Err(
            "this is a private key: make a new pair, and write the line of the file that ends in .pub"
                .to_owned(),
        );
    }
    if text.chars().any(char::is_control) {
        return Err("a key is one line".to_owned());
    }
    match ssh_key::PublicKey::from_openssh(text) {
        Ok(key) if key.algorithm().is_dsa() => {
            Err("sshd takes no DSA keys any more: use ssh-ed25519".to_owned())
        }
        Ok(_) => Ok(text.to_owned()),
        Err(_) => {
            Err("not a public key: write the whole line of id_ed25519.pub, beginning with ssh-ed25519"
                .to_owned())
        }
    }
}

/// An address for a cable without a router, perhaps with `/prefix`. Without one, 16 for link-local addresses, else 24.
pub fn direct_address(text: &str) -> Checked<DirectAddress> {
    let (address, prefix) =
        text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let address: Ipv4Addr = address
        .parse()
        .map_err(|_| "not an address: write four numbers, such as 169.254.161.200".to_owned())?;
    let [.., third, last] = address.octets();
    if !(address.is_link_local() || address.is_private()) {
        return Err("the address must be link-local (169.254.x.y) or private (10.x, 172.16-31.x, 192.168.x)"
            .to_owned());
    }
    if address.is_link_local() && (third == 0 || third == 255) {
        return Err(
            "169.254.0.x and 169.254.255.x are reserved: take a third number from 1 to 254".to_owned()
        );
    }
    let prefix = match prefix {
        None => {
            if address.is_link_local() {
                16
            } else {
                24
            }
        }
        Some(text) => {
            text.parse().ok().filter(|bits| (8..=30).contains(bits)).ok_or("the prefix must be 8 to 30")?
        }
    };
    let host = u32::from(address) & (u32::MAX >> prefix);
    if host == 0 || host == u32::MAX >> prefix || (prefix == 24 && last == 255) {
        return Err("this is the address of the network itself, not of a machine in it".to_owned());
    }
    Ok(DirectAddress { address, prefix })
}

/// A sample rate in hertz that the codecs of the boards have.
pub fn sample_rate(text: &str) -> Checked<u32> {
    let rates = [44_100, 48_000, 88_200, 96_000];
    text.parse()
        .ok()
        .filter(|rate| rates.contains(rate))
        .ok_or_else(|| "the sample rate must be 44100, 48000, 88200 or 96000".to_owned())
}

/// A period in frames: a power of two from 16 to 4096.
pub fn period(text: &str) -> Checked<u32> {
    text.parse::<u32>()
        .ok()
        .filter(|frames| frames.is_power_of_two() && (16..=4096).contains(frames))
        .ok_or_else(|| "the period must be a power of two from 16 to 4096, such as 128".to_owned())
}

/// A whole number in a range, for the settings of JACK that are nothing but numbers.
pub fn number(text: &str, least: u32, most: u32) -> Checked<u32> {
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("must be a whole number from {least} to {most}"))
}

#[cfg(test)]
mod tests;
