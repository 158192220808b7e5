//! The command line.

use std::ffi::OsString;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

use crate::error::BridgeError;
use crate::jackio::router::{Automatic, Router};
use crate::osc::{Allow, DEFAULT_MAP, Map, Osc, Prefix};
use crate::serial::{Serial, WIRE_BAUD};
use crate::wake::{Stop, Wake};
use crate::{alsa_thru, latency, osc, serial};

/// Real-time priority of the worker threads: below the engine's callback, above everything that is not audio.
const PRIORITY: i32 = 55;

/// Connects MIDI that comes by another way than a USB cable: 5-pin sockets on a serial port, OSC from a tablet, and
/// virtual ports.
///
/// Each subcommand is one bridge and one JACK client. It runs until SIGTERM or SIGINT, then ends the notes that it still
/// holds. When the JACK server goes away it ends with an error, for the service manager to start it together with the
/// server.
///
/// Exit status: 0 ended as asked; 1 failed, another try may help; 2 wrong arguments; 78 wrong configuration, another try
/// will not help.
///
/// Environment: JACK_DEFAULT_SERVER names the server.
#[derive(Debug, Parser)]
#[command(name = "midi-bridge", version)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// MIDI sockets on a serial port
    ///
    /// A JACK client with the ports MIDI_in (what comes from the cable) and MIDI_out (what goes to it). The device may be
    /// absent, come and go; while it is away nothing is sent, and the notes that it held are ended.
    Serial {
        /// The serial port
        #[arg(long, default_value = "/dev/ttyAMA0")]
        device: PathBuf,
        /// Speed to ask the kernel for: 31250, or 38400 where the overlay midi-uart0 makes 31250 of it
        #[arg(long, default_value_t = WIRE_BAUD, value_parser = clap::value_parser!(u32).range(1200..=4_000_000))]
        baud: u32,
        /// Name of the JACK client
        #[arg(long, default_value = "ttymidi")]
        name: String,
        /// Leave out repeated status bytes while messages wait for the cable; some old receivers do not understand that
        #[arg(long)]
        running_status: bool,
    },
    /// A virtual port that sends on what it gets
    Thru {
        /// Name of the client and port
        #[arg(long, default_value = "touchosc")]
        name: String,
        /// Where: `auto` takes the ALSA sequencer where there is one, else JACK
        #[arg(long, value_enum, default_value = "auto")]
        backend: Backend,
    },
    /// All MIDI inputs as one port
    ///
    /// Every socket that sends MIDI is connected when it appears, to an input of its own, and the port `out` has them all.
    Merge {
        /// Name of the JACK client
        #[arg(long, default_value = "mod-midi-merger")]
        name: String,
        /// Inputs (1–16); more sockets share the first
        #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=16))]
        inputs: u8,
        /// Connect these ports as well, by name or regular expression; may be given several times
        #[arg(long, value_name = "PORT")]
        also: Vec<String>,
    },
    /// One MIDI port to all outputs
    ///
    /// What comes to the port `in` goes to every socket that receives MIDI, also to those that appear later.
    Broadcast {
        /// Name of the JACK client
        #[arg(long, default_value = "mod-midi-broadcaster")]
        name: String,
        /// Connect these ports as well, by name or regular expression; may be given several times
        #[arg(long, value_name = "PORT")]
        also: Vec<String>,
    },
    /// OSC from a tablet as MIDI, and MIDI as OSC back to it
    ///
    /// Understands TouchOSC's bridge messages (`/midi`) and the addresses of a map. A JACK client with the ports MIDI_in
    /// (what the tablets send) and MIDI_out (what is shown on them).
    Osc {
        /// Address and UDP port to listen on
        #[arg(long, default_value = "0.0.0.0:12101")]
        listen: SocketAddr,
        /// UDP port on which the tablets listen
        #[arg(long, default_value_t = 12_102)]
        reply_port: u16,
        /// Name of the JACK client
        #[arg(long, default_value = "touchosc2midi")]
        name: String,
        /// Map file; without one, the map that --print-map prints
        #[arg(long)]
        map: Option<PathBuf>,
        /// Listen to these addresses or networks only (10.0.0.7, 192.168.1.0/24); without it, to local networks
        #[arg(long, value_name = "ADDRESS")]
        allow: Vec<Prefix>,
        /// Seconds after which a tablet that holds notes and says nothing counts as gone; 0: never
        #[arg(long, default_value_t = 30)]
        silence: u64,
        /// Print the built-in map and end
        #[arg(long)]
        print_map: bool,
    },
    /// Measure what the serial bridge adds, over a pair of pseudo terminals
    ///
    /// Needs a running JACK server; a short period gives a fine result. Beside each figure stands that of the least that
    /// any program could do: a thread that blocks on the same descriptor.
    Latency {
        /// Messages of each kind
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
        count: u32,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Backend {
    Auto,
    Alsa,
    Jack,
}

/// Runs the program; the result is its exit status.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { 2 } else { 0 };
        }
    };
    match perform(&arguments.what) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("<3>midi-bridge: {error}");
            if error.is_configuration() { 78 } else { 1 }
        }
    }
}

