//! The machines. Each says what it imitates; values are those that the kernel's documents and drivers give, put together
//! by hand, not copies of somebody's machine.

use super::machine::{Class, Machine};

/// A machine and what it stands for.
pub(crate) struct Fixture {
    pub(crate) name: &'static str,
    pub(crate) imitates: &'static str,
    pub(crate) machine: Machine,
}

const CPU: &str = "/sys/devices/system/cpu";

/// What every Linux shows: version, sysctls, users. `version` is that of uname -v.
fn linux(release: &str, version: &str, cmdline: &str, cpus: u32) -> Machine {
    let last = cpus - 1;
    let mut machine = Machine::default()
        .files(
            "/proc/sys/kernel",
            &[
                ("osrelease", release),
                ("version", version),
                ("sched_rt_runtime_us", "950000"),
                ("sched_rt_period_us", "1000000"),
                ("timer_migration", "1"),
                ("hung_task_timeout_secs", "120"),
                ("nmi_watchdog", "1"),
                ("watchdog", "1"),
                ("sched_util_clamp_min_rt_default", "1024"),
            ],
        )
        .files(
            "/proc/sys/vm",
            &[
                ("swappiness", "60"),
                ("stat_interval", "1"),
                ("compaction_proactiveness", "20"),
                ("page-cluster", "3"),
                ("dirty_bytes", "0"),
                ("dirty_ratio", "20"),
                ("dirty_background_bytes", "0"),
                ("dirty_background_ratio", "10"),
            ],
        )
        .file("/proc/sys/fs/inotify/max_user_watches", "65536")
        .file("/proc/cmdline", cmdline)
        .file("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority")
        .file("/proc/self/mounts", "/dev/root / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0")
        .files(
            "/proc/pressure",
            &[
                ("cpu", "some avg10=0.50 avg60=0.10 avg300=0.00 total=1"),
                ("memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0"),
                ("io", "some avg10=0.20 avg60=0.00 avg300=0.00 total=1"),
            ],
        )
        .files(CPU, &[("online", &format!("0-{last}")), ("isolated", ""), ("nohz_full", "(null)")])
        .files(
            "/sys/kernel/mm/transparent_hugepage",
            &[
                ("enabled", "always [madvise] never"),
                ("defrag", "always defer defer+madvise [madvise] never"),
                ("khugepaged/defrag", "1"),
            ],
        )
        .file("/sys/kernel/mm/ksm/run", "0")
        .files("/sys/devices/virtual/workqueue", &[("cpumask", "ff"), ("writeback/cpumask", "ff")])
        .file("/sys/kernel/debug/sched/base_slice_ns", "2800000")
        .files("/sys/kernel/tracing", &[("current_tracer", "nop"), ("tracing_on", "1"), ("set_event", "")])
        .file("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids")
        .file("/sys/fs/cgroup/cgroup.subtree_control", "memory pids")
        .folder("/sys/class/net/lo")
        .folder("/proc/irq")
        .file("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000:Ann:/home/ann:/bin/sh")
        .file("/etc/group", "root:x:0:\naudio:x:29:ann\nann:x:1000:")
        .file("/etc/security/limits.conf", "# empty")
        .kernel_thread(1, "systemd", Class::Other);
    for cpu in 0..cpus {
        machine = machine.file(&format!("{CPU}/cpu{cpu}/topology/core_id"), &cpu.to_string()).files(
            &format!("/sys/kernel/debug/sched/fair_server/cpu{cpu}"),
            &[("runtime", "50000000"), ("period", "1000000000")],
        );
    }
    machine
}

/// Options that Debian and others build with.
const CONFIG: &str =
    "HIGH_RES_TIMERS=y NO_HZ_FULL=y HZ=250 PREEMPT_VOLUNTARY=y PREEMPT_DYNAMIC=y RCU_NOCB_CPU=y";

