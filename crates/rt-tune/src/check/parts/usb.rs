//! USB audio: where it is plugged in, whether it sleeps, and how its driver sends.

use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "usb-topology",
        title: "Place of the USB interface",
        severity: Severity::Recommended,
        good: "high speed or more, on a port of the machine itself, without a camera on the same bus",
        why: "at full speed no period below 1 ms is possible, and a hub or a camera takes time from the same bus",
        what: "speed, bMaxPower and the path of each device in /sys/bus/usb/devices with an interface of class 01.",
        risk: "Move the plug.",
        undo: "Move it back.",
        source: "USB 2.0 §5.9; Linux: Documentation/ABI/stable/sysfs-bus-usb; nobody else checks it",
        nix: None,
        fix: None,
        look: usb_topology,
    },
    Check {
        id: "usb-autosuspend",
        title: "Suspension of USB audio",
        severity: Severity::Recommended,
        good: "on (never suspended) for audio devices",
        why: "an interface that was suspended starts late or clicks",
        what: "power/control of each USB device with an interface of class 01.",
        risk: "A little power.",
        undo: "rt-tune revert usb-autosuspend",
        source: "Linux: Documentation/driver-api/usb/power-management.rst; nobody else checks it",
        nix: Some("boot.kernelParams = [ \"usbcore.autosuspend=-1\" ]"),
        fix: Some("usb-autosuspend"),
        look: autosuspend,
    },
    Check {
        id: "usb-lowlatency",
        title: "Low latency of the USB audio driver",
        severity: Severity::Recommended,
        good: "Y",
        why: "with N the driver queues more packets before it plays",
        what: "/sys/module/snd_usb_audio/parameters/lowlatency. It is not used with implicit feedback.",
        risk: "None worth naming.",
        undo: "Remove the option and load the module again.",
        source: "Linux: sound/usb/card.c, sound/usb/pcm.c",
        nix: Some("boot.extraModprobeConfig"),
        fix: None,
        look: lowlatency,
    },
    Check {
        id: "usb-packets",
        title: "Packets of the USB stream",
        severity: Severity::Information,
        good: "asynchronous, with an interval of 125 µs for periods below 1 ms",
        why: "the interval of the endpoint is the shortest time in which the driver can be told of new audio",
        what: "/proc/asound/cardN/stream0: Endpoint, Interval or packets per URB, Momentary freq.",
        risk: "Nothing is changed.",
        undo: "Nothing to undo.",
        source: "Linux: sound/usb/proc.c, sound/usb/endpoint.c; nobody else checks it",
        nix: None,
        fix: None,
        look: usb_packets,
    },
];

const USB: &str = "/sys/bus/usb/devices";

/// USB devices with an interface of this class: name in sysfs and of the product.
fn usb_of_class(view: &View, class: &str) -> Result<Vec<(String, String)>, Look> {
    let names = view.list(USB).or_none("the machine has no USB")?;
    let mut found: Vec<(String, String)> = Vec::new();
    for interface in names.iter().filter(|name| name.contains(':')) {
        if view.text(&format!("{USB}/{interface}/bInterfaceClass")).there().as_deref() != Some(class) {
            continue;
        }
        let device = interface.split(':').next().unwrap_or("").to_owned();
        if !found.iter().any(|(known, _)| *known == device) {
            let product = view.text(&format!("{USB}/{device}/product")).there();
            found.push((device.clone(), product.unwrap_or(device)));
        }
    }
    Ok(found)
}

fn usb_audio(view: &View) -> Result<Vec<(String, String)>, Look> {
    let found = usb_of_class(view, "01")?;
    if found.is_empty() { Err(Look::none("no USB audio device is plugged in")) } else { Ok(found) }
}