fn perform(what: &What) -> Result<(), BridgeError> {
    let stop = Stop::new(Wake::new().map_err(BridgeError::system("making an eventfd"))?);
    stop.on_signals().map_err(BridgeError::system("handling signals"))?;
    let running = |name: &str| eprintln!("<6>running as {name}");
    match what {
        What::Serial { device, baud, name, running_status } => {
            prioritise();
            let serial = Serial { device, baud: *baud, name, running_status: *running_status };
            serial::run(&serial, &stop, running)
        }
        What::Thru { name, backend } => {
            let alsa = match backend {
                Backend::Alsa => true,
                Backend::Jack => false,
                Backend::Auto => Path::new(alsa_thru::SEQUENCER).exists(),
            };
            if alsa {
                prioritise();
                return alsa_thru::run(name, &stop, running);
            }
            Router { name, inputs: 1, automatic: Automatic::None, also: &[] }.run(&stop, running)
        }
        What::Merge { name, inputs, also } => {
            Router { name, inputs: usize::from(*inputs), automatic: Automatic::Sources, also }
                .run(&stop, running)
        }
        What::Broadcast { name, also } => {
            Router { name, inputs: 1, automatic: Automatic::Destinations, also }.run(&stop, running)
        }
        What::Osc { print_map: true, .. } => {
            // A reader that closed the pipe has read enough.
            let _ = std::io::stdout().write_all(DEFAULT_MAP.as_bytes());
            Ok(())
        }
        What::Osc { listen, reply_port, name, map, allow, silence, .. } => {
            let map = read_map(map.as_deref())?;
            prioritise();
            let osc = Osc {
                listen: *listen,
                reply_port: *reply_port,
                name,
                map: &map,
                allow: &Allow(allow.clone()),
                silence: (*silence > 0).then(|| Duration::from_secs(*silence)),
            };
            osc::run(&osc, &stop, |name, address| eprintln!("<6>running as {name}, OSC on {address}"))
        }
        What::Latency { count, json } => {
            let report = latency::measure(*count as usize)?;
            let text = if *json {
                serde_json::to_string(&report).expect("a struct of numbers is JSON")
            } else {
                report.to_string()
            };
            let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
            Ok(())
        }
    }
}

fn read_map(file: Option<&Path>) -> Result<Map, BridgeError> {
    let Some(file) = file else {
        return Ok(Map::parse(DEFAULT_MAP).expect("the built-in map is tested"));
    };
    let error = |why: String| BridgeError::Map { file: file.to_owned(), why };
    let text = std::fs::read_to_string(file).map_err(|why| error(why.to_string()))?;
    Map::parse(&text).map_err(|why| error(why.to_string()))
}

fn prioritise() {
    if !crate::sys::set_realtime(PRIORITY) {
        eprintln!("<5>no real-time priority (limit RTPRIO): under load, MIDI comes late");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_units_of_the_pedal_are_understood() {
        for line in [
            "thru --name touchosc",
            "serial --device /dev/ttyAMA0 --baud 38400",
            "serial --device /dev/ttyUSB0 --baud 31250",
            "merge",
            "broadcast",
            "osc",
        ] {
            let words = std::iter::once("midi-bridge").chain(line.split(' '));
            assert!(Arguments::try_parse_from(words).is_ok(), "{line}");
        }
    }
}
