//! Interrupts of the sound cards: which they are, who shares them, where they run, and who comes first.

use crate::change::CpuSet;
use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "card-irqs",
        title: "Interrupts of the sound cards",
        severity: Severity::Information,
        good: "one for each card, found by the device tree of the kernel",
        why: "only the interrupt that really serves the card is worth a priority, and for USB that is the host controller's",
        what: "From /sys/class/sound/cardN/device upwards to the device that has message interrupts or a pin; for boards \
            through the links to the I2S and DMA controllers. Names of drivers are not guessed from.",
        risk: "Nothing is changed.",
        undo: "Nothing to undo.",
        source: "Linux: Documentation/ABI/testing/sysfs-bus-pci, sysfs-kernel-irq; rtirq guesses by names",
        nix: None,
        fix: None,
        look: card_irqs,
    },
    Check {
        id: "shared-irqs",
        title: "Shared interrupts",
        severity: Severity::Recommended,
        good: "no sound card shares its interrupt",
        why: "each interrupt of the other device calls the sound driver too, and waits for it or makes it wait",
        what: "/sys/kernel/irq/N/actions: names behind a comma, of other drivers. (rtcqs splits at a comma and a space, which the kernel does not \
            write, and so never sees any.)",
        risk: "Move the card to another slot or port, or let the driver use message interrupts.",
        undo: "Move it back.",
        source: "Linux: kernel/irq/irqdesc.c; rtcqs, realtimeconfigquickscan",
        nix: None,
        fix: None,
        look: shared,
    },
    Check {
        id: "irq-priority",
        title: "Priority of sound interrupts",
        severity: Severity::Recommended,
        good: "above every audio server and above the threads of other interrupts: 90",
        why: "a server above the interrupt of its own card waits for data that the interrupt has not brought yet",
        what: "Class and priority of the threads irq/N-name of the cards' interrupts, of other interrupts, and of the audio \
            programs. The kernel gives every interrupt thread FIFO 50.",
        risk: "A faulty driver of that device could block a CPU.",
        undo: "rt-tune revert irq-priority",
        source: "Linux: kernel/irq/manage.c; rtirq, musnix, tuna",
        nix: Some("archibald.tuning, or musnix.rtirq"),
        fix: Some("irq-priority"),
        look: priority,
    },
    Check {
        id: "irq-affinity",
        title: "CPUs of interrupts",
        severity: Severity::Optional,
        good: "sound on the CPUs for audio, everything else on the others",
        why: "an interrupt of a disk or network card on the CPU that computes audio takes its time away",
        what: "effective_affinity_list of each interrupt in /proc/irq, and default_smp_affinity. Without CPUs set aside there \
            is nothing to separate.",
        risk: "Other devices share the remaining CPUs.",
        undo: "rt-tune revert irq-affinity",
        source: "Linux: Documentation/core-api/irq/irq-affinity.rst; tuna, tuned",
        nix: Some("archibald.realtime.audioCores"),
        fix: Some("irq-affinity"),
        look: affinity,
    },
    Check {
        id: "irqbalance",
        title: "irqbalance",
        severity: Severity::Recommended,
        good: "not running, or told to leave the CPUs for audio alone",
        why: "it moves interrupts every ten seconds, also those that were placed",
        what: "The process irqbalance, and IRQBALANCE_BANNED_CPULIST in its environment file.",
        risk: "Interrupts stay where they are.",
        undo: "Start the service again.",
        source: "irqbalance(1); tuned",
        nix: Some("services.irqbalance.enable = false"),
        fix: None,
        look: irqbalance,
    },
];

const NO_CARD: &str = "no sound card is there";

fn need_cards(view: &View) -> Result<usize, Look> {
    match view.cards() {
        Seen::There(cards) if cards.is_empty() => Err(Look::none(NO_CARD)),
        Seen::There(cards) => Ok(cards.len()),
        Seen::Absent => Err(Look::none(NO_CARD)),
        Seen::Hidden(why) => Err(Look::unknown(why.clone())),
    }
}

