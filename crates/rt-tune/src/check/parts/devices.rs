//! Drivers of sound cards: power saving, timers, options that no driver knows, and who may open the devices.

use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
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
