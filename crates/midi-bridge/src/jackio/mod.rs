//! The JACK side: a pair of ports that a worker thread feeds and reads ([`link`]), and a router that lives in the callback
//! alone ([`router`]).

pub mod link;
pub mod router;

use jack::{Client, ClientOptions, ClientStatus};

use crate::error::BridgeError;

/// JACK's name for MIDI ports.
const MIDI: &str = "8 bit raw midi";

/// Opens a client that never starts a server. A client with its server's name gets another one: a JACK2 server loses its
/// socket when a client of its own name closes.
pub(crate) fn open(name: &str) -> Result<Client, BridgeError> {
    jack::set_logger(jack::LoggerType::None);
    let server = std::env::var("JACK_DEFAULT_SERVER").unwrap_or_else(|_| "default".to_owned());
    let name = if name == server { format!("{name}-client") } else { name.to_owned() };
    let (client, status) = Client::new(&name, ClientOptions::NO_START_SERVER)
        .map_err(|error| BridgeError::NoServer { why: error.to_string() })?;
    if status.contains(ClientStatus::FAILURE) {
        return Err(BridgeError::NoServer { why: format!("{status:?}") });
    }
    Ok(client)
}
