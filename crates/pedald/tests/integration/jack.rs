//! The recorder on a real JACK server: what the engine plays is in the file.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pedald::context::Paths;
use pedald::session::EmptyCatalogue;
use pedald::store::{Disk, DiskAnswer, DiskJob, FolderDisk};

const FOLDER: &str = "PEDALD_TEST_RECORDER";

/// Ends a process whatever becomes of the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // A server that is killed outright keeps its place among the eight that a machine can have: it is asked first.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let patience = Instant::now() + Duration::from_secs(5);
        while matches!(self.0.try_wait(), Ok(None)) && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn this_program(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command
        .args(["--exact", test, "--nocapture"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Not a test: records for a second, when this binary is started as such. A process of its own, because the server is
/// chosen by the environment.
#[test]
fn recorder_program() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let paths = Paths::new(Some(PathBuf::from(&folder)), |_| None);
    let mut disk = FolderDisk::new(paths, Arc::new(EmptyCatalogue));
    let patience = Instant::now() + Duration::from_secs(20);
    let file = loop {
        match disk.run(DiskJob::Record { on: true }) {
            Ok(DiskAnswer::Recording { file, running: true }) => break file,
            // the engine's ports are not there yet
            Err(_) if Instant::now() < patience => std::thread::sleep(Duration::from_millis(100)),
            other => panic!("{other:?}"),
        }
    };
    std::thread::sleep(Duration::from_secs(1));
    let done = disk.run(DiskJob::Record { on: false }).expect("ended");
    assert_eq!(done, DiskAnswer::Recording { file: file.clone(), running: false });
    assert!(disk.run(DiskJob::Record { on: false }).is_err(), "nothing is being recorded any more");
    std::fs::write(Path::new(&folder).join("done"), file.as_os_str().as_encoded_bytes()).expect("told");
}

#[test]
fn what_the_engine_plays_is_recorded() {
    if Command::new("jackd").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        eprintln!("skipped: jackd is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let server = format!("pedald-rec-{}", std::process::id());
    let quiet = |command: &mut Command| {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Process(child.expect("started"))
    };
    let _jackd =
        quiet(Command::new("jackd").args(["-n", &server, "-R", "-d", "dummy", "-r", "48000", "-p", "128"]));
    let socket = folder.path().join("engine.sock");
    let arguments = [
        "archibald-engine",
        "run",
        "--backend",
        "jack",
        "--wait=20",
        "--server",
        &server,
        "--socket",
        socket.to_str().expect("UTF-8"),
    ];
    let _engine = quiet(
        this_program("process::engine_program")
            .env("PEDALD_TEST_ENGINE", arguments.join("\n"))
            .env("LV2_PATH", test_plugins::lv2_path())
            .env_remove("NOTIFY_SOCKET"),
    );
    let patience = Instant::now() + Duration::from_secs(30);
    while !socket.exists() {
        assert!(Instant::now() < patience, "the engine does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    let recorder = this_program("jack::recorder_program")
        .env(FOLDER, folder.path())
        .env("JACK_DEFAULT_SERVER", &server)
        .status()
        .expect("started");
    assert!(recorder.success(), "the recorder failed");
    let file = std::fs::read_to_string(folder.path().join("done")).expect("it was told where");
    let mut reader = claxon::FlacReader::open(&file).expect("a FLAC file");
    let info = reader.streaminfo();
    assert_eq!((info.sample_rate, info.channels), (48_000, 2));
    let frames = info.samples.expect("the length is told");
    assert!(frames > 12_000, "{frames} frames of about 48000");
    assert_eq!(reader.samples().filter_map(Result::ok).count() as u64, 2 * frames, "every frame is whole");
}