fn x86(release: &str, version: &str, cmdline: &str, cpus: u32, vendor: &str, model: &str) -> Machine {
    let flags = "fpu tsc constant_tsc nonstop_tsc";
    let mut machine = linux(release, version, cmdline, cpus)
        .config(CONFIG)
        .file(
            "/proc/cpuinfo",
            &format!("processor\t: 0\nvendor_id\t: {vendor}\nmodel name\t: {model}\nflags\t\t: {flags}"),
        )
        .files("/sys/class/dmi/id", &[("sys_vendor", "Some Maker"), ("product_name", "Some Board")])
        .files(
            "/sys/devices/system/clocksource/clocksource0",
            &[("current_clocksource", "tsc"), ("available_clocksource", "tsc hpet acpi_pm")],
        )
        .file("/sys/kernel/debug/sched/preempt", "none (voluntary) full")
        .files(
            &format!("{CPU}/vulnerabilities"),
            &[("meltdown", "Not affected"), ("spectre_v2", "Mitigation: Enhanced IBRS")],
        )
        .files(&format!("{CPU}/smt"), &[("active", "0"), ("control", "off")])
        .file("/sys/module/pcie_aspm/parameters/policy", "[default] performance powersave powersupersave")
        .file("/sys/kernel/security/lockdown", "[none] integrity confidentiality")
        .file("/proc/sys/kernel/split_lock_mitigate", "1")
        .file("/proc/sys/kernel/numa_balancing", "0");
    for cpu in 0..cpus {
        let at = format!("{CPU}/cpu{cpu}");
        machine = machine
            .files(&format!("{at}/cpuidle/state0"), &[("name", "POLL"), ("latency", "0"), ("disable", "0")])
            .files(&format!("{at}/cpuidle/state1"), &[("name", "C1"), ("latency", "2"), ("disable", "0")])
            .files(&format!("{at}/cpuidle/state2"), &[("name", "C6"), ("latency", "133"), ("disable", "0")])
            .files(
                &format!("{at}/thermal_throttle"),
                &[("core_throttle_count", "0"), ("package_throttle_count", "0")],
            );
    }
    machine
}

/// Policies of one CPU each.
fn cpufreq(
    mut machine: Machine,
    cpus: u32,
    driver: &str,
    governor: &str,
    preference: Option<&str>,
) -> Machine {
    for cpu in 0..cpus {
        let folder = format!("{CPU}/cpufreq/policy{cpu}");
        machine = machine.files(
            &folder,
            &[("scaling_driver", driver), ("scaling_governor", governor), ("related_cpus", &cpu.to_string())],
        );
        if let Some(preference) = preference {
            machine = machine.file(&format!("{folder}/energy_performance_preference"), preference);
        }
    }
    machine
}

/// HD audio on PCI with a message interrupt.
fn hda(machine: Machine, irq: u32) -> Machine {
    let device = "/sys/devices/pci0000:00/0000:00:1f.3";
    machine
        .card(0, "PCH", "HDA-Intel - HDA Intel PCH", device)
        .files(device, &[("class", "0x040300"), ("irq", "16"), (&format!("msi_irqs/{irq}"), "msi")])
        .irq(irq, "IR-PCI-MSI-0000:00:1f.3", "snd_hda_intel:card0", "0")
        .file("/proc/asound/timers", "G0: system timer : 4000.000us (10000000 ticks)\nG3: HR timer : 0.001us")
        .files(
            "/sys/module/snd_hda_intel/parameters",
            &[("power_save", "10"), ("power_save_controller", "Y")],
        )
}

/// A USB interface at a port of a bus below a host controller.
fn usb_card(machine: Machine, host: &str, bus: u32, port: &str, speed: &str) -> Machine {
    let first = port.split('.').next().unwrap();
    let mut device = format!("{host}/usb{bus}/{bus}-{first}");
    let parts: Vec<&str> = port.split('.').collect();
    for depth in 2..=parts.len() {
        device = format!("{device}/{bus}-{}", parts[..depth].join("."));
    }
    let name = format!("{bus}-{port}");
    let interface = format!("{device}/{name}:1.0");
    let interval = if speed == "12" { "1 ms" } else { "125 us" };
    machine
        .files(&device, &[("speed", speed), ("product", "Two Channels"), ("bMaxPower", "500mA"), ("power/control", "auto"), ("power/autosuspend_delay_ms", "2000")])
        .file(&format!("{interface}/bInterfaceClass"), "01")
        .link(&format!("/sys/bus/usb/devices/{name}"), &device)
        .link(&format!("/sys/bus/usb/devices/{name}:1.0"), &interface)
        .card(1, "USB", "USB-Audio - Two Channels", &interface)
        .file("/sys/module/snd_usb_audio/parameters/lowlatency", "Y")
        .file(
            "/proc/asound/card1/stream0",
            &format!("Two Channels : USB Audio\n\nPlayback:\n  Interface 1\n    Altset 1\n    Endpoint: 0x01 (1 OUT) (ASYNC)\n    Data packet interval: {interval}"),
        )
}

