//! Trials on a running server.

use super::search::{Rig, Trial, TrialError};
use super::server::{self, Kind, Server};
use crate::change::{Applied, FixPlan, Live, Machine, Outcome, Place, Plan, State, Step, apply};
use crate::journal::{Journal, JournalError, Undone, revert};
use latency_probe::channel::ChannelSpec;
use latency_probe::jackio::{ChannelClient, JackError, SoakConfig, soak, start_channel};
use latency_probe::sched::Load;
use latency_probe::soak::{Content, SoakReport};
use latency_probe::stop;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The name under which the journal keeps what a search changes.
pub const FIX: &str = "quantum";

/// How a trial is made.
#[derive(Debug, Clone, PartialEq)]
pub struct RigOptions {
    /// Share of each period that our callback burns, 0–90 %.
    pub load_percent: u32,
    /// Stressors beside it.
    pub stress: Vec<Load>,
    /// Seconds before anything is counted.
    pub warm_up: f64,
}

/// A server under test. The period that it had is in the journal from the first change on.
pub struct ServerRig<'a> {
    server: &'a Server,
    machine: &'a Live,
    state: PathBuf,
    options: RigOptions,
    rate: u32,
}

impl<'a> ServerRig<'a> {
    /// A rig that notes its changes in the journal of the folder `state`.
    pub fn new(server: &'a Server, machine: &'a Live, state: &Path, options: RigOptions) -> Self {
        Self { server, machine, state: state.to_owned(), options, rate: 0 }
    }

    /// Sample rate of the server in Hz, 0 before the first trial.
    pub fn rate(&self) -> u32 {
        self.rate
    }
}

impl Rig for ServerRig<'_> {
    fn trial(&mut self, frames: u32, seconds: f64, fail_fast: bool) -> Result<Trial, TrialError> {
        if stop::asked() {
            return Err(TrialError::Stopped);
        }
        set(self.machine, &self.state, self.server, frames)?;
        let fatal = |error: JackError| TrialError::Fatal(error.to_string());
        // The loop is a client of its own: content takes the way that it takes between any two programs, and PipeWire does not
        // loop a client to itself.
        let name = format!("rt-tune-loop-{}", std::process::id());
        let channel = start_channel(&name, &ChannelSpec::default(), false).map_err(fatal)?;
        let awake = match self.server.kind {
            Kind::PipeWire => keep_awake().map_err(fatal)?,
            Kind::Jack => None,
        };
        let config = SoakConfig {
            send: Some(format!("{}:in", channel.name())),
            receive: Some(format!("{}:out", channel.name())),
            seconds,
            load_percent: self.options.load_percent,
            stress: self.options.stress.clone(),
            // Asked once, before the search: our own clients are connected by now.
            busy: None,
            warm_up: self.options.warm_up,
            stop_after: fail_fast.then_some(2),
            ..SoakConfig::default()
        };
        let report =
            soak(&format!("rt-tune-{}", std::process::id()), &config, &mut |_, _| ()).map_err(fatal)?;
        drop((channel, awake));
        self.rate = report.rate;
        if stop::asked() {
            return Err(TrialError::Stopped);
        }
        judge(frames, &report)
    }
}

/// PipeWire suspends a card that nobody plays to, and then another clock drives the graph: silence keeps it awake. `None` when
/// there is no card.
fn keep_awake() -> Result<Option<ChannelClient>, JackError> {
    let silence = ChannelSpec { gain: 0.0, ..ChannelSpec::default() };
    let client = start_channel(&format!("rt-tune-awake-{}", std::process::id()), &silence, false)?;
    let Ok(connector) = server::open() else { return Ok(None) };
    let flags = jack::PortFlags::IS_INPUT | jack::PortFlags::IS_PHYSICAL;
    let playback = connector.ports(None, Some("32 bit float mono audio"), flags);
    let out = format!("{}:out", client.name());
    let connected = playback.first().is_some_and(|port| connector.connect_ports_by_name(&out, port).is_ok());
    Ok(connected.then_some(client))
}

/// What a soak says of the period that was asked for.
fn judge(frames: u32, report: &SoakReport) -> Result<Trial, TrialError> {
    if report.period != frames {
        return Err(TrialError::Refused(format!("the server runs {} frames instead", report.period)));
    }
    let content_frames = match report.content {
        Content::Checked { frames } => frames,
        // Xruns that nobody tells are only seen in the content: without it no period is called good.
        Content::Unavailable if report.events == 0 => {
            return Err(TrialError::Fatal(
                "the test signal did not come back, so silent dropouts would not be seen".into(),
            ));
        }
        Content::Unavailable => 0,
    };
    // Clocks of sound cards differ by less than this from the computer's.
    let tolerance = 3 + report.expected_cycles / 1_000;
    Ok(Trial {
        seconds: report.seconds,
        events: report.events,
        missing_cycles: report.expected_cycles.saturating_sub(report.cycles + tolerance),
        by_kind: report.by_kind.iter().map(|(kind, n)| (format!("{kind:?}").to_lowercase(), *n)).collect(),
        content_frames,
        late_p999_us: report.lateness.p999_us,
    })
}

