//! Whether a server can be asked at all, without the library: each attempt of that starts a thread and costs a slow processor 15 ms,
//! just when the next server wants to start.

use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Where jackd has its socket.
const FOLDER: &str = "/dev/shm";

/// What a look at the server's socket tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// Somebody listens there, or may.
    Open,
    /// A server that was killed left it behind.
    Shut,
    /// There is no socket: no jackd, but perhaps a server that is reached in another way (PipeWire's library).
    None,
}

/// Looks for the socket of a server; `None` is the default one.
pub(crate) fn door(server: Option<&str>) -> Door {
    door_in(Path::new(FOLDER), &super::server_name(server))
}

fn door_in(folder: &Path, server: &str) -> Door {
    let prefix = format!("jack_{server}_");
    let mut found = Door::None;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_socket = entry.file_type().is_ok_and(|kind| kind.is_socket());
        if !is_socket || !entry.file_name().to_string_lossy().starts_with(&prefix) {
            continue;
        }
        // jackd takes a connection that ends without a word for what it is: a question whether it is there.
        match UnixStream::connect(entry.path()) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => found = Door::Shut,
            _ => return Door::Open,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_listener_a_socket_left_behind_and_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let look = |server| door_in(folder.path(), server);
        assert_eq!(look("default"), Door::None);
        std::fs::write(folder.path().join("jack_default_0_0"), "no socket").unwrap();
        assert_eq!(look("default"), Door::None);
        drop(UnixListener::bind(folder.path().join("jack_default_0_1")).unwrap());
        assert_eq!(look("default"), Door::Shut);
        let _listener = UnixListener::bind(folder.path().join("jack_default_0_2")).unwrap();
        assert_eq!(look("default"), Door::Open);
        assert_eq!(look("other"), Door::None);
        assert_eq!(door_in(&folder.path().join("nowhere"), "default"), Door::None);
    }
}
