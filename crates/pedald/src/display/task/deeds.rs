//! Input becomes wishes: of the session, the machine, the network, pairing.

use pedal_ui::model::Password;
use pedal_ui::{Input, UiAction};
use tokio::time::Instant;

use super::{Back, Task};
use crate::access::PairingIntent;
use crate::display::actions::{Deed, NetworkDeed, PairingDeed, deed};
use crate::display::surroundings::Surroundings;
use crate::display::{MachineDeed, MenuInput, outside};
use crate::network::NetworkError;
use crate::session::{Intent, NoticeLevel, SessionError, Source};

impl Task {
    pub(super) fn input(&mut self, input: MenuInput) {
        // whoever turns the encoder does not want to wait for the sound
        self.around.started = true;
        self.refresh();
        match input {
            MenuInput::Turn(detents) => self.ui_input(Input::Turn(detents.into())),
            MenuInput::Press => self.ui_input(Input::Click),
            MenuInput::LongPress => self.ui_input(Input::Long),
            MenuInput::Footswitch(at) => self.ui_input(Input::Footswitch(at)),
        }
    }

    pub(super) fn ui_input(&mut self, input: Input) {
        self.last_input = Instant::now();
        self.due = true;
        for action in self.ui.input(input) {
            self.act(action);
        }
    }

    fn act(&mut self, action: UiAction) {
        let Some(deed) = deed(action, &self.state, &self.around.versions) else { return };
        match deed {
            Deed::Wish(wish) => self.display.wish(wish),
            Deed::Ask(intent) => self.ask(*intent),
            Deed::Machine(deed) => self.machine_deed(deed),
            Deed::Network(deed) => self.network_deed(deed),
            Deed::Pairing(deed) => self.parts.access.tell(match deed {
                PairingDeed::Open => PairingIntent::Open,
                PairingDeed::Confirm => PairingIntent::Confirm,
                PairingDeed::Close => PairingIntent::Close,
                PairingDeed::Revoke(at) => match self.clients.get(at) {
                    Some(client) => PairingIntent::Revoke(client.id.clone()),
                    None => return,
                },
            }),
        }
    }

    /// Asks the session; what it refuses is told.
    fn ask(&self, intent: Intent) {
        let back = self.back.clone();
        // asked here and not in the task: two turns of the encoder stay in their order
        let answer = self.parts.session.asked(Source::Display, intent);
        tokio::spawn(async move {
            match answer.await {
                // a board that cannot be loaded is told by the session itself
                Ok(_)
                | Err(SessionError::Load { .. } | SessionError::Superseded(_) | SessionError::Closed) => {}
                Err(error) => drop(back.send(Back::Tell(NoticeLevel::Error, error.to_string()))),
            }
        });
    }

    fn machine_deed(&self, deed: MachineDeed) {
        let (back, machine) = (self.back.clone(), self.parts.machine.clone());
        let (session, file) = (self.parts.session.clone(), self.parts.messages.clone());
        tokio::spawn(async move {
            if matches!(deed, MachineDeed::PowerOff | MachineDeed::Reboot) {
                let _ = session.ask(Source::Display, Intent::Flush).await;
            }
            let done = tokio::task::spawn_blocking(move || {
                let done = machine.perform(deed);
                (done, Surroundings::look(&*machine, &file))
            });
            let Ok((done, seen)) = done.await else { return };
            let _ = back.send(Back::Surroundings(Box::new(seen)));
            match done {
                Ok(text) if text.is_empty() => {}
                Ok(text) => drop(back.send(Back::Tell(NoticeLevel::Info, text))),
                Err(error) => drop(back.send(Back::Tell(NoticeLevel::Error, error.to_string()))),
            }
        });
    }

    fn network_deed(&mut self, deed: NetworkDeed) {
        if let NetworkDeed::Mode(mode) = deed {
            return self.parts.network.wish(outside::mode(mode));
        }
        self.busy = true;
        let (back, network) = (self.back.clone(), self.parts.network.clone());
        tokio::spawn(async move {
            let rescan = deed == NetworkDeed::Scan;
            let done: Result<(), NetworkError> = network
                .with_radio(move |radio| match deed {
                    NetworkDeed::Scan | NetworkDeed::Mode(_) => Ok(()),
                    NetworkDeed::Join(ssid, password) => {
                        radio.join(&ssid, password.as_ref().map(Password::reveal))
                    }
                    NetworkDeed::Leave => radio.leave(),
                    NetworkDeed::Forget(ssid) => radio.forget(&ssid),
                })
                .await;
            let networks = network.with_radio(move |radio| radio.networks(rescan)).await;
            let answer = match (done, networks) {
                (Err(error), _) | (Ok(()), Err(error)) => Back::Tell(NoticeLevel::Error, error.to_string()),
                (Ok(()), Ok(networks)) => Back::Networks(networks),
            };
            let _ = back.send(answer);
            let _ = back.send(Back::Quiet);
        });
    }
}
