//! Plugins: what is installed, and what is on the board.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::{Table, pulled};
use crate::plugins::GuiFile;
use crate::session::{ControlPort, Endpoint, Instance, Intent, Source};
use crate::web::Web;
use crate::web::arguments::{Arguments, Failure, Reply, json as answer, json_text, loose, reasoned, truth};
use crate::web::files;

pub(super) fn player(table: Table) -> Table {
    table
        .on("/effect/list", get(list))
        .on("/effect/get", get(whole))
        .on("/effect/get_non_cached", get(non_cached))
        .on("/effect/bulk", post(bulk))
        .on("/effect/parameter/set", post(show_on_hardware))
        .tail("/effect/parameter/pi_stomp_set/{*port}", get(fork_set).post(fork_set))
        .tail("/effect/parameter/pi_stomp_get/{*port}", get(fork_get))
        .tail("/effect/image/{file}", get(image))
        .tail("/effect/file/{kind}", get(file))
        .tail("/resources/{*path}", get(resource))
}

pub(super) fn editor(table: Table) -> Table {
    table
        .tail("/effect/add/{*instance}", get(add))
        .tail("/effect/remove/{*instance}", get(remove))
        .tail("/effect/connect/{*ports}", get(connect))
        .tail("/effect/disconnect/{*ports}", get(disconnect))
}

async fn list(State(web): State<Web>) -> Reply {
    Ok(json_text(web.plugins().table().list()))
}

fn unknown(uri: &str) -> Failure {
    Failure::not_found(format!("no plugin {uri} is installed"))
}

async fn whole(State(web): State<Web>, arguments: Arguments) -> Reply {
    let uri = arguments.need("uri")?;
    let table = web.plugins().table();
    let entry = table.get(uri).ok_or_else(|| unknown(uri))?;
    // The page puts the plugin's version into the address.
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=UTF-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000"),
    ];
    Ok((headers, entry.full.get().to_owned()).into_response())
}

async fn non_cached(State(web): State<Web>, arguments: Arguments) -> Reply {
    let uri = arguments.need("uri")?;
    let value = web.plugins().table().get(uri).ok_or_else(|| unknown(uri))?.value();
    Ok(answer(&json!({"licensed": value["licensed"], "presets": value["presets"]})))
}

async fn bulk(State(web): State<Web>, arguments: Arguments) -> Reply {
    if !arguments.kind.contains("application/json") {
        return Err(Failure(StatusCode::NOT_IMPLEMENTED, "send a list of URIs as application/json".into()));
    }
    let uris: Vec<String> = arguments.json()?;
    Ok(json_text(web.plugins().table().bulk(uris.iter().map(String::as_str))))
}

async fn add(State(web): State<Web>, Path(instance): Path<String>, arguments: Arguments) -> Reply {
    let uri = arguments.need("uri")?.to_owned();
    let table = web.plugins().table();
    let Some(entry) = table.get(&uri).cloned() else {
        return Ok(reasoned(answer(&false), &unknown(&uri).1));
    };
    pulled::settle(&web).await;
    let position = (arguments.real("x"), arguments.real("y"));
    let intent = Intent::AddPlugin { instance: Instance::new(&instance), uri, position };
    match web.session().ask(Source::Rest, intent).await {
        Ok(_) => Ok(json_text(entry.full.get().to_owned())),
        Err(error) => Ok(reasoned(answer(&false), &error.to_string())),
    }
}

async fn remove(State(web): State<Web>, Path(instance): Path<String>) -> Reply {
    pulled::settle(&web).await;
    let intent = Intent::RemovePlugin { instance: Instance::new(&instance) };
    Ok(truth(&web.session().ask(Source::Rest, intent).await))
}

fn ends(ports: &str) -> Result<(Endpoint, Endpoint), Failure> {
    let (from, to) = ports
        .split_once(',')
        .ok_or_else(|| Failure::not_found("two ports with a comma between them belong here"))?;
    Ok((Endpoint::parse(from), Endpoint::parse(to)))
}

async fn connect(State(web): State<Web>, Path(ports): Path<String>) -> Reply {
    let (source, target) = ends(&ports)?;
    pulled::settle(&web).await;
    Ok(truth(&web.session().ask(Source::Rest, Intent::Connect { source, target }).await))
}

