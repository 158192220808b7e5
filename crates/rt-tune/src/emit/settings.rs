//! Which options stand for a fix or a check.

use super::Facts;
use crate::quantum::Kind;

/// Definitions for nixpkgs, musnix and this project, each a line or more without indentation.
type Settings = (Vec<String>, Vec<String>, Vec<String>);

/// What is said of a check that stands for a decision and not for a setting.
pub(super) const NO_OPTION: &str = "no option stands for it";

/// The options for a fix or check; `value` is what was applied, empty for the recommended one. Or why there is none.
pub(super) fn settings(id: &str, value: &str, facts: &Facts) -> Result<Settings, String> {
    let own = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let nixpkgs = |lines: &[&str]| -> Result<Settings, String> { Ok((own(lines), Vec::new(), Vec::new())) };
    let parameter = |word: &str| nixpkgs(&[&format!("boot.kernelParams = [ \"{word}\" ];")]);
    let number = |default: i64| -> i64 { value.trim().parse().unwrap_or(default) };
    let sysctl = |name: &str, default: i64| -> Result<Settings, String> {
        // Two definitions of a sysctl are refused even when they agree, and musnix has some of them.
        let line = format!("boot.kernel.sysctl.\"{name}\" = lib.mkOverride 80 {};", number(default));
        Ok((vec![line], Vec::new(), Vec::new()))
    };
    let rule = |lines: &[&str]| -> Result<Settings, String> {
        let rules = lines.iter().map(|line| format!("\n  \"{line}\"")).collect::<String>();
        Ok((vec![format!("systemd.tmpfiles.rules = [{rules}\n];")], Vec::new(), Vec::new()))
    };
    let no_daemon = "services.power-profiles-daemon.enable = false;";
    let watch = || -> Settings { (Vec::new(), Vec::new(), own(&["archibald.tuning.enable = true;"])) };
    match id {
        "governor" => nixpkgs(&["powerManagement.cpuFreqGovernor = \"performance\";", no_daemon]),
        "power-profiles" => nixpkgs(&[no_daemon]),
        "epp" => {
            let path = "/sys/devices/system/cpu/cpufreq/policy*/energy_performance_preference";
            rule(&[&format!("w- {path} - - - - performance")])
        }
        "energy-bias" => rule(&["w- /sys/devices/system/cpu/cpu*/power/energy_perf_bias - - - - 0"]),
        "platform-profile" => rule(&["w- /sys/firmware/acpi/platform_profile - - - - performance"]),
        "dynamic-epp" => parameter("amd_dynamic_epp=disable"),
        "pcie-aspm" => parameter("pcie_aspm.policy=performance"),
        "smt" => parameter("nosmt"),
        "preempt-mode" => parameter("preempt=full"),
        "threadirqs" => parameter("threadirqs"),
        "rt-group-sched" => parameter("rt_group_sched=0"),
        "skew-tick" => parameter("skew_tick=1"),
        "swappiness" => sysctl("vm.swappiness", 10),
        "stat-interval" => sysctl("vm.stat_interval", 10),
        "compaction" => sysctl("vm.compaction_proactiveness", 0),
        "numa-balancing" => sysctl("kernel.numa_balancing", 0),
        "timer-migration" => sysctl("kernel.timer_migration", 0),
        "nmi-watchdog" => sysctl("kernel.nmi_watchdog", 0),
        "rt-throttling" => sysctl("kernel.sched_rt_runtime_us", -1),
        "uclamp" => sysctl("kernel.sched_util_clamp_min_rt_default", 1024),
        "inotify" => sysctl("fs.inotify.max_user_watches", 524_288),
        "dirty-limits" => nixpkgs(&[
            "boot.kernel.sysctl.\"vm.dirty_bytes\" = lib.mkOverride 80 50331648;",
            "boot.kernel.sysctl.\"vm.dirty_background_bytes\" = lib.mkOverride 80 16777216;",
        ]),
        "thp" => rule(&[
            "w- /sys/kernel/mm/transparent_hugepage/enabled - - - - madvise",
            "w- /sys/kernel/mm/transparent_hugepage/defrag - - - - defer+madvise",
        ]),
        "ksm" => nixpkgs(&["hardware.ksm.enable = false;"]),
        "workqueue" => rest(facts).and_then(|rest| {
            rule(&[
                &format!("w- /sys/devices/virtual/workqueue/cpumask - - - - {rest}"),
                &format!("w- /sys/devices/virtual/workqueue/writeback/cpumask - - - - {rest}"),
            ])
        }),
        "hda-power-save" => nixpkgs(&[
            "boot.extraModprobeConfig = ''\n  options snd_hda_intel power_save=0 power_save_controller=N\n'';",
        ]),
        "usb-autosuspend" => {
            nixpkgs(&["services.udev.extraRules = ''\n  ACTION==\"add\", SUBSYSTEM==\"usb\", \
            ENV{DEVTYPE}==\"usb_interface\", ATTR{bInterfaceClass}==\"01\", ATTR{../power/control}=\"on\"\n'';"])
        }
        "wifi-power-save" => nixpkgs(&["networking.networkmanager.wifi.powersave = false;"]),
        "irqbalance" => nixpkgs(&["services.irqbalance.enable = false;"]),
        "sched-ext" => nixpkgs(&["services.scx.enable = false;"]),
        "sequencer-timer" => nixpkgs(&["boot.kernelModules = [ \"snd-hrtimer\" ];"]),
        "rtkit" => nixpkgs(&["security.rtkit.enable = true;"]),
        "limit-rtprio" => limit("rtprio", "\"95\""),
        "limit-memlock" => limit("memlock", "\"unlimited\""),
        "limit-nice" => limit("nice", "\"-19\""),
        "limit-nofile" => limit("nofile", "\"99999\""),
        "c-states" | "device-access" => Ok((
            own(&[
                "services.udev.extraRules = ''\n  KERNEL==\"cpu_dma_latency\", GROUP=\"audio\", MODE=\"0660\"\n'';",
            ]),
            Vec::new(),
            own(&["archibald.tuning.enable = true;"]),
        )),
        "irq-priority" => {
            let (nixpkgs, _, ours) = watch();
            Ok((nixpkgs, own(&["musnix.enable = true;", "musnix.rtirq.enable = true;"]), ours))
        }
        "thread-priority" => Ok((own(&["security.rtkit.enable = true;"]), Vec::new(), watch().2)),
        "irq-affinity" | "thread-affinity" | "cpuset" => cores(facts),
        "rt-kernel" => {
            Err("a kernel is built for it: set archibald.realtime.kernel.flavour or musnix.kernel.realtime"
                .into())
        }
        "mitigations" => Err("it opens the machine to known attacks, and is never written".into()),
        "groups" => Err("add the user by name: users.users.NAME.extraGroups = [ \"audio\" ]".into()),
        _ => Err(NO_OPTION.into()),
    }
}