/// PipeWire with its data loop, and the files of its package.
fn pipewire(machine: Machine, class: Class, cpus: &str) -> Machine {
    machine
        .process(900, "pipewire", Class::Other, cpus)
        .thread(900, 905, "data-loop.0", class, cpus)
        .file("/proc/900/cmdline", "/usr/bin/pipewire\0")
        .file(
            "/usr/share/pipewire/pipewire.conf",
            "context.properties = {\n    #default.clock.rate = 48000\n    default.clock.quantum = 1024\n    \
             default.clock.min-quantum = 32\n    default.clock.max-quantum = 2048\n}\n\
             context.properties.rules = [\n    {   matches = [ { cpu.vm.name = !null } ]\n        actions = {\n            \
             update-props = {\n                default.clock.min-quantum = 1024\n            }\n        }\n    }\n]",
        )
}

fn arm(board: &str, release: &str, version: &str, cmdline: &str, cpus: u32) -> Machine {
    linux(release, version, cmdline, cpus)
        .file("/proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8")
        .bytes("/proc/device-tree/model", format!("{board}\0").as_bytes())
        .files(
            "/sys/devices/system/clocksource/clocksource0",
            &[("current_clocksource", "arch_sys_counter"), ("available_clocksource", "arch_sys_counter")],
        )
        .files(&format!("{CPU}/vulnerabilities"), &[("spectre_v2", "Not affected")])
}

const DYNAMIC: &str = "#1 SMP PREEMPT_DYNAMIC Debian";
const RT: &str = "#1 SMP PREEMPT_RT Debian";

fn intel() -> Machine {
    let machine =
        x86("6.12.43+deb13-amd64", DYNAMIC, "ro quiet", 8, "GenuineIntel", "Intel(R) Core(TM) i7-9700");
    let machine = cpufreq(machine, 8, "intel_pstate", "powersave", Some("balance_performance"))
        .files(
            &format!("{CPU}/intel_pstate"),
            &[("status", "active"), ("no_turbo", "0"), ("min_perf_pct", "17")],
        )
        .file(&format!("{CPU}/cpu0/power/energy_perf_bias"), "6");
    hda(machine, 142)
}

fn amd() -> Machine {
    let machine = x86("7.1.4", DYNAMIC, "ro", 16, "AuthenticAMD", "AMD Ryzen 7 7700X");
    let machine = cpufreq(machine, 16, "amd-pstate-epp", "powersave", Some("balance_performance"));
    hda(machine, 98)
        .config("HIGH_RES_TIMERS=y NO_HZ_IDLE=y HZ=300 PREEMPT_LAZY=y RCU_NOCB_CPU=y")
        .file("/sys/kernel/debug/sched/preempt", "full (lazy)")
        .files(&format!("{CPU}/amd_pstate"), &[("status", "active"), ("dynamic_epp", "enabled")])
        .files(&format!("{CPU}/smt"), &[("active", "1"), ("control", "on")])
        .process(700, "power-profiles-", Class::Other, "0-15")
        .files(
            "/sys/firmware/acpi",
            &[
                ("platform_profile", "balanced"),
                ("platform_profile_choices", "low-power balanced performance"),
            ],
        )
        .files("/sys/kernel/sched_ext", &[("state", "enabled"), ("root/ops", "lavd")])
}

fn hybrid() -> Machine {
    let machine = x86(
        "6.14.2-arch1-1",
        DYNAMIC,
        "preempt=full threadirqs",
        20,
        "GenuineIntel",
        "13th Gen Intel(R) Core(TM) i7-13700H",
    );
    let machine = cpufreq(machine, 20, "intel_pstate", "performance", Some("performance"));
    let machine = hda(machine, 150)
        .file("/sys/devices/cpu_core/cpus", "0-11")
        .file("/sys/devices/cpu_atom/cpus", "12-19")
        .file("/sys/kernel/debug/sched/preempt", "none voluntary (full)")
        .kernel_thread(201, "irq/150-snd_hda", Class::Fifo(50))
        .kernel_thread(202, "irq/151-nvme0q1", Class::Fifo(50));
    pipewire(machine, Class::Fifo(88), "0-19")
}

fn vm() -> Machine {
    let machine = x86("6.12.43+deb13-amd64", DYNAMIC, "console=ttyS0", 2, "GenuineIntel", "Intel Xeon Processor")
        .without(&format!("{CPU}/cpu0/cpuidle"))
        .without(&format!("{CPU}/cpu1/cpuidle"))
        .without(&format!("{CPU}/cpu0/thermal_throttle"))
        .without(&format!("{CPU}/cpu1/thermal_throttle"))
        .file("/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel Xeon Processor\nflags\t\t: fpu tsc hypervisor")
        .files("/sys/class/dmi/id", &[("sys_vendor", "QEMU"), ("product_name", "Standard PC (Q35 + ICH9, 2009)")])
        .files(&format!("{CPU}/smt"), &[("active", "0"), ("control", "notsupported")])
        .file("/sys/devices/system/clocksource/clocksource0/current_clocksource", "kvm-clock")
        .file("/proc/stat", "cpu  100 0 100 700 0 0 0 100 0 0");
    pipewire(machine, Class::Rr(20), "0-1").process(950, "rtkit-daemon", Class::Other, "0-1")
}

