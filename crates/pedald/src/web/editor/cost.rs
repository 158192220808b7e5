//! What a plugin takes on this machine, before it is on a board. A process of its own measures it: a plugin that crashes
//! takes neither the sound nor us with it.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use axum::extract::State;
use serde_json::Value;

use crate::web::Web;
use crate::web::arguments::{Arguments, Failure, Reply, json as answer};

/// How long a plugin may take to be made and measured.
const PATIENCE: Duration = Duration::from_secs(20);

/// Answers by URI, sample rate and period; an error too, so that a plugin that crashes is tried once. Whoever measures
/// holds it: one at a time.
#[derive(Default)]
pub(super) struct Costs(tokio::sync::Mutex<BTreeMap<Measured, Result<Value, String>>>);

/// Plugin, rate in Hz, frames of a period.
type Measured = (String, u32, u32);

pub(super) async fn cost(State(web): State<Web>, arguments: Arguments) -> Reply {
    let uri = arguments.need("uri")?.to_owned();
    if web.plugins().table().get(&uri).is_none() {
        return Err(Failure::not_found("no such plugin is installed"));
    }
    let health = web.session().state().health.clone();
    if health.period == 0 || health.sample_rate == 0 {
        return Err(Failure::not_found("the engine has not told its period yet; it may not be running"));
    }
    let key = (uri, health.sample_rate, health.period);
    let mut costs = web.0.editor.costs.0.lock().await;
    let known = match costs.get(&key) {
        Some(known) => known.clone(),
        None => {
            let (uri, rate, period) = key.clone();
            let measured = web.blocking(move |_| measure(&uri, rate, period)).await;
            let measured = measured.unwrap_or_else(|| Err("it could not be measured".to_owned()));
            costs.insert(key, measured.clone());
            measured
        }
    };
    known.map(|cost| answer(&cost)).map_err(Failure::not_found)
}

fn measure(uri: &str, rate: u32, period: u32) -> Result<Value, String> {
    let engine = std::env::var_os("ARCHIBALD_ENGINE").unwrap_or_else(|| "archibald-engine".into());
    // What begins with a dash must not be taken for an option.
    let mut child = Command::new(engine)
        .args(["cost", "--json", "--rate", &rate.to_string(), "--period", &period.to_string(), "--", uri])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| {
            format!("archibald-engine cannot be run: {error}; set ARCHIBALD_ENGINE to its path")
        })?;
    let until = Instant::now() + PATIENCE;
    // The answer is short enough to wait in the pipe.
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => break,
            Ok(Some(status)) => return Err(format!("measuring {uri} failed: {status}")),
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("measuring {uri} took more than {} s", PATIENCE.as_secs()));
            }
        }
    }
    let mut out = String::new();
    let read = child.stdout.take().map(|mut pipe| std::io::Read::read_to_string(&mut pipe, &mut out));
    let costs: Value = match read {
        // Some plugins write to the terminal when they are made: our list stands behind that.
        Some(Ok(_)) => serde_json::from_str(&out[out.find("[\n").unwrap_or(0)..])
            .map_err(|error| format!("measuring {uri} gave an answer that cannot be read: {error}"))?,
        _ => return Err(format!("measuring {uri} gave no answer")),
    };
    costs.get(0).cloned().ok_or_else(|| format!("measuring {uri} gave no answer"))
}
