//! Running the program, and places of this machine that may be changed and put back.

use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard};

/// The program under test.
pub(crate) const RT_TUNE: &str = env!("CARGO_BIN_EXE_rt-tune");

/// Runs it to its end.
pub(crate) fn rt_tune(args: &[&str]) -> Output {
    Command::new(RT_TUNE).args(args).stdin(Stdio::null()).output().unwrap()
}

/// Standard output as text.
pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether a program is installed.
pub(crate) fn installed(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|p| p.join(program).is_file()))
}

/// Waits until `ready`, or fails after half a minute.
pub(crate) fn wait_for(what: &str, mut ready: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !ready() {
        assert!(start.elapsed() < std::time::Duration::from_secs(30), "{what} did not come");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// A process that is killed at the end of the test.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Tests that change the machine itself take turns within a process; nextest gives each its own, so the file lock of
/// [`machine_lock`] does it there.
static MACHINE: Mutex<()> = Mutex::new(());

/// What keeps two tests from changing the same machine at once.
pub(crate) struct MachineLock {
    _here: MutexGuard<'static, ()>,
    _everywhere: nix::fcntl::Flock<std::fs::File>,
}

/// Waits until this test has the machine for itself.
pub(crate) fn machine_lock() -> MachineLock {
    let here = MACHINE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let path = std::env::temp_dir().join("rt-tune-tests.lock");
    let file = std::fs::File::options().create(true).truncate(false).write(true).open(path).unwrap();
    let everywhere =
        nix::fcntl::Flock::lock(file, nix::fcntl::FlockArg::LockExclusive).map_err(|e| e.1).unwrap();
    MachineLock { _here: here, _everywhere: everywhere }
}

/// What the tests may change here: files that root can write, with a value that differs from the one found.
pub(crate) struct Here {
    /// Arguments of `apply`.
    pub(crate) args: Vec<String>,
    /// Files to compare byte for byte.
    pub(crate) files: Vec<String>,
    /// A kernel thread whose priority is changed.
    pub(crate) irq_thread: Option<i32>,
}

/// Everything of this machine that may be changed and differs from what would be written; says what is skipped.
pub(crate) fn here() -> Option<Here> {
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: changing the machine needs root");
        return None;
    }
    let mut here = Here { args: Vec::new(), files: Vec::new(), irq_thread: None };
    let writable = |path: &str| {
        let text = std::fs::read_to_string(path).ok()?;
        // Writing what is there already shows whether writing is allowed.
        std::fs::write(path, &text).is_ok().then_some(text)
    };
    let mut add = |fix: &str, path: &str, wanted: fn(&str) -> bool| match writable(path) {
        Some(text) if wanted(text.trim()) => {
            here.args.push(fix.to_owned());
            here.files.push(path.to_owned());
        }
        _ => println!("skipped: {path} cannot be changed here, or is as wanted already"),
    };
    add("swappiness", "/proc/sys/vm/swappiness", |v| v.parse::<u32>().is_ok_and(|v| v > 10));
    add("stat-interval", "/proc/sys/vm/stat_interval", |v| v.parse::<u32>().is_ok_and(|v| v < 10));
    add("compaction", "/proc/sys/vm/compaction_proactiveness", |v| v != "0");
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let list = std::fs::read_to_string("/proc/irq/default_smp_affinity").is_ok();
    if cpus > 1 && list {
        here.args.extend(["irq-affinity".to_owned(), "workqueue".to_owned()]);
        here.args.extend(["--audio-cpus".to_owned(), "1".to_owned()]);
        for irq in std::fs::read_dir("/proc/irq").into_iter().flatten().flatten() {
            let path = irq.path().join("smp_affinity_list");
            if path.exists() {
                here.files.push(path.to_string_lossy().into_owned());
            }
        }
        here.files.push("/proc/irq/default_smp_affinity".into());
        here.files.push("/sys/devices/virtual/workqueue/cpumask".into());
        here.files.push("/sys/devices/virtual/workqueue/writeback/cpumask".into());
    } else {
        println!("skipped: affinities need two CPUs");
    }
    match irq_thread() {
        Some((tid, irq)) => {
            here.args.extend(["irq-priority".to_owned(), "--irq".to_owned(), irq.to_string()]);
            here.irq_thread = Some(tid);
        }
        None => println!("skipped: no interrupt of this machine has a thread"),
    }
    if std::fs::File::options().write(true).open("/dev/cpu_dma_latency").is_ok()
        && std::path::Path::new("/sys/devices/system/cpu/cpu0/cpuidle/state1").exists()
    {
        here.args.extend(["c-states".to_owned(), "--latency-us".to_owned(), "0".to_owned()]);
    } else {
        println!("skipped: no sleep states to forbid");
    }
    if here.args.is_empty() {
        println!("skipped: this machine lets nothing be changed");
        return None;
    }
    Some(here)
}

/// A thread of an interrupt, and its number.
fn irq_thread() -> Option<(i32, u32)> {
    std::fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let name = std::fs::read_to_string(entry.path().join("comm")).ok()?;
        let irq = name.strip_prefix("irq/")?.split('-').next()?.parse().ok()?;
        Some((entry.file_name().to_str()?.parse().ok()?, irq))
    })
}

/// Everything that a test could have changed, to compare before and after.
#[derive(Debug, PartialEq, Eq, Clone)]
pub(crate) struct Picture {
    files: Vec<(String, Option<Vec<u8>>)>,
    thread: Option<(String, String)>,
    effective_latency: Option<Vec<u8>>,
}

impl Here {
    /// The values now, byte for byte.
    pub(crate) fn picture(&self) -> Picture {
        let files = self.files.iter().map(|path| (path.clone(), std::fs::read(path).ok()));
        let thread = self.irq_thread.map(|tid| {
            let stat = std::fs::read_to_string(format!("/proc/{tid}/stat")).unwrap();
            let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
            let cpus = std::fs::read_to_string(format!("/proc/{tid}/status")).unwrap();
            let allowed = cpus.lines().find(|l| l.starts_with("Cpus_allowed_list")).unwrap().to_owned();
            // Nice value, real-time priority and class are fields 19, 40 and 41.
            (format!("{} {} {}", fields[16], fields[37], fields[38]), allowed)
        });
        let effective = std::fs::File::open("/dev/cpu_dma_latency").and_then(|mut file| {
            let mut value = [0; 4];
            std::io::Read::read_exact(&mut file, &mut value)?;
            Ok(value.to_vec())
        });
        Picture { files: files.collect(), thread, effective_latency: effective.ok() }
    }

    /// Runs a command on this machine, with a journal in `state`.
    pub(crate) fn run(&self, state: &str, command: &[&str], with_args: bool) -> Output {
        let mut all: Vec<&str> = command.to_vec();
        all.extend(["--state", state]);
        if with_args {
            all.extend(self.args.iter().map(String::as_str));
        }
        rt_tune(&all)
    }
}

/// Puts everything back when a test ends in whatever way.
pub(crate) struct PutBack<'a> {
    pub(crate) here: &'a Here,
    pub(crate) state: String,
}

impl Drop for PutBack<'_> {
    fn drop(&mut self) {
        let output = self.here.run(&self.state, &["revert", "--all", "--force"], false);
        if !output.status.success() {
            eprintln!("not all could be put back: {output:?}");
        }
    }
}
