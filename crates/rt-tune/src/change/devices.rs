//! Which interrupts serve the sound cards: found by walking the device tree of the kernel, never by guessing from names
//! of drivers.

use super::machine::Machine;
use std::collections::BTreeSet;

/// A card as the kernel numbers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundCard {
    /// Its folder name, such as `card0`.
    pub name: String,
    /// Its short id, such as `PCH`.
    pub id: String,
    /// Path of the device that it belongs to, below /sys/devices.
    pub device: String,
}

/// An interrupt of a card.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SoundIrq {
    /// Number.
    pub irq: u32,
    /// Cards behind it, by id.
    pub cards: Vec<String>,
    /// The device that raises it: the card itself, or the USB or DMA controller that the card hangs on.
    pub source: String,
}

/// The cards that have a device.
pub fn sound_cards(machine: &dyn Machine) -> Vec<SoundCard> {
    let names = machine.names("/sys/class/sound").into_iter();
    names
        .filter(|name| name.strip_prefix("card").is_some_and(|n| n.parse::<u32>().is_ok()))
        .filter_map(|name| {
            let folder = format!("/sys/class/sound/{name}");
            let device = machine.resolve(&format!("{folder}/device"))?;
            let id = machine.read(&format!("{folder}/id")).map(|id| id.trim().to_owned());
            Some(SoundCard { id: id.unwrap_or_else(|_| name.clone()), name, device })
        })
        .collect()
}

/// The interrupts of all cards, by number.
pub fn sound_irqs(machine: &dyn Machine) -> Vec<SoundIrq> {
    let mut found: Vec<SoundIrq> = Vec::new();
    for card in sound_cards(machine) {
        for (irq, source) in irqs_of(machine, &card.device) {
            match found.iter_mut().find(|known| known.irq == irq) {
                Some(known) => known.cards.push(card.id.clone()),
                None => found.push(SoundIrq { irq, cards: vec![card.id.clone()], source }),
            }
        }
    }
    found.sort();
    found
}

/// Interrupts of the device itself, else of the nearest one above it that has any, else of those that it depends on.
fn irqs_of(machine: &dyn Machine, device: &str) -> Vec<(u32, String)> {
    let mut at = device;
    while at.starts_with("/sys/devices/") {
        let own = own_irqs(machine, at);
        if !own.is_empty() {
            return own.into_iter().map(|irq| (irq, at.to_owned())).collect();
        }
        at = at.rsplit_once('/').map_or("", |(above, _)| above);
    }
    // A card of a board is put together: the I2S controller has the interrupt, or the DMA controller that serves it.
    let mut seen = BTreeSet::from([device.to_owned()]);
    let mut next = linked(machine, device);
    while let Some(supplier) = next.pop() {
        if !seen.insert(supplier.clone()) || seen.len() > 64 {
            continue;
        }
        let own = own_irqs(machine, &supplier);
        if !own.is_empty() {
            return own.into_iter().map(|irq| (irq, supplier.clone())).collect();
        }
        next.extend(linked(machine, &supplier));
    }
    Vec::new()
}

/// Devices that this one takes audio or DMA from: `supplier:…` links to devices, `dma:…` links to channels.
fn linked(machine: &dyn Machine, device: &str) -> Vec<String> {
    let names = machine.names(device).into_iter();
    names
        .filter_map(|name| {
            if let Some(of) = name.strip_prefix("supplier:") {
                // Clocks, pins and regulators have interrupts of their own that say nothing of audio.
                let audio = ["i2s", "sai", "pcm", "spdif", "sound", "hdmi", "mcasp", "ssi"];
                return audio
                    .iter()
                    .any(|word| of.contains(word))
                    .then(|| machine.resolve(&format!("{device}/{name}/supplier")))?;
            }
            name.starts_with("dma:").then(|| {
                let channel = machine.resolve(&format!("{device}/{name}"))?;
                channel.split_once("/dma/").map(|(controller, _)| controller.to_owned())
            })?
        })
        .collect()
}

fn own_irqs(machine: &dyn Machine, device: &str) -> Vec<u32> {
    let number = |name: &String| name.parse::<u32>().ok().filter(|irq| *irq > 0);
    let message: Vec<u32> = machine.names(&format!("{device}/msi_irqs")).iter().filter_map(number).collect();
    if !message.is_empty() {
        return message;
    }
    let is_pci = machine.read(&format!("{device}/class")).is_ok();
    if is_pci {
        // The file tells the pin's interrupt, which is only in use where no message is.
        let pin =
            machine.read(&format!("{device}/irq")).ok().and_then(|text| number(&text.trim().to_owned()));
        return pin.into_iter().collect();
    }
    by_action(machine, device)
}

