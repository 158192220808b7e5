//! Opening the listeners: loopback TCP, and Unix sockets that replace a stale one.

use super::ServerConfig;
use rustix::fs::Mode;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Why a listener could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// No TCP listener.
    #[error("cannot listen on TCP port {port}: {source}; choose another port or stop what uses it")]
    Tcp {
        /// The port.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// No Unix listener.
    #[error("cannot listen on {path}: {source}; choose another path with --socket")]
    Unix {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another server answers there.
    #[error("another program listens on {path}; stop it or choose another path with --socket")]
    InUse {
        /// The path.
        path: PathBuf,
    },
    /// Something that is no socket is in the way.
    #[error("{path} exists and is no socket; remove it or choose another path with --socket")]
    NoSocket {
        /// The path.
        path: PathBuf,
    },
    /// No thread.
    #[error("cannot start the server's thread: {0}")]
    Thread(io::Error),
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Command,
    Feedback,
}

/// How a connection came; command and feedback connections are paired within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Tcp,
    Unix,
}

/// One listening socket, not blocking.
pub(super) struct Listener {
    socket: OwnedFd,
    pub(super) role: Role,
    pub(super) transport: Transport,
    address: Option<SocketAddr>,
    /// Removed at the end, if it is still ours.
    _file: Option<SocketFile>,
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// All listening sockets.
pub(super) struct Listeners(pub(super) Vec<Listener>);

impl Listeners {
    pub(super) fn tcp_address(&self, role: Role) -> Option<SocketAddr> {
        self.0.iter().filter(|listener| listener.role == role).find_map(|listener| listener.address)
    }
}

pub(super) fn open(config: &ServerConfig) -> Result<Listeners, ListenError> {
    let mut listeners = Vec::new();
    // Feedback first: a client that finds the command port can connect to both.
    for (role, port) in [(Role::Feedback, config.tcp_feedback), (Role::Command, config.tcp)] {
        if let Some(port) = port {
            listeners.push(tcp(port, role).map_err(|source| ListenError::Tcp { port, source })?);
        }
    }
    if let Some(path) = &config.unix {
        let mut feedback = path.clone().into_os_string();
        feedback.push(".feedback");
        listeners.push(unix(Path::new(&feedback), Role::Feedback)?);
        listeners.push(unix(path, Role::Command)?);
    }
    Ok(Listeners(listeners))
}

fn tcp(port: u16, role: Role) -> io::Result<Listener> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    socket.set_nonblocking(true)?;
    let address = Some(socket.local_addr()?);
    Ok(Listener { socket: socket.into(), role, transport: Transport::Tcp, address, _file: None })
}

/// Binds a new socket beside the path and moves it there: nobody ever finds a half-made one or one that others
/// may open, and a stale one is replaced in one step.
fn unix(path: &Path, role: Role) -> Result<Listener, ListenError> {
    let failed = |source: io::Error| ListenError::Unix { path: path.to_owned(), source };
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
        Ok(meta) if !meta.file_type().is_socket() => {
            return Err(ListenError::NoSocket { path: path.to_owned() });
        }
        Ok(_) if answers(path).map_err(failed)? => {
            return Err(ListenError::InUse { path: path.to_owned() });
        }
        Ok(_) => {}
    }
    let mut fresh = path.to_owned().into_os_string();
    fresh.push(format!(".{}", std::process::id()));
    let fresh = PathBuf::from(fresh);
    let bind = || -> io::Result<(OwnedFd, SocketFile)> {
        match std::fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let socket = unix_socket()?;
        rustix::net::bind(&socket, &SocketAddrUnix::new(&fresh)?)?;
        let temporary = SocketFile::of(&fresh)?;
        // The group gets in where the umask lets it write: a service manager that sets UMask=0007 means it so. Others never.
        let group = Mode::RGRP | Mode::WGRP;
        let made = Mode::from_raw_mode(rustix::fs::stat(&fresh)?.st_mode);
        let group = if made.contains(Mode::WGRP) { group } else { Mode::empty() };
        rustix::fs::chmod(&fresh, Mode::RUSR | Mode::WUSR | group)?;
        rustix::net::listen(&socket, 16)?;
        std::fs::rename(&fresh, path)?;
        Ok((socket, temporary.moved(path)))
    };
    let (socket, file) = bind().map_err(failed)?;
    Ok(Listener { socket, role, transport: Transport::Unix, address: None, _file: Some(file) })
}

fn unix_socket() -> rustix::io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
}

/// Whether somebody listens on the socket.
fn answers(path: &Path) -> io::Result<bool> {
    match rustix::net::connect(unix_socket()?, &SocketAddrUnix::new(path)?) {
        // Its queue of new connections is full: it lives.
        Ok(()) | Err(rustix::io::Errno::AGAIN) => Ok(true),
        Err(rustix::io::Errno::CONNREFUSED | rustix::io::Errno::NOENT) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A socket's file, known by its inode, so that another server's is not removed.
struct SocketFile {
    path: PathBuf,
    inode: (u64, u64),
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), inode: inode(path)? })
    }

    fn moved(mut self, path: &Path) -> Self {
        path.clone_into(&mut self.path);
        self
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if inode(&self.path).is_ok_and(|found| found == self.inode) {
            // Nothing depends on it: the next server replaces a stale socket.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn inode(path: &Path) -> io::Result<(u64, u64)> {
    std::fs::symlink_metadata(path).map(|meta| (meta.dev(), meta.ino()))
}
