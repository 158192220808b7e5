//! Sound cards, USB and the drivers' options.

use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "cards",
        title: "Sound cards",
        severity: Severity::Required,
        good: "at least one",
        why: "without one there is nothing to play through",
        what: "/proc/asound/cards, and hw_params of each open stream, which show the real period and buffer while it runs.",
        risk: "Nothing is changed.",
        undo: "Nothing to undo.",
        source: "Linux: Documentation/sound/designs/procfile.rst",
        nix: None,
        fix: None,
        look: cards,
    },
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
    Check {
        id: "hda-power-save",
        title: "Power saving of HD audio",
        severity: Severity::Optional,
        good: "0",
        why: "a codec that was put to sleep clicks and starts late",
        what: "power_save and power_save_controller of the module snd_hda_intel.",
        risk: "A little power.",
        undo: "rt-tune revert hda-power-save",
        source: "Linux: Documentation/sound/designs/powersave.rst",
        nix: Some("boot.extraModprobeConfig = \"options snd_hda_intel power_save=0\""),
        fix: Some("hda-power-save"),
        look: hda,
    },
    Check {
        id: "sequencer-timer",
        title: "Timer for MIDI",
        severity: Severity::Optional,
        good: "snd-hrtimer is there",
        why: "without it the ALSA sequencer counts in ticks of the system timer, 1 to 10 ms",
        what: "/proc/asound/timers.",
        risk: "None worth naming: modprobe snd-hrtimer.",
        undo: "modprobe -r snd-hrtimer",
        source: "Linux: sound/core/hrtimer.c; musnix loads the sequencer",
        nix: Some("boot.kernelModules = [ \"snd-hrtimer\" ]"),
        fix: None,
        look: timers,
    },
    Check {
        id: "old-timers",
        title: "Old timers",
        severity: Severity::Information,
        good: "any: only old MIDI programs use them",
        why: "guides still raise the limits of the real-time clock and the HPET; JACK and PipeWire use neither",
        what: "/sys/class/rtc/rtc0/max_user_freq and /proc/sys/dev/hpet/max-user-freq.",
        risk: "Nothing to do.",
        undo: "Nothing to undo.",
        source: "rtc(4); musnix raises them",
        nix: None,
        fix: None,
        look: old_timers,
    },
    Check {
        id: "module-options",
        title: "Options that a driver does not know",
        severity: Severity::Recommended,
        good: "none",
        why: "an unknown option does nothing, so what it was meant to tune is not tuned",
        what: "options lines in /etc/modprobe.d, /run/modprobe.d and /usr/lib/modprobe.d and module.option= on the command line, for \
            sound and USB modules, compared with /sys/module/NAME/parameters. nrpacks is gone from snd-usb-audio though the \
            kernel's own guide still lists it, and low_latency is spelt lowlatency.",
        risk: "None: the option had no effect.",
        undo: "Put the line back.",
        source: "Linux: sound/usb/card.c, Documentation/sound/alsa-configuration.rst; nobody else checks it",
        nix: Some("boot.extraModprobeConfig"),
        fix: None,
        look: module_options,
    },
    Check {
        id: "device-access",
        title: "Devices that audio programs open",
        severity: Severity::Recommended,
        good: "/dev/cpu_dma_latency may be written by the user or the group audio",
        why: "with it JACK, Ardour and Reaper keep the CPUs out of deep sleep while they run",
        what: "Owner, group and mode of /dev/cpu_dma_latency, /dev/rtc0 and /dev/hpet. A folder that imitates a machine has \
            no devices.",
        risk: "Members of the group may make the machine use more power.",
        undo: "Remove the rule of udev.",
        source: "Linux: Documentation/power/pm_qos_interface.rst; rtcqs, musnix",
        nix: Some("musnix.enable, or services.udev.extraRules"),
        fix: None,
        look: device_access,
    },
];

fn cards(view: &View) -> Looked {
    let text = match view.text("/proc/asound/cards") {
        Seen::There(text) => text,
        Seen::Absent => return Ok(Look::bad("none", "the kernel has no sound, or no driver is loaded")),
        Seen::Hidden(why) => return Err(Look::unknown(why)),
    };
    let listed: Vec<&str> = text.lines().filter(|line| line.contains("]:")).collect();
    if listed.is_empty() {
        return Ok(Look::bad("none", "no driver found a sound card"));
    }
    let mut details = Vec::new();
    for line in &listed {
        let number = line.split_whitespace().next().unwrap_or("");
        let name = line.split_once("]:").map_or("", |(_, name)| name.trim());
        details.push(format!("{number}: {name}"));
        let folder = format!("/proc/asound/card{number}");
        for pcm in
            view.list(&folder).there().unwrap_or_default().iter().filter(|name| name.starts_with("pcm"))
        {
            let params = view.text(&format!("{folder}/{pcm}/sub0/hw_params")).there().unwrap_or_default();
            let value = |key: &str| {
                params
                    .lines()
                    .find_map(|l| l.strip_prefix(key))
                    .map(|v| v.trim().to_owned())
                    .unwrap_or_default()
            };
            if params.contains("period_size:") {
                let (period, buffer, rate) = (value("period_size:"), value("buffer_size:"), value("rate:"));
                let rate = rate.split(' ').next().unwrap_or("").to_owned();
                details.push(format!("{number}: {pcm} runs with {period} of {buffer} frames at {rate} Hz"));
            }
        }
    }
    Ok(Look::ok(listed.len()).with(details))
}

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