fn card_irqs(view: &View) -> Looked {
    let cards = need_cards(view)?;
    let irqs = view.sound_irqs();
    let details: Vec<String> = irqs
        .iter()
        .map(|irq| {
            let chip = view.text(&format!("/sys/kernel/irq/{}/chip_name", irq.irq)).there();
            let name = irq.source.rsplit('/').next().unwrap_or("");
            format!(
                "{}: {} by {name}{}",
                irq.irq,
                irq.cards.join(", "),
                chip.map_or(String::new(), |c| format!(" ({c})"))
            )
        })
        .collect();
    let value = irqs.iter().map(|irq| irq.irq.to_string()).collect::<Vec<_>>().join(", ");
    let Seen::There(all) = view.cards() else { return Err(Look::unknown("cards cannot be read")) };
    let without: Vec<String> = all
        .iter()
        .filter(|card| !irqs.iter().any(|irq| irq.cards.contains(&card.id)))
        .map(|card| format!("{}: none found; a virtual card has none", card.id))
        .collect();
    Ok(if irqs.is_empty() {
        Look::unknown(format!("no interrupt was found for {cards} cards")).with(without)
    } else {
        Look::ok(value).with(details).with(without)
    })
}

fn shared(view: &View) -> Looked {
    need_cards(view)?;
    let irqs = view.sound_irqs();
    if irqs.is_empty() {
        return Err(Look::unknown("no interrupt of a card was found"));
    }
    let mut shared = Vec::new();
    let mut alone = Vec::new();
    let mut unseen = Vec::new();
    for irq in irqs {
        match view.text(&format!("/sys/kernel/irq/{}/actions", irq.irq)) {
            Seen::There(text) => {
                let names: Vec<&str> =
                    text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
                // Some drivers serve one device by several handlers: dwc_otg, dwc_otg_pcd, dwc_otg_hcd:usb1.
                let is_part = |i: usize| {
                    names.iter().enumerate().any(|(j, other)| {
                        j != i && names[i].starts_with(other) && (names[i] != *other || j < i)
                    })
                };
                let users = (0..names.len()).filter(|i| !is_part(*i)).count();
                let said = format!("{} ({}): {text}", irq.irq, irq.cards.join(", "));
                if users > 1 { &mut shared } else { &mut alone }.push(said);
            }
            Seen::Absent => unseen.push(format!("/sys/kernel/irq/{} is missing", irq.irq)),
            Seen::Hidden(why) => unseen.push(why),
        }
    }
    Ok(if !shared.is_empty() {
        Look::warn(format!("{} shared", shared.len()), "other devices use the same line").with(shared)
    } else if !unseen.is_empty() {
        Look::unknown("not every interrupt can be read").with(unseen)
    } else {
        Look::ok("none shared").with(alone)
    })
}

/// The highest real-time priority of each audio program.
fn servers(view: &View) -> Vec<(String, u8)> {
    let top = |p: crate::check::programs::Program| {
        let threads = p.threads.iter().filter(|t| matches!(t.stat.policy, 1 | 2));
        threads.map(|t| t.stat.priority).max().map(|priority| (p.name.clone(), priority))
    };
    view.audio_programs().into_iter().filter_map(top).collect()
}

fn priority(view: &View) -> Looked {
    need_cards(view)?;
    let ours: Vec<u32> = view.sound_irqs().iter().map(|irq| irq.irq).collect();
    if ours.is_empty() {
        return Err(Look::unknown("no interrupt of a card was found"));
    }
    if let Seen::Hidden(why) = view.processes() {
        return Err(Look::unknown(why.clone()));
    }
    let threads = view.irq_threads();
    let sound: Vec<(u32, u8, &str)> = threads
        .iter()
        .filter(|(irq, _)| ours.contains(irq))
        .map(|(irq, p)| (*irq, p.stat.priority, p.stat.name.as_str()))
        .collect();
    if sound.is_empty() {
        return Ok(Look::warn("none", "the sound cards' interrupts have no thread: see threadirqs"));
    }
    let lowest = sound.iter().map(|(_, priority, _)| *priority).min().unwrap_or(0);
    let value = sound
        .iter()
        .map(|(_, priority, name)| format!("{name} FIFO {priority}"))
        .collect::<Vec<_>>()
        .join(", ");
    let mut trouble: Vec<String> = servers(view)
        .into_iter()
        .filter(|(_, priority)| *priority >= lowest)
        .map(|(name, priority)| format!("{name} has {priority}, the interrupt of its card {lowest}"))
        .collect();
    let others: Vec<String> = threads
        .iter()
        .filter(|(irq, p)| !ours.contains(irq) && p.stat.priority >= lowest)
        .map(|(_, p)| format!("{} has {}", p.stat.name, p.stat.priority))
        .collect();
    Ok(if !trouble.is_empty() {
        trouble.extend(others);
        Look::warn(value, "a program comes before the interrupt that it waits for").with(trouble)
    } else if !others.is_empty() {
        Look::warn(value, format!("{} other interrupts come first or at the same time", others.len()))
            .with(others)
    } else {
        Look::ok(value)
    })
}

