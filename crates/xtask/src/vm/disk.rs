//! A disk that forgets: what was written and not flushed when the power goes may or may not be there afterwards. It is served to
//! qemu by the NBD protocol over a Unix socket. (dm-log-writes would do the same with a kernel module and root rights.)

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};

/// A write that has not been flushed.
struct Pending {
    offset: u64,
    old: Vec<u8>,
    new: Vec<u8>,
}

struct State {
    file: File,
    length: u64,
    pending: Vec<Pending>,
    /// Writes since the power came.
    writes: u64,
    /// The last write that is taken.
    last: Option<u64>,
}

impl State {
    fn write(&mut self, offset: u64, new: Vec<u8>) -> io::Result<()> {
        if self.is_dead() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let mut old = vec![0; new.len()];
        self.file.read_exact_at(&mut old, offset)?;
        self.file.write_all_at(&new, offset)?;
        self.pending.push(Pending { offset, old, new });
        self.writes += 1;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_dead() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.pending.clear();
        Ok(())
    }

    fn is_dead(&self) -> bool {
        self.last.is_some_and(|last| self.writes >= last)
    }
}

/// The disk.
pub(super) struct Disk {
    socket: PathBuf,
    state: Arc<Mutex<State>>,
}

impl Disk {
    /// Serves a file.
    pub(super) fn serve(image: &Path, socket: &Path) -> Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(image).context("cannot open the disk")?;
        let length = file.metadata().context("cannot look at the disk")?.len();
        let state = Arc::new(Mutex::new(State { file, length, pending: Vec::new(), writes: 0, last: None }));
        let _ = fs::remove_file(socket);
        let listener = UnixListener::bind(socket).context("cannot listen for qemu")?;
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // The client went away: the power was cut.
                let _ = talk(stream, &shared);
            }
        });
        Ok(Self { socket: socket.to_path_buf(), state })
    }

    /// What qemu calls it.
    pub(super) fn address(&self) -> String {
        format!("nbd+unix:///?socket={}", self.socket.display())
    }

    /// Writes since the machine was switched on.
    pub(super) fn writes(&self) -> u64 {
        self.state.lock().expect("no thread panics with the disk").writes
    }

    /// So many more writes, and nothing reaches the medium any more. At a random moment nearly always everything is flushed; at a
    /// random write it is not.
    pub(super) fn cut_after(&self, writes: u64) {
        let mut state = self.state.lock().expect("no thread panics with the disk");
        state.last = Some(state.writes + writes);
    }

    /// Whether the last write has come.
    pub(super) fn is_dead(&self) -> bool {
        self.state.lock().expect("no thread panics with the disk").is_dead()
    }

    /// The power is gone: of the writes that were not flushed, `keep` decides one by one which had reached the medium.
    /// Returns how many there were and how many of them are lost.
    pub(super) fn forget(&self, mut keep: impl FnMut() -> bool) -> Result<(usize, usize)> {
        let mut state = self.state.lock().expect("no thread panics with the disk");
        let pending = std::mem::take(&mut state.pending);
        (state.writes, state.last) = (0, None);
        for write in pending.iter().rev() {
            state.file.write_all_at(&write.old, write.offset).context("cannot take a write back")?;
        }
        let mut lost = 0;
        for write in &pending {
            if keep() {
                state.file.write_all_at(&write.new, write.offset).context("cannot write")?;
            } else {
                lost += 1;
            }
        }
        Ok((pending.len(), lost))
    }
}

const OPTION: u64 = 0x4948_4156_454f_5054;
const REPLY: u64 = 0x0003_e889_0455_65a9;
/// Has flags, flushes, obeys "force unit access".
const FLAGS: u16 = 1 | 4 | 8;

