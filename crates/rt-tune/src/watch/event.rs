//! What the service hears, and which of the kernel's messages matter to it.

use std::fmt;

/// Something happened that may have undone a setting, or that asks for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The kernel says that a device came, went or changed, in its words: `add sound card1`.
    Device(String),
    /// The device of a stream was opened, by its name: `pcmC0D0p`.
    StreamOpened(String),
    /// The device of a stream was closed.
    StreamClosed(String),
    /// A JACK server or client came or went.
    Graph(String),
    /// The machine slept and is awake again.
    Resumed,
    /// A daemon that manages power says that it chose something.
    Profile(String),
    /// Somebody asked to look now (SIGHUP).
    LookNow,
    /// Somebody asked to end (SIGTERM, SIGINT).
    Stop,
}

impl Event {
    /// Whether settings must be looked at because of it.
    pub fn asks_for_a_look(&self) -> bool {
        !matches!(self, Self::Stop | Self::StreamClosed(_))
    }
}

/// As it stands in the log.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(what) => f.write_str(what),
            Self::StreamOpened(name) => write!(f, "stream {name} opened"),
            Self::StreamClosed(name) => write!(f, "stream {name} closed"),
            Self::Graph(name) => write!(f, "JACK: {name}"),
            Self::Resumed => f.write_str("awake again"),
            Self::Profile(who) => write!(f, "power: {who}"),
            Self::LookNow => f.write_str("asked for"),
            Self::Stop => f.write_str("asked to end"),
        }
    }
}

/// What a message of the kernel says (`ACTION@PATH` and `KEY=value` fields, each ended by a zero byte); `None` when it is of no
/// interest here, or no such message.
pub fn device_event(message: &[u8]) -> Option<Event> {
    let text = std::str::from_utf8(message).ok()?;
    let mut fields = text.split('\0');
    // Other senders of this group begin with another word; the kernel's header is ACTION@PATH.
    fields.next()?.split_once('@')?;
    let (mut action, mut subsystem, mut path) = ("", "", "");
    let (mut wireless, mut mains) = (false, false);
    for field in fields {
        match field.split_once('=') {
            Some(("ACTION", value)) => action = value,
            Some(("SUBSYSTEM", value)) => subsystem = value,
            Some(("DEVPATH", value)) => path = value,
            Some(("DEVTYPE", value)) => wireless |= value == "wlan",
            Some(("POWER_SUPPLY_TYPE", value)) => mains |= value == "Mains",
            _ => {}
        }
    }
    let name = path.rsplit('/').next().unwrap_or("");
    let matters = match subsystem {
        // A card makes one message for itself and one for each of its streams and controls.
        "sound" => name.starts_with("card") || name.starts_with("pcm"),
        // Processors that come back have lost their settings.
        "cpu" => matches!(action, "online" | "offline" | "add" | "remove" | "change"),
        "net" => wireless && matches!(action, "add" | "move"),
        // Other daemons retune the machine when the charger is plugged in or out. Batteries tell something each minute.
        "power_supply" => mains && action == "change",
        _ => false,
    };
    (matters && !action.is_empty()).then(|| Event::Device(format!("{action} {subsystem} {name}")))
}

/// What a change in /dev/snd means. `opened` and `closed` are the kernel's flags.
pub fn stream_event(name: &str, opened: bool, closed: bool) -> Option<Event> {
    // Mixers open the control device all the time; only streams make sound.
    if !name.starts_with("pcm") {
        return None;
    }
    if opened {
        Some(Event::StreamOpened(name.to_owned()))
    } else {
        closed.then(|| Event::StreamClosed(name.to_owned()))
    }
}

/// What a new or removed file in /dev/shm means: JACK keeps its server's and clients' memory there.
pub fn graph_event(name: &str) -> Option<Event> {
    name.starts_with("jack").then(|| Event::Graph(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(fields: &[&str]) -> Vec<u8> {
        fields.iter().flat_map(|field| [field.as_bytes(), b"\0"].concat()).collect()
    }

    #[test]
    fn cards_processors_and_chargers_matter_and_batteries_do_not() {
        let heard = |action: &str, path: &str, more: &[&str]| {
            let (first, action, path) =
                (format!("{action}@{path}"), format!("ACTION={action}"), format!("DEVPATH={path}"));
            let mut fields = vec![first.as_str(), action.as_str(), path.as_str()];
            fields.extend(more);
            fields.push("SEQNUM=4711");
            device_event(&message(&fields)).map(|event| event.to_string())
        };
        let usb = "/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0";
        assert_eq!(
            heard("add", &format!("{usb}/sound/card1"), &["SUBSYSTEM=sound"]).as_deref(),
            Some("add sound card1")
        );
        assert!(heard("add", &format!("{usb}/sound/card1/controlC1"), &["SUBSYSTEM=sound"]).is_none());
        assert!(heard("add", usb, &["SUBSYSTEM=usb", "DEVTYPE=usb_interface"]).is_none());
        assert_eq!(
            heard("online", "/devices/system/cpu/cpu3", &["SUBSYSTEM=cpu"]).as_deref(),
            Some("online cpu cpu3")
        );
        let supply = "/devices/platform/x/power_supply/AC";
        assert!(heard("change", supply, &["SUBSYSTEM=power_supply", "POWER_SUPPLY_TYPE=Mains"]).is_some());
        assert!(heard("change", supply, &["SUBSYSTEM=power_supply", "POWER_SUPPLY_TYPE=Battery"]).is_none());
        assert!(heard("add", "/devices/x/net/wlan0", &["SUBSYSTEM=net", "DEVTYPE=wlan"]).is_some());
        assert!(heard("add", "/devices/x/net/eth0", &["SUBSYSTEM=net"]).is_none());
    }

    #[test]
    fn what_is_no_message_of_the_kernel_is_nothing() {
        for bad in
            [&b""[..], b"\0\0", b"libudev\0\xfe\xed", b"add", b"\xff\xfe@\0ACTION=add\0SUBSYSTEM=sound\0"]
        {
            assert_eq!(device_event(bad), None);
        }
        // A message without its action, and one that was cut.
        assert_eq!(device_event(b"add@/devices/x/sound/card0\0SUBSYSTEM=sound\0DEVPATH=/x/card0\0"), None);
        assert_eq!(device_event(b"add@/devices/x/sound/card0\0ACTION=add\0SUBSYS"), None);
    }

    #[test]
    fn only_streams_count_in_the_folder_of_the_devices() {
        assert_eq!(stream_event("pcmC0D0p", true, false), Some(Event::StreamOpened("pcmC0D0p".into())));
        assert_eq!(stream_event("pcmC0D0p", false, true), Some(Event::StreamClosed("pcmC0D0p".into())));
        assert_eq!(stream_event("controlC0", true, false), None);
        assert_eq!(graph_event("pulse-shm-1"), None);
        assert!(graph_event("jack_sem.0_default_guitar").is_some());
    }
}
