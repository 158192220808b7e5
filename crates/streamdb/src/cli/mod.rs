//! The command line.

mod serve;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};

use crate::archive;
use crate::store::{MAX_BLOB, Store};

/// An asset store: impulse responses, models, boards and recordings by path over HTTP, for several machines
///
/// Blobs are files below `blobs/` in the store's folder, named by the SHA-256 of their content; paths are in `index.redb`. A lost
/// index loses the paths and no content. One process at a time has the store open.
#[derive(Parser)]
#[command(name = "streamdb", version, max_term_width = 110)]
#[command(after_help = "Examples:\n  streamdb serve --data-dir ~/tones\n  \
curl -T marshall.wav http://localhost:8080/blobs/irs/marshall.wav\n  \
curl 'http://localhost:8080/search?suffix=.wav'\n  \
streamdb export --data-dir /var/lib/streamdb backup.tar\n\n\
Exit codes: 0 done, 1 failed or damage found, 64 wrong use.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the store over HTTP until SIGTERM
    Serve(serve::ServeArgs),
    /// Write all blobs into a tar file, at one stroke; `-` is standard output
    Export {
        #[command(flatten)]
        at: At,
        /// The file
        file: PathBuf,
    },
    /// Store all files of a tar file; `-` is standard input. What has the same path is replaced
    Import {
        #[command(flatten)]
        at: At,
        /// The file
        file: PathBuf,
    },
    /// Read every blob and compare it with its SHA-256
    Check {
        #[command(flatten)]
        at: At,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print counts as JSON
    Stats {
        #[command(flatten)]
        at: At,
    },
}

/// Where the store is.
#[derive(Args)]
pub(crate) struct At {
    /// Folder of the store; made when it is not there
    #[arg(long, value_name = "FOLDER", default_value = "/var/lib/streamdb", env = "STREAMDB_DATA_DIR")]
    data_dir: PathBuf,
    /// Largest blob, in MiB, 1 to 256
    #[arg(long, value_name = "MIB", default_value_t = MAX_BLOB >> 20, value_parser = clap::value_parser!(u64).range(1..=MAX_BLOB >> 20))]
    max_blob: u64,
}

impl At {
    pub(crate) fn open(&self) -> Result<Store> {
        Ok(Store::open(&self.data_dir, self.max_blob << 20)?)
    }
}

/// Runs the command; the process's exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { 64 } else { 0 };
        }
    };
    match execute(cli.command) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("streamdb: {error:#}");
            1
        }
    }
}

fn execute(command: Command) -> Result<()> {
    match command {
        Command::Serve(args) => serve::serve(&args),
        Command::Export { at, file } => export(&at.open()?, &file),
        Command::Import { at, file } => import(&at.open()?, &file),
        Command::Check { at, json } => check(&at.open()?, json),
        Command::Stats { at } => {
            println!("{}", serde_json::to_string_pretty(&at.open()?.stats()?)?);
            Ok(())
        }
    }
}

fn export(store: &Store, file: &Path) -> Result<()> {
    if file == Path::new("-") {
        archive::export(store, io::stdout().lock())?;
        return Ok(());
    }
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let shown = || format!("cannot write {}", file.display());
    let write = || -> Result<u64> {
        let mut out = io::BufWriter::new(File::create(&partial).with_context(shown)?);
        let count = archive::export(store, &mut out)?;
        out.flush().with_context(shown)?;
        out.get_ref().sync_all().with_context(shown)?;
        std::fs::rename(&partial, file).with_context(shown)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).with_context(shown)?;
        Ok(count)
    };
    match write() {
        Ok(count) => {
            eprintln!("{count} blobs written to {}", file.display());
            Ok(())
        }
        Err(error) => {
            let _ = std::fs::remove_file(&partial);
            Err(error)
        }
    }
}

fn import(store: &Store, file: &Path) -> Result<()> {
    let done = if file == Path::new("-") {
        archive::import(store, io::stdin().lock())?
    } else {
        let file = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
        archive::import(store, io::BufReader::new(file))?
    };
    for line in &done.left_out {
        eprintln!("left out: {line}");
    }
    eprintln!("{} blobs stored", done.stored);
    Ok(())
}

fn check(store: &Store, json: bool) -> Result<()> {
    let damage = store.check()?;
    if json {
        println!("{}", serde_json::to_string_pretty(&damage)?);
    } else {
        damage.missing.iter().for_each(|path| println!("missing: {path}"));
        damage.changed.iter().for_each(|path| println!("changed: {path}"));
        println!("{} paths looked at", damage.checked);
    }
    match damage.missing.len() + damage.changed.len() {
        0 => Ok(()),
        count => bail!("{count} blobs are damaged: store them again, or delete them"),
    }
}
