//! What drives a control.

use axum::extract::{Path, State};
use axum::routing::post;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::Table;
use crate::session::{Addressing, ControlPort, Intent, MidiBinding, PITCH_BEND, Source};
use crate::web::Web;
use crate::web::arguments::{Arguments, Failure, Reply, json, loose, reasoned, truth};

pub(super) fn editor(table: Table) -> Table {
    table
        .tail("/effect/parameter/address/{*port}", post(address))
        .on("/pedalboard/cv_addressing_plugin_port/add", post(cv_add))
        .on("/pedalboard/cv_addressing_plugin_port/remove", post(cv_remove))
}

#[derive(Deserialize)]
struct Wanted {
    uri: Option<String>,
    #[serde(default)]
    label: String,
    #[serde(default, deserialize_with = "number")]
    minimum: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    maximum: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    steps: Option<f64>,
    #[serde(default)]
    tempo: bool,
    dividers: Option<Value>,
    momentary: Option<Value>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// mod-ui's page sends what stands in its fields, so numbers are texts there.
fn number<'de, D: Deserializer<'de>>(input: D) -> Result<Option<f64>, D::Error> {
    let value = Option::<Value>::deserialize(input)?.filter(|value| value.as_str() != Some(""));
    let wrong = |value: &Value| serde::de::Error::custom(format!("{value} is no number"));
    value.map(|value| loose(&value).ok_or_else(|| wrong(&value))).transpose()
}

async fn address(State(web): State<Web>, Path(port): Path<String>, arguments: Arguments) -> Reply {
    let port = ControlPort::parse(&port).ok_or_else(|| Failure::bad(format!("{port:?} is no port")))?;
    let wanted: Wanted = arguments.json()?;
    let uri = wanted.uri.clone().ok_or_else(|| Failure::not_found("`uri`, the actuator, is missing"))?;
    let Some(intent) = intent(port, &uri, wanted, &web) else {
        return Ok(reasoned(json(&false), &format!("there is no actuator {uri} on this pedal")));
    };
    Ok(truth(&web.session().ask(Source::Rest, intent).await))
}

/// The intent for an actuator; `None` for one that is not there.
fn intent(port: ControlPort, uri: &str, wanted: Wanted, web: &Web) -> Option<Intent> {
    let (min, max) = (wanted.minimum.unwrap_or(0.0) as f32, wanted.maximum.unwrap_or(1.0) as f32);
    if uri == "/midi-learn" {
        // Those that wait already go on waiting: one controller then drives them all.
        let mut ports = vec![(port.clone(), min, max)];
        let state = web.session().state();
        for other in state.learning.iter().filter(|other| **other != port) {
            let (low, high) = range(web, other);
            ports.push((other.clone(), low, high));
        }
        return Some(Intent::Learn { ports });
    }
    if uri == "/midi-unlearn" {
        let learning = web.session().state().learning.contains(&port);
        return Some(if learning { Intent::EndLearning } else { Intent::Bind { port, binding: None } });
    }
    if let Some(custom) = uri.strip_prefix("/midi-custom_") {
        let (channel, controller) = custom_binding(custom)?;
        return Some(Intent::Bind { port, binding: Some(MidiBinding { channel, controller, min, max }) });
    }
    if uri == "null" || uri.is_empty() {
        return Some(Intent::Unaddress { port });
    }
    // neither a display of MOD's nor its control chain is there, and what is addressed to nothing would move nothing
    if uri != "/bpm" && !is_voltage(uri, web) {
        return None;
    }
    let addressing = Addressing {
        port,
        label: wanted.label,
        minimum: min,
        maximum: max,
        steps: wanted.steps.map_or(33, |steps| steps.clamp(0.0, 65535.0) as u32),
        tempo: wanted.tempo || uri == "/bpm",
        dividers: wanted.dividers.as_ref().and_then(loose).map(|value| value as f32),
        momentary: wanted.momentary.as_ref().and_then(loose).is_some_and(|value| value != 0.0),
        rest: wanted.rest.into_iter().filter(|(key, _)| key != "value").collect(),
    };
    Some(Intent::Address { actuator: uri.to_owned(), addressing })
}

/// Whether this is a CV input of the hardware.
fn is_voltage(uri: &str, web: &Web) -> bool {
    let number = uri.strip_prefix("/cv/graph/cv_capture_").and_then(|number| number.parse::<u32>().ok());
    number.is_some_and(|number| (1..=web.options().ports.cv_inputs).contains(&number))
}

fn range(web: &Web, port: &ControlPort) -> (f32, f32) {
    let state = web.session().state();
    let control =
        state.board.plugin(&port.instance).and_then(|plugin| plugin.spec.control(&port.symbol).cloned());
    control.map_or((0.0, 1.0), |control| (control.min, control.max))
}

/// Channel (from 0) and controller of `Ch.<channel+1>_CC#<n>` or `Ch.<channel+1>_Pbend`.
fn custom_binding(text: &str) -> Option<(u8, u8)> {
    let (channel, controller) = text.strip_prefix("Ch.")?.split_once('_')?;
    let channel = channel.parse::<u8>().ok().filter(|channel| (1..=16).contains(channel))? - 1;
    if controller == "Pbend" {
        return Some((channel, PITCH_BEND));
    }
    let controller = controller.strip_prefix("CC#")?.parse::<u8>().ok().filter(|number| *number < 128)?;
    Some((channel, controller))
}

async fn cv_add(arguments: Arguments) -> Reply {
    arguments.get("uri");
    let refused = serde_json::json!({"ok": false, "operational_mode": "+"});
    Ok(reasoned(
        json(&refused),
        "the CV output of a plugin cannot become an actuator here; connect it to a CV input",
    ))
}

async fn cv_remove() -> Reply {
    Ok(json(&false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_controllers_are_read() {
        assert_eq!(custom_binding("Ch.1_CC#7"), Some((0, 7)));
        assert_eq!(custom_binding("Ch.16_Pbend"), Some((15, PITCH_BEND)));
        for bad in ["Ch.0_CC#7", "Ch.17_CC#7", "Ch.1_CC#128", "Ch.1_CC", "1_CC#7", "Ch.1"] {
            assert_eq!(custom_binding(bad), None, "{bad}");
        }
    }
}
