//! Small boards: Raspberry Pi and RK3588.

use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "pi-throttled",
        title: "Power and heat of a Raspberry Pi",
        severity: Severity::Required,
        good: "0x0: neither now nor since the start",
        why: "with too little voltage or too much heat the firmware lowers the clock without telling the kernel",
        what: "/sys/devices/platform/soc/soc:firmware/get_throttled: bits 0 to 3 are now (voltage, cap, throttled, soft limit), bits \
            16 to 19 since the start. Where that is missing in0_lcrit_alarm of the sensor rpi_volt, which knows of voltage \
            only.",
        risk: "A better power supply, cable or cooler.",
        undo: "Nothing to undo.",
        source: "Raspberry Pi documentation, vcgencmd get_throttled",
        nix: None,
        fix: None,
        look: throttled,
    },
    Check {
        id: "pi-config",
        title: "config.txt of a Raspberry Pi",
        severity: Severity::Optional,
        good: "arm_boost=1 on Pi 4, dtparam=audio=off and the overlay of the sound card where one is stacked on",
        why: "the analogue output's driver and a free core clock disturb cards on I2S",
        what: "/boot/firmware/config.txt or /boot/config.txt.",
        risk: "A reboot; force_turbo with over_voltage sets a warranty bit on old models.",
        undo: "Take the line away.",
        source: "Raspberry Pi documentation, config.txt",
        nix: Some("archibald.hardware.raspberryPi, hardware.raspberry-pi"),
        fix: None,
        look: config_txt,
    },
    Check {
        id: "pi-usb-interrupts",
        title: "USB interrupts of a Raspberry Pi",
        severity: Severity::Optional,
        good: "mousepoll as it is or slower; up to Pi 3 the fast interrupt of dwc_otg left on",
        why: "usbhid.mousepoll=1 makes the mouse raise a thousand interrupts a second on the bus of the sound card",
        what: "usbhid.mousepoll= and dwc_otg.fiq_enable= on the command line. The fast interrupt of the old controller must not \
            be forced into a thread.",
        risk: "A slower mouse.",
        undo: "Put the option back.",
        source: "Linux: Documentation/admin-guide/kernel-parameters.txt; Raspberry Pi's dwc_otg driver",
        nix: Some("boot.kernelParams"),
        fix: None,
        look: usb_interrupts,
    },
    Check {
        id: "memory-clock",
        title: "Clock of the memory",
        severity: Severity::Optional,
        good: "performance",
        why: "on RK3588 and the like the memory's clock follows the load, and each change stops all access for some µs",
        what: "governor of the device dmc in /sys/class/devfreq.",
        risk: "More power.",
        undo: "Write the former governor.",
        source: "Linux: Documentation/ABI/testing/sysfs-class-devfreq",
        nix: None,
        fix: None,
        look: memory_clock,
    },
];

/// The model, on a Raspberry Pi.
fn pi(view: &View) -> Result<String, Look> {
    match view.text("/proc/device-tree/model") {
        Seen::There(model) if model.starts_with("Raspberry Pi") => Ok(model),
        Seen::There(model) => Err(Look::none(format!("this is no Raspberry Pi but {model}"))),
        Seen::Absent => Err(Look::none("this is no Raspberry Pi")),
        Seen::Hidden(why) => Err(Look::unknown(why)),
    }
}

fn throttled(view: &View) -> Looked {
    pi(view)?;
    let paths = [
        "/sys/devices/platform/soc/soc:firmware/get_throttled",
        "/sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled",
    ];
    let mut seen = Seen::Absent;
    for path in paths {
        if seen == Seen::Absent {
            seen = view.text(path);
        }
    }
    if seen == Seen::Absent {
        return under_voltage(view);
    }
    let text = seen.or_unknown("the firmware's driver does not tell it")?;
    let bits = u32::from_str_radix(text.trim_start_matches("0x"), 16)
        .map_err(|_| Look::unknown(format!("get_throttled is {text:?}")))?;
    let named = |shift: u32| -> Vec<&str> {
        let names = ["too little voltage", "clock capped", "throttled", "soft limit of temperature"];
        names
            .into_iter()
            .enumerate()
            .filter(|(i, _)| bits >> (shift + *i as u32) & 1 == 1)
            .map(|(_, n)| n)
            .collect()
    };
    let (now, ever) = (named(0), named(16));
    let value = format!("0x{bits:x}");
    Ok(if !now.is_empty() {
        Look::bad(value, format!("now: {}", now.join(", ")))
    } else if !ever.is_empty() {
        Look::warn(value, format!("since the start: {}", ever.join(", ")))
    } else {
        Look::ok(value)
    })
}

