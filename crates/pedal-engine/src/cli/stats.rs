//! `stats`: asks a running engine.

use super::args::StatsArgs;
use super::failure::Failure;
use super::plugins::{print, print_json};
use super::run::default_socket;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// How long an engine may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Longest answer that is taken in, in bytes.
const LONGEST: u64 = 16 << 20;

pub(super) fn run(args: &StatsArgs) -> Result<(), Failure> {
    let answer = ask(args, "x_stats")?;
    if args.json {
        return print_json(&answer);
    }
    print(&table(&answer))
}

fn ask(args: &StatsArgs, command: &str) -> Result<Value, Failure> {
    let silent = |error: std::io::Error| Failure::run(format!("the engine does not answer: {error}"));
    if let Some(port) = args.tcp {
        let socket = TcpStream::connect(("127.0.0.1", port))
            .map_err(|error| Failure::run(format!("no engine on 127.0.0.1:{port}: {error}")))?;
        socket.set_read_timeout(Some(PATIENCE)).map_err(silent)?;
        return talk(socket, command);
    }
    let path = args.socket.clone().or_else(default_socket);
    let path = path.ok_or_else(|| Failure::usage("where is the engine? give --socket PATH or --tcp PORT"))?;
    let socket = UnixStream::connect(&path)
        .map_err(|error| Failure::run(format!("no engine on {}: {error}", path.display())))?;
    socket.set_read_timeout(Some(PATIENCE)).map_err(silent)?;
    talk(socket, command)
}

fn talk(mut socket: impl Read + Write, command: &str) -> Result<Value, Failure> {
    let silent = |error: std::io::Error| Failure::run(format!("the engine does not answer: {error}"));
    socket.write_all(format!("{command}\0").as_bytes()).map_err(silent)?;
    let mut answer = Vec::new();
    BufReader::new(socket.take(LONGEST)).read_until(0, &mut answer).map_err(silent)?;
    if answer.pop() != Some(0) {
        return Err(Failure::run("the engine hung up before the end of its answer"));
    }
    serde_json::from_slice(&answer)
        .map_err(|_| Failure::run(format!("not our engine: it answers {}", String::from_utf8_lossy(&answer))))
}

/// The figures for a person.
pub(super) fn table(stats: &Value) -> String {
    let number = |value: &Value| value.as_f64().unwrap_or(0.0);
    let mut text = format!(
        "board `{}`, {} Hz, {} frames: DSP load {:.1} % (most {:.1} %), {} xruns\n",
        stats["board"].as_str().unwrap_or_default(),
        stats["sample_rate"],
        stats["period"],
        number(&stats["load_percent"]),
        number(&stats["load_max_percent"]),
        stats["xruns"],
    );
    let _ = writeln!(text, "{:>9} {:>9} {:>9}  {:>8}  plugin", "p50 us", "p99 us", "max us", "instance");
    let times = |value: &Value| {
        let [p50, p99, max] = ["p50_us", "p99_us", "max_us"].map(|name| number(&value[name]));
        format!("{p50:>9.1} {p99:>9.1} {max:>9.1}")
    };
    for plugin in stats["plugins"].as_array().into_iter().flatten() {
        let state = ["bypassed", "cut_off", "missing"].into_iter().filter(|&name| plugin[name] == true);
        let notes: String = state.map(|name| format!(" [{}]", name.replace('_', " "))).collect();
        let uri = plugin["uri"].as_str().unwrap_or_default();
        let _ = writeln!(text, "{}  {:>8}  {uri}{notes}", times(plugin), plugin["instance"].to_string());
    }
    let _ = writeln!(text, "{}            whole callback", times(&stats["callback"]));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_table_names_plugins_and_their_state() {
        let stats = json!({
            "board": "Clean", "sample_rate": 48000, "period": 64, "load_percent": 12.34, "load_max_percent": 50, "xruns": 3,
            "callback": { "p50_us": 1, "p99_us": 2, "max_us": 3 },
            "plugins": [{ "p50_us": 0.5, "p99_us": 0.75, "max_us": 9, "instance": 7, "uri": "urn:a", "bypassed": true,
                          "cut_off": false, "missing": false }],
        });
        let text = table(&stats);
        assert!(
            text.starts_with("board `Clean`, 48000 Hz, 64 frames: DSP load 12.3 % (most 50.0 %), 3 xruns\n"),
            "{text}"
        );
        assert!(text.contains("      0.5       0.8       9.0         7  urn:a [bypassed]\n"), "{text}");
        assert!(table(&Value::Null).contains("whole callback"));
    }
}
