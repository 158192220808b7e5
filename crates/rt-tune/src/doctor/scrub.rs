//! Takes out of a text whatever names a person, a machine or a place.

use crate::change::Machine;
use crate::check::User;

/// Words to be taken out, and what stands in their place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scrub {
    words: Vec<(String, &'static str)>,
}

/// Files that hold a serial number or another name of this one machine.
const SERIALS: &[&str] = &[
    "/sys/class/dmi/id/product_serial",
    "/sys/class/dmi/id/product_uuid",
    "/sys/class/dmi/id/board_serial",
    "/sys/class/dmi/id/board_asset_tag",
    "/sys/class/dmi/id/chassis_serial",
    "/sys/class/dmi/id/chassis_asset_tag",
    "/proc/device-tree/serial-number",
    "/etc/machine-id",
    "/proc/sys/kernel/random/boot_id",
];

impl Scrub {
    /// What this machine and user are called.
    pub fn of(machine: &dyn Machine, user: Option<&User>) -> Self {
        let mut scrub = Self::default();
        let read = |path: &str| {
            let bytes = machine.bytes(path).unwrap_or_default();
            String::from_utf8_lossy(&bytes).trim().trim_end_matches('\0').to_owned()
        };
        for path in SERIALS {
            scrub.add(&read(path), "SERIAL");
        }
        let cpuinfo = read("/proc/cpuinfo");
        for line in cpuinfo.lines().filter(|line| line.starts_with("Serial")) {
            scrub.add(line.split(':').nth(1).unwrap_or("").trim(), "SERIAL");
        }
        for device in machine.names("/sys/bus/usb/devices") {
            scrub.add(&read(&format!("/sys/bus/usb/devices/{device}/serial")), "SERIAL");
        }
        for interface in machine.names("/sys/class/net") {
            scrub.add(&read(&format!("/sys/class/net/{interface}/address")), "ADDRESS");
        }
        for name in machine.names("/etc/NetworkManager/system-connections") {
            let text = read(&format!("/etc/NetworkManager/system-connections/{name}"));
            for line in text.lines() {
                if let Some(value) = line.strip_prefix("ssid=").or_else(|| line.strip_prefix("id=")) {
                    scrub.add(value.trim(), "NETWORK");
                }
            }
            scrub.add(name.trim_end_matches(".nmconnection"), "NETWORK");
        }
        let host = read("/proc/sys/kernel/hostname");
        for name in [read("/etc/hostname"), host.split('.').next().unwrap_or("").to_owned(), host] {
            if name != "localhost" {
                scrub.add(&name, "HOST");
            }
        }
        let passwd = read("/etc/passwd");
        let people = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
        for person in
            people.filter(|p| p.len() > 4 && p[2].parse().is_ok_and(|n: u32| (1000..60_000).contains(&n)))
        {
            scrub.add(person[0], "USER");
            scrub.add(person[4].trim_matches(','), "USER");
        }
        if let Some(user) = user.filter(|user| user.uid != 0) {
            scrub.add(&user.name, "USER");
        }
        // Longer names first, since one may hold another.
        scrub.words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        scrub
    }

    /// Takes a word out from now on. One of fewer than three letters would tear other words.
    pub fn add(&mut self, word: &str, place: &'static str) {
        let usual = [
            "none",
            "default string",
            "to be filled by o.e.m.",
            "not specified",
            "unknown",
            "lo",
            "0",
            "audio",
        ];
        let zero = word.chars().all(|c| matches!(c, '0' | ':' | '-'));
        if word.chars().count() >= 3 && !zero && !usual.contains(&word.to_lowercase().as_str()) {
            self.words.push((word.to_owned(), place));
        }
    }

    /// The text without them, and without anything that has the form of an address or a unique number.
    pub fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (word, place) in &self.words {
            text = replace_word(&text, word, place);
        }
        let mut out = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            for (i, word) in line.split(' ').enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                out.push_str(&clean_word(word));
            }
        }
        out
    }
}

/// Replaces a word where it stands alone, in whatever case.
fn replace_word(text: &str, word: &str, place: &str) -> String {
    let (low, wanted) = (text.to_ascii_lowercase(), word.to_ascii_lowercase());
    let part_of_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = low[at..].find(&wanted) {
        let (start, end) = (at + found, at + found + wanted.len());
        let alone =
            !part_of_word(low[..start].chars().next_back()) && !part_of_word(low[end..].chars().next());
        out.push_str(&text[at..start]);
        out.push_str(if alone { place } else { &text[start..end] });
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

/// Addresses and unique numbers by their form.
fn clean_word(word: &str) -> String {
    let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != ':');
    let groups: Vec<&str> = bare.split(['-', '=']).collect();
    let hex = |text: &str, length: usize| text.len() == length && text.chars().all(|c| c.is_ascii_hexdigit());
    let uuid = bare.len() >= 36
        && groups
            .windows(5)
            .any(|g| hex(g[0], 8) && hex(g[1], 4) && hex(g[2], 4) && hex(g[3], 4) && hex(g[4], 12));
    let colons: Vec<&str> = bare.split(':').collect();
    let mac = colons.len() == 6 && colons.iter().all(|part| hex(part, 2));
    let dots: Vec<&str> = bare.split(['.', '/', ':']).collect();
    let ip = bare.matches('.').count() == 3
        && dots.len() >= 4
        && dots[..4].iter().all(|part| part.parse::<u8>().is_ok());
    let mail = bare.contains('@') && bare.split('@').nth(1).is_some_and(|host| host.contains('.'));
    if uuid || mac || ip || mail { word.replace(bare, "REMOVED") } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_forms_go_and_the_rest_stays() {
        let mut scrub = Scrub::default();
        for (word, place) in [("studio-pc", "HOST"), ("ann", "USER"), ("SN12345", "SERIAL"), ("ab", "USER")] {
            scrub.add(word, place);
        }
        let text = "Studio-PC: /home/ann/Music, Joanna, banner, SN12345; ab cd\n  00:11:22:33:44:55 10.0.0.7:22 \
            root=UUID=0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f 6.12.43 1.6.9 mail a@b.example";
        let clean = scrub.clean(text);
        assert_eq!(
            clean,
            "HOST: /home/USER/Music, Joanna, banner, SERIAL; ab cd\n  REMOVED REMOVED REMOVED 6.12.43 1.6.9 mail REMOVED"
        );
    }
}
