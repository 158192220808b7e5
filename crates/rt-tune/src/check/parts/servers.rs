//! PipeWire, JACK and rtkit.

use crate::change::Role;
use crate::check::look::{Look, Looked, Seen};
use crate::check::pipewire::Settings;
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "audio-threads",
        title: "Priorities of audio threads",
        severity: Severity::Required,
        good: "every server has a real-time thread: PipeWire FIFO 88, JACK 70 or more, clients five less",
        why: "a server whose thread is an ordinary one waits for every other program",
        what: "Class and priority of the threads of PipeWire (data-loop), JACK and the programs in the graph.",
        risk: "An audio program that loops forever blocks a CPU.",
        undo: "rt-tune revert thread-priority",
        source: "sched(7); PipeWire's module-rt; jackd(1)",
        nix: Some("services.pipewire.extraConfig, security.rtkit.enable"),
        fix: Some("thread-priority"),
        look: audio_threads,
    },
    Check {
        id: "rtkit",
        title: "RealtimeKit",
        severity: Severity::Optional,
        good: "running where the session has no limits of its own; with limits FIFO 88 directly is better",
        why: "it gives priority 20 at most, 25 threads at most, and kills a thread that runs for 200 ms",
        what: "The process rtkit-daemon, and --max-realtime-priority on its command line.",
        risk: "None worth naming.",
        undo: "Stop the service.",
        source: "rtkit's README and source",
        nix: Some("security.rtkit.enable"),
        fix: None,
        look: rtkit,
    },
    Check {
        id: "pipewire-clock",
        title: "PipeWire's period",
        severity: Severity::Recommended,
        good: "quantum between min-quantum and max-quantum, 48000 Hz, 256 frames or less for live playing",
        why: "the quantum is the period of the whole graph, and one outside its limits is silently cut to them",
        what: "default.clock.* in pipewire.conf and its conf.d folders of the system and the user, the later over the earlier. What \
            a running server was told by pw-metadata is not in the files.",
        risk: "Shorter periods need more of the processor.",
        undo: "pw-metadata -n settings 0 clock.force-quantum 0, or remove the file.",
        source: "pipewire.conf(5)",
        nix: Some("services.pipewire.extraConfig.pipewire.\"92-low-latency\".\"context.properties\""),
        fix: None,
        look: pipewire_clock,
    },
    Check {
        id: "pipewire-vm",
        title: "PipeWire's rule for virtual machines",
        severity: Severity::Recommended,
        good: "real hardware, or a min-quantum of one's own",
        why: "in a virtual machine PipeWire raises min-quantum to 1024, so a quantum of 32 becomes 21 ms without a word",
        what: "Whether a hypervisor is below, and whether the files that PipeWire reads hold the rule (cpu.vm.name or \
            vm.overrides) or replace it.",
        risk: "Most virtual machines crackle below 1024 frames.",
        undo: "Remove the file that replaces the rule.",
        source: "PipeWire: pipewire.conf.in; nobody else checks it",
        nix: Some("services.pipewire.extraConfig.pipewire with vm.overrides"),
        fix: None,
        look: pipewire_vm,
    },
    Check {
        id: "pipewire-alsa",
        title: "PipeWire's sound cards",
        severity: Severity::Optional,
        good: "headroom 0, no fixed period, interrupt scheduling (profile pro-audio)",
        why: "headroom is added to the latency, and timer scheduling needs it",
        what: "api.alsa.* in WirePlumber's files of the system and the user.",
        risk: "Cheap USB cards may need headroom.",
        undo: "Remove the lines.",
        source: "PipeWire: ALSA node properties",
        nix: Some("services.pipewire.wireplumber.extraConfig"),
        fix: None,
        look: pipewire_alsa,
    },
    Check {
        id: "jack",
        title: "JACK's options",
        severity: Severity::Recommended,
        good: "-R with -P 70 or more",
        why: "jackd's own default is priority 10, below every interrupt",
        what: "Command lines of the running jackd processes: -R, -r, -P, -S and the driver's -p, -n and -r.",
        risk: "None worth naming.",
        undo: "Start it with the former options.",
        source: "jackd(1)",
        nix: Some("services.jack.jackd.extraOptions"),
        fix: None,
        look: jack,
    },
];

fn audio_threads(view: &View) -> Looked {
    let programs = view.running_programs("no audio server or client runs")?;
    let (mut wrong, mut fine) = (Vec::new(), Vec::new());
    for program in &programs {
        let real_time: Vec<u8> = program
            .threads
            .iter()
            .filter(|t| matches!(t.stat.policy, 1 | 2))
            .map(|t| t.stat.priority)
            .collect();
        let said = |what: String| format!("{} ({}): {what}", program.name, program.pid);
        let loops = program.threads.iter().filter(|t| t.stat.name.contains("data-loop")).count();
        match real_time.iter().max() {
            None if program.role == Role::PipeWire && loops == 0 => {
                wrong.push(said("no thread named data-loop is visible".into()));
            }
            None => wrong.push(said("no real-time thread".into())),
            Some(20) if program.role == Role::PipeWire => {
                wrong.push(said("priority 20, as rtkit gives it".into()))
            }
            Some(top) if program.role != Role::Client && *top < 70 => {
                wrong.push(said(format!("priority {top}")))
            }
            Some(top) => fine.push(said(format!("priority {top}"))),
        }
    }
    let servers = programs.iter().any(|p| p.role != Role::Client);
    Ok(if !wrong.is_empty() {
        Look::bad(format!("{} too low", wrong.len()), "they wait for others").with(wrong).with(fine)
    } else if servers {
        Look::ok(format!("{} programs", fine.len())).with(fine)
    } else {
        Look::ok_because(format!("{} programs", fine.len()), "no server among them").with(fine)
    })
}

