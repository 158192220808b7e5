//! Servers and programs that end with the test that started them.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The program under test.
pub(crate) const PROBE: &str = env!("CARGO_BIN_EXE_latency-probe");

/// Runs the program to its end with an environment.
pub(crate) fn probe(env: &[(&str, &str)], args: &[&str]) -> Output {
    Command::new(PROBE).args(args).envs(env.iter().copied()).stdin(Stdio::null()).output().unwrap()
}

/// The JSON that a run printed.
pub(crate) fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| {
        panic!(
            "{e}: {} / {}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

/// A child that is ended at the end of its scope, also when the test fails.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    pub(crate) fn start(env: &[(&str, &str)], program: &str, args: &[&str]) -> Self {
        let child = Command::new(program)
            .args(args)
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.unwrap_or_else(|e| panic!("{program}: {e}")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Asked first: a jackd that is killed leaves its shared memory behind.
        let _ = Command::new("kill").arg(self.0.id().to_string()).stderr(Stdio::null()).status();
        let start = Instant::now();
        while matches!(self.0.try_wait(), Ok(None)) && start.elapsed() < Duration::from_secs(3) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until `ready`, or fails after ten seconds.
pub(crate) fn wait_for(what: &str, mut ready: impl FnMut() -> bool) {
    let start = Instant::now();
    while !ready() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what} did not come up");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Whether a program is installed.
pub(crate) fn installed(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|p| std::env::split_paths(&p).any(|d| Path::new(&d).join(program).is_file()))
}

/// A `jackd` with the dummy driver and a name of its own.
pub(crate) struct Jackd {
    pub(crate) name: String,
    pub(crate) server: Process,
}

impl Jackd {
    pub(crate) fn start(test: &str, period: u32) -> Self {
        let name = format!("lp{test}{}", std::process::id());
        let args = ["-n", &name, "-R", "-d", "dummy", "-r", "48000", "-p", &period.to_string()];
        let this = Self { server: Process::start(&[], "jackd", &args), name: name.clone() };
        wait_for("jackd", || this.lists("system:playback_1"));
        this
    }

    pub(crate) fn env(&self) -> [(&str, &str); 1] {
        [("JACK_DEFAULT_SERVER", &self.name)]
    }

    /// Runs one of JACK's small tools.
    pub(crate) fn tool(&self, program: &str, args: &[&str]) -> Output {
        Command::new(program).args(args).envs(self.env()).stdin(Stdio::null()).output().unwrap()
    }

    /// Whether a port is there.
    pub(crate) fn lists(&self, port: &str) -> bool {
        let out = self.tool("jack_lsp", &[]);
        out.status.success() && String::from_utf8_lossy(&out.stdout).lines().any(|line| line == port)
    }

    /// Starts the channel as a client.
    pub(crate) fn channel(&self, name: &str, args: &[&str]) -> Process {
        let all: Vec<&str> = ["channel", "--name", name].into_iter().chain(args.iter().copied()).collect();
        let process = Process::start(&self.env(), PROBE, &all);
        wait_for("the channel", || self.lists(&format!("{name}:out")));
        process
    }

    /// Measures through a channel client.
    pub(crate) fn measure(&self, channel: &str, more: &[&str]) -> Output {
        let (send, receive) = (format!("{channel}:in"), format!("{channel}:out"));
        let all: Vec<&str> = ["loop", "--json", "--send", &send, "--receive", &receive]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        probe(&self.env(), &all)
    }
}
