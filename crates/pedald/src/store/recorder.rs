//! Recording of what is heard: a JACK client beside the engine, a ring, and a thread that writes FLAC.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jack::{AudioIn, Client, ClientOptions, Control, Port, PortFlags, ProcessScope};

use super::flac::FlacWriter;

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
    /// Real-time: copies into the ring, and counts what finds no room.
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
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
    /// Begins to record into a new file in `folder`. The error is a sentence.
    pub(super) fn start(folder: &Path) -> Result<Self, String> {
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
        let words = |error: std::io::Error| format!("cannot write {}: {error}", part.display());
        let rate = client.sample_rate();
        let to = BufWriter::new(File::create_new(&part).map_err(words)?);
        let flac = FlacWriter::new(to, rate, CHANNELS).map_err(words)?;
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
                let (ended, file) = (ended.clone(), file.clone());
                move || write(flac, tap, &ended, &part, &file)
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

    /// Ends it; the file is whole when this returns.
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

fn write(
    mut flac: FlacWriter<BufWriter<File>>,
    mut tap: rtrb::Consumer<f32>,
    ended: &AtomicBool,
    part: &Path,
    file: &Path,
) -> Result<(), String> {
    let words = |error: std::io::Error| format!("cannot write {}: {error}", part.display());
    let mut kept = Instant::now();
    loop {
        // asked before the ring is emptied: what comes after the last look is none
        let last = ended.load(Ordering::Acquire);
        while let Ok(chunk) = tap.read_chunk(tap.slots().min(8192) / CHANNELS * CHANNELS) {
            if chunk.is_empty() {
                break;
            }
            let (first, second) = chunk.as_slices();
            flac.write(first).and_then(|()| flac.write(second)).map_err(words)?;
            chunk.commit_all();
        }
        if last {
            break;
        }
        if kept.elapsed() >= KEEP {
            let to = flac.to();
            to.flush().and_then(|()| to.get_ref().sync_data()).map_err(words)?;
            kept = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let to = flac.finish().map_err(words)?;
    to.into_inner().map_err(|error| words(error.into_error()))?.sync_all().map_err(words)?;
    std::fs::rename(part, file).map_err(words)?;
    let folder = file.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(words)
}
