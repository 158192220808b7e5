//! Clock frequency, sleep states and power saving of buses.

use super::{Proposal, Wishes, file, number, single, text};
use crate::change::machine::Machine;
use crate::change::place::{Form, Place};

const CPUFREQ: &str = "/sys/devices/system/cpu/cpufreq";

fn policies(machine: &dyn Machine) -> Vec<String> {
    let names = machine.names(CPUFREQ).into_iter();
    names.filter(|name| name.starts_with("policy")).map(|name| format!("{CPUFREQ}/{name}")).collect()
}

const NO_POLICY: &str = "the kernel scales no clock here (usual in a virtual machine)";

pub(super) fn governor(machine: &dyn Machine, _: &Wishes) -> Proposal {
    let policies = policies(machine);
    if policies.is_empty() {
        return Proposal::none(NO_POLICY);
    }
    let mut proposal = Proposal::default();
    for policy in policies {
        let known = text(machine, &format!("{policy}/scaling_available_governors"));
        if known.is_some_and(|known| !known.split_whitespace().any(|governor| governor == "performance")) {
            proposal.notes.push(format!("{policy}: the kernel has no governor named performance"));
            continue;
        }
        proposal.want(Place::text(format!("{policy}/scaling_governor")), "performance");
    }
    proposal
}

pub(super) fn epp(machine: &dyn Machine, _: &Wishes) -> Proposal {
    let mut proposal = Proposal::default();
    let mut found = false;
    for policy in policies(machine) {
        let path = format!("{policy}/energy_performance_preference");
        if machine.read(&path).is_err() {
            continue;
        }
        found = true;
        if text(machine, &format!("{policy}/scaling_governor")).as_deref() == Some("performance") {
            // The driver then answers every write with EBUSY.
            proposal.notes.push(format!("{policy}: the governor performance includes it"));
        } else {
            proposal.want(Place::text(path), "performance");
        }
    }
    if found { proposal } else { Proposal::none("no driver here takes a preference") }
}

pub(super) fn dynamic_epp(machine: &dyn Machine, _: &Wishes) -> Proposal {
    let path = "/sys/devices/system/cpu/amd_pstate/dynamic_epp";
    single(machine, path, "disabled", "driver that chooses the preference itself")
}

pub(super) fn energy_bias(machine: &dyn Machine, _: &Wishes) -> Proposal {
    let mut proposal = Proposal::default();
    for cpu in machine.names("/sys/devices/system/cpu") {
        let path = format!("/sys/devices/system/cpu/{cpu}/power/energy_perf_bias");
        if number(machine, &path).is_some() {
            proposal.want(Place::text(path), "0");
        }
    }
    if proposal.wanted.is_empty() { Proposal::none("these CPUs have no such bias") } else { proposal }
}

pub(super) fn platform_profile(machine: &dyn Machine, _: &Wishes) -> Proposal {
    let choices = text(machine, "/sys/firmware/acpi/platform_profile_choices");
    match choices {
        None => Proposal::none("the firmware offers no profiles"),
        Some(choices) if !choices.split_whitespace().any(|choice| choice == "performance") => {
            Proposal::none(format!("the firmware offers no profile named performance, only {choices}"))
        }
        Some(_) => single(machine, "/sys/firmware/acpi/platform_profile", "performance", "profile"),
    }
}

pub(super) fn c_states(machine: &dyn Machine, wishes: &Wishes) -> Proposal {
    let mut deep: Vec<String> = Vec::new();
    let mut any = false;
    for cpu in machine.names("/sys/devices/system/cpu") {
        let folder = format!("/sys/devices/system/cpu/{cpu}/cpuidle");
        for state in machine.names(&folder) {
            let value = |name: &str| number(machine, &format!("{folder}/{state}/{name}"));
            let Some(latency) = value("latency") else { continue };
            any = true;
            if latency > i64::from(wishes.latency_us) && value("disable") != Some(1) {
                let name = text(machine, &format!("{folder}/{state}/name")).unwrap_or(state);
                let named = format!("{name} ({latency} µs)");
                if !deep.contains(&named) {
                    deep.push(named);
                }
            }
        }
    }
    if !any {
        return Proposal::none("the kernel knows no sleep states here");
    }
    let mut proposal = Proposal::default();
    if deep.is_empty() {
        let us = wishes.latency_us;
        proposal.notes.push(format!("no sleep state that is in use takes longer than {us} µs to leave"));
        return proposal;
    }
    let why = format!("forbids {}", deep.join(", "));
    let place = Place::Latency { mark: "rt-tune-c-states".into() };
    proposal.want_because(place, wishes.latency_us.to_string(), why);
    proposal
}

pub(super) fn pcie_aspm(machine: &dyn Machine, _: &Wishes) -> Proposal {
    let path = "/sys/module/pcie_aspm/parameters/policy";
    match machine.read(path) {
        Ok(_) => {
            let mut proposal = Proposal::default();
            proposal.want(file(path, Form::Choice), "performance");
            proposal
        }
        Err(_) => Proposal::none("the kernel manages no link states here"),
    }
}

pub(super) fn hda_power_save(machine: &dyn Machine, _: &Wishes) -> Proposal {
    let folder = "/sys/module/snd_hda_intel/parameters";
    if machine.read(&format!("{folder}/power_save")).is_err() {
        return Proposal::none("no HD-audio driver is loaded");
    }
    let mut proposal = Proposal::default();
    proposal.want(Place::text(format!("{folder}/power_save")), "0");
    if machine.read(&format!("{folder}/power_save_controller")).is_ok() {
        proposal.want(Place::text(format!("{folder}/power_save_controller")), "N");
    }
    proposal
}