/// Negotiates and then serves requests until the client goes.
fn talk(mut stream: UnixStream, state: &Mutex<State>) -> io::Result<()> {
    let length = state.lock().expect("no thread panics with the disk").length;
    stream.write_all(b"NBDMAGIC")?;
    stream.write_all(&OPTION.to_be_bytes())?;
    stream.write_all(&3_u16.to_be_bytes())?;
    read::<4>(&mut stream)?;
    loop {
        read::<8>(&mut stream)?;
        let option = u32::from_be_bytes(read(&mut stream)?);
        let size = u32::from_be_bytes(read(&mut stream)?);
        let mut data = vec![0; size as usize];
        stream.read_exact(&mut data)?;
        let mut reply = |kind: u32, data: &[u8]| -> io::Result<()> {
            stream.write_all(&REPLY.to_be_bytes())?;
            stream.write_all(&option.to_be_bytes())?;
            stream.write_all(&kind.to_be_bytes())?;
            stream.write_all(&(data.len() as u32).to_be_bytes())?;
            stream.write_all(data)
        };
        let export = [&0_u16.to_be_bytes()[..], &length.to_be_bytes(), &FLAGS.to_be_bytes()].concat();
        match option {
            6 | 7 => {
                reply(3, &export)?;
                reply(1, &[])?;
                if option == 7 {
                    break;
                }
            }
            1 => {
                stream.write_all(&export[2..])?;
                break;
            }
            2 => return reply(1, &[]),
            _ => reply(0x8000_0001, &[])?,
        }
    }
    loop {
        read::<4>(&mut stream)?;
        let flags = u16::from_be_bytes(read(&mut stream)?);
        let kind = u16::from_be_bytes(read(&mut stream)?);
        let handle: [u8; 8] = read(&mut stream)?;
        let offset = u64::from_be_bytes(read(&mut stream)?);
        let size = u32::from_be_bytes(read(&mut stream)?) as usize;
        let mut answer = Vec::new();
        let mut content = Vec::new();
        if kind == 1 {
            content = vec![0; size];
            stream.read_exact(&mut content)?;
        }
        let mut state = state.lock().expect("no thread panics with the disk");
        let done = match kind {
            0 => {
                answer = vec![0; size];
                state.file.read_exact_at(&mut answer, offset)
            }
            1 => state.write(offset, content),
            3 => state.flush(),
            2 => return Ok(()),
            _ => Err(io::ErrorKind::Unsupported.into()),
        };
        // Simple, and stricter than asked for: one forced write flushes them all.
        let done = if done.is_ok() && flags & 1 != 0 { state.flush() } else { done };
        drop(state);
        stream.write_all(&0x6744_6698_u32.to_be_bytes())?;
        stream.write_all(&if done.is_ok() { 0_u32 } else { 5 }.to_be_bytes())?;
        stream.write_all(&handle)?;
        stream.write_all(&answer)?;
    }
}

fn read<const N: usize>(stream: &mut UnixStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_flushed_may_be_lost_and_what_was_flushed_stays() {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("disk");
        fs::write(&image, vec![b'.'; 4096]).unwrap();
        let disk = Disk::serve(&image, &folder.path().join("socket")).unwrap();
        let mut client = UnixStream::connect(folder.path().join("socket")).unwrap();
        read::<18>(&mut client).unwrap();
        client.write_all(&[0, 0, 0, 3]).unwrap();
        client
            .write_all(&[&OPTION.to_be_bytes()[..], &1_u32.to_be_bytes(), &0_u32.to_be_bytes()].concat())
            .unwrap();
        assert_eq!(u64::from_be_bytes(read(&mut client).unwrap()), 4096);
        read::<2>(&mut client).unwrap();
        let mut request = |kind: u16, offset: u64, data: &[u8]| {
            let head = [
                &0x2560_9513_u32.to_be_bytes()[..],
                &[0, 0],
                &kind.to_be_bytes(),
                &[7; 8],
                &offset.to_be_bytes(),
                &(data.len() as u32).to_be_bytes(),
            ];
            client.write_all(&[&head.concat(), data].concat()).unwrap();
            read::<16>(&mut client).unwrap()[7]
        };
        assert_eq!(request(1, 0, b"aaaa"), 0);
        assert_eq!(request(3, 0, b""), 0);
        assert_eq!(request(1, 2, b"bbbb"), 0);
        assert_eq!(request(1, 4, b"cccc"), 0);
        assert_eq!(&fs::read(&image).unwrap()[..9], b"aabbcccc.");
        assert_eq!(disk.writes(), 3);
        // The first is lost, the second is not.
        let mut fates = [false, true].into_iter();
        assert_eq!(disk.forget(|| fates.next().unwrap()).unwrap(), (2, 1));
        assert_eq!(&fs::read(&image).unwrap()[..9], b"aaaacccc.");
        // Of two more writes one is taken.
        disk.cut_after(1);
        assert!(!disk.is_dead());
        assert_eq!(request(1, 6, b"dd"), 0);
        assert!(disk.is_dead());
        assert_eq!((request(1, 0, b"ee"), request(3, 0, b"")), (5, 5));
        assert_eq!(disk.forget(|| false).unwrap(), (1, 1));
        assert_eq!(&fs::read(&image).unwrap()[..9], b"aaaacccc.");
        assert!(!disk.is_dead());
    }
}
