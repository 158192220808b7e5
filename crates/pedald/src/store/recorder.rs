//! Recording of what is heard: a JACK client beside the engine, a ring, and a thread that writes FLAC.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jack::{AudioIn, Client, ClientOptions, Control, Port, PortFlags, ProcessScope};

use super::flac::FlacWriter;
use super::{DiskNews, Tell};

/// Seconds of sound that may wait for the disk.
const BUFFER: usize = 10;

/// How often what was recorded is made durable: half of what may wait meanwhile.
const KEEP: Duration = Duration::from_secs(5);

/// Channels of a recording.
const CHANNELS: usize = 2;

/// Who may bring the sound to the outputs: the engine by its names.
const SOURCES: &str = "^(archibald-engine|mod-host|mod-monitor).*:(playback|out)_[0-9]+$";

/// A recording that goes on.
pub(super) struct Recording {
    client: jack::AsyncClient<(), Capture>,
    writer: JoinHandle<Result<(), String>>,
    ended: Arc<AtomicBool>,
    lost: Arc<AtomicU64>,
    /// The file that it will be.
    pub(super) file: PathBuf,
}

struct Capture {
    ports: [Port<AudioIn>; CHANNELS],
    ring: rtrb::Producer<f32>,
    lost: Arc<AtomicU64>,
}

impl jack::ProcessHandler for Capture {
    /// Real-time: copies into the ring, and counts what finds no room. Ends when nobody writes any more.
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        if self.ring.is_abandoned() {
            return Control::Quit;
        }
        let [left, right] = [self.ports[0].as_slice(scope), self.ports[1].as_slice(scope)];
        if self.ring.slots() < left.len() * CHANNELS {
            self.lost.fetch_add(left.len() as u64, Ordering::Relaxed);
            return Control::Continue;
        }
        for (left, right) in left.iter().zip(right) {
            let _ = self.ring.push(*left);
            let _ = self.ring.push(*right);
        }
        Control::Continue
    }
}

impl Recording {
    /// Begins to record into a new file in `folder`; an end that nobody asked for is told. The error is a sentence.
    pub(super) fn start(folder: &Path, tell: Tell) -> Result<Self, String> {
        jack::set_logger(jack::LoggerType::None);
        let (client, _) = Client::new("pedald-recorder", ClientOptions::NO_START_SERVER)
            .map_err(|error| format!("recording needs a JACK server, and there is none: {error}"))?;
        let sources = client.ports(Some(SOURCES), Some("32 bit float mono audio"), PortFlags::IS_OUTPUT);
        if sources.is_empty() {
            return Err("the engine has no outputs in the JACK server; is it running there?".into());
        }
        pedalboard::make_folders(&pedalboard::Disk, folder)
            .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let file = folder.join(format!("recording-{seconds}.flac"));
        let part = file.with_extension("flac.part");
        let words = |error: io::Error| format!("cannot write {}: {error}", part.display());
        let rate = client.sample_rate();
        // block by block: each is some kilobytes
        let flac = FlacWriter::new(File::create_new(&part).map_err(words)?, rate, CHANNELS).map_err(words)?;
        // the name now, the sound from time to time
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(words)?;

        let port = |name: &str| {
            client
                .register_port(name, AudioIn::default())
                .map_err(|error| format!("cannot make a port: {error}"))
        };
        let ports = [port("left")?, port("right")?];
        let (ring, tap) = rtrb::RingBuffer::new(rate as usize * CHANNELS * BUFFER);
        let (ended, lost) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let writer = std::thread::Builder::new()
            .name("recorder".into())
            .spawn({
                let (ended, take) = (ended.clone(), Take { part, file: file.clone() });
                move || write(flac, tap, &ended, &take, &tell)
            })
            .map_err(|error| format!("cannot start a thread: {error}"))?;
        let capture = Capture { ports, ring, lost: lost.clone() };
        let client = client.activate_async((), capture).map_err(|error| format!("JACK: {error}"))?;
        for (at, name) in ["left", "right"].iter().enumerate() {
            // a mono engine is heard on both
            let source = sources.get(at).unwrap_or(&sources[0]);
            let target = format!("{}:{name}", client.as_client().name());
            if let Err(error) = client.as_client().connect_ports_by_name(source, &target) {
                tracing::warn!(%error, source, "the recording has no sound on one side");
            }
        }
        Ok(Self { client, writer, ended, lost, file })
    }

    /// Whether it has ended by itself; that was told.
    pub(super) fn is_over(&self) -> bool {
        self.writer.is_finished()
    }

    /// Ends it; the file is whole when this returns, as far as it could be written.
    pub(super) fn stop(self) -> Result<PathBuf, String> {
        let _ = self.client.deactivate();
        self.ended.store(true, Ordering::Release);
        self.writer.join().map_err(|_| "the recorder's thread has panicked".to_owned())??;
        let lost = self.lost.load(Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!(frames = lost, "the disk was too slow for the recording: frames are missing");
        }
        Ok(self.file)
    }
}

/// Where a recording grows, and its name when it is whole.
struct Take {
    part: PathBuf,
    file: PathBuf,
}

impl Take {
    /// Gives it its name.
    fn keep(&self) -> io::Result<()> {
        std::fs::rename(&self.part, &self.file)?;
        File::open(self.file.parent().unwrap_or(Path::new(".")))?.sync_all()
    }
}

/// What a recording is written to.
trait Sink: Write + Seek {
    /// Makes what was written durable.
    fn keep(&mut self) -> io::Result<()>;