/// What the Raspberry Pi's kernel shows beside the rest.
fn pi(board: &str, cmdline: &str, throttled: &str) -> Machine {
    let machine = arm(board, "6.12.47+rpt-rpi-v8", "#1 SMP PREEMPT Debian 1:6.12.47", cmdline, 4)
        .config("HIGH_RES_TIMERS=y NO_HZ_IDLE=y HZ=250 PREEMPT=y")
        .file("/sys/devices/platform/soc/soc:firmware/get_throttled", throttled)
        .file("/sys/block/mmcblk0/size", "62333952");
    machine
        .files(
            &format!("{CPU}/cpufreq/policy0"),
            &[
                ("scaling_driver", "cpufreq-dt"),
                ("scaling_governor", "ondemand"),
                ("related_cpus", "0 1 2 3"),
            ],
        )
        .files("/sys/class/thermal/thermal_zone0", &[("temp", "61300"), ("type", "cpu-thermal")])
}

fn pi3() -> Machine {
    let host = "/sys/devices/platform/soc/3f980000.usb";
    let machine =
        pi("Raspberry Pi 3 Model B Plus Rev 1.3", "dwc_otg.fiq_enable=0 usbhid.mousepoll=1", "50005")
            .file("/boot/firmware/config.txt", "arm_64bit=1\ndtparam=audio=on");
    usb_card(machine, host, 1, "1.3", "12").irq(
        31,
        "ARMCTRL-level",
        "dwc_otg,dwc_otg_pcd,dwc_otg_hcd:usb1",
        "0",
    )
}

fn pi4() -> Machine {
    let soc = "/sys/devices/platform/soc";
    pi("Raspberry Pi 4 Model B Rev 1.4", "threadirqs", "0")
        .without("/sys/devices/platform/soc/soc:firmware")
        .files("/sys/class/hwmon/hwmon1", &[("name", "rpi_volt"), ("in0_lcrit_alarm", "0")])
        .file("/boot/firmware/config.txt", "dtoverlay=hifiberry-dacplusadcpro\ndtparam=audio=on")
        .card(
            0,
            "sndrpihifiberry",
            "HifiberryDacpAdcPro - snd_rpi_hifiberry_dacplusadcpro",
            &format!("{soc}/soc:sound"),
        )
        .link(
            &format!("{soc}/soc:sound/supplier:platform:fe203000.i2s/supplier"),
            &format!("{soc}/fe203000.i2s"),
        )
        .link(&format!("{soc}/fe203000.i2s/dma:tx"), &format!("{soc}/fe007000.dma/dma/dma0chan4"))
        .folder(&format!("{soc}/fe007000.dma/dma/dma0chan4"))
        .link(&format!("{soc}/fe007000.dma/driver"), "/sys/bus/platform/drivers/bcm2835-dma")
        .folder("/sys/bus/platform/drivers/bcm2835-dma")
        .irq(36, "GICv2", "DMA IRQ", "0")
        .irq(37, "GICv2", "mmc0", "0")
        .kernel_thread(90, "irq/36-DMA IRQ", Class::Fifo(50))
        .kernel_thread(91, "irq/37-mmc0", Class::Fifo(50))
}

fn pi5() -> Machine {
    let host = "/sys/devices/platform/axi/1000120000.pcie/1f00200000.usb/xhci-hcd.0";
    let machine = pi("Raspberry Pi 5 Model B Rev 1.0", "", "0")
        .file("/proc/sys/kernel/version", "#1 SMP PREEMPT_RT Debian 1:6.12.47")
        .config("HIGH_RES_TIMERS=y NO_HZ_FULL=y HZ=1000 PREEMPT_RT=y")
        .file("/boot/firmware/config.txt", "dtparam=audio=off")
        .file("/sys/module/pcie_aspm/parameters/policy", "default performance [powersave] powersupersave");
    usb_card(machine, host, 1, "1", "480")
        .irq(131, "rp1_irq_chip", "xhci-hcd:usb1", "2")
        .kernel_thread(80, "irq/131-xhci-hc", Class::Fifo(90))
        .kernel_thread(81, "irq/140-end0", Class::Fifo(50))
        .kernel_thread(15, "ktimers/0", Class::Fifo(1))
        .process(800, "jackd", Class::Other, "0-3")
        .thread(800, 801, "jackd", Class::Fifo(80), "0-3")
        .bytes("/proc/800/cmdline", b"jackd\0-R\0-P80\0-dalsa\0-p64\0-n3\0-r48000\0")
}

