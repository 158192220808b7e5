//! How long the engine may take for an answer. One that takes longer hangs, and would hold up for ever what waits for it.

use std::collections::VecDeque;
use std::time::Duration;

use mod_protocol::{Command, Feature, ReplyStyle};

use super::{Effect, Ticket};
use crate::engine::Place;

/// How long a link that is late is waited for after that was seen: perhaps it was this program that stood still, and the
/// answer is there to be read.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// What a command takes its time for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Nothing: it sets, connects or tells something.
    Plain,
    /// It makes a plugin, reads or writes a state, looks at a bundle.
    Made,
    /// It makes a board that is to sound.
    Board,
    /// It makes a board beside the one that sounds.
    Beside,
}

impl Class {
    fn of(command: &Command) -> Self {
        match command {
            Command::XLoad { .. } => Self::Board,
            Command::XPreload { .. } => Self::Beside,
            Command::Add { .. }
            | Command::PresetLoad { .. }
            | Command::PresetSave { .. }
            | Command::StateSave { .. }
            | Command::BundleAdd { .. }
            | Command::BundleRemove { .. }
            // the end of a change makes all that was collected
            | Command::FeatureEnable { feature: Feature::Processing, .. } => Self::Made,
            _ => Self::Plain,
        }
    }

    /// Most time for it, when nothing is done before it.
    pub(super) fn limit(self) -> Duration {
        Duration::from_secs(match self {
            Self::Plain => 15,
            Self::Made => 60,
            Self::Board => 90,
            Self::Beside => 180,
        })
    }
}

/// Commands of one connection: they are done and answered in their order.
#[derive(Debug, Default)]
struct Line {
    asked: VecDeque<(Ticket, Class)>,
    /// Since when the first of them is the first.
    since: Duration,
    /// It is late, and given up at this time.
    grace: Option<Duration>,
}

impl Line {
    /// What is done now.
    fn first(&self) -> Option<Class> {
        self.asked.front().map(|(_, class)| *class)
    }
}

/// A command whose answer is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Late {
    /// Its number.
    pub(super) ticket: Ticket,
    /// How long it was waited for.
    pub(super) waited: Duration,
}

/// What the engine was asked for and has not answered: on the line for commands, and on that for boards beside.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    lines: [Line; 2],
}

impl Deadlines {
    /// Something goes to the engine.
    pub(super) fn sent(&mut self, effect: &Effect, now: Duration) {
        let (ticket, class) = match effect {
            Effect::Command(_, command) if command.reply_style() == ReplyStyle::Silent => return,
            Effect::Command(ticket, command) => (*ticket, Class::of(command)),
            Effect::Load(ticket, _, Place::Running) => (*ticket, Class::Board),
            Effect::Load(ticket, _, Place::Slot(_)) => (*ticket, Class::Beside),
            _ => return,
        };
        let line = &mut self.lines[usize::from(class == Class::Beside)];
        if line.asked.is_empty() {
            line.since = now;
        }
        line.asked.push_back((ticket, class));
    }

    /// It has answered.
    pub(super) fn answered(&mut self, ticket: Ticket, now: Duration) {
        for line in &mut self.lines {
            if let Some(at) = line.asked.iter().position(|(asked, _)| *asked == ticket) {
                line.asked.drain(..=at);
                (line.since, line.grace) = (now, None);
            }
        }
    }

    /// The link is gone, and all answers with it.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// When [`Deadlines::late`] has something to say.
    pub(super) fn wake(&self) -> Option<Duration> {
        (0..self.lines.len()).filter_map(|at| self.until(at)).min()
    }

    fn until(&self, at: usize) -> Option<Duration> {
        let line = &self.lines[at];
        let limit = line.first()?.limit();
        // a board that is made on the other line lets everything else wait for one of its plugins
        let making = self.lines[1 - at].first().is_some_and(|class| class != Class::Plain);
        let limit = if making { limit.max(Class::Made.limit()) } else { limit };
        Some(line.grace.unwrap_or(line.since + limit))
    }

    /// What is overdue, and will not come any more.
    pub(super) fn late(&mut self, now: Duration) -> Option<Late> {
        for at in 0..self.lines.len() {
            if self.until(at).is_none_or(|until| until > now) {
                continue;
            }
            let line = &mut self.lines[at];
            if line.grace.is_some() {
                let (ticket, _) = *line.asked.front()?;
                return Some(Late { ticket, waited: now.saturating_sub(line.since) });
            }
            line.grace = Some(now + GRACE);
        }
        None
    }
}
