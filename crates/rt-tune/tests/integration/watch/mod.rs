//! The service on this machine and on a folder: real messages of the kernel, a real message bus (`bus`), real signals.

mod bus;

use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::support::{Process, RT_TUNE, machine_lock, rt_tune, wait_for};

/// A folder with two settings, a sound device and JACK's memory.
fn laptop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("proc/sys/kernel/random/boot_id", "boot-1\n"),
        ("proc/sys/vm/swappiness", "60\n"),
        ("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "powersave\n"),
        ("dev/snd/pcmC0D0p", ""),
        ("dev/shm/other", ""),
    ];
    for (path, content) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

/// A running service; its log lines come through a channel.
struct Service {
    process: Process,
    lines: Receiver<String>,
}

impl Service {
    fn start(args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut child = Command::new(RT_TUNE)
            .arg("watch")
            .args(args)
            .env_remove("NOTIFY_SOCKET")
            .env_remove("WATCHDOG_USEC")
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { process: Process(child), lines }
    }

    /// Waits for a line of the log with this text.
    fn says(&self, text: &str) -> String {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(Duration::from_secs(30)) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => seen.push(line),
                Err(_) => panic!("nothing with {text:?} in {seen:#?}"),
            }
        }
    }

    /// As [`Service::says`]; every line up to there, that one too.
    fn all_until(&self, text: &str) -> Vec<String> {
        let mut seen = Vec::new();
        while !seen.last().is_some_and(|line: &String| line.contains(text)) {
            match self.lines.recv_timeout(Duration::from_secs(30)) {
                Ok(line) => seen.push(line),
                Err(_) => panic!("nothing with {text:?} in {seen:#?}"),
            }
        }
        seen
    }

    fn signal(&self, signal: &str) {
        let id = self.process.0.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    fn end(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.process.0.wait().unwrap().code()
    }
}

fn read(root: &Path, path: &str) -> String {
    std::fs::read_to_string(root.join(path)).unwrap()
}

const GOVERNOR: &str = "sys/devices/system/cpu/cpufreq/policy0/scaling_governor";

#[test]
fn a_stream_a_client_and_a_signal_bring_the_settings_back() {
    let root = laptop();
    let service = Service::start(&["--root", root.path().to_str().unwrap(), "--check", "3600"], &[]);
    service.says("start:");
    wait_for("the governor", || read(root.path(), GOVERNOR) == "performance");
    let undo = || std::fs::write(root.path().join(GOVERNOR), "powersave\n").unwrap();
    undo();
    let stream = std::fs::File::open(root.path().join("dev/snd/pcmC0D0p")).unwrap();
    service.says("stream pcmC0D0p opened");
    wait_for("the governor", || read(root.path(), GOVERNOR) == "performance");
    drop(stream);
    undo();
    std::fs::write(root.path().join("dev/shm/jack_sem.0_default_amp"), "").unwrap();
    service.says("JACK: jack_sem.0_default_amp");
    wait_for("the governor", || read(root.path(), GOVERNOR) == "performance");
    undo();
    service.signal("-HUP");
    service.says("asked for");
    wait_for("the governor", || read(root.path(), GOVERNOR) == "performance");
    assert_eq!(service.end(), Some(0));
    // It keeps what it set; the first value comes back by revert.
    assert_eq!(read(root.path(), GOVERNOR), "performance");
    let reverted = rt_tune(&["revert", "--all", "--root", root.path().to_str().unwrap()]);
    assert_eq!(reverted.status.code(), Some(0), "{reverted:?}");
    assert_eq!(read(root.path(), GOVERNOR), "powersave\n");
    assert_eq!(read(root.path(), "proc/sys/vm/swappiness"), "60\n");
}

#[test]
fn with_release_nothing_is_set_in_silence_and_everything_is_back_at_the_end() {
    let root = laptop();
    let status = root.path().join("proc/asound/card0/pcm0p/sub0/status");
    std::fs::create_dir_all(status.parent().unwrap()).unwrap();
    std::fs::write(&status, "closed\n").unwrap();
    let args = ["--root", root.path().to_str().unwrap(), "--check", "3600", "--release", "1"];
    let service = Service::start(&args, &[]);
    // A stream opens; half a second later the setting is there.
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(read(root.path(), GOVERNOR), "powersave\n");
    std::fs::write(&status, "state: RUNNING\n").unwrap();
    let stream = std::fs::File::open(root.path().join("dev/snd/pcmC0D0p")).unwrap();
    wait_for("the governor", || read(root.path(), GOVERNOR) == "performance");
    std::fs::write(&status, "closed\n").unwrap();
    drop(stream);
    service.says("released");
    assert_eq!(read(root.path(), GOVERNOR), "powersave\n");
    // It begins again, and the end of the service releases, too.
    std::fs::write(&status, "state: RUNNING\n").unwrap();
    let _stream = std::fs::File::open(root.path().join("dev/snd/pcmC0D0p")).unwrap();
    wait_for("the governor", || read(root.path(), GOVERNOR) == "performance");
    assert_eq!(service.end(), Some(0));
    assert_eq!(read(root.path(), GOVERNOR), "powersave\n");
}

