//! Stage, switch, judge, undo.

mod system;

use crate::health::Health;
use crate::profile::{Generation, Profile};
use crate::report::{Offer, Report, Work};
use crate::state::State;
use std::io;
use std::path::PathBuf;
pub use system::{Source, System};

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The state or the profile cannot be read or written.
    #[error("{what}: {source}")]
    File {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A program failed.
    #[error("{0}")]
    System(String),
    /// There is nothing to switch to.
    #[error("no update is staged: run `archibald-update stage` first")]
    NothingStaged,
    /// There is no earlier system.
    #[error("there is no earlier system to go back to")]
    NothingBefore,
    /// The newest system runs already.
    #[error("this is the newest system already")]
    Newest,
    /// Somebody plays.
    #[error("somebody plays: an update waits until the input is quiet")]
    Playing,
    /// An update is on trial already.
    #[error("an update is on trial: its verdict comes first")]
    OnTrial,
}

fn file(what: &'static str) -> impl Fn(io::Error) -> UpdateError {
    move |source| UpdateError::File { what, source }
}

/// The profile, and the file with the state.
pub struct Update {
    /// The chain of generations.
    pub profile: Profile,
    /// File of the state.
    pub state: PathBuf,
}

/// How a boot was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was on trial.
    NoTrial,
    /// Audio passes: the update stays.
    Good(Generation),
    /// It does not: the earlier generation is the default again, and the machine starts anew.
    RolledBack(String),
}

impl Update {
    fn load(&self) -> Result<State, UpdateError> {
        State::load(&self.state).map_err(file("cannot read the state"))
    }

    fn save(&self, state: &State) -> Result<(), UpdateError> {
        state.save(&self.state).map_err(file("cannot write the state"))
    }

    /// Fetches an update; the running system goes on as it is.
    ///
    /// # Errors
    ///
    /// It cannot be fetched, or one is on trial.
    pub fn stage(&self, system: &mut dyn System, from: &Source) -> Result<Generation, UpdateError> {
        if matches!(self.load()?, State::Trial { .. }) {
            return Err(UpdateError::OnTrial);
        }
        let path = system.fetch(from).map_err(UpdateError::System)?;
        let generation = self.profile.add(&path).map_err(file("cannot make a generation"))?;
        self.save(&State::Staged { generation })?;
        Ok(generation)
    }

    /// Looks whether a flake has a newer system, and keeps what it found for the display.
    ///
    /// # Errors
    ///
    /// It cannot be reached.
    pub fn check(&self, system: &mut dyn System, flake: &str) -> Result<Option<Offer>, UpdateError> {
        let offer = system.newest(flake).map_err(UpdateError::System)?;
        let mut report = Report::load(&self.state);
        let fetched = report.fetched.as_ref().is_some_and(|fetched| fetched.revision == offer.revision);
        let known = fetched || system.revision().as_deref() == Some(&offer.revision);
        report.available = (!known).then(|| offer.clone());
        report.save(&self.state).map_err(file("cannot write the report"))?;
        Ok((!known).then_some(offer))
    }

    /// Fetches what a flake has, unless something is staged already, and puts it on trial. While somebody plays it stays staged.
    ///
    /// # Errors
    ///
    /// As [`Self::stage`] and [`Self::switch`]; [`UpdateError::Newest`] when nothing would change.
    pub fn install(
        &self,
        system: &mut dyn System,
        health: &mut dyn Health,
        flake: Option<&str>,
    ) -> Result<(), UpdateError> {
        if !matches!(self.load()?, State::Staged { .. }) {
            let flake = flake.ok_or(UpdateError::NothingStaged)?;
            // what it is called, where that can be told: no reason not to go on
            let offer = system.newest(flake).ok();
            let generation = self.stage(system, &Source::Flake(flake.to_owned()))?;
            let mut report = Report::load(&self.state);
            report.available = None;
            report.fetched = offer;
            report.save(&self.state).map_err(file("cannot write the report"))?;
            if self.profile.current().is_ok_and(|current| current == generation) {
                self.save(&State::Idle)?;
                return Err(UpdateError::Newest);
            }
        }
        self.switch(system, health)
    }

