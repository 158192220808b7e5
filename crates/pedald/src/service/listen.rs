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

/// The sockets that systemd hands over, if it does; else the addresses.
pub async fn open(addresses: &[String]) -> Result<Vec<TcpListener>, ListenError> {
    let handed = handed().map_err(ListenError::Handed)?;
    if !handed.is_empty() {
        return Ok(handed);
    }
    let mut all = Vec::new();
    for address in addresses {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| ListenError::Address { address: address.clone(), source })?;
        all.push(listener);
    }
    Ok(all)
}

fn handed() -> io::Result<Vec<TcpListener>> {
    let mut all = Vec::new();
    for socket in crate::sys::handed_over()? {
        let listener = std::net::TcpListener::from(socket);
        listener.set_nonblocking(true)?;
        all.push(TcpListener::from_std(listener)?);
    }
    Ok(all)
}