fn usb_topology(view: &View) -> Looked {
    let cameras = usb_of_class(view, "0e").unwrap_or_default();
    let (mut trouble, mut fine, mut unseen) = (Vec::new(), Vec::new(), Vec::new());
    for (device, product) in usb_audio(view)? {
        let speed = match view.number(&format!("{USB}/{device}/speed")) {
            Seen::There(speed) => speed,
            Seen::Absent => {
                unseen.push(format!("{product}: its speed is not told"));
                continue;
            }
            Seen::Hidden(why) => {
                unseen.push(why);
                continue;
            }
        };
        let bus = device.split('-').next().unwrap_or("");
        // 3-2 hangs on the machine, 3-2.4 on a hub, 3-2.4.1 on a hub behind a hub.
        let hubs = device.matches('.').count();
        let before = trouble.len();
        if speed < 480 {
            trouble.push(format!("{product}: full speed ({speed} Mbit/s), so no period below 1 ms"));
        }
        if hubs > 0 {
            trouble.push(format!("{product}: behind {hubs} hub{}", if hubs == 1 { "" } else { "s" }));
        }
        for (_, camera) in cameras.iter().filter(|(c, _)| c != &device && c.split('-').next() == Some(bus)) {
            trouble.push(format!("{product}: shares bus {bus} with the camera {camera}"));
        }
        if trouble.len() == before {
            fine.push(format!("{product}: {speed} Mbit/s, port {device}"));
        }
    }
    Ok(if !trouble.is_empty() {
        Look::warn(format!("{} to look at", trouble.len()), "another port may be better").with(trouble)
    } else if !unseen.is_empty() {
        Look::unknown("not every device tells its speed").with(unseen)
    } else {
        Look::ok(format!("{} direct", fine.len())).with(fine)
    })
}

fn autosuspend(view: &View) -> Looked {
    let (mut may_sleep, mut awake, mut unseen) = (Vec::new(), Vec::new(), Vec::new());
    for (device, product) in usb_audio(view)? {
        match view.text(&format!("{USB}/{device}/power/control")) {
            Seen::There(text) if text == "on" => awake.push(product),
            Seen::There(text) => {
                let delay = view.number(&format!("{USB}/{device}/power/autosuspend_delay_ms")).there();
                let after = delay.map_or(String::new(), |ms| format!(" after {ms} ms"));
                may_sleep.push(format!("{product}: {text}{after}"));
            }
            Seen::Absent => unseen.push(format!("{product}: the kernel was built without it")),
            Seen::Hidden(why) => unseen.push(why),
        }
    }
    Ok(if !may_sleep.is_empty() {
        Look::warn(format!("{} may be suspended", may_sleep.len()), "when no stream is open").with(may_sleep)
    } else if !unseen.is_empty() {
        Look::unknown("not every device tells it").with(unseen)
    } else {
        Look::ok("on").with(awake)
    })
}

fn lowlatency(view: &View) -> Looked {
    let folder = "/sys/module/snd_usb_audio";
    view.list(folder).or_none("the USB audio driver is not loaded")?;
    let value =
        view.text(&format!("{folder}/parameters/lowlatency")).or_unknown("this driver has no such option")?;
    Ok(if value == "Y" { Look::ok(value) } else { Look::warn(value, "somebody switched it off") })
}

fn usb_packets(view: &View) -> Looked {
    let names = view.list("/proc/asound").or_none("the kernel has no sound")?;
    let (mut facts, mut unseen) = (Vec::new(), Vec::new());
    let mut adaptive = false;
    for card in names.iter().filter(|n| n.strip_prefix("card").is_some_and(|n| n.parse::<u32>().is_ok())) {
        let text = match view.text(&format!("/proc/asound/{card}/stream0")) {
            Seen::There(text) => text,
            // Only USB cards have this file.
            Seen::Absent => continue,
            Seen::Hidden(why) => {
                unseen.push(why);
                continue;
            }
        };
        for line in text.lines().map(str::trim) {
            let wanted =
                ["Endpoint:", "Data packet interval:", "Momentary freq", "Sync Endpoint:", "Packets per URB"];
            if wanted.iter().any(|start| line.starts_with(start)) {
                let said = format!("{card}: {line}");
                if !facts.contains(&said) {
                    facts.push(said);
                }
            }
            adaptive |= line.starts_with("Endpoint:") && line.contains("(ADAPTIVE)");
        }
    }
    Ok(if !unseen.is_empty() {
        Look::unknown("not every card tells it").with(unseen).with(facts)
    } else if facts.is_empty() {
        Look::none("no USB sound card is there")
    } else if adaptive {
        Look::warn("adaptive", "the card follows the clock of the machine").with(facts)
    } else {
        Look::ok("see below").with(facts)
    })
}
