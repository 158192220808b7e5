//! The editor's WebSocket, `/api/ws`: the state, then every event; intents in, answers out.
//!
//! A slow editor holds nobody up: while a message waits for the network, events pile up in the session's own backlog, and
//! when that has run full the editor gets the whole state anew.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, broadcast, mpsc, watch};

use super::right;
use crate::display::Panel;
use crate::session::{Answer, Intent, Seen, SessionError, Source};
use crate::web::Web;
use crate::web::access::{Identity, Role};
use crate::web::ws::{Flow, put_out};

/// Longest message of an editor, in bytes: an arrangement of a whole board.
const LONGEST: usize = 512 << 10;
/// Requests of one editor that may wait for their answers. A page asks a few at a time, and turning dials once a frame.
const WAITING: usize = 64;
/// Answers that wait for the network before no more messages are read.
const ANSWERS: usize = 2 * WAITING;
/// Events that go out in one message.
const AT_ONCE: usize = 200;
/// How long a message may wait for the network.
const STUCK: Duration = Duration::from_secs(120);
/// An editor that is asleep hears this when it wakes up, or the connection is found dead.
const PING: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
pub(super) struct Who {
    /// The editor's own name, kept over reconnections.
    #[serde(default)]
    editor: String,
}

/// What an editor says.
#[derive(Deserialize)]
struct Said {
    /// Its number; 0 for what needs no answer.
    #[serde(default)]
    id: u64,
    /// What is asked for.
    #[serde(rename = "do")]
    intent: Intent,
}

pub(super) async fn upgrade(
    State(web): State<Web>,
    Extension(identity): Extension<Identity>,
    Query(who): Query<Who>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let name: String = who.editor.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let Ok(place) = web.0.sockets.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Too many pages are open: close one.\n").into_response();
    };
    upgrade.max_message_size(LONGEST).max_frame_size(LONGEST).on_upgrade(move |socket| async move {
        editor(web, socket, identity, name).await;
        drop(place);
    })
}

async fn editor(web: Web, socket: WebSocket, identity: Identity, name: String) {
    let number = web.next_client();
    let (mut sink, mut stream) = socket.split();
    let (answers, mut answered) = mpsc::channel::<Value>(ANSWERS);
    let asked = Arc::new(Semaphore::new(WAITING));
    let mut watch = web.session().watch();
    let mut news = web.0.editor.news.subscribe();
    let mut panel = web.0.editor.display.get().map(|display| display.panel());
    let mut role = web.access().role_now(&identity);
    let hello_now = hello(&web, number, role);
    let mut roles = web.access().changes();
    let write = async {
        let mut ping = tokio::time::interval_at(tokio::time::Instant::now() + PING, PING);
        let mut next = vec![hello_now, panel_message(panel.as_mut())];
        loop {
            for value in next.drain(..).filter(|value| !value.is_null()) {
                let sent = sink.send(Message::Text(value.to_string().into()));
                if !matches!(tokio::time::timeout(STUCK, sent).await, Ok(Ok(()))) {
                    return;
                }
            }
            tokio::select! {
                biased;
                seen = watch.next() => match seen {
                    Ok(Seen::State(state)) => next.push(json!({"state": *state})),
                    Ok(Seen::Event(event)) => {
                        let mut events = vec![event];
                        // What has happened meanwhile goes along; a state that comes up replaces it all.
                        let mut whole = None;
                        while events.len() < AT_ONCE && whole.is_none() {
                            match watch.next().now_or_never() {
                                Some(Ok(Seen::Event(event))) => events.push(event),
                                Some(Ok(Seen::State(state))) => whole = Some(state),
                                Some(Err(_)) => return,
                                None => break,
                            }
                        }
                        next.push(match whole {
                            Some(state) => json!({"state": *state}),
                            None => json!({"events": events}),
                        });
                    }
                    Err(_) => return,
                },
                answer = answered.recv() => match answer {
                    Some(answer) => next.push(answer),
                    None => return,
                },
                told = news.recv() => match told {
                    Ok(what) => next.push(json!({"news": what})),
                    Err(broadcast::error::RecvError::Lagged(_)) => next.push(json!({"news": "files"})),
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                () = changed(roles.as_mut()) => {
                    // another role shows another page, at once
                    let now = web.access().role_now(&identity);
                    if now != role {
                        role = now;
                        next.push(hello(&web, number, role));
                    }
                }
                () = changed(panel.as_mut()) => next.push(panel_message(panel.as_mut())),
                _ = ping.tick() => next.push(json!({"ping": true})),
            }
        }
    };
    let read = async {
        let mut flow = Flow::new();
        while let Some(Ok(message)) = stream.next().await {
            match message {
                Message::Text(text) => {
                    flow.one().await;
                    // Asked anew for each message: a role may have been taken away meanwhile.
                    let role = web.access().role_now(&identity);
                    let editor = Asker { number, role, name: &name, answers: &answers, asked: &asked };
                    if !take(&web, &text, &editor).await {
                        return;
                    }
                }
                Message::Close(_) => return,
                _ => {}
            }
        }
    };
    tokio::select! {
        () = write => {}
        () = read => {}
        () = put_out(&web, &identity) => {}
    }
    tracing::debug!(client = number, "an editor has left");
}

fn hello(web: &Web, number: u64, role: Role) -> Value {
    let ports = &web.options().ports;
    let named = |list: &[(String, String)]| {
        list.iter().map(|(symbol, name)| json!({"symbol": symbol, "name": name})).collect::<Vec<_>>()
    };
    let role = match role {
        Role::Guest => "guest",
        Role::Player => "play",
        Role::Editor => "edit",
        Role::Admin => "admin",
    };
    json!({"hello": {
        "client": number,
        "role": role,
        "version": web.options().version,
        "hardware": web.options().hardware_name,
        "simulated": web.options().simulated,
        "assets": web.options().assets.is_some(),
        "ports": {
            "audio_inputs": ports.audio_inputs,
            "audio_outputs": ports.audio_outputs,
            "cv_inputs": ports.cv_inputs,
            "cv_outputs": ports.cv_outputs,
            "midi_inputs": named(&ports.midi_inputs),
            "midi_outputs": named(&ports.midi_outputs),
        },
    }})
}

/// An editor whose message is taken.
struct Asker<'a> {
    number: u64,
    role: Role,
    name: &'a str,
    answers: &'a mpsc::Sender<Value>,
    asked: &'a Arc<Semaphore>,
}

