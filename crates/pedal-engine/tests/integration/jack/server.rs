//! A jackd of one's own.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A jackd with the dummy driver under a name nobody else has. Ended when dropped, also by a failing test, and by the kernel
/// when the test process dies.
pub(crate) struct Server {
    pub(crate) name: String,
    child: Child,
}

impl Server {
    /// 48 kHz, two physical captures and playbacks, `period` frames.
    pub(crate) fn start(period: usize) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("pe{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self::start_named(&name, period)
    }

    /// The same under a given name.
    pub(crate) fn start_named(name: &str, period: usize) -> Self {
        // Without real-time scheduling, which a test machine may not give.
        Self::start_as(name, period, &["-r"])
    }

    /// A server that asks for real-time scheduling at `priority`. Its clients are told so whether it gets it or not.
    pub(crate) fn start_real_time(priority: u8) -> Self {
        let name = format!("pr{}", std::process::id());
        Self::start_as(&name, 1024, &["-R", "-P", &priority.to_string()])
    }

    fn start_as(name: &str, period: usize, scheduling: &[&str]) -> Self {
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "jackd", "-n", name, "-S"])
            .args(scheduling)
            .args(["-d", "dummy", "-r", "48000", "-p"])
            .arg(period.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("jackd and setpriv are installed");
        let server = Self { name: name.to_owned(), child };
        let waited =
            Command::new("jack_wait").args(["-s", name, "-w", "-t", "10"]).output().expect("jack_wait runs");
        assert!(
            waited.status.success(),
            "no jackd called {name}: {}",
            String::from_utf8_lossy(&waited.stderr)
        );
        server
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it is ours");
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it is ours").is_none()
    }

    /// Capture and playback latency of a port, each least and greatest, in frames, by jackd's own tool.
    pub(crate) fn latencies(&self, port: &str) -> [(u32, u32); 2] {
        let list =
            Command::new("jack_lsp").args(["-s", &self.name, "-l", port]).output().expect("jack_lsp runs");
        let text = String::from_utf8_lossy(&list.stdout).into_owned();
        ["capture", "playback"].map(|way| {
            let line = text.lines().find(|line| line.contains(&format!("port {way} latency")));
            let line = line.unwrap_or_else(|| panic!("no {way} latency of {port} in {text}"));
            let mut numbers = line.split_whitespace().filter_map(|word| word.parse().ok());
            (numbers.next().expect("least"), numbers.next().expect("greatest"))
        })
    }

    /// All connections as `source>sink`, sorted, by jackd's own tool.
    pub(crate) fn connections(&self) -> Vec<String> {
        let list = Command::new("jack_lsp").args(["-s", &self.name, "-c"]).output().expect("jack_lsp runs");
        let (mut port, mut found) = (String::new(), Vec::new());
        for line in String::from_utf8_lossy(&list.stdout).lines() {
            match line.strip_prefix("   ") {
                Some(other) => found.push(format!("{port}>{other}")),
                None => port = line.to_owned(),
            }
        }
        // Each connection is listed at both ends: keep the one that begins at an output.
        let outputs = self.lsp_outputs();
        found.retain(|pair| outputs.iter().any(|output| pair.starts_with(&format!("{output}>"))));
        found.sort();
        found
    }

    fn lsp_outputs(&self) -> Vec<String> {
        let list = Command::new("jack_lsp").args(["-s", &self.name, "-p"]).output().expect("jack_lsp runs");
        let text = String::from_utf8_lossy(&list.stdout).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        lines
            .windows(2)
            .filter(|pair| pair[1].contains("properties:") && pair[1].contains("output"))
            .map(|pair| pair[0].to_owned())
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.is_running() {
            let _ = Command::new("kill").arg(self.child.id().to_string()).status();
            let patience = Instant::now() + Duration::from_secs(5);
            while self.is_running() && Instant::now() < patience {
                std::thread::sleep(Duration::from_millis(10));
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