async fn disconnect(State(web): State<Web>, Path(ports): Path<String>) -> Reply {
    let (source, target) = ends(&ports)?;
    Ok(truth(&pulled::pull(&web, source, target).await))
}

/// What mod-ui shows on its hardware. Its page says the same over the WebSocket, which sets the value: set twice, a request
/// that comes late would put an older value back.
async fn show_on_hardware(arguments: Arguments) -> Reply {
    let text: String = arguments.json()?;
    let (port, value) =
        text.rsplit_once('/').ok_or_else(|| Failure::bad("`instance/port/value` belongs here"))?;
    ControlPort::parse(port).ok_or_else(|| Failure::bad(format!("{port:?} is no port")))?;
    loose(&Value::from(value)).ok_or_else(|| Failure::bad(format!("{value:?} is no number")))?;
    Ok(answer(&true))
}

/// The value in whichever form the old pi-stomp sends it.
fn loose_value(arguments: &Arguments) -> Result<f32, Failure> {
    let body = serde_json::from_slice::<Value>(&arguments.body).ok();
    let value = match &body {
        Some(Value::Object(fields)) => fields.get("value").and_then(loose),
        Some(other) => loose(other),
        None => None,
    };
    let value = value.or_else(|| arguments.get("value").and_then(|text| text.trim().parse().ok()));
    value.map(|value| value as f32).ok_or_else(|| Failure::bad("a number belongs into `value`"))
}

async fn fork_set(State(web): State<Web>, Path(port): Path<String>, arguments: Arguments) -> Reply {
    let port = ControlPort::parse(&port).ok_or_else(|| Failure::bad(format!("{port:?} is no port")))?;
    let value = loose_value(&arguments)?;
    Ok(truth(&web.session().ask(Source::Rest, Intent::Set { port, value }).await))
}

async fn fork_get(State(web): State<Web>, Path(port): Path<String>) -> Reply {
    let port = ControlPort::parse(&port).ok_or_else(|| Failure::bad(format!("{port:?} is no port")))?;
    match web.session().state().board.value(&port) {
        // pi-stomp looks for `true`
        Some(value) if port.is_bypass() => Ok(answer(&(value >= 0.5))),
        Some(value) => Ok(answer(&value)),
        None => Err(Failure::not_found(format!("there is no control {port} on this board"))),
    }
}

async fn image(State(web): State<Web>, Path(name): Path<String>, arguments: Arguments) -> Reply {
    let kind = match name.as_str() {
        "screenshot.png" => GuiFile::Screenshot,
        "thumbnail.png" => GuiFile::Thumbnail,
        _ => return Err(Failure::not_found("there is screenshot.png and thumbnail.png")),
    };
    match web.plugins().table().gui_file(arguments.need("uri")?, kind) {
        Some(path) if path.is_file() => files::send(&path).await,
        _ => Ok(files::default_picture()),
    }
}

async fn file(State(web): State<Web>, Path(kind): Path<String>, arguments: Arguments) -> Reply {
    let uri = arguments.need("uri")?;
    let table = web.plugins().table();
    if kind == "custom" {
        let folder = table.resources(uri).ok_or_else(|| unknown(uri))?;
        return files::send_below(&folder, arguments.need("filename")?).await;
    }
    let kind = GuiFile::named(&kind).ok_or_else(|| Failure::not_found("no file of this kind"))?;
    let path =
        table.gui_file(uri, kind).ok_or_else(|| Failure::not_found(format!("{uri} has no such file")))?;
    let mut answer = files::send(&path).await?;
    if matches!(kind, GuiFile::Javascript) {
        // It is one function without a name, which the page calls. As a script, jQuery would try to run it and give up.
        let plain = HeaderValue::from_static("text/plain; charset=UTF-8");
        answer.headers_mut().insert(header::CONTENT_TYPE, plain);
    }
    Ok(answer)
}

async fn resource(State(web): State<Web>, Path(path): Path<String>, arguments: Arguments) -> Reply {
    match arguments.get("uri") {
        Some(uri) => {
            let folder = web.plugins().table().resources(uri).ok_or_else(|| unknown(uri))?;
            files::send_below(&folder, &path).await
        }
        // Without a plugin they are the page's own.
        None => match &web.folders().html {
            Some(html) => files::send_below(&html.join("resources"), &path).await,
            None => Err(Failure::not_found("which plugin's file is it?")),
        },
    }
}