/// Takes a message. What it asks for is handed to the session before the next message is read, so order is kept. Waits
/// while the network does not take the answers that are there already: the editor's messages wait there too then. False
/// when nobody takes answers any more.
async fn take(web: &Web, text: &str, from: &Asker<'_>) -> bool {
    let answers = from.answers;
    let refuse =
        async |id: u64, reason: String| answers.send(json!({"id": id, "error": reason})).await.is_ok();
    let said: Said = match serde_json::from_str(text) {
        Ok(said) => said,
        Err(error) => {
            let id = serde_json::from_str::<Value>(text).ok().and_then(|value| value["id"].as_u64());
            return refuse(id.unwrap_or(0), format!("this message cannot be read: {error}")).await;
        }
    };
    let id = said.id;
    let reason = match right::needed(&said.intent) {
        None => Some("this cannot be asked for over the web"),
        Some(needed) if from.role < needed => {
            Some("this device may play, but not change that; an admin can allow it")
        }
        Some(_) => None,
    };
    if let Some(reason) = reason {
        return refuse(id, reason.to_owned()).await;
    }
    let boards = match &said.intent {
        Intent::LoadBoard { bundle } => std::slice::from_ref(bundle),
        Intent::MeasureLoudness { bundles } => bundles.as_slice(),
        _ => &[],
    };
    if let Some(strange) = boards.iter().find(|bundle| !web.is_board(bundle)) {
        return refuse(id, SessionError::UnknownBoard(strange.clone()).to_string()).await;
    }
    let source = Source::Web(from.number);
    if id == 0 {
        web.session().tell(source, said.intent);
        return true;
    }
    // before it counts as taken: what is refused here may be asked for again
    let Ok(place) = from.asked.clone().try_acquire_owned() else {
        let reason = format!(
            "{WAITING} requests of this page wait for their answers already; ask again when they are there"
        );
        return refuse(id, reason).await;
    };
    if !from.name.is_empty() && !web.0.editor.is_new(from.name, id) {
        // Its answer was lost with a connection; the state tells what became of it.
        return answers.send(json!({"id": id, "done": "repeated"})).await.is_ok();
    }
    let session = web.session().clone();
    let mut ask = Box::pin(async move { session.ask(source, said.intent).await });
    match (&mut ask).now_or_never() {
        Some(answer) => answers.send(answer_message(id, answer)).await.is_ok(),
        None => {
            let answers = answers.clone();
            tokio::spawn(async move {
                let answer = ask.await;
                drop(answers.send(answer_message(id, answer)).await);
                drop(place);
            });
            true
        }
    }
}

fn answer_message(id: u64, answer: Answer) -> Value {
    match answer {
        Ok(done) => json!({"id": id, "done": done}),
        Err(error) => json!({"id": id, "error": error.to_string()}),
    }
}

/// Waits for a change of what may not be there.
async fn changed<T>(watch: Option<&mut watch::Receiver<T>>) {
    if let Some(watch) = watch
        && watch.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

/// The pedal's switches and knobs as it shows them itself.
fn panel_message(panel: Option<&mut watch::Receiver<Panel>>) -> Value {
    let Some(panel) = panel else { return Value::Null };
    let panel = panel.borrow_and_update();
    let wires = panel.wires.iter().copied().chain(std::iter::repeat(None));
    let switches = panel.footswitches.iter().zip(wires).map(|(switch, wire)| {
        let colour = switch.colour;
        json!({
            "midi": wire.map(|(channel, controller)| json!({"channel": channel, "controller": controller})),
            "label": switch.label,
            "long": switch.long,
            "lit": switch.lit,
            "colour": format!("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue),
        })
    });
    let controls = panel
        .controls
        .iter()
        .map(|control| json!({"label": control.label, "position": control.position, "text": control.text}));
    json!({"panel": {
        "hardware": panel.hardware,
        "tap_mode": panel.tap_mode,
        "footswitches": switches.collect::<Vec<_>>(),
        "controls": controls.collect::<Vec<_>>(),
    }})
}
