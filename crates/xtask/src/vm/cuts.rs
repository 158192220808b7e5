//! The power is cut at random writes, again and again on the same disk, while boards are being changed. Every boot must come up,
//! with a board that was called safe, or a later one.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::Finding;
use super::disk::Disk;
use super::files::Files;
use super::qemu::{RootDisk, Running};

/// A small generator: every run cuts elsewhere.
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
const MASKED: [&str; 9] = [
    "mod-ui",
    "mod-amidithru",
    "archibald-dry-through",
    "archibald-sound-interrupts",
    "wifi-check",
    "NetworkManager",
    "wpa_supplicant",
    "systemd-logind",
    "getty@tty1",
];

/// How long a machine may be silent.
const PATIENCE: Duration = Duration::from_secs(900);

/// So often a kernel may give up, which for the disk is a power cut that nobody planned. Processors that really run beside each other,
/// in software, now and then trip over code that the kernel changes while another one executes it (`int3` where it has just patched).
const PANICS: usize = 3;

/// What a boot tells when it has come up with everything that was done at first.
const WHOLE: &str = "provisioned stage-left period 1024 bundle whole";

/// Boards that the next boot may find, by the gain of their amplifier in dB: the last safe one, and all that were asked for after it.
#[derive(Default)]
struct Allowed(Vec<f64>);

impl Allowed {
    /// Whether a boot may have found this. Before anything was called safe, anything may be found.
    fn has(&self, gain: Option<f64>) -> bool {
        self.0.is_empty()
            || gain.is_some_and(|gain| self.0.iter().any(|allowed| (allowed - gain).abs() < 0.01))
    }

    /// A boot found `gain`, and told these lines before its power went.
    fn next(gain: Option<f64>, lines: &[String]) -> Self {
        let mut allowed: Vec<f64> = gain.into_iter().collect();
        let parse = |text: &str| text.trim().parse::<f64>().ok();
        for line in lines {
            if let Some(gain) = line.strip_prefix("safe ").and_then(parse) {
                allowed = vec![gain];
            } else if let Some(gain) = line.strip_prefix("asked ").and_then(parse) {
                allowed.push(gain);
            }
        }
        Self(allowed)
    }
}

/// When the power goes.
enum Moment {
    /// After this part of the writes that a boot makes until the chain is up.
    Early(f64),
    /// So many writes after so many boards were called safe: somewhere in the next changes.
    Late { boards: usize, writes: u64 },
    /// As soon as the boot has told what it found.
    Looked,
}

