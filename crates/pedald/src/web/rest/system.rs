//! The machine and the service.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::Table;
use crate::session::{Intent, Source};
use crate::web::Web;
use crate::web::arguments::{Arguments, Failure, Reply, json as answer, reasoned, truth};
use crate::web::machine::MachineError;

pub(super) fn guest(table: Table) -> Table {
    table.on("/hello", get(hello)).on("/ping", get(ping))
}

pub(super) fn player(table: Table) -> Table {
    table
        .on("/system/info", get(info))
        .on("/system/prefs", get(prefs))
        .on("/reset_xruns", post(reset_xruns))
        .on("/jack/get_midi_devices", get(midi_devices))
        .on("/recording/start", get(record))
        .on("/recording/stop", get(stop))
        .on("/recording/reset", get(forget))
        .tail("/recording/play/{what}", get(play))
        .on("/recording/download", get(download))
}

pub(super) fn admin(table: Table) -> Table {
    table
        .tail("/set_buffersize/{frames}", post(set_period))
        .on("/switch_cpu_freq", post(cpu_frequency))
        .tail("/truebypass/{channel}/{on}", get(true_bypass))
        .on("/jack/set_midi_devices", post(set_midi_devices))
        .on("/system/cleanup", post(not_here))
}

async fn hello(State(web): State<Web>) -> Reply {
    Ok(answer(&json!({"online": true, "version": web.options().version})))
}

async fn ping() -> Reply {
    Ok(answer(&json!({"ihm_online": false, "ihm_time": 0})))
}

fn kernel(file: &str) -> String {
    let text = std::fs::read_to_string(format!("/proc/sys/kernel/{file}")).unwrap_or_default();
    text.trim().to_owned()
}

fn model() -> String {
    let tree = std::fs::read_to_string("/proc/device-tree/model").unwrap_or_default();
    let tree = tree.trim_matches(['\0', '\n', ' ']);
    if tree.is_empty() { "Unknown".to_owned() } else { tree.to_owned() }
}

async fn info(State(web): State<Web>) -> Reply {
    let hardware = &web.options().hardware_name;
    let architecture = std::env::consts::ARCH;
    Ok(answer(&json!({
        "hwname": if hardware.is_empty() { "Unknown" } else { hardware },
        "architecture": architecture,
        "cpu": architecture,
        "platform": std::env::consts::OS,
        "bin_compat": "Unknown",
        "model": model(),
        "sysdate": "Unknown",
        "python": {"version": ""},
        "uname": {
            "machine": architecture,
            "release": kernel("osrelease"),
            "sysname": kernel("ostype"),
            "version": kernel("version"),
        },
    })))
}

async fn prefs(State(web): State<Web>) -> Reply {
    let period = web.session().state().health.period;
    Ok(answer(&json!({
        "bluetooth_name": null,
        "jack_buffer_size": if period == 0 { 128 } else { period },
        "jack_mono_copy": false,
        "jack_sync_mode": true,
        "separate_spdif_outs": false,
        "service_mod_peakmeter": false,
        "service_mod_sdk": false,
        "service_netmanager": false,
        "autorestart_hmi": false,
    })))
}

async fn set_period(State(web): State<Web>, Path(frames): Path<String>) -> Reply {
    let frames: u32 = frames
        .trim_matches('/')
        .parse()
        .map_err(|_| Failure::not_found("a number of frames belongs here"))?;
    if !frames.is_power_of_two() || !(16..=4096).contains(&frames) {
        return Err(Failure::bad("the period is a power of two from 16 to 4096"));
    }
    match web.blocking(move |web| web.machine().set_period(frames)).await {
        Some(Ok(size)) => {
            web.announce(format!("bufsize {size}"));
            Ok(answer(&json!({"ok": true, "size": size})))
        }
        Some(Err(error)) => {
            let now = web.session().state().health.period;
            Ok(reasoned(answer(&json!({"ok": false, "size": now})), &error.to_string()))
        }
        None => Ok(answer(&json!({"ok": false, "size": 0}))),
    }
}

