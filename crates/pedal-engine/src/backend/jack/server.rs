//! Which server is meant, and a client on it.

use crate::backend::StartError;

/// The name under which a server is asked for.
pub(super) fn server_name(server: Option<&str>) -> String {
    server
        .map(str::to_owned)
        .or_else(|| std::env::var("JACK_DEFAULT_SERVER").ok())
        .unwrap_or_else(|| "default".to_owned())
}

/// Opens a client on a server; refuses the server's own name, with which JACK 2 deletes the server's socket when the
/// client ends.
pub(crate) fn connect(client_name: &str, server: Option<&str>) -> Result<jack::Client, StartError> {
    let name = server_name(server);
    if name == client_name {
        return Err(StartError::NameClash(name));
    }
    crate::sys::jack::open(client_name, server)
        .map_err(|reason| StartError::NoServer { server: name, reason })
}

#[cfg(test)]
mod tests {
    use super::super::{JackBackend, JackOptions};
    use super::*;

    #[test]
    fn the_servers_own_name_is_refused() {
        let options = JackOptions {
            client_name: "pedal".to_owned(),
            server: Some("pedal".to_owned()),
            ..JackOptions::default()
        };
        assert!(matches!(JackBackend::open(options), Err(StartError::NameClash(name)) if name == "pedal"));
    }

    #[test]
    fn a_missing_server_is_named_with_the_remedy() {
        let options = JackOptions { server: Some("no-such-server".to_owned()), ..JackOptions::default() };
        let error = JackBackend::open(options).err().expect("there is none").to_string();
        assert!(error.contains("`no-such-server`") && error.contains("jackd -n no-such-server"), "{error}");
    }
}