fn rtkit(view: &View) -> Looked {
    if !view.runs(&["rtkit-daemon"]).or_unknown("processes cannot be seen")? {
        let limits = crate::check::find("limit-rtprio").map(|check| (check.look)(view));
        let direct = matches!(limits, Some(Ok(look)) if look.status == crate::check::Status::Ok);
        return Ok(if direct {
            Look::ok_because("not running", "the limits give priorities directly, which is better")
        } else {
            Look::warn("not running", "and the limits do not give priorities either, as far as was seen")
        });
    }
    let pid = view.named(&["rtkit-daemon"]).first().map(|p| p.pid).unwrap_or_default();
    let line = view.text(&format!("/proc/{pid}/cmdline")).there().unwrap_or_default();
    let asked = line.split('\0').find_map(|w| w.strip_prefix("--max-realtime-priority=")).map(str::to_owned);
    let value = format!("running, gives priority {} at most", asked.unwrap_or_else(|| "20".into()));
    Ok(Look::ok(value).with(["25 threads of a user, and none that runs for 200 ms without rest".into()]))
}

fn pipewire_clock(view: &View) -> Looked {
    let settings = Settings::find(view)?;
    let number = |key: &str, own: i64| settings.number(key).unwrap_or(own);
    // Defaults of PipeWire 1.x where no file says otherwise.
    let (quantum, min, max) = (
        number("default.clock.quantum", 1024),
        number("default.clock.min-quantum", 32),
        number("default.clock.max-quantum", 2048),
    );
    let rate = number("default.clock.rate", 48_000);
    let value = format!("{quantum} frames ({min} to {max}) at {rate} Hz");
    let files = settings.sources.clone();
    if settings.nested {
        let why = "a file writes the key as a path of sections, which PipeWire does not read: it must be one quoted key";
        return Ok(Look::bad(value, why).with(files));
    }
    Ok(if quantum < min || quantum > max {
        Look::bad(value, "the quantum lies outside its own limits and is cut to them").with(files)
    } else if quantum > 256 {
        let ms = quantum as f64 * 1000.0 / rate as f64;
        Look::warn(
            value,
            format!("{ms:.1} ms for each period; rt-tune quantum finds what this machine can do"),
        )
        .with(files)
    } else {
        Look::ok(value).with(files)
    })
}

fn pipewire_vm(view: &View) -> Looked {
    let below = view.hypervisor().or_unknown("nothing tells whether this is a virtual machine")?;
    let Some(below) = below else { return Err(Look::none("this is real hardware")) };
    let settings = Settings::find(view)?;
    Ok(match settings.vm_quantum {
        Some(min) if min > 256 => Look::warn(
            format!("min-quantum {min}"),
            format!("the rule for virtual machines ({below}) overrides a smaller quantum; set it in a file of your own"),
        )
        .with(settings.sources),
        Some(min) => Look::ok_because(format!("min-quantum {min}"), "the rule was changed").with(settings.sources),
        None if settings.has_main => {
            Look::ok_because("no rule", format!("in the files for this virtual machine ({below})")).with(settings.sources)
        }
        None => Look::unknown("PipeWire's main file was not found, and it may hold the rule"),
    })
}

fn pipewire_alsa(view: &View) -> Looked {
    let settings = Settings::find(view)?;
    if settings.alsa.is_empty() {
        return Ok(Look::ok("nothing set").with(["PipeWire chooses by itself".into()]));
    }
    let headroom = settings.alsa.iter().any(|line| {
        line.contains("headroom")
            && line.rsplit(['=', ' ']).find_map(|w| w.trim().parse::<i64>().ok()).is_some_and(|n| n > 0)
    });
    let value = format!("{} settings", settings.alsa.len());
    Ok(if headroom {
        Look::warn(value, "headroom is added to the latency").with(settings.alsa)
    } else {
        Look::ok(value).with(settings.alsa)
    })
}

fn jack(view: &View) -> Looked {
    if !view.runs(&["jackd", "jackdbus"]).or_unknown("processes cannot be seen")? {
        return Err(Look::none("no jackd runs"));
    }
    let (mut wrong, mut fine) = (Vec::new(), Vec::new());
    for process in view.named(&["jackd", "jackdbus"]) {
        let pid = process.pid;
        let line = match view.text(&format!("/proc/{pid}/cmdline")) {
            Seen::There(line) => line.replace('\0', " ").trim().to_owned(),
            Seen::Absent => continue,
            Seen::Hidden(why) => return Err(Look::unknown(why)),
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        // Behind -d the letters belong to the driver: its -P is a device.
        let own = words.iter().position(|w| w.starts_with("-d")).map_or(&words[..], |at| &words[..at]);
        let off = own.iter().any(|w| matches!(*w, "-r" | "--no-realtime"));
        let priority = own.iter().enumerate().find_map(|(i, w)| {
            let joined = w.strip_prefix("-P").or_else(|| w.strip_prefix("--realtime-priority="))?;
            if joined.is_empty() { own.get(i + 1)?.parse().ok() } else { joined.parse::<u8>().ok() }
        });
        let said = format!("{pid}: {line}");
        if off || priority.unwrap_or(10) < 70 { wrong.push(said) } else { fine.push(said) }
    }
    Ok(if wrong.is_empty() && fine.is_empty() {
        Look::none("jackd has just ended")
    } else if wrong.is_empty() {
        Look::ok(format!("{} servers", fine.len())).with(fine)
    } else {
        Look::warn("priority below 70", "interrupts of other devices come before it: add -R -P 80")
            .with(wrong)
    })
}
