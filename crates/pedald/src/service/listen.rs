//! Where the web server listens: sockets of systemd, or addresses of the command line.

use std::io;

use tokio::net::TcpListener;

/// Why nobody can connect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// An address that cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another with --listen, or let systemd open it")]
    Address {
        /// The address.
        address: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A socket of systemd that is no listening TCP socket.
    #[error("the socket that systemd handed over cannot be used: {0}; it must be ListenStream= with a port")]
    Handed(io::Error),
}

/// A place where somebody can connect.
#[derive(Debug)]
pub struct Door {
    /// Who connects comes out of this.
    pub listener: TcpListener,
    /// Whether the conversation is encrypted.
    pub tls: bool,
}

/// Name of systemd's sockets (`FileDescriptorName=`) whose conversations are encrypted.
const ENCRYPTED: &str = "https";

/// The sockets that systemd hands over, if it does; else the addresses, plain and encrypted ones.
pub async fn open(plain: &[String], encrypted: &[String]) -> Result<Vec<Door>, ListenError> {
    let handed = handed().map_err(ListenError::Handed)?;
    if !handed.is_empty() {
        return Ok(handed);
    }
    let mut all = Vec::new();
    let addresses = plain.iter().map(|address| (address, false));
    for (address, tls) in addresses.chain(encrypted.iter().map(|address| (address, true))) {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| ListenError::Address { address: address.clone(), source })?;
        all.push(Door { listener, tls });
    }
    Ok(all)
}

fn handed() -> io::Result<Vec<Door>> {
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    let mut all = Vec::new();
    for socket in crate::sys::handed_over()? {
        let tls = names.next() == Some(ENCRYPTED);
        let listener = std::net::TcpListener::from(socket);
        listener.set_nonblocking(true)?;
        all.push(Door { listener: TcpListener::from_std(listener)?, tls });
    }
    Ok(all)
}