/// What kernels without the file tell: whether the voltage was too low since the start, by the sensor of the firmware.
fn under_voltage(view: &View) -> Looked {
    let none = "neither the firmware's driver nor its sensor is there; try vcgencmd get_throttled";
    let folder = "/sys/class/hwmon";
    let sensors = view.list(folder).or_unknown(none)?;
    let is_firmware =
        |name: &&String| view.text(&format!("{folder}/{name}/name")).there().as_deref() == Some("rpi_volt");
    let sensor = sensors.iter().find(is_firmware).ok_or_else(|| Look::unknown(none))?;
    let alarm = view.number(&format!("{folder}/{sensor}/in0_lcrit_alarm")).or_unknown(none)?;
    let heat = ["the sensor tells nothing of heat; vcgencmd get_throttled does".to_owned()];
    Ok(if alarm == 0 {
        Look::ok("no lack of voltage").with(heat)
    } else {
        Look::bad("too little voltage", "the sensor of the firmware raised its alarm").with(heat)
    })
}

fn config_txt(view: &View) -> Looked {
    let model = pi(view)?;
    let text = match view.text("/boot/firmware/config.txt") {
        Seen::There(text) => text,
        _ => view
            .text("/boot/config.txt")
            .or_unknown("no config.txt was found; the partition may not be mounted")?,
    };
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    let has = |wanted: &str| lines.contains(&wanted);
    let overlay = |l: &&&str| {
        let name = l.strip_prefix("dtoverlay=").unwrap_or("");
        ["hifiberry", "iqaudio", "justboom", "audioinjector", "rpi-", "allo", "wm8", "i2s", "googlevoice"]
            .iter()
            .any(|card| name.starts_with(card) && !name.starts_with("rpi-ft5"))
    };
    let cards: Vec<&&str> = lines.iter().filter(overlay).collect();
    let mut wrong = Vec::new();
    if !cards.is_empty() && has("dtparam=audio=on") {
        wrong.push("dtparam=audio=on beside a card that is stacked on".to_owned());
    }
    if model.starts_with("Raspberry Pi 4") && !has("arm_boost=1") && !has("force_turbo=1") {
        wrong.push("arm_boost=1 is missing: 1.5 instead of 1.8 GHz".to_owned());
    }
    let value = cards.iter().map(|l| l.trim_start_matches("dtoverlay=")).collect::<Vec<_>>().join(", ");
    let value = if value.is_empty() { "no card stacked on".to_owned() } else { value };
    Ok(if wrong.is_empty() { Look::ok(value) } else { Look::warn(value, "see below").with(wrong) })
}

fn usb_interrupts(view: &View) -> Looked {
    let model = pi(view)?;
    let mut wrong = Vec::new();
    if let Seen::There(poll) = view.boot_value("usbhid.mousepoll")
        && poll.parse::<u32>().is_ok_and(|ms| (1..8).contains(&ms))
    {
        wrong.push(format!(
            "usbhid.mousepoll={poll}: {} interrupts a second",
            1000 / poll.parse::<u32>().unwrap_or(1)
        ));
    }
    let old = ["Raspberry Pi 3", "Raspberry Pi 2", "Raspberry Pi Zero", "Raspberry Pi Model"];
    if old.iter().any(|name| model.starts_with(name))
        && view.boot_value("dwc_otg.fiq_enable").there().as_deref() == Some("0")
    {
        wrong.push(
            "dwc_otg.fiq_enable=0: each micro-frame becomes an ordinary interrupt, 8000 a second".to_owned(),
        );
    }
    view.cmdline().or_unknown("/proc/cmdline is missing")?;
    Ok(if wrong.is_empty() {
        Look::ok("as the kernel has it")
    } else {
        Look::warn(format!("{} to look at", wrong.len()), "see below").with(wrong)
    })
}

fn memory_clock(view: &View) -> Looked {
    let none = "the memory's clock is not scaled by the kernel here";
    let names = view.list("/sys/class/devfreq").or_none(none)?;
    let Some(name) = names.iter().find(|name| name.contains("dmc")) else { return Err(Look::none(none)) };
    let governor =
        view.text(&format!("/sys/class/devfreq/{name}/governor")).or_unknown("dmc has no governor")?;
    Ok(if governor == "performance" {
        Look::ok(governor)
    } else {
        Look::warn(governor, "the memory's clock follows the load")
    })
}