fn rk3588() -> Machine {
    let host = "/sys/devices/platform/fc000000.usb/xhci-hcd.1.auto";
    let mut machine =
        arm("Xunlong Orange Pi 5", "6.1.43-rockchip-rk3588", "#1 SMP Debian", "root=/dev/mmcblk1p2", 8)
            .config("HIGH_RES_TIMERS=y NO_HZ_IDLE=y HZ=300 PREEMPT_VOLUNTARY=y")
            .files("/sys/class/devfreq/dmc", &[("governor", "dmc_ondemand"), ("cur_freq", "528000000")])
            .file("/sys/block/mmcblk1/size", "62333952");
    for (policy, cpus) in [(0, "0 1 2 3"), (4, "4 5"), (6, "6 7")] {
        machine = machine.files(
            &format!("{CPU}/cpufreq/policy{policy}"),
            &[("scaling_driver", "cpufreq-dt"), ("scaling_governor", "schedutil"), ("related_cpus", cpus)],
        );
    }
    for cpu in 0..8 {
        let at = format!("{CPU}/cpu{cpu}");
        machine = machine.file(&format!("{at}/cpu_capacity"), if cpu < 4 { "530" } else { "1024" }).files(
            &format!("{at}/cpuidle/state1"),
            &[("name", "cpu-sleep"), ("latency", "220"), ("disable", "0")],
        );
    }
    let machine = usb_card(machine, host, 5, "1", "480").irq(80, "GICv3", "xhci-hcd:usb5", "0");
    pipewire(machine, Class::Fifo(88), "0-7")
}

fn no_debugfs() -> Machine {
    intel()
        .without("/sys/kernel/debug")
        .without("/sys/kernel/tracing")
        .folder("/sys/kernel/debug")
        .file("/sys/kernel/security/lockdown", "none [integrity] confidentiality")
}

fn no_config() -> Machine {
    intel().without("/proc/config.gz").without("/sys/kernel/debug")
}

fn mainline_rt() -> Machine {
    let machine = x86("6.12.43+deb13-rt-amd64", RT, "ro quiet", 4, "GenuineIntel", "Intel(R) N100");
    let machine = cpufreq(machine, 4, "intel_pstate", "performance", Some("performance"))
        .without("/sys/kernel/debug/sched/preempt")
        .config("HIGH_RES_TIMERS=y NO_HZ_FULL=y HZ=250 PREEMPT_RT=y RCU_NOCB_CPU=y");
    hda(machine, 126)
        .kernel_thread(120, "irq/126-snd_hda", Class::Fifo(50))
        .kernel_thread(121, "irq/125-i915", Class::Fifo(50))
        .kernel_thread(16, "ktimers/0", Class::Fifo(1))
        .folder("/sys/module/snd_aloop")
}

fn rt_group_sched() -> Machine {
    hda(x86("6.18.44", DYNAMIC, "ro", 2, "GenuineIntel", "Intel(R) Core(TM) i3"), 40)
        .config(&format!("{CONFIG} RT_GROUP_SCHED=y"))
        .file(
            "/proc/self/mounts",
            "/dev/root / ext4 rw,relatime 0 0\ncgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0",
        )
        .without("/sys/fs/cgroup")
        .file("/sys/fs/cgroup/cpu,cpuacct/cpu.rt_runtime_us", "950000")
        .file("/sys/fs/cgroup/cpu,cpuacct/system.slice/cpu.rt_runtime_us", "0")
        .process(600, "jackd", Class::Other, "0-1")
        .file("/proc/600/cgroup", "3:cpu,cpuacct:/system.slice\n1:name=systemd:/system.slice/jack.service")
        .bytes("/proc/600/cmdline", b"jackd\0-dalsa\0-P\0hw:0\0")
        .file(
            "/proc/600/limits",
            "Limit                     Soft Limit           Hard Limit           Units     \n\
             Max locked memory         65536                65536                bytes     \n\
             Max realtime priority     0                    0                              ",
        )
}

fn zram_only() -> Machine {
    intel()
        .file("/proc/sys/vm/swappiness", "180")
        .file("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/zram0                              partition\t8388604\t\t0\t\t100")
        .file("/sys/module/zswap/parameters/enabled", "N")
}

