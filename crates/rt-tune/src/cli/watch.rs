//! `rt-tune watch`.

use super::apply::WishArgs;
use super::{CommandResult, Common, Failure};
use crate::change::{Live, Outcome, applied_text, plan, undone_text};
use crate::watch::{Keep, Keeper, LiveSources, Timing, Told, serve};
use sd_notify::NotifyState;
use std::time::Duration;

/// What to keep, and how closely.
#[derive(Debug, clap::Args)]
#[command(long_about = LONG)]
pub(super) struct WatchArgs {
    /// Fixes by name (default: all that are safe; `rt-tune apply --help` lists them)
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Seconds between two looks when nothing happens: writes of other programs to /sys send no message
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(10..=3600))]
    check: u64,
    /// Put everything back when no audio ran for so many seconds (30 without a number), and when the service ends. This
    /// includes what `rt-tune apply` set
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "30",
        value_parser = clap::value_parser!(u64).range(1..=86_400))]
    release: Option<u64>,
    #[command(flatten)]
    wishes: WishArgs,
}

const LONG: &str = "Keeps settings as they should be, until SIGTERM or SIGINT.

It looks when a sound card, a processor or a Wi-Fi adapter comes or goes, when the charger is plugged in or out, when the machine \
wakes up, when a stream or a JACK client opens, when power-profiles-daemon or tuned choose a profile, on SIGHUP, and every --check \
seconds. What is not as wanted is set again, through the same journal as `rt-tune apply`, so `rt-tune revert --all` restores what was \
there first. A place that another program writes five times in ten minutes is left alone for an hour, and named.

Under systemd it says READY=1 after the first look, keeps STATUS= and answers the watchdog.";

pub(super) fn run(args: &WatchArgs, common: &Common) -> CommandResult {
    let keep = Keep { fixes: args.ids.clone(), wishes: args.wishes.wishes() };
    let machine = Live::new(common.root.clone());
    // Names are checked before anything is opened.
    plan(&machine, &keep.fixes, &keep.wishes).map_err(Failure::usage)?;
    let watchdog = sd_notify::watchdog_enabled();
    let check = Duration::from_secs(args.check);
    let timing = Timing {
        check: watchdog.map_or(check, |limit| check.min(limit / 2)),
        release: args.release.map(Duration::from_secs),
        ..Timing::default()
    };
    let mut sources = LiveSources::open(&common.root).map_err(Failure::machine)?;
    for note in sources.notes() {
        log(common.json, "note", &note);
    }
    let mut teller = Teller { json: common.json, ready: false, held: 0, failure: None };
    let mut keeper = Keeper::new(keep, &common.state());
    serve(&machine, &mut keeper, timing, &mut sources, &mut |told| teller.tell(&told))
        .map_err(Failure::machine)?;
    Ok(0)
}

/// Says to systemd and to the log what happens.
struct Teller {
    json: bool,
    ready: bool,
    held: usize,
    failure: Option<String>,
}

impl Teller {
    fn tell(&mut self, told: &Told<'_>) {
        let mut states = vec![NotifyState::Watchdog];
        let status;
        match told {
            Told::Looked { reasons, looked } => {
                self.failure = None;
                let done = looked.results.iter().filter(|result| result.outcome == Outcome::Done).count();
                self.held += done;
                if !looked.results.is_empty() {
                    let why =
                        if reasons.is_empty() { "found changed".to_owned() } else { reasons.join(", ") };
                    if self.json {
                        self.line(&serde_json::json!({ "looked": reasons, "results": looked.results }));
                    } else {
                        log(false, "set", &format!("{why}:\n{}", applied_text(&looked.results).trim_end()));
                    }
                }
                for place in &looked.left_alone {
                    let text = format!("another program keeps writing {place}: left alone for an hour");
                    log(self.json, "note", &text);
                }
                if !std::mem::replace(&mut self.ready, true) {
                    states.push(NotifyState::Ready);
                }
                status = format!("{} writes so far", self.held);
                if done > 0 || states.len() > 1 {
                    states.push(NotifyState::Status(&status));
                }
            }
            Told::Released(undone) => {
                if !undone.is_empty() {
                    if self.json {
                        self.line(&serde_json::json!({ "released": undone }));
                    } else {
                        log(
                            false,
                            "released",
                            &format!("no audio runs:\n{}", undone_text(undone).trim_end()),
                        );
                    }
                }
                if !std::mem::replace(&mut self.ready, true) {
                    states.push(NotifyState::Ready);
                }
                states.push(NotifyState::Status("everything is put back: no audio runs"));
            }
            Told::Failed(error) => {
                let text = error.to_string();
                // Each minute the same sentence helps nobody.
                if self.failure.as_ref() != Some(&text) {
                    log(self.json, "failed", &text);
                    self.failure = Some(text);
                }
                states.push(NotifyState::Status("cannot change anything, see the log"));
            }
            Told::Stopping => states = vec![NotifyState::Stopping],
            Told::Alive => {}
        }
        // Without systemd there is nobody to tell.
        let _ = sd_notify::notify(&states);
    }

    fn line(&self, document: &serde_json::Value) {
        use std::io::Write;
        // A closed pipe is the reader's choice.
        let _ = writeln!(std::io::stdout().lock(), "{document}");
    }
}

fn log(json: bool, what: &str, text: &str) {
    if json {
        eprintln!("{}", serde_json::json!({ what: text }));
    } else {
        eprintln!("rt-tune: {what}: {text}");
    }
}
