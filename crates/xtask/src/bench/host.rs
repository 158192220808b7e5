//! The two ways to host a chain, each on a server of its own, measured in the same way.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{ChildStdin, ChildStdout, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::mod_host::ModHost;
use super::usage::Usage;
use super::{board, number};
use crate::audio::child::Background;
use crate::audio::engine::Engine;
use crate::audio::jackd::Server;
use crate::process;
use crate::workspace::Workspace;

/// Sample rate of all measurements, in Hz.
pub(super) const RATE: u32 = 48_000;
/// What a host gets to settle before it is measured.
const SETTLE: Duration = Duration::from_millis(700);

/// What was built for the bench.
pub(super) struct Programs<'w> {
    pub(super) workspace: &'w Workspace,
    pub(super) engine: PathBuf,
    pub(super) bench: PathBuf,
    /// Somebody's mod-host, to compare with.
    pub(super) mod_host: Option<PathBuf>,
}

impl Programs<'_> {
    /// Runs the bench program once and parses what it prints.
    pub(super) fn ask_bench(&self, arguments: &[&str]) -> Result<Value> {
        let text = process::output(Command::new(&self.bench).args(arguments))?;
        serde_json::from_str(&text)
            .with_context(|| format!("engine-bench {} printed {text}", arguments.join(" ")))
    }
}

/// How the plugins are hosted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// All in the engine's one callback.
    Engine,
    /// One JACK client each; none is one client that copies.
    Clients,
    /// The program of `--mod-host`.
    ModHost,
}

/// One measurement.
#[derive(Clone, Copy)]
pub(super) struct Sample {
    /// Processor time of host and server, in µs per period.
    pub(super) cpu: f64,
    /// Voluntary context switches of the host per period.
    pub(super) switches: f64,
    /// From the first plugin's start to the last one's end, median in µs.
    pub(super) span: f64,
    /// Xruns that the server reported.
    pub(super) xruns: f64,
}

/// Starts a server and a host with `plugins`, measures for `length`, ends both.
pub(super) fn measure(
    programs: &Programs,
    kind: Kind,
    plugins: u32,
    period: u32,
    length: Duration,
) -> Result<Sample> {
    let server = Server::start(programs.workspace, RATE, period)?;
    let mut host = match kind {
        Kind::Engine => Host::engine(programs, &server, plugins)?,
        Kind::Clients => Host::clients(programs, &server, plugins)?,
        Kind::ModHost => Host::ModHost(ModHost::start(programs, &server, plugins)?),
    };
    std::thread::sleep(SETTLE);
    let earlier = host.report()?;
    let (process, everything) = ([host.id()], [host.id(), server.id()]);
    let begin = Instant::now();
    let (switches, cpu) = (Usage::of(&process)?, Usage::of(&everything)?);
    std::thread::sleep(length);
    let (switches, cpu) = (Usage::of(&process)?.since(switches), Usage::of(&everything)?.since(cpu));
    let due = begin.elapsed().as_secs_f64() * f64::from(RATE) / f64::from(period);
    let later = host.report()?;
    // Per period that ran: a server that is late leaves some out, and what was not done costs nothing.
    // mod-host does not count them.
    let periods = if kind == Kind::ModHost { due } else { later.blocks - earlier.blocks };
    ensure!(periods > 0.1 * due, "{kind:?} ran {periods} of {due:.0} periods; see target/xtask/logs");
    Ok(Sample {
        cpu: cpu.cpu as f64 / 1000.0 / periods,
        switches: switches.switches as f64 / periods,
        span: later.span,
        xruns: later.xruns - earlier.xruns,
    })
}

/// A host's own figures; blocks and xruns since its start.
struct Report {
    blocks: f64,
    span: f64,
    xruns: f64,
}

enum Host {
    Engine(Engine),
    ModHost(ModHost),
    Clients {
        process: Background,
        input: ChildStdin,
        output: BufReader<ChildStdout>,
        blocks: f64,
        xruns: f64,
    },
}

impl Host {
    fn engine(programs: &Programs, server: &Server, plugins: u32) -> Result<Self> {
        let mut engine = Engine::start(programs.workspace, &programs.engine, server.name(), &[])?;
        let folder = programs.workspace.scratch("bench")?;
        engine.load(&board::write(&folder, &format!("chain-{plugins}"), 0, plugins, 0.0)?)?;
        Ok(Self::Engine(engine))
    }

    fn clients(programs: &Programs, server: &Server, plugins: u32) -> Result<Self> {
        let mut command = Command::new(&programs.bench);
        command.args(["chain", "--plugins", &plugins.to_string()]).env("JACK_DEFAULT_SERVER", server.name());
        let log = programs.workspace.scratch("logs")?.join("clients.log");
        let (process, input, output) = Background::start_talking(&mut command, &log)?;
        let mut output = BufReader::new(output);
        let mut line = String::new();
        output.read_line(&mut line).context("cannot listen to engine-bench")?;
        ensure!(line.trim() == "ready", "engine-bench did not start: {}", process::tail(&log));
        Ok(Self::Clients { process, input, output, blocks: 0.0, xruns: 0.0 })
    }

    fn id(&self) -> u32 {
        match self {
            Self::Engine(engine) => engine.id(),
            Self::ModHost(host) => host.id(),
            Self::Clients { process, .. } => process.id(),
        }
    }

    fn report(&mut self) -> Result<Report> {
        match self {
            Self::ModHost(_) => Ok(Report { blocks: 0.0, span: f64::NAN, xruns: 0.0 }),
            Self::Engine(engine) => {
                let stats = engine.ask("x_stats")?;
                let callback = stats.get("callback").context("no times of the callback")?;
                let (blocks, xruns) = (number(&stats, "blocks")?, number(&stats, "xruns")?);
                Ok(Report { blocks, span: number(callback, "p50_us")?, xruns })
            }
            Self::Clients { input, output, blocks, xruns, .. } => {
                input.write_all(b"report\n").context("engine-bench has ended")?;
                let mut line = String::new();
                output.read_line(&mut line).context("cannot listen to engine-bench")?;
                let report: Value =
                    serde_json::from_str(&line).with_context(|| format!("engine-bench said {line:?}"))?;
                // It forgets with each report.
                *blocks += number(&report, "blocks")?;
                *xruns += number(&report, "xruns")?;
                Ok(Report {
                    blocks: number(&report, "blocks")?,
                    span: number(&report, "p50_us")?,
                    xruns: *xruns,
                })
            }
        }
    }
}
