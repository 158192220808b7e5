//! A wire between browser and server that can be cut and mended.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// Passes connections on until it is cut.
#[derive(Clone)]
pub struct Wire(Arc<Mutex<Inner>>);

struct Inner {
    whole: bool,
    running: Vec<AbortHandle>,
}

impl Wire {
    /// A wire to the server; its own address.
    pub async fn to(server: SocketAddr) -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let wire = Self(Arc::new(Mutex::new(Inner { whole: true, running: Vec::new() })));
        let own = wire.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut inner = own.0.lock().unwrap();
                if !inner.whole {
                    continue;
                }
                let passing = tokio::spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(server).await {
                        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                    }
                });
                inner.running.push(passing.abort_handle());
            }
        });
        (wire, address)
    }

    /// Ends all connections and takes no new ones.
    pub fn cut(&self) {
        let mut inner = self.0.lock().unwrap();
        inner.whole = false;
        inner.running.drain(..).for_each(|one| one.abort());
    }

    /// Takes connections again.
    pub fn mend(&self) {
        self.0.lock().unwrap().whole = true;
    }
}
