//! The power is cut at random moments, again and again on the same disk, while boards are being changed. Every boot must come up,
//! with a board that was called safe, or a later one.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::Finding;
use super::disk::Disk;
use super::files::Files;
use super::qemu::RootDisk;

/// A small generator: every run cuts elsewhere, and a run can be repeated by its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// What is not started, because there are many boots: the control service takes a board that was changed at the engine for a
/// mistake, and the others have nothing to do with the disk.
const MASKED: [&str; 7] = [
    "mod-ui",
    "mod-amidithru",
    "wifi-check",
    "NetworkManager",
    "wpa_supplicant",
    "systemd-logind",
    "getty@tty1",
];

/// How long a machine may be silent.
const PATIENCE: Duration = Duration::from_secs(600);

pub(super) fn run(files: &Files, cuts: usize, findings: &mut Vec<Finding>) -> Result<()> {
    let seed = u64::from(std::process::id()) | 0x9e37_79b9_0000_0001;
    let mut random = Random(seed);
    let socket = std::env::temp_dir().join(format!("archibald-vm-{}.sock", std::process::id()));
    let disk = Disk::serve(&files.root, &socket)?;
    // Boards that the next boot may find: the last safe one, and all that were asked for after it.
    let mut allowed: Vec<f64> = Vec::new();
    let (mut lost_boards, mut lost_writes, mut all_writes, mut early) = (0, 0, 0, 0);
    // How long a boot took until the chain was up: the early cuts come within that time.
    let mut boot = Duration::from_secs(20);
    for cut in 0..=cuts {
        let masks: String = MASKED.iter().map(|unit| format!(" systemd.mask={unit}.service")).collect();
        let words = format!(
            "vm.test=cut vm.number={} module_blacklist=snd_hda_intel,mac80211_hwsim{masks}",
            random.below(50)
        );
        let mut machine = files.machine("cut", &words);
        machine.root = RootDisk::Server(disk.address());
        let running = machine.start()?;
        let begin = Instant::now();
        // Every third cut comes before the chain is up, the very first while the disk is set up; the last boot only looks.
        let before_up = cut % 3 == 0 && cut < cuts;
        let deadline = boot.mul_f64(random.below(1000) as f64 / 1000.0);
        let steps = 1 + random.below(8) as usize;
        let mut came_up = None;
        loop {
            let lines = running.lines();
            if let Some(failed) = lines.iter().find(|line| line.starts_with("failed")) {
                bail!("after {cut} power cuts: {failed}; see cut.log");
            }
            let up = lines.iter().any(|line| line.starts_with("board "));
            let safe = lines.iter().filter(|line| line.starts_with("safe ")).count();
            if up && came_up.is_none() {
                came_up = Some(begin.elapsed());
            }
            if (before_up && begin.elapsed() > deadline) || (up && cut == cuts) {
                break;
            }
            if up && safe >= steps {
                // Somewhere in the next change.
                std::thread::sleep(Duration::from_millis(random.below(2_500)));
                break;
            }
            if begin.elapsed() > PATIENCE {
                bail!("after {cut} power cuts the chain does not come up; see cut.log");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let lines = running.cut();
        boot = came_up.unwrap_or(boot);
        let (writes, lost) = disk.forget(|| random.below(2) == 0)?;
        all_writes += writes;
        lost_writes += lost;
        let found = lines.iter().find_map(|line| line.strip_prefix("board "));
        println!(
            "vm: cut {cut}: {}, {lost} of {writes} unflushed writes forgotten",
            found.unwrap_or("before the chain was up")
        );
        let Some(found) = found else {
            early += 1;
            continue;
        };
        let gain: Option<f64> = found.split(' ').next().and_then(|gain| gain.parse().ok());
        let near = |gain: f64| allowed.iter().any(|allowed| (allowed - gain).abs() < 0.01);
        if !allowed.is_empty() && !gain.is_some_and(near) {
            lost_boards += 1;
            println!("vm: cut {cut}: board {found}, allowed {allowed:?}");
        }
        let parse = |text: &str| text.trim().parse::<f64>().ok();
        allowed = gain.into_iter().collect();
        for line in &lines {
            if let Some(gain) = line.strip_prefix("safe ").and_then(parse) {
                allowed = vec![gain];
            } else if let Some(gain) = line.strip_prefix("asked ").and_then(parse) {
                allowed.push(gain);
            }
        }
        if !found.contains("provisioned stage-left period 1024 bundle whole") {
            bail!("after {cut} power cuts provisioning is incomplete: {found}");
        }
    }
    std::fs::remove_file(&socket).context("cannot remove a socket")?;
    let text = format!(
        "{cuts} cuts ({early} before the chain was up), {lost_writes} of {all_writes} unflushed writes forgotten, {lost_boards} boards lost, seed {seed}"
    );
    findings.push(Finding { what: "power cuts".to_owned(), text, good: lost_boards == 0 });
    Ok(())
}