async fn do_it(
    web: &Web,
    work: impl FnOnce(&dyn crate::web::Machine) -> Result<(), MachineError> + Send + 'static,
) -> Reply {
    match web.blocking(move |web| work(web.machine())).await {
        Some(Ok(())) => Ok(answer(&true)),
        Some(Err(error)) => Ok(reasoned(answer(&false), &error.to_string())),
        None => Ok(answer(&false)),
    }
}

async fn reset_xruns(State(web): State<Web>) -> Reply {
    Ok(truth(&web.session().ask(Source::Rest, Intent::ResetXruns).await))
}

async fn cpu_frequency(State(web): State<Web>) -> Reply {
    do_it(&web, |machine| machine.switch_cpu_frequency()).await
}

async fn true_bypass(State(web): State<Web>, Path((channel, on)): Path<(String, String)>) -> Reply {
    let channel = match channel.as_str() {
        "Left" => 0,
        "Right" => 1,
        _ => return Err(Failure::not_found("the channels are Left and Right")),
    };
    let on = match on.trim_matches('/') {
        "true" => true,
        "false" => false,
        _ => return Err(Failure::not_found("true or false belongs here")),
    };
    let reply = do_it(&web, move |machine| machine.set_true_bypass(channel, on)).await;
    let (left, right) = web.machine().true_bypass();
    web.announce(format!("truebypass {} {}", u8::from(left), u8::from(right)));
    reply
}

async fn midi_devices(State(web): State<Web>) -> Reply {
    let devices = web.blocking(|web| web.machine().midi_devices()).await.unwrap_or_default();
    let mut value = serde_json::to_value(devices).unwrap_or_default();
    value["midiAggregatedMode"] = json!(!web.session().state().board.midi_separated);
    Ok(answer(&value))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WantedDevices {
    #[serde(default)]
    devs: Vec<String>,
    midi_aggregated_mode: Option<bool>,
    midi_loopback: Option<bool>,
}

async fn set_midi_devices(State(web): State<Web>, arguments: Arguments) -> Reply {
    let wanted: WantedDevices = arguments.json()?;
    let board = web.session().state().board.clone();
    let intent = Intent::SetMidiMode {
        separated: wanted.midi_aggregated_mode.map_or(board.midi_separated, |together| !together),
        loopback: wanted.midi_loopback.unwrap_or(board.midi_loopback),
    };
    let mode = web.session().ask(Source::Rest, intent).await;
    if mode.is_err() || wanted.devs.is_empty() {
        return Ok(truth(&mode));
    }
    do_it(&web, move |machine| machine.set_midi_devices(&wanted.devs)).await
}

async fn record(State(web): State<Web>) -> Reply {
    Ok(truth(&web.session().ask(Source::Rest, Intent::Record(true)).await))
}

async fn stop(State(web): State<Web>) -> Reply {
    Ok(truth(&web.session().ask(Source::Rest, Intent::Record(false)).await))
}

/// Recordings are files of the player here: there is nothing to throw away.
async fn forget() -> Reply {
    Ok(answer(&true))
}

async fn play(Path(what): Path<String>) -> Reply {
    match what.trim_matches('/') {
        "start" | "wait" | "stop" => {
            Ok(reasoned(answer(&false), "recordings are played by the browser: download the file"))
        }
        _ => Err(Failure::not_found("start, wait or stop belongs here")),
    }
}

async fn download(State(web): State<Web>) -> Reply {
    let last = web.session().state().recorder.last.clone();
    let path = last.ok_or_else(|| Failure::not_found("nothing has been recorded"))?;
    let file = tokio::fs::File::open(&path).await;
    let file = file.map_err(|error| Failure::not_found(format!("the recording cannot be read: {error}")))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let plain = name.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect::<String>();
    let headers = [
        (header::CONTENT_TYPE, "audio/flac".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{plain}\"")),
    ];
    Ok((headers, Body::from_stream(tokio_util::io::ReaderStream::new(file))).into_response())
}

pub(super) async fn not_here() -> Reply {
    Ok(reasoned(answer(&json!({"ok": false})), "the system is configured elsewhere: see the manual"))
}