pub(super) fn run(files: &Files, cuts: usize, findings: &mut Vec<Finding>) -> Result<()> {
    let seed = u64::from(std::process::id()) | 0x9e37_79b9_0000_0001;
    let mut random = Random(seed);
    let socket = std::env::temp_dir().join(format!("archibald-vm-{}.sock", std::process::id()));
    let disk = Disk::serve(&files.root, &socket)?;
    let mut allowed = Allowed::default();
    let (mut lost_boards, mut lost_writes, mut all_writes, mut early, mut up, mut panics) =
        (0, 0, 0, 0, 0, 0);
    // Writes of a boot until the chain is up; the first number is a guess.
    let mut usual = 100;
    let mut cut = 0;
    while cut <= cuts {
        let masks: String = MASKED.iter().map(|unit| format!(" systemd.mask={unit}.service")).collect();
        let words = format!(
            "vm.test=cut vm.number={} vm.without=mac80211_hwsim module_blacklist=snd_hda_intel{masks}",
            random.below(50)
        );
        let mut machine = files.machine("cut", &words);
        machine.root = RootDisk::Server(disk.address());
        // Every third cut comes before the chain is up, the first of them in the very first boot; the last boot only looks.
        let moment = match cut {
            last if last == cuts => Moment::Looked,
            cut if cut % 3 == 0 => Moment::Early(random.below(1000) as f64 / 1000.0),
            _ => Moment::Late { boards: 1 + random.below(3) as usize, writes: 1 + random.below(60) },
        };
        let begin = Instant::now();
        let running = machine.start()?;
        usual = watch(&running, &disk, &moment, usual)
            .with_context(|| format!("after {cut} power cuts; see cut.log"))?;
        let panicked = running.panicked();
        let lines = running.cut();
        let (writes, lost) = disk.forget(|| random.below(2) == 0)?;
        all_writes += writes;
        lost_writes += lost;
        let found = lines.iter().find_map(|line| line.strip_prefix("board "));
        println!(
            "vm: cut {cut} after {:.0} s: {}, {lost} of {writes} unflushed writes forgotten",
            begin.elapsed().as_secs_f64(),
            found.unwrap_or("before the chain was up")
        );
        if panicked {
            panics += 1;
            if panics > PANICS {
                bail!("the kernel has given up {panics} times; see cut.log");
            }
            println!("vm: the kernel gave up; that counts as one cut more");
        } else {
            cut += 1;
        }
        let Some(found) = found else {
            early += 1;
            continue;
        };
        up += 1;
        let gain: Option<f64> = found.split(' ').next().and_then(|gain| gain.parse().ok());
        if !allowed.has(gain) {
            lost_boards += 1;
            println!("vm: cut {cut}: board {found}, allowed {:?}", allowed.0);
        }
        allowed = Allowed::next(gain, &lines);
        if !found.contains(WHOLE) {
            bail!("after {cut} power cuts provisioning is incomplete: {found}");
        }
    }
    std::fs::remove_file(&socket).context("cannot remove a socket")?;
    let text = format!(
        "{cuts} cuts ({early} before the chain was up), {up} boots looked at, {lost_writes} of {all_writes} unflushed writes forgotten, \
         {lost_boards} boards lost, {panics} more by a kernel that gave up, seed {seed}"
    );
    findings.push(Finding { what: "power cuts".to_owned(), text, good: lost_boards == 0 });
    Ok(())
}

/// Returns when the power is gone, or the kernel: how many writes this boot made until the chain was up, or `usual` if it did not come
/// so far.
fn watch(running: &Running, disk: &Disk, moment: &Moment, usual: u64) -> Result<u64> {
    let begin = Instant::now();
    let (mut up, mut armed) = (None, false);
    if let Moment::Early(part) = moment {
        disk.cut_after(1 + (usual as f64 * part) as u64);
    }
    loop {
        let dead = disk.is_dead();
        let lines = running.lines();
        if let Some(failed) = lines.iter().find(|line| line.starts_with("failed"))
            && !dead
        {
            bail!("{failed}");
        }
        if up.is_none() && lines.iter().any(|line| line.starts_with("board ")) {
            up = Some(disk.writes());
        }
        if dead || running.panicked() || matches!(moment, Moment::Looked) && up.is_some() {
            return Ok(up.unwrap_or(usual));
        }
        if let Moment::Late { boards, writes } = moment
            && !armed
            && up.is_some()
            && lines.iter().filter(|line| line.starts_with("safe ")).count() >= *boards
        {
            disk.cut_after(*writes);
            armed = true;
        }
        if begin.elapsed() > PATIENCE {
            bail!("the chain does not come up, or nothing is written, within {} s", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn the_last_safe_board_or_a_later_one_may_be_found() {
        assert!(Allowed::default().has(None), "nothing was promised yet");
        let after = Allowed::next(
            Some(-6.0),
            &told(&["board -6", "asked -1.5", "safe -1.5", "asked -2.5", "asked -3.5"]),
        );
        for gain in [-1.5, -2.5, -3.5] {
            assert!(after.has(Some(gain)), "{gain}");
        }
        assert!(!after.has(Some(-6.0)), "it was replaced by one that was called safe");
        assert!(!after.has(None), "no board at all");
        // A boot that changed nothing must be followed by one that finds the same.
        let same = Allowed::next(Some(-1.5), &told(&["board -1.5"]));
        assert!(same.has(Some(-1.5)) && !same.has(Some(-2.5)));
    }
}