/// The options for a period of a server. In a virtual machine PipeWire raises the lowest one to 1024 unless a rule says otherwise.
pub(super) fn period(server: Kind, frames: u32) -> Settings {
    let ours = vec![format!("archibald.audio.quantumFrames = lib.mkOverride 80 {frames};")];
    let pipewire = format!(
        "services.pipewire.extraConfig.pipewire.\"95-rt-tune\" = {{
  \"context.properties\" = {{
    \"default.clock.quantum\" = {frames};
    \"default.clock.min-quantum\" = {frames};
  }};
  \"context.properties.rules\" = [
    {{
      matches = [ {{ \"cpu.vm.name\" = \"!null\"; }} ];
      actions.update-props.\"default.clock.min-quantum\" = {frames};
    }}
  ];
}};"
    );
    let nixpkgs = if server == Kind::PipeWire { vec![pipewire] } else { Vec::new() };
    (nixpkgs, Vec::new(), ours)
}

fn limit(item: &str, value: &str) -> Result<Settings, String> {
    let lines = [
        "domain = \"@audio\";",
        &format!("item = \"{item}\";"),
        "type = \"-\";",
        &format!("value = {value};"),
    ];
    let entry = lines.iter().map(|line| format!("\n    {line}")).collect::<String>();
    Ok((vec![format!("security.pam.loginLimits = [\n  {{{entry}\n  }}\n];")], Vec::new(), Vec::new()))
}

/// Mask of the CPUs that are not for audio.
fn rest(facts: &Facts) -> Result<String, String> {
    let rest = facts.cpus.without(&facts.audio);
    if facts.audio.is_empty() || rest.is_empty() {
        return Err("no CPUs are set aside for audio".into());
    }
    Ok(rest.to_mask())
}

fn cores(facts: &Facts) -> Result<Settings, String> {
    rest(facts)?;
    let count = facts.cpus.iter().last().map_or(0, |last| last + 1);
    let list = facts.audio.iter().map(|cpu| format!("\n  {cpu}")).collect::<String>();
    let list = match facts.audio.iter().count() {
        1 => format!("[ {} ]", facts.audio),
        _ => format!("[{list}\n]"),
    };
    let ours = vec![
        "archibald.realtime.enable = true;".to_owned(),
        format!("archibald.hardware.cpuCount = {count};"),
        // A list that a variant sets as well would be joined to this one.
        format!("archibald.realtime.audioCores = lib.mkOverride 80 {list};"),
    ];
    Ok((Vec::new(), Vec::new(), ours))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{CpuSet, FIXES};

    #[test]
    fn every_fix_has_options_or_a_reason_why_not() {
        let set = |list| CpuSet::from_list(list).unwrap();
        let facts = Facts { cpus: set("0-3"), audio: set("2-3") };
        for fix in FIXES {
            match settings(fix.id, "", &facts) {
                Ok((a, b, c)) => assert!(!(a.is_empty() && b.is_empty() && c.is_empty()), "{}", fix.id),
                Err(why) => assert_ne!(why, NO_OPTION, "{}", fix.id),
            }
        }
        assert!(settings("thread-affinity", "", &Facts::default()).is_err());
    }
}
