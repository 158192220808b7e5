//! The simulator as a JACK client, so that real servers are tested against a known answer.

use super::{JackError, open};
use crate::channel::{Channel, ChannelSpec};
use crate::sys::{Flagged, input_frames, output_frames};
use ::jack::{AsyncClient, AudioIn, AudioOut, Client, Control, Port, ProcessHandler, ProcessScope};

struct Runner {
    input: Port<Flagged<AudioIn>>,
    output: Port<Flagged<AudioOut>>,
    channel: Channel,
}

impl ProcessHandler for Runner {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let input = input_frames(&self.input, scope);
        self.channel.process(input, output_frames(&mut self.output, scope));
        Control::Continue
    }
}

/// A running channel client with the ports `in` and `out`; it ends when dropped.
pub struct ChannelClient {
    client: Option<AsyncClient<(), Runner>>,
    name: String,
}

impl ChannelClient {
    /// The client's name as the server gave it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for ChannelClient {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            // An error here means that the server is gone already.
            let _ = client.deactivate();
        }
    }
}

/// Starts the channel as a client. With `physical` its ports pretend to be hardware.
///
/// # Errors
/// [`JackError`] without a server; its `Call` also carries a specification that cannot run live.
pub fn start_channel(name: &str, spec: &ChannelSpec, physical: bool) -> Result<ChannelClient, JackError> {
    let client = open(name)?;
    let call = |e| JackError::call("registering a port", e);
    let channel = Channel::new(spec.clone(), client.sample_rate())
        .map_err(|e| JackError::Call { what: "making the channel".into(), why: e.to_string() })?;
    let input = client.register_port("in", Flagged::new(AudioIn::default(), physical)).map_err(call)?;
    let output = client.register_port("out", Flagged::new(AudioOut::default(), physical)).map_err(call)?;
    let name = client.name().to_owned();
    let client = client
        .activate_async((), Runner { input, output, channel })
        .map_err(|e| JackError::call("activating the client", e))?;
    Ok(ChannelClient { client: Some(client), name })
}
