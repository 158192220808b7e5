//! Devices outside the processor.

use super::{Proposal, Wishes, text};
use crate::change::machine::Machine;
use crate::change::place::Place;

pub(super) fn usb_autosuspend(machine: &dyn Machine, _: &Wishes) -> Proposal {
    let folder = "/sys/bus/usb/devices";
    let names = machine.names(folder);
    if names.is_empty() {
        return Proposal::none("the machine has no USB");
    }
    let mut proposal = Proposal::default();
    for interface in names.iter().filter(|name| name.contains(':')) {
        if text(machine, &format!("{folder}/{interface}/bInterfaceClass")).as_deref() != Some("01") {
            continue;
        }
        let device = interface.split(':').next().unwrap_or("");
        let path = format!("{folder}/{device}/power/control");
        let known = proposal.wanted.iter().any(|w| w.place == Place::text(path.as_str()));
        if !known && machine.read(&path).is_ok() {
            let product = text(machine, &format!("{folder}/{device}/product")).unwrap_or_default();
            proposal.want_because(Place::text(path), "on", product);
        }
    }
    if proposal.wanted.is_empty() { Proposal::none("no USB audio device is plugged in") } else { proposal }
}

pub(super) fn wifi_power_save(machine: &dyn Machine, _: &Wishes) -> Proposal {
    let mut proposal = Proposal::default();
    let mut found = false;
    for interface in machine.names("/sys/class/net") {
        let folder = format!("/sys/class/net/{interface}");
        if machine.resolve(&format!("{folder}/phy80211")).is_none()
            && machine.resolve(&format!("{folder}/wireless")).is_none()
        {
            continue;
        }
        found = true;
        match machine.wifi_power_save(&interface) {
            Ok(true) => proposal.want(Place::Wifi { interface }, "off"),
            Ok(false) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                proposal.unknown = Some("the program iw is not installed".into());
            }
            Err(error) => proposal.unknown = Some(format!("{interface}: {error}")),
        }
    }
    if found { proposal } else { Proposal::none("the machine has no wireless interface") }
}