fn shared_irq() -> Machine {
    let device = "/sys/devices/pci0000:00/0000:00:1e.0/0000:05:00.0";
    x86("6.12.43+deb13-amd64", DYNAMIC, "threadirqs", 4, "GenuineIntel", "Intel(R) Core(TM) i5-4460")
        .card(0, "M1010LT", "ICE1712 - M Audio Delta 1010LT", device)
        .files(device, &[("class", "0x040100"), ("irq", "17")])
        .irq(17, "IO-APIC", "snd_ice1712,i801_smbus,ehci_hcd:usb1", "0-3")
        .kernel_thread(300, "irq/17-snd_ice1", Class::Fifo(50))
        .kernel_thread(301, "irq/17-i801_smb", Class::Fifo(50))
        .process(500, "irqbalance", Class::Other, "0-3")
}

fn usb_bridge() -> Machine {
    let host = "/sys/devices/pci0000:00/0000:00:08.1/0000:0c:00.3";
    let machine = x86(
        "6.12.43+deb13-amd64",
        DYNAMIC,
        "threadirqs preempt=full",
        8,
        "AuthenticAMD",
        "AMD Ryzen 5 5600G",
    )
    .file("/sys/kernel/debug/sched/preempt", "none voluntary (full)")
    .files(host, &[("class", "0x0c0330"), ("irq", "24"), ("msi_irqs/71", "msix"), ("msi_irqs/72", "msix")])
    .files("/sys/devices/pci0000:00/0000:00:08.1", &[("class", "0x060400"), ("msi_irqs/30", "msi")])
    .irq(71, "IR-PCI-MSIX-0000:0c:00.3", "xhci_hcd", "3")
    .irq(72, "IR-PCI-MSIX-0000:0c:00.3", "", "0")
    .kernel_thread(310, "irq/71-xhci_hcd", Class::Fifo(50))
    .kernel_thread(311, "irq/30-pcieport", Class::Fifo(50));
    pipewire(
        usb_card(cpufreq(machine, 8, "acpi-cpufreq", "schedutil", None), host, 3, "2", "480"),
        Class::Fifo(88),
        "0-7",
    )
}

fn partition() -> Machine {
    let machine =
        x86("6.14.2", DYNAMIC, "preempt=full threadirqs", 4, "GenuineIntel", "Intel(R) Core(TM) i5-6500")
            .file("/sys/kernel/debug/sched/preempt", "none voluntary (full)")
            .file("/sys/fs/cgroup/cgroup.subtree_control", "cpuset memory pids")
            .file("/sys/fs/cgroup/cpuset.cpus.isolated", "2-3")
            .files(
                "/sys/fs/cgroup/audio.slice",
                &[("cpuset.cpus", "2-3"), ("cpuset.cpus.partition", "isolated")],
            )
            .files("/sys/devices/virtual/workqueue", &[("cpumask", "3"), ("writeback/cpumask", "f")])
            .irq(9, "IO-APIC", "acpi", "0")
            .irq(30, "PCI-MSI", "eth0", "3")
            .kernel_thread(310, "irq/126-snd_hda", Class::Fifo(90))
            .kernel_thread(311, "irq/30-eth0", Class::Fifo(50));
    let machine = hda(machine, 126).irq(126, "PCI-MSI", "snd_hda_intel:card0", "2");
    pipewire(machine, Class::Fifo(88), "2-3")
}

/// A guest of a server with ARM processors, which have no word for being virtual.
fn vm_arm() -> Machine {
    arm("", "6.12.43+deb13-arm64", DYNAMIC, "console=ttyAMA0", 4)
        .config(CONFIG)
        .without("/proc/device-tree/model")
        .bytes("/proc/device-tree/compatible", b"linux,dummy-virt\0")
        .process(600, "tuned", Class::Other, "0-3")
}

fn isolated_unused() -> Machine {
    let line =
        "isolcpus=1-3 nohz_full=1-3 rcu_nocbs=1-2 threadirqs snd_usb_audio.nrpacks=1 usbhid.mousepoll=1";
    let machine = x86("6.12.43", DYNAMIC, line, 4, "GenuineIntel", "Intel(R) Core(TM) i5-6500")
        .files(CPU, &[("isolated", "1-3"), ("nohz_full", "1-3")])
        .file(
            "/etc/modprobe.d/audio.conf",
            "# low latency\noptions snd-usb-audio nrpacks=1 \\\n  low_latency=1 lowlatency=1",
        )
        .files("/sys/module/usbhid/parameters", &[("mousepoll", "1")])
        .irq(9, "IO-APIC", "acpi", "0")
        .irq(30, "PCI-MSI", "eth0", "2")
        .kernel_thread(310, "irq/126-snd_hda", Class::Fifo(50));
    // The affinity names all CPUs, and yet the kernel never moves a thread to an isolated one.
    pipewire(hda(machine, 126), Class::Fifo(88), "0-3")
}

