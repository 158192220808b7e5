//! What only the test brings: its script, the other end of the sound card, the tone.

use std::process::Command;

use anyhow::Result;

use super::Builder;
use crate::process;

/// Length of the tone, which is played again and again.
const TONE_SECONDS: u32 = 20;

/// The parts of the script that are only sometimes wanted, by name.
const PARTS: &[(&str, &[u8])] = &[
    ("cut.sh", include_bytes!("../guest/cut.sh")),
    ("disk.sh", include_bytes!("../guest/disk.sh")),
    ("display.sh", include_bytes!("../guest/display.sh")),
    ("foot.sh", include_bytes!("../guest/foot.sh")),
    ("kills.sh", include_bytes!("../guest/kills.sh")),
    ("no-card.sh", include_bytes!("../guest/no-card.sh")),
    ("period.sh", include_bytes!("../guest/period.sh")),
    ("read-only.sh", include_bytes!("../guest/read-only.sh")),
    ("restart.sh", include_bytes!("../guest/restart.sh")),
    ("update.sh", include_bytes!("../guest/update.sh")),
    ("wifi.sh", include_bytes!("../guest/wifi.sh")),
];

impl Builder<'_> {
    /// The test itself: a service that starts with the machine, and the tone.
    pub(super) fn guest(&self) -> Result<()> {
        self.put("usr/local/bin/vm-guest", include_bytes!("../guest/main.sh"), 0o755)?;
        for (name, text) in PARTS {
            self.put(&format!("usr/local/lib/vm/{name}"), text, 0o644)?;
        }
        // No unit of the root starts it: on a pedal it lies in the RAM disks of start and end.
        if let Some((name, program)) = self.programs.iter().find(|(name, _)| name == "lcd-splash") {
            let target = self.root.join("usr/local/bin").join(name);
            process::run(Command::new("strip").arg("-o").arg(target).arg(program))?;
        }
        let unit = "[Unit]\nDescription=The test\n\n\
            [Service]\nExecStart=/usr/local/bin/vm-guest\nStandardOutput=journal\nStandardError=journal\nUMask=0022\n";
        self.put("etc/systemd/system/vm-guest.service", unit.as_bytes(), 0o644)?;
        self.link("../vm-guest.service", "etc/systemd/system/multi-user.target.wants/vm-guest.service")?;
        // The card's other end: two channels, as the pedal's codec has, from before the server starts until the end.
        self.put("usr/local/bin/vm-cable", include_bytes!("../guest/cable.sh"), 0o755)?;
        let unit = "[Unit]\nDescription=The cables of the test\nAfter=systemd-modules-load.service\nBefore=jack.service\n\n\
            [Service]\nType=notify\nNotifyAccess=all\nExecStart=/usr/local/bin/vm-cable\nRestart=no\n";
        self.put("etc/systemd/system/vm-cable.service", unit.as_bytes(), 0o644)?;
        self.link("../vm-cable.service", "etc/systemd/system/multi-user.target.wants/vm-cable.service")?;
        // A login prompt would take the serial port away from the test; the other needs a module that the image has not.
        // And what only Debian starts: a pedal has nothing of the kind beside its sound.
        for unit in [
            "serial-getty@ttyS0.service",
            "systemd-binfmt.service",
            "proc-sys-fs-binfmt_misc.automount",
            "e2scrub_reap.service",
            "e2scrub_all.timer",
            "apt-daily.timer",
            "apt-daily-upgrade.timer",
            "dpkg-db-backup.timer",
        ] {
            self.link("/dev/null", &format!("etc/systemd/system/{unit}"))?;
        }
        // The second radio is somebody else's.
        self.put(
            "etc/NetworkManager/conf.d/vm.conf",
            b"[keyfile]\nunmanaged-devices=interface-name:wlan1\n",
            0o644,
        )?;
        // The journal of a machine that loses power all the time would be the slowest thing in it.
        self.put(
            "etc/systemd/journald.conf.d/vm.conf",
            b"[Journal]\nStorage=volatile\nRateLimitBurst=0\n",
            0o644,
        )?;
        // 1 kHz: 48 frames a period, so nothing steps.
        let mut tone = Vec::new();
        for frame in 0..48_000 * TONE_SECONDS {
            let phase = f64::from(frame % 48) / 48.0 * std::f64::consts::TAU;
            tone.extend(((phase.sin() * 0.5) as f32).to_le_bytes());
        }
        self.put("usr/share/vm/tone.raw", &tone, 0o644)?;
        self.board()
    }
}
