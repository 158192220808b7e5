//! Stressors of our own, so that a comparison does not depend on what else is installed.

use serde::{Deserialize, Serialize};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

/// A kind of load.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Load {
    /// A busy thread for each CPU.
    Cpu,
    /// Copies 32 MiB to and fro.
    Memory,
    /// Starts short-lived processes without pause.
    Fork,
    /// Writes files and forces them to the disk.
    Disk,
}

impl Load {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Fork => "fork",
            Self::Disk => "disk",
        }
    }
}

/// Running stressors; they end when this is dropped.
#[derive(Debug)]
pub struct Stress {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Stress {
    /// Starts stressors on ordinary threads.
    pub fn start(kinds: &[Load]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        for kind in kinds {
            let copies = if *kind == Load::Cpu { crate::sys::allowed_cpus().len() } else { 1 };
            for _ in 0..copies {
                let stop = stop.clone();
                let work: fn(&AtomicBool) = match kind {
                    Load::Cpu => cpu,
                    Load::Memory => memory,
                    Load::Fork => fork,
                    Load::Disk => disk,
                };
                threads.push(std::thread::spawn(move || work(&stop)));
            }
        }
        Self { stop, threads }
    }
}

impl Drop for Stress {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn cpu(stop: &AtomicBool) {
    let mut x = 1u64;
    while !stop.load(Relaxed) {
        for _ in 0..100_000 {
            x = std::hint::black_box(x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
    }
}

fn memory(stop: &AtomicBool) {
    let mut a = vec![1u8; 16 << 20];
    let mut b = vec![2u8; 16 << 20];
    while !stop.load(Relaxed) {
        a.copy_from_slice(std::hint::black_box(&b));
        b.copy_from_slice(std::hint::black_box(&a));
    }
}

fn fork(stop: &AtomicBool) {
    while !stop.load(Relaxed) {
        let child =
            Command::new("true").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        match child {
            Ok(mut child) => drop(child.wait()),
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

fn disk(stop: &AtomicBool) {
    let block = vec![0x5au8; 1 << 20];
    while !stop.load(Relaxed) {
        // A file without a name: nobody can foresee it, put a link in its place, or find it after a crash.
        let written = tempfile::tempfile().and_then(|mut file| {
            for _ in 0..8 {
                file.write_all(&block)?;
            }
            file.sync_data()
        });
        if written.is_err() {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