fn laptop() -> Machine {
    let host = "/sys/devices/pci0000:00/0000:00:14.0";
    let machine = x86(
        "6.14.0-27-generic",
        "#27-Ubuntu SMP PREEMPT_DYNAMIC",
        "quiet splash",
        8,
        "GenuineIntel",
        "Intel(R) Core(TM) i5-1135G7",
    );
    let machine = cpufreq(machine, 8, "intel_pstate", "powersave", Some("balance_power"))
        .files("/sys/firmware/acpi", &[("platform_profile", "balanced"), ("platform_profile_choices", "quiet balanced performance")])
        .file(&format!("{CPU}/cpu0/thermal_throttle/core_throttle_count"), "37")
        .files(host, &[("class", "0x0c0330"), ("irq", "16"), ("msi_irqs/130", "msi")])
        .irq(130, "IR-PCI-MSI-0000:00:14.0", "xhci_hcd", "5")
        .link("/sys/class/net/wlan0/phy80211", "/sys/devices/pci0000:00/0000:00:14.3/ieee80211/phy0")
        .folder("/sys/devices/pci0000:00/0000:00:14.3/ieee80211/phy0")
        .file("/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never")
        .file("/sys/kernel/mm/ksm/run", "1")
        .file("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/swap.img                               file\t\t8388604\t\t1024\t\t-2")
        .file("/proc/self/mounts", "/dev/nvme0n1p2 / ext4 rw,relatime 0 0\n//nas/music /home/ann/Music cifs rw 0 0\ngvfsd-fuse /run/user/1000/gvfs fuse.gvfsd-fuse rw 0 0")
        .process(700, "power-profiles-", Class::Other, "0-7")
        .process(701, "tracker-miner-f", Class::Other, "0-7")
        .process(702, "rtkit-daemon", Class::Other, "0-7");
    let machine = hda(machine, 140);
    let machine = usb_card(machine, host, 3, "1.4", "12")
        .files(
            "/sys/devices/pci0000:00/0000:00:14.0/usb3/3-5",
            &[("speed", "480"), ("product", "Integrated Camera")],
        )
        .file("/sys/devices/pci0000:00/0000:00:14.0/usb3/3-5/3-5:1.0/bInterfaceClass", "0e")
        .link("/sys/bus/usb/devices/3-5", "/sys/devices/pci0000:00/0000:00:14.0/usb3/3-5")
        .link("/sys/bus/usb/devices/3-5:1.0", "/sys/devices/pci0000:00/0000:00:14.0/usb3/3-5/3-5:1.0");
    pipewire(machine, Class::Rr(20), "0-7")
}

fn tuned() -> Machine {
    let mut machine = mainline_rt()
        .without("/sys/module/snd_aloop")
        .kernel_thread(120, "irq/126-snd_hda", Class::Fifo(90))
        .files(
            "/proc/sys/vm",
            &[
                ("swappiness", "10"),
                ("stat_interval", "10"),
                ("compaction_proactiveness", "0"),
                ("dirty_ratio", "10"),
            ],
        )
        .file("/proc/sys/fs/inotify/max_user_watches", "524288")
        .files("/sys/module/snd_hda_intel/parameters", &[("power_save", "0"), ("power_save_controller", "N")])
        .file("/sys/module/pcie_aspm/parameters/policy", "default [performance] powersave powersupersave")
        .file(
            "/etc/security/limits.d/audio.conf",
            "@audio - rtprio 95\n@audio - memlock unlimited\n@audio - nice -19\n@audio - nofile 99999",
        )
        .file(
            "/etc/pipewire/pipewire.conf.d/92-low-latency.conf",
            "context.properties = {\n    default.clock.quantum = 64\n}",
        );
    for cpu in 0..4 {
        machine = machine.file(&format!("{CPU}/cpu{cpu}/cpuidle/state2/disable"), "1");
    }
    pipewire(machine, Class::Fifo(88), "0-3")
}