    /// Goes back to the system before: on trial, as any other.
    ///
    /// # Errors
    ///
    /// There is none, somebody plays, one is on trial, or the boot loader refuses; then everything is as before.
    pub fn back(&self, system: &mut dyn System, health: &mut dyn Health) -> Result<(), UpdateError> {
        let before = self.load()?;
        if matches!(before, State::Trial { .. }) {
            return Err(UpdateError::OnTrial);
        }
        let current = self.profile.current().map_err(file("cannot read the profile"))?;
        let to = self.profile.before(current).ok_or(UpdateError::NothingBefore)?;
        self.trial(system, health, to, &before)
    }

    /// Tells the display what is being done, does it, and tells what went wrong.
    ///
    /// # Errors
    ///
    /// Those of the work.
    pub fn told<T>(
        &self,
        what: &str,
        work: impl FnOnce() -> Result<T, UpdateError>,
    ) -> Result<T, UpdateError> {
        // a display that cannot be told stops no update
        let tell = |change: &dyn Fn(&mut Report)| {
            let mut report = Report::load(&self.state);
            change(&mut report);
            let _ = report.save(&self.state);
        };
        let process = std::process::id();
        tell(&|report| {
            report.work = Some(Work { what: what.to_owned(), process });
            report.problem = None;
        });
        let done = work();
        let problem = done.as_ref().err().map(ToString::to_string);
        tell(&|report| {
            report.work = None;
            report.problem.clone_from(&problem);
        });
        done
    }

    /// Puts the staged update on trial and starts the machine anew; never while somebody plays.
    ///
    /// # Errors
    ///
    /// Nothing is staged, somebody plays, or the boot loader refuses; then everything is as before.
    pub fn switch(&self, system: &mut dyn System, health: &mut dyn Health) -> Result<(), UpdateError> {
        let staged = self.load()?;
        let State::Staged { generation: to } = staged else { return Err(UpdateError::NothingStaged) };
        self.trial(system, health, to, &staged)
    }

    fn trial(
        &self,
        system: &mut dyn System,
        health: &mut dyn Health,
        to: Generation,
        before: &State,
    ) -> Result<(), UpdateError> {
        if health.playing() {
            return Err(UpdateError::Playing);
        }
        let from = self.profile.current().map_err(file("cannot read the profile"))?;
        // On the disk first: whatever happens from here on, the next boot knows where to return to.
        self.save(&State::Trial { from, to, boots: 0 })?;
        if let Err(error) = self.start(system, to) {
            self.start(system, from)?;
            self.save(before)?;
            return Err(error);
        }
        system.reboot().map_err(UpdateError::System)
    }

    /// Makes a generation the one that boots: in the profile, and for the boot loader.
    fn start(&self, system: &mut dyn System, generation: Generation) -> Result<(), UpdateError> {
        let path = self.profile.system(generation).map_err(file("cannot find the generation"))?;
        self.profile.switch(generation).map_err(file("cannot switch the profile"))?;
        system.make_default(&path).map_err(UpdateError::System)
    }

    /// Judges a boot: audio must pass within `looks` looks, one a second. An update that has begun a boot before without
    /// coming to a verdict is undone at once.
    ///
    /// # Errors
    ///
    /// The state cannot be used, or the way back fails.
    pub fn judge(
        &self,
        system: &mut dyn System,
        health: &mut dyn Health,
        looks: u32,
    ) -> Result<Verdict, UpdateError> {
        let State::Trial { from, to, boots } = self.load()? else { return Ok(Verdict::NoTrial) };
        if let (Some(booted), Ok(tried)) = (system.booted(), self.profile.system(to))
            && booted != tried
        {
            // Somebody chose another one in the boot menu, most likely because this one did not start. That the other one
            // sounds says nothing of the update, which must not be the one that starts the next time.
            let reason = "another generation was chosen in the boot menu".to_owned();
            self.start(system, from)?;
            self.save(&State::RolledBack { from, to, reason: reason.clone() })?;
            return Ok(Verdict::RolledBack(reason));
        }
        let mut reason = "the last boot of it came to no verdict".to_owned();
        if boots == 0 {
            self.save(&State::Trial { from, to, boots: boots + 1 })?;
            for _ in 0..looks {
                match health.passes() {
                    Ok(()) => {
                        self.save(&State::Idle)?;
                        return Ok(Verdict::Good(to));
                    }
                    Err(missing) => reason = missing,
                }
                health.pause();
            }
        }
        self.start(system, from)?;
        self.save(&State::RolledBack { from, to, reason: reason.clone() })?;
        system.reboot().map_err(UpdateError::System)?;
        Ok(Verdict::RolledBack(reason))
    }
}