fn hda(view: &View) -> Looked {
    let folder = "/sys/module/snd_hda_intel/parameters";
    let seconds = view.number(&format!("{folder}/power_save")).or_none("no HD-audio driver is loaded")?;
    let controller = view.text(&format!("{folder}/power_save_controller")).there();
    let note = controller.map(|on| format!("power_save_controller {on}"));
    Ok(if seconds == 0 {
        Look::ok("0").with(note)
    } else {
        Look::warn(format!("{seconds} s"), "then the codec goes to sleep").with(note)
    })
}

fn timers(view: &View) -> Looked {
    let text = view.text("/proc/asound/timers").or_none("the kernel has no sound timers")?;
    Ok(if text.contains("HR timer") || text.contains("hrtimer") {
        Look::ok("HR timer")
    } else {
        Look::warn("no HR timer", "load snd-hrtimer")
    })
}

fn old_timers(view: &View) -> Looked {
    let rtc = view.number("/sys/class/rtc/rtc0/max_user_freq");
    let hpet = view.number("/proc/sys/dev/hpet/max-user-freq");
    let mut values = Vec::new();
    for (name, seen) in [("rtc", rtc), ("hpet", hpet)] {
        match seen {
            Seen::There(hz) => values.push(format!("{name} {hz} Hz")),
            Seen::Hidden(why) => return Err(Look::unknown(why)),
            Seen::Absent => {}
        }
    }
    Ok(if values.is_empty() { Look::none("the machine has neither") } else { Look::ok(values.join(", ")) })
}

/// Options of the USB audio driver, for a machine where it is not loaded.
const USB_AUDIO: &[&str] = &[
    "index",
    "id",
    "enable",
    "vid",
    "pid",
    "device_setup",
    "ignore_ctl_error",
    "autoclock",
    "quirk_alias",
    "delayed_register",
    "implicit_fb",
    "use_vmalloc",
    "skip_validation",
    "lowlatency",
    "quirk_flags",
];

fn module_options(view: &View) -> Looked {
    let mut given: Vec<(String, String, String)> = Vec::new();
    let tidy = |name: &str| name.replace('-', "_");
    for word in view.cmdline().or_unknown("/proc/cmdline is missing")? {
        let name = word.split('=').next().unwrap_or("");
        if let Some((module, option)) = name.split_once('.') {
            given.push((tidy(module), option.to_owned(), "the command line".to_owned()));
        }
    }
    let mut seen_folder = false;
    for folder in ["/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d"] {
        let names = match view.list(folder) {
            Seen::There(names) => names,
            Seen::Absent => continue,
            Seen::Hidden(why) => return Err(Look::unknown(why)),
        };
        seen_folder = true;
        for name in names.iter().filter(|name| name.ends_with(".conf")) {
            let path = format!("{folder}/{name}");
            let text = view.text(&path).or_default(String::new())?.replace("\\\n", " ");
            for line in text.lines() {
                let mut words = line.split_whitespace();
                if words.next() != Some("options") {
                    continue;
                }
                let module = tidy(words.next().unwrap_or(""));
                let options = words.map(|word| word.split('=').next().unwrap_or("").to_owned());
                given.extend(options.map(|option| (module.clone(), option, path.clone())));
            }
        }
    }
    given.retain(|(module, ..)| module.starts_with("snd") || module.starts_with("usb"));
    if given.is_empty() {
        return Ok(Look::ok(if seen_folder { "none given" } else { "none given, and no modprobe.d" }));
    }
    let (mut wrong, mut fine, mut unseen) = (Vec::new(), Vec::new(), Vec::new());
    for (module, option, by) in given {
        let said = format!("{module}.{option} in {by}");
        let known = match view.list(&format!("/sys/module/{module}/parameters")) {
            Seen::There(names) => names.contains(&option),
            _ if module == "snd_usb_audio" => USB_AUDIO.contains(&option.as_str()),
            _ => {
                unseen.push(format!("{said}: the module is not loaded"));
                continue;
            }
        };
        let hint = match option.as_str() {
            "nrpacks" => ": Linux has removed it",
            "low_latency" => ": it is spelt lowlatency, and on already",
            _ => "",
        };
        if known { fine.push(said) } else { wrong.push(format!("{said}{hint}")) }
    }
    Ok(if !wrong.is_empty() {
        Look::warn(format!("{} unknown", wrong.len()), "they do nothing").with(wrong)
    } else if fine.is_empty() {
        Look::unknown("the modules are not loaded, so their options cannot be seen").with(unseen)
    } else {
        Look::ok(format!("{} known", fine.len())).with(fine).with(unseen)
    })
}

fn device_access(view: &View) -> Looked {
    use std::os::unix::fs::MetadataExt;
    if !view.running {
        return Err(Look::unknown("a folder has no devices"));
    }
    let user = view.user.as_ref().ok_or_else(|| Look::unknown("no user was found; name one with --user"))?;
    let path = crate::change::LATENCY_DEVICE;
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Look::none("the kernel was built without it"));
        }
        Err(error) => return Err(Look::unknown(format!("{path}: {error}"))),
    };
    let group = nix::unistd::Group::from_gid(nix::unistd::Gid::from_raw(metadata.gid()))
        .ok()
        .flatten()
        .map_or(String::new(), |g| g.name);
    let mode = metadata.mode();
    let value = format!("{path}: group {group}, mode {:o}", mode & 0o777);
    let writable = user.uid == 0
        || mode & 0o002 != 0
        || (mode & 0o020 != 0 && user.in_group(&group))
        || (mode & 0o200 != 0 && metadata.uid() == user.uid);
    Ok(match (writable, user.uid) {
        (true, 0) => Look::ok_because(value, "root may write it, which says nothing about other users"),
        (true, _) => Look::ok(value),
        (false, _) => Look::warn(value, format!("{} may not write it", user.name)),
    })
}