#[test]
fn the_kernel_itself_wakes_it() {
    // The kernel sends a message for a processor when somebody asks it to, as udev does at boot.
    let ask = Path::new("/sys/devices/system/cpu/cpu0/uevent");
    if !nix::unistd::geteuid().is_root() || std::fs::write(ask, "change").is_err() {
        println!("skipped: the kernel cannot be asked for a message here");
        return;
    }
    let _lock = machine_lock();
    let path = "/proc/sys/vm/stat_interval";
    let before = std::fs::read_to_string(path).unwrap();
    if before.trim().parse::<u32>().is_ok_and(|seconds| seconds >= 10)
        || std::fs::write(path, &before).is_err()
    {
        println!("skipped: {path} cannot be changed here, or is as wanted already");
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let state = state.path().to_str().unwrap();
    let service = Service::start(&["stat-interval", "--state", state, "--check", "3600"], &[]);
    service.says("start:");
    std::fs::write(path, &before).unwrap();
    std::fs::write(ask, "change").unwrap();
    service.says("change cpu cpu0");
    wait_for("the value", || std::fs::read_to_string(path).unwrap() == "10\n");
    // Killed in the middle of its life, it leaves a journal that brings the first value back.
    let mut service = service;
    service.process.0.kill().unwrap();
    service.process.0.wait().unwrap();
    let reverted = rt_tune(&["revert", "--all", "--state", state]);
    assert_eq!(reverted.status.code(), Some(0), "{reverted:?}");
    assert_eq!(std::fs::read_to_string(path).unwrap(), before);
}

#[test]
fn systemd_hears_that_it_is_ready_alive_and_stopping() {
    let root = laptop();
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("notify");
    let listener = UnixDatagram::bind(&socket).unwrap();
    listener.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut service = Service::start(
        &["--root", root.path().to_str().unwrap(), "--check", "3600"],
        // The watchdog wants a word every 2 s although a look is due once an hour.
        &[("NOTIFY_SOCKET", socket.to_str().unwrap()), ("WATCHDOG_USEC", "4000000")],
    );
    let hear = || {
        let mut text = [0; 1024];
        let length = listener.recv(&mut text).unwrap();
        String::from_utf8_lossy(&text[..length]).into_owned()
    };
    let first = hear();
    assert!(first.contains("READY=1") && first.contains("STATUS=2 writes so far"), "{first}");
    // Ready means done.
    assert_eq!(read(root.path(), GOVERNOR), "performance");
    let next = hear();
    assert!(next.contains("WATCHDOG=1") && !next.contains("READY"), "{next}");
    service.signal("-TERM");
    while !hear().contains("STOPPING=1") {}
    assert_eq!(service.process.0.wait().unwrap().code(), Some(0));
}

#[test]
fn a_name_that_does_not_exist_and_a_state_that_cannot_be_written_are_told() {
    let output = rt_tune(&["watch", "no-such-fix"]);
    assert_eq!(output.status.code(), Some(64), "{output:?}");
    let root = laptop();
    let file = root.path().join("file");
    std::fs::write(&file, "").unwrap();
    let args =
        ["--root", root.path().to_str().unwrap(), "--state", file.to_str().unwrap(), "--check", "3600"];
    let service = Service::start(&args, &[]);
    service.says("cannot be used");
    assert_eq!(read(root.path(), GOVERNOR), "powersave\n");
    assert_eq!(service.end(), Some(0));
}

#[test]
fn an_idle_service_wakes_at_most_six_times_a_minute() {
    let root = laptop();
    let service = Service::start(&["--root", root.path().to_str().unwrap(), "--check", "10"], &[]);
    service.says("start:");
    let id = service.process.0.id();
    let wakes = || -> u64 {
        let mut count = 0;
        for task in std::fs::read_dir(format!("/proc/{id}/task")).unwrap().flatten() {
            let mut text = String::new();
            std::fs::File::open(task.path().join("status")).unwrap().read_to_string(&mut text).unwrap();
            let line = text.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
            count += line.trim().parse::<u64>().unwrap();
        }
        count
    };
    // What belongs to the start ends with the second look, 3 s after it at the latest.
    std::thread::sleep(Duration::from_secs(4));
    let before = wakes();
    std::thread::sleep(Duration::from_secs(10));
    // One look is due in this time; a look may give way now and then while it reads.
    let count = wakes() - before;
    assert!(count <= 6, "{count} in 10 s");
    assert_eq!(service.end(), Some(0));
}