/// A device outside PCI has no file for its interrupts; the kernel names the device, its driver, or its USB bus there.
fn by_action(machine: &dyn Machine, device: &str) -> Vec<u32> {
    let name = device.rsplit('/').next().unwrap_or("");
    let bus =
        name.strip_prefix("usb").filter(|number| number.parse::<u32>().is_ok()).map(|_| format!(":{name}"));
    let driver =
        machine.resolve(&format!("{device}/driver")).and_then(|d| d.rsplit('/').next().map(str::to_owned));
    let mut irqs: Vec<u32> = Vec::new();
    for number in machine.names("/sys/kernel/irq") {
        let Ok(actions) = machine.read(&format!("/sys/kernel/irq/{number}/actions")) else { continue };
        let ours = actions.trim().split(',').any(|action| {
            action == name
                || bus.as_deref().is_some_and(|bus| action.ends_with(bus))
                || (action == "DMA IRQ" && driver.as_deref() == Some("bcm2835-dma"))
        });
        if ours {
            irqs.extend(number.parse::<u32>().ok());
        }
    }
    irqs.sort_unstable();
    irqs
}

#[cfg(test)]
mod tests {
    use super::super::simulated::Simulated;
    use super::*;

    fn numbers(machine: &Simulated) -> Vec<u32> {
        sound_irqs(machine).iter().map(|irq| irq.irq).collect()
    }

    #[test]
    fn a_pci_card_has_its_message_interrupt_or_else_its_pin() {
        let device = "/sys/devices/pci0000:00/0000:00:1f.3";
        let machine = Simulated::default()
            .link("/sys/class/sound/card0/device", device)
            .file("/sys/class/sound/card0/id", "PCH\n")
            .file(&format!("{device}/class"), "0x040300\n")
            .file(&format!("{device}/irq"), "16\n");
        assert_eq!(numbers(&machine), [16]);
        let machine = machine.file(&format!("{device}/msi_irqs/142"), "msi\n");
        assert_eq!(numbers(&machine), [142]);
        assert_eq!(sound_irqs(&machine)[0].cards, ["PCH"]);
    }

    #[test]
    fn usb_behind_a_bridge_has_the_interrupts_of_its_host_controller() {
        let host = "/sys/devices/pci0000:00/0000:00:08.1/0000:0c:00.3";
        let machine = Simulated::default()
            .link("/sys/class/sound/card1/device", &format!("{host}/usb3/3-2/3-2:1.0"))
            .file("/sys/class/sound/card1/id", "USB\n")
            .file(&format!("{host}/usb3/3-2/3-2:1.0/bInterfaceClass"), "01\n")
            .file(&format!("{host}/class"), "0x0c0330\n")
            .file(&format!("{host}/irq"), "24\n")
            .file(&format!("{host}/msi_irqs/71"), "msix\n")
            .file(&format!("{host}/msi_irqs/72"), "msix\n")
            .file("/sys/devices/pci0000:00/0000:00:08.1/class", "0x060400\n")
            .file("/sys/devices/pci0000:00/0000:00:08.1/msi_irqs/30", "msi\n");
        assert_eq!(numbers(&machine), [71, 72]);
        assert_eq!(sound_irqs(&machine)[0].source, host);
    }

    #[test]
    fn usb_of_an_arm_board_is_found_by_the_name_of_its_bus() {
        let host = "/sys/devices/platform/fc000000.usb/xhci-hcd.1.auto";
        let machine = Simulated::default()
            .link("/sys/class/sound/card2/device", &format!("{host}/usb5/5-1/5-1:1.0"))
            .file(&format!("{host}/usb5/5-1/5-1:1.0/bInterfaceClass"), "01\n")
            .file("/sys/kernel/irq/80/actions", "xhci-hcd:usb5\n")
            .file("/sys/kernel/irq/81/actions", "xhci-hcd:usb55\n")
            .file("/sys/kernel/irq/82/actions", "eth0\n");
        assert_eq!(numbers(&machine), [80]);
    }

    #[test]
    fn a_hat_on_i2s_has_the_interrupts_of_the_dma_that_serves_it() {
        let i2s = "/sys/devices/platform/soc/fe203000.i2s";
        let dma = "/sys/devices/platform/soc/fe007000.dma";
        let machine = Simulated::default()
            .link("/sys/class/sound/card0/device", "/sys/devices/platform/soc/soc:sound")
            .file("/sys/devices/platform/soc/soc:sound/uevent", "")
            .link("/sys/devices/platform/soc/soc:sound/supplier:platform:fe203000.i2s/supplier", i2s)
            .link(
                "/sys/devices/platform/soc/soc:sound/supplier:platform:fe101000.cprman/supplier",
                "/sys/devices/x",
            )
            .file(&format!("{i2s}/uevent"), "")
            .link(&format!("{i2s}/dma:tx"), &format!("{dma}/dma/dma0chan4"))
            .file(&format!("{dma}/uevent"), "")
            .link(&format!("{dma}/driver"), "/sys/bus/platform/drivers/bcm2835-dma")
            .file("/sys/kernel/irq/36/actions", "DMA IRQ\n")
            .file("/sys/kernel/irq/37/actions", "mmc0\n");
        assert_eq!(numbers(&machine), [36]);
    }

    #[test]
    fn a_card_without_any_interrupt_is_no_error() {
        let machine = Simulated::default()
            .link("/sys/class/sound/card0/device", "/sys/devices/platform/snd_aloop.0")
            .file("/sys/devices/platform/snd_aloop.0/uevent", "");
        assert!(numbers(&machine).is_empty());
        assert_eq!(sound_cards(&machine).len(), 1);
    }
}