fn damaged() -> Machine {
    intel()
        .bytes("/proc/config.gz", b"\x1f\x8b\x08cut")
        .file(&format!("{CPU}/online"), "0-")
        .file(&format!("{CPU}/isolated"), "many")
        .without(&format!("{CPU}/cpu7"))
        .without(&format!("{CPU}/cpufreq/policy7"))
        .file(&format!("{CPU}/cpu1/cpuidle/state2/latency"), "soon")
        .unreadable(&format!("{CPU}/cpufreq/policy0/scaling_governor"))
        .unreadable("/proc/cmdline")
        .unreadable("/proc/sys/vm/stat_interval")
        .unreadable(&format!("{CPU}/vulnerabilities/spectre_v2"))
        .unreadable("/etc/pipewire/pipewire.conf")
        .process(700, "power-profiles-", Class::Other, "0-7")
        .unreadable("/sys/kernel/irq/142/actions")
        .bytes("/proc/sys/vm/swappiness", b"\xff\xfe\n")
        .bytes("/proc/1/stat", b"1 (systemd) S")
        .file("/etc/security/limits.conf", "@audio - rtprio many")
        .unreadable("/sys/devices/system/clocksource/clocksource0/current_clocksource")
        .file("/proc/swaps", "Filename\n/dev/sda3 partition")
}

/// All of them.
pub(crate) fn all() -> Vec<Fixture> {
    let fixture = |name, imitates, machine| Fixture { name, imitates, machine };
    vec![
        fixture(
            "x86-intel",
            "a desktop with Debian 13 as it is installed: intel_pstate, HD audio with a message interrupt",
            intel(),
        ),
        fixture(
            "x86-amd",
            "a Ryzen with Linux 7.1: amd_pstate with dynamic preference, lazy preemption, power-profiles-daemon, sched_ext",
            amd(),
        ),
        fixture(
            "x86-hybrid",
            "a laptop processor with P and E cores, tuned but for the placing of PipeWire",
            hybrid(),
        ),
        fixture(
            "vm",
            "a KVM guest without cpufreq, with PipeWire's rule for virtual machines and rtkit",
            vm(),
        ),
        fixture(
            "vm-arm",
            "a guest on an ARM server, by its device tree alone, with tuned and no sound",
            vm_arm(),
        ),
        fixture(
            "pi-3",
            "a Raspberry Pi 3 with a weak power supply, the fast interrupt of dwc_otg off, a full-speed interface behind its hub",
            pi3(),
        ),
        fixture(
            "pi-4",
            "a Raspberry Pi 4 with a HiFiBerry on I2S, served by the DMA controller; voltage told by the sensor alone",
            pi4(),
        ),
        fixture(
            "pi-5",
            "a Raspberry Pi 5 with PREEMPT_RT and USB audio behind RP1, played through jackd",
            pi5(),
        ),
        fixture(
            "rk3588",
            "an Orange Pi 5: little and big cores, memory clock by load, USB of a board without PCI",
            rk3588(),
        ),
        fixture(
            "no-debugfs",
            "x86-intel under lockdown, with nothing mounted at debugfs and tracefs",
            no_debugfs(),
        ),
        fixture("no-config", "x86-intel with a kernel that shows its configuration nowhere", no_config()),
        fixture(
            "mainline-rt",
            "Debian 13's PREEMPT_RT kernel, which has no /sys/kernel/realtime",
            mainline_rt(),
        ),
        fixture(
            "rt-group-sched",
            "control groups of version 1 with RT_GROUP_SCHED: jackd in a child group without a budget",
            rt_group_sched(),
        ),
        fixture(
            "zram-only",
            "Fedora's way to swap: compressed memory alone with swappiness 180",
            zram_only(),
        ),
        fixture(
            "shared-irq",
            "an old PCI card that shares a pin with two other devices, and irqbalance",
            shared_irq(),
        ),
        fixture(
            "usb-bridge",
            "USB audio at a controller behind a PCI Express bridge, as most Ryzen boards have it",
            usb_bridge(),
        ),
        fixture(
            "isolated-unused",
            "the command line of ArchibaldOS' first image: three isolated cores with nothing placed there, options that no driver knows",
            isolated_unused(),
        ),
        fixture(
            "partition",
            "two CPUs set aside by an isolated partition of control groups, with PipeWire bound to them",
            partition(),
        ),
        fixture(
            "plain-laptop",
            "a laptop with Ubuntu as it is installed, an interface behind a hub beside the camera",
            laptop(),
        ),
        fixture("tuned", "a machine on which everything was done", tuned()),
        fixture(
            "damaged",
            "x86-intel with cut, unreadable and senseless files and a CPU that vanished",
            damaged(),
        ),
    ]
}
