//! The whole file, checked: what the owner wants, and which lines say nothing usable.

use crate::conf::{Document, Entry, Problem};
use crate::secret::Secret;
use crate::values::{self, DirectAddress, Security, Wifi};

/// Keys whose values are removed from the file once they are taken over.
pub const SECRETS: &[&str] = &["WIFI_PASSWORD", "USER_PASSWORD"];

/// Every key that the file may have.
pub const KEYS: &[&str] = &[
    "WIFI_SSID",
    "WIFI_PASSWORD",
    "WIFI_SECURITY",
    "WIFI_COUNTRY",
    "SSH_AUTHORIZED_KEY",
    "HOSTNAME",
    "TIMEZONE",
    "USER_PASSWORD",
    "DIRECT_IP",
    "JACK_SAMPLE_RATE",
    "JACK_PERIOD",
    "JACK_NPERIODS",
    "JACK_PORT_MAX",
    "JACK_RTPRIO",
    "KEEP_SECRETS",
];

/// Numbers for the sound server; `None` keeps what the system was built with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jack {
    /// Frames per second.
    pub sample_rate: Option<u32>,
    /// Frames per period.
    pub period: Option<u32>,
    /// Periods in the card's buffer, 2–8.
    pub periods: Option<u32>,
    /// Most ports there can be, 64–4096.
    pub port_max: Option<u32>,
    /// SCHED_FIFO priority of the server, 6–95.
    pub priority: Option<u32>,
}

/// What the owner asks for. `None` means: leave it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Network to join.
    pub wifi: Option<Wifi>,
    /// Country whose radio rules hold, two capitals.
    pub country: Option<String>,
    /// Public key that may log in.
    pub key: Option<String>,
    /// Name of the machine.
    pub host_name: Option<String>,
    /// IANA name of the time zone; well-formed, but perhaps unknown.
    pub zone: Option<String>,
    /// Password of the owner's account.
    pub password: Option<Secret>,
    /// Address on a cable without a router.
    pub direct: Option<DirectAddress>,
    /// The sound server.
    pub jack: Jack,
    /// Leave the secrets in the file.
    pub keep_secrets: bool,
}

/// Checks every value. A bad one is left out and reported; the others hold.
pub fn check(document: &Document) -> (Settings, Vec<Problem>) {
    let mut reader = Reader { document, problems: document.problems.clone() };
    let settings = Settings {
        wifi: reader.wifi(),
        country: reader.value("WIFI_COUNTRY", values::country),
        key: reader.value("SSH_AUTHORIZED_KEY", values::public_key),
        host_name: reader.value("HOSTNAME", values::host_name),
        zone: reader.value("TIMEZONE", values::zone_name),
        password: reader.value("USER_PASSWORD", values::password),
        direct: reader.value("DIRECT_IP", values::direct_address),
        jack: Jack {
            sample_rate: reader.value("JACK_SAMPLE_RATE", values::sample_rate),
            period: reader.value("JACK_PERIOD", values::period),
            periods: reader.value("JACK_NPERIODS", |text| values::number(text, 2, 8)),
            port_max: reader.value("JACK_PORT_MAX", |text| values::number(text, 64, 4096)),
            priority: reader.value("JACK_RTPRIO", |text| values::number(text, 6, 95)),
        },
        keep_secrets: reader.value("KEEP_SECRETS", yes_or_no).unwrap_or(false),
    };
    reader.unknown_keys();
    let mut problems = reader.problems;
    problems.sort_by_key(|problem| problem.line);
    (settings, problems)
}

struct Reader<'a> {
    document: &'a Document,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// The assignment of `key` that counts, unless it says nothing: an empty value keeps the default.
    fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.document.get(key).filter(|entry| !entry.value.is_empty())
    }

    fn value<T>(&mut self, key: &str, check: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let entry = self.entry(key)?;
        self.keep(entry, check(&entry.value))
    }

    fn keep<T>(&mut self, entry: &Entry, checked: Result<T, String>) -> Option<T> {
        checked.map_err(|message| self.problems.push(Problem::new(&entry.key, entry.line, message))).ok()
    }

    /// The network, whole or not at all: a name with half a password would make an open one.
    fn wifi(&mut self) -> Option<Wifi> {
        let kind = self.document.get("WIFI_SECURITY").map(|entry| (entry, entry.value.to_ascii_lowercase()));
        let kind = match kind.as_ref().map(|(entry, kind)| (*entry, kind.as_str())) {
            None | Some((_, "" | "auto" | "wpa2")) => "auto",
            Some((_, "open")) => "open",
            Some((_, "wpa3" | "sae")) => "wpa3",
            Some((entry, _)) => {
                self.keep::<()>(entry, Err("must be auto, open, wpa2 or wpa3".to_owned()));
                return None;
            }
        };
        let unreadable = |key: &str| self.problems.iter().find(|problem| problem.key.as_deref() == Some(key));
        let password_unreadable = unreadable("WIFI_PASSWORD").is_some();
        let password = self.document.get("WIFI_PASSWORD");
        let Some(name) = self.entry("WIFI_SSID") else {
            if let Some(entry) = password.filter(|entry| !entry.value.is_empty()) {
                let message = "there is a password but no WIFI_SSID: no network is set up".to_owned();
                self.keep::<()>(entry, Err(message));
            }
            return None;
        };
        let ssid = self.keep(name, values::ssid(&name.value))?;
        let security = match (kind, password) {
            ("open", None) => Security::Open,
            ("open", Some(entry)) if entry.value.is_empty() => Security::Open,
            ("open", Some(entry)) => {
                let message =
                    "there is a password, but WIFI_SECURITY is open: remove one of the two".to_owned();
                return self.keep(entry, Err(message));
            }
            // The line of the password cannot be read: joining without one would be another network.
            (_, None) if password_unreadable => return None,
            (_, None) => Security::NotNamed,
            ("auto", Some(entry)) if entry.value.is_empty() => Security::Open,
            ("wpa3", Some(entry)) => Security::Wpa3(self.keep(entry, values::sae(&entry.value))?),
            (_, Some(entry)) => Security::Wpa(self.keep(entry, values::wpa(&entry.value))?),
        };
        Some(Wifi { ssid, security })
    }

    fn unknown_keys(&mut self) {
        for entry in &self.document.entries {
            if KEYS.contains(&entry.key.as_str()) {
                continue;
            }
            let message = match KEYS.iter().map(|known| (distance(&entry.key, known), known)).min() {
                Some((0..=3, known)) => format!("there is no such key; do you mean {known}?"),
                _ => "there is no such key".to_owned(),
            };
            self.problems.push(Problem::new(&entry.key, entry.line, message));
        }
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "true" => Ok(true),
        "0" | "no" | "false" => Ok(false),
        _ => Err("must be yes or no".to_owned()),
    }
}