    /// Cuts off what is behind the first `length` bytes.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Sink for File {
    fn keep(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// Writes until it is ended, or cannot go on: that is told at once, and what was written whole is kept as a file that can be
/// played. An error: nothing of it could be kept.
fn write(
    mut flac: FlacWriter<impl Sink>,
    mut tap: rtrb::Consumer<f32>,
    ended: &AtomicBool,
    take: &Take,
    tell: &Tell,
) -> Result<(), String> {
    let Err(error) = write_all(&mut flac, &mut tap, ended).and_then(|()| take.keep()) else { return Ok(()) };
    // nobody empties it any more
    drop(tap);
    let why = match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => format!("cannot write {}: {error}", take.part.display()),
    };
    let kept = flac.cut_short().and_then(|length| {
        flac.to().cut(length)?;
        flac.to().keep()?;
        take.keep()
    });
    let (file, reason) = match &kept {
        Ok(()) => {
            let name = take.file.file_name().unwrap_or_default().to_string_lossy();
            let text = format!("the recording has ended: {why}. What was recorded until then is in {name}");
            (Some(take.file.clone()), text)
        }
        Err(again) => {
            let text =
                format!("the recording has ended: {why}. It is cut off: {} ({again})", take.part.display());
            (None, text)
        }
    };
    tell(DiskNews::RecordingEnded { file, reason: reason.clone() });
    kept.map_err(|_| reason)
}

fn write_all(
    flac: &mut FlacWriter<impl Sink>,
    tap: &mut rtrb::Consumer<f32>,
    ended: &AtomicBool,
) -> io::Result<()> {
    let mut kept = Instant::now();
    loop {
        // asked before the ring is emptied: what comes after the last look is none
        let last = ended.load(Ordering::Acquire);
        while let Ok(chunk) = tap.read_chunk(tap.slots().min(8192) / CHANNELS * CHANNELS) {
            if chunk.is_empty() {
                break;
            }
            let (first, second) = chunk.as_slices();
            flac.write(first)?;
            flac.write(second)?;
            chunk.commit_all();
        }
        if last {
            break;
        }
        if kept.elapsed() >= KEEP {
            flac.to().keep()?;
            kept = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    flac.finish()?;
    flac.to().keep()
}

#[cfg(test)]
mod tests {
    use std::io::SeekFrom;
    use std::sync::Mutex;

    use super::*;
    use crate::store::flac::BLOCK;

    /// A disk with little room. What is there can be written over.
    struct Narrow {
        file: File,
        room: u64,
    }

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let left = self.room.saturating_sub(self.file.stream_position()?);
            match usize::try_from(left).unwrap().min(bytes.len()) {
                0 => Err(io::ErrorKind::StorageFull.into()),
                count => self.file.write(&bytes[..count]),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            self.file.flush()
        }
    }

    impl Seek for Narrow {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.file.seek(to)
        }
    }

    impl Sink for Narrow {
        fn keep(&mut self) -> io::Result<()> {
            self.file.sync_data()
        }

        fn cut(&mut self, length: u64) -> io::Result<()> {
            self.file.set_len(length)
        }
    }

    /// Records a sound of so many frames on a disk with this room: the sound, what was told, what is in the folder.
    fn recorded(frames: usize, room: u64) -> (Vec<f32>, Vec<DiskNews>, tempfile::TempDir) {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("recording-1.flac");
        let take = Take { part: place.path().join("recording-1.flac.part"), file };
        let sound: Vec<f32> =
            (0..frames * CHANNELS).map(|at| ((at * at) as f32 * 0.37).sin() * 0.9).collect();
        let (mut ring, tap) = rtrb::RingBuffer::new(sound.len());
        sound.iter().for_each(|sample| ring.push(*sample).unwrap());
        let news = Arc::new(Mutex::new(Vec::new()));
        let tell: Tell = Arc::new({
            let news = news.clone();
            move |one| news.lock().unwrap().push(one)
        });
        let narrow = Narrow { file: File::create_new(&take.part).unwrap(), room };
        let flac = FlacWriter::new(narrow, 48_000, CHANNELS).unwrap();
        // nobody ends it when the disk is too small: it ends by itself
        let ended = AtomicBool::new(room == u64::MAX);
        write(flac, tap, &ended, &take, &tell).unwrap();
        let news = news.lock().unwrap().clone();
        (sound, news, place)
    }

    fn heard(place: &Path) -> (Option<u64>, Vec<f32>) {
        let mut reader = claxon::FlacReader::open(place.join("recording-1.flac")).unwrap();
        let count = reader.streaminfo().samples;
        (count, reader.samples().map(|sample| sample.unwrap() as f32 / 8_388_607.0).collect())
    }

    #[test]
    fn a_full_disk_is_told_when_it_is_full_and_the_take_so_far_can_be_played() {
        let (sound, news, place) = recorded(10 * BLOCK + 100, 100_000);
        let [DiskNews::RecordingEnded { file, reason }] = &news[..] else { panic!("{news:?}") };
        assert_eq!(file.as_deref(), Some(&*place.path().join("recording-1.flac")));
        assert!(reason.contains("the disk is full") && reason.ends_with("recording-1.flac"), "{reason}");
        let (count, heard) = heard(place.path());
        assert!(
            count.is_some_and(|count| count >= 2 * BLOCK as u64 && count % BLOCK as u64 == 0),
            "{count:?}"
        );
        assert_eq!(count, Some((heard.len() / CHANNELS) as u64));
        assert!(heard.iter().zip(&sound).all(|(heard, sound)| (heard - sound).abs() < 1e-6));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "it has its name");
    }

    #[test]
    fn where_there_is_room_nothing_is_told() {
        let (sound, news, place) = recorded(3 * BLOCK + 100, u64::MAX);
        assert_eq!(news, []);
        assert_eq!(heard(place.path()).1.len(), sound.len());
    }
}