fn affinity(view: &View) -> Looked {
    let audio = super::isolation::set_aside(view)?;
    let names = view.list("/proc/irq").or_unknown("the kernel lists no interrupts")?;
    if audio.is_empty() {
        return Err(Look::none("no CPU is set aside for audio, so there is nothing to separate"));
    }
    let ours: Vec<u32> = view.sound_irqs().iter().map(|irq| irq.irq).collect();
    let (mut wrong, mut unseen) = (Vec::new(), Vec::new());
    let mut managed = 0;
    for irq in names.iter().filter_map(|name| name.parse::<u32>().ok()) {
        let folder = format!("/proc/irq/{irq}");
        let actions = match view.text(&format!("/sys/kernel/irq/{irq}/actions")) {
            Seen::There(text) if !text.is_empty() => text,
            // Nobody uses it.
            Seen::There(_) | Seen::Absent => continue,
            Seen::Hidden(why) => {
                unseen.push(why);
                continue;
            }
        };
        let list = match view.cpus(&format!("{folder}/effective_affinity_list")) {
            Seen::There(list) if !list.is_empty() => list,
            _ => match view.cpus(&format!("{folder}/smp_affinity_list")) {
                Seen::There(list) => list,
                Seen::Absent => continue,
                Seen::Hidden(why) => {
                    unseen.push(why);
                    continue;
                }
            },
        };
        let on_audio: CpuSet = list.and(&audio);
        if ours.contains(&irq) && on_audio.is_empty() {
            wrong.push(format!("{irq} ({actions}), a sound card's, runs on CPUs {list}"));
        } else if !ours.contains(&irq) && !on_audio.is_empty() {
            // A queue of a disk belongs to its CPU and cannot be moved; one CPU alone is its sign.
            if list.iter().count() == 1
                && view.text(&format!("/sys/kernel/irq/{irq}/name")).there().is_some_and(|n| n == "edge")
                && actions.contains("nvme")
            {
                managed += 1;
                continue;
            }
            wrong.push(format!("{irq} ({actions}) runs on CPUs {list}"));
        }
    }
    let note = (managed > 0).then(|| format!("{managed} queues of disks are placed by the kernel"));
    Ok(if wrong.is_empty() && !unseen.is_empty() {
        Look::unknown("not every interrupt can be read").with(unseen)
    } else if wrong.is_empty() {
        Look::ok(format!("separate from CPUs {audio}")).with(note)
    } else {
        Look::warn(format!("{} on the wrong side", wrong.len()), format!("CPUs {audio} are for audio"))
            .with(wrong)
    })
}

fn irqbalance(view: &View) -> Looked {
    if !view.runs(&["irqbalance"]).or_unknown("processes cannot be seen")? {
        return Ok(Look::ok("not running"));
    }
    let files = ["/etc/default/irqbalance", "/etc/sysconfig/irqbalance", "/etc/irqbalance.env"];
    let banned = files.iter().find_map(|path| {
        let text = view.text(path).there()?;
        let line = text.lines().find_map(|l| l.trim().strip_prefix("IRQBALANCE_BANNED_CPULIST="))?;
        Some(line.trim_matches('"').to_owned())
    });
    Ok(match banned {
        Some(list) if !list.is_empty() => Look::ok_because("running", format!("it leaves CPUs {list} alone")),
        _ => Look::warn("running", "it moves interrupts that were placed on purpose"),
    })
}