/// Sets the period through the journal.
fn set(machine: &Live, state: &Path, server: &Server, frames: u32) -> Result<(), TrialError> {
    let fatal = |error: JournalError| TrialError::Fatal(error.to_string());
    let mut journal = Journal::open(state).map_err(fatal)?;
    let plan = plan_for(server, frames);
    let results = apply(machine, &mut journal, &plan).map_err(fatal)?;
    match results.into_iter().map(|Applied { outcome, .. }| outcome).next() {
        Some(Outcome::Done | Outcome::AlreadySo) | None => {}
        Some(Outcome::Gone) => return Err(TrialError::Fatal("the server has gone".into())),
        Some(Outcome::NotAllowed { why } | Outcome::Failed { why }) => return Err(TrialError::Refused(why)),
    }
    if server.kind == Kind::PipeWire {
        // Its graph takes a new period with the next cycle of the driver.
        let end = Instant::now() + Duration::from_millis(200);
        while Instant::now() < end && !stop::asked() {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    Ok(())
}

fn plan_for(server: &Server, frames: u32) -> Plan {
    let step = Step {
        place: Place::Period { server: server.name.clone() },
        before: None,
        after: Some(frames.to_string()),
        why: String::new(),
        may_be_refused: false,
    };
    Plan { fixes: vec![FixPlan { fix: FIX, state: State::ToDo, steps: vec![step], notes: Vec::new() }] }
}

/// Sets the period and leaves it so, with further writes of configuration files. All of it stays in the journal.
///
/// # Errors
/// [`JournalError`]; what the system refuses is in the results.
pub fn set_for_good(
    machine: &dyn Machine,
    state: &Path,
    server: &Server,
    frames: u32,
    documents: Vec<Step>,
) -> Result<Vec<Applied>, JournalError> {
    let mut plan = plan_for(server, frames);
    plan.fixes[0].steps.extend(documents);
    apply(machine, &mut Journal::open(state)?, &plan)
}

/// Puts back what a search changed; nothing when nothing is open.
///
/// # Errors
/// [`JournalError`].
pub fn put_back(machine: &dyn Machine, state: &Path) -> Result<Vec<Undone>, JournalError> {
    if Journal::read(state)?.is_empty() {
        return Ok(Vec::new());
    }
    revert(machine, &mut Journal::open(state)?, &[FIX.to_owned()], false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use latency_probe::result::{Origin, Verdict};

    fn report() -> SoakReport {
        SoakReport {
            origin: Origin::here(),
            verdict: Verdict::Pass,
            reason: String::new(),
            rate: 48_000,
            period: 64,
            load_percent: 50,
            stress: Vec::new(),
            injected: 0,
            seconds: 10.0,
            cycles: 7_499,
            expected_cycles: 7_500,
            events: 0,
            upper_per_minute: 0.0,
            confidence: String::new(),
            by_kind: Default::default(),
            by_cause: Default::default(),
            lost_frames: 0,
            content: Content::Checked { frames: 479_000 },
            unseen: 0,
            dsp_load_mean: 0.0,
            dsp_load_max: 0.0,
            lateness: Default::default(),
            incidents: Vec::new(),
        }
    }

    #[test]
    fn another_period_than_asked_for_is_a_refusal_and_lost_cycles_are_seen() {
        assert_eq!(judge(64, &report()).unwrap().counted(), 0);
        assert!(matches!(judge(32, &report()), Err(TrialError::Refused(why)) if why.contains("64 frames")));
        // As PipeWire was seen to do: no xrun told, and 50 of 12,000 cycles missing.
        let lost = SoakReport { cycles: 11_950, expected_cycles: 12_000, ..report() };
        let trial = judge(64, &lost).unwrap();
        assert_eq!((trial.missing_cycles, trial.counted()), (35, 1));
    }

    #[test]
    fn without_content_a_silent_period_is_not_called_good() {
        let mute = SoakReport { content: Content::Unavailable, ..report() };
        assert!(matches!(judge(64, &mute), Err(TrialError::Fatal(_))));
        let bad = SoakReport { events: 4, ..mute };
        assert_eq!(judge(64, &bad).unwrap().counted(), 4);
    }
}