/// Number of letters to change, add or remove until one word is the other, whatever their case.
fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.to_ascii_uppercase(), other.to_ascii_uppercase());
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, a) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, b) in other.bytes().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conf::parse;

    fn checked(text: &str) -> (Settings, Vec<(String, usize)>) {
        let (settings, problems) = check(&parse(text));
        let named =
            problems.into_iter().map(|problem| (problem.key.unwrap_or_default(), problem.line)).collect();
        (settings, named)
    }

    #[test]
    fn what_is_not_said_stays_as_it_is() {
        assert_eq!(checked("").0, Settings::default());
        assert_eq!(
            checked("WIFI_SSID=\"\"\nWIFI_PASSWORD=\"\"\nHOSTNAME=\"\"\n"),
            (Settings::default(), vec![])
        );
    }

    #[test]
    fn a_bad_value_is_named_and_the_rest_holds() {
        let text = "WIFI_SSID=\"Home\"\nWIFI_PASSWORD=\"short\"\nHOSTNAME=\"a b\"\nJACK_PERIOD=100\nTIMEZONE=UTC\nWIFI_PASWORD=x\nFOO=1\n";
        let (settings, problems) = checked(text);
        let expected = Settings { zone: Some("UTC".to_owned()), ..Settings::default() };
        assert_eq!(settings, expected, "no network without its password");
        let named: Vec<_> = problems.iter().map(|(key, line)| (key.as_str(), *line)).collect();
        assert_eq!(
            named,
            [("WIFI_PASSWORD", 2), ("HOSTNAME", 3), ("JACK_PERIOD", 4), ("WIFI_PASWORD", 6), ("FOO", 7)]
        );
    }

    #[test]
    fn all_kinds_of_wifi() {
        let security = |text: &str| checked(&format!("WIFI_SSID=n\n{text}")).0.wifi.map(|wifi| wifi.security);
        assert_eq!(security(""), Some(Security::NotNamed));
        assert_eq!(security("WIFI_PASSWORD="), Some(Security::Open));
        assert_eq!(security("WIFI_SECURITY=open"), Some(Security::Open));
        assert_eq!(security("WIFI_PASSWORD=12345678"), Some(Security::Wpa(Secret::new("12345678"))));
        assert_eq!(
            security("WIFI_PASSWORD=12345\nWIFI_SECURITY=WPA3"),
            Some(Security::Wpa3(Secret::new("12345")))
        );
        assert_eq!(security("WIFI_PASSWORD=12345678\nWIFI_SECURITY=open"), None);
        assert_eq!(security("WIFI_PASSWORD=12345678\nWIFI_SECURITY=wep"), None);
        assert_eq!(
            security("WIFI_PASSWORD=\"12345678"),
            None,
            "an unclosed quote must not make the network open"
        );
        assert_eq!(security("WIFI_PASSWORD=\nWIFI_SECURITY=wpa3"), None);
    }

    #[test]
    fn no_message_repeats_a_secret() {
        let text = "WIFI_SSID=n\nWIFI_PASSWORD=hush\nUSER_PASSWORD=\"hush\thush\"\nUSER_PASWORD=hush\nA=hush hush\nSSH_AUTHORIZED_KEY=hush\n";
        let document = parse(text);
        let (settings, problems) = check(&document);
        assert_eq!(problems.len(), 5);
        assert!(!format!("{settings:?} {problems:?}").contains("hush"));
    }

    #[test]
    fn distances() {
        assert_eq!((distance("", "ab"), distance("kitten", "sitting"), distance("a", "A")), (2, 3, 0));
    }
}
