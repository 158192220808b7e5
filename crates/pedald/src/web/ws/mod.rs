//! mod-ui's WebSocket: every client sees the whole board, then each change; what it sends becomes intents.
//!
//! A client that does not read (a browser in a pocket) is never waited for: its messages go to an [`outbox`] that is
//! bounded, keeps only the newest of values, and starts over with the whole board when it runs full.

mod dump;
mod message;
mod outbox;
mod render;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::broadcast::error::RecvError;

use self::message::{ClientMessage, Output};
use self::outbox::{Outbox, Taken};
use super::Web;
use super::access::{Role, needing};
use crate::session::{Intent, Seen, Source, SyncMode};

/// Longest message that a client may send, in bytes. A parameter may be a path or a vector.
const LONGEST: usize = 64 << 10;
/// How often clients are asked whether they are there.
const PING: Duration = Duration::from_secs(10);
/// How long a single message may wait for the network before the client is given up.
const STUCK: Duration = Duration::from_secs(120);

/// The route.
pub(super) fn routes(web: &Web) -> Router<Web> {
    needing(
        Router::new().route("/websocket", get(upgrade)).route("/websocket/", get(upgrade)),
        web,
        Role::Player,
    )
}

async fn upgrade(State(web): State<Web>, role: axum::Extension<Role>, upgrade: WebSocketUpgrade) -> Response {
    let role = role.0;
    upgrade.max_message_size(LONGEST).on_upgrade(move |socket| client(web, socket, role))
}

async fn client(web: Web, socket: WebSocket, role: Role) {
    let number = web.next_client();
    let outbox = Arc::new(Outbox::new());
    let (sink, stream) = socket.split();
    tokio::select! {
        () = write(sink, outbox.clone()) => {}
        () = read(&web, stream, &outbox, Source::Web(number), role) => {}
        () = show(&web, &outbox, number) => {}
    }
    tracing::debug!(client = number, "WebSocket closed");
}

/// Puts what happens into the outbox.
async fn show(web: &Web, outbox: &Outbox, number: u64) {
    let mut watch = web.session().watch();
    let mut announcements = web.0.announcements.subscribe();
    let mut ping = tokio::time::interval_at(tokio::time::Instant::now() + PING, PING);
    let mut first = true;
    loop {
        tokio::select! {
            seen = watch.next() => match seen {
                Ok(Seen::State(state)) => {
                    let messages = dump::whole(&state, web, !first);
                    outbox.start_over(messages);
                    first = false;
                }
                Ok(Seen::Event(event)) => {
                    let messages = render::event(&event, &watch.state(), Source::Web(number));
                    if !outbox.push(messages) {
                        // Too much has piled up: what counts now is the board as it is.
                        let state = watch.state();
                        outbox.start_over(dump::whole(&state, web, true));
                        watch = web.session().watch();
                        // The state that it begins with is the one above or a newer one; it replaces the dump.
                    }
                }
                Err(_) => return,
            },
            announcement = announcements.recv() => match announcement {
                Ok(text) => drop(outbox.push([Output::plain(text)])),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            _ = ping.tick() => drop(outbox.push([Output::keyed("ping", "ping".to_owned())])),
        }
    }
}

/// Sends what is in the outbox as fast as the client takes it.
async fn write(mut sink: SplitSink<WebSocket, Message>, outbox: Arc<Outbox>) {
    loop {
        let Taken { text, .. } = outbox.take().await;
        match tokio::time::timeout(STUCK, sink.send(Message::Text(Utf8Bytes::from(text)))).await {
            Ok(Ok(())) => {}
            _ => return,
        }
    }
}

/// Takes what the client says.
async fn read(web: &Web, mut stream: SplitStream<WebSocket>, outbox: &Outbox, source: Source, role: Role) {
    while let Some(Ok(message)) = stream.next().await {
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return,
            _ => continue,
        };
        match message::parse(&text) {
            Ok(ClientMessage::Pong) => {}
            Ok(ClientMessage::DataReady(number)) => outbox.ready(number),
            Ok(ClientMessage::Intent(intent)) => {
                if role < Role::Editor && edits(&intent) {
                    outbox.push([Output::plain(
                        "log 2 This device may play, but not change boards.".to_owned(),
                    )]);
                } else {
                    web.session().tell(source, intent);
                }
            }
            Ok(ClientMessage::ShowExternalUi(instance)) => {
                let text = format!("log 2 {instance} cannot show its own window here");
                outbox.push([Output::plain(text)]);
            }
            Err(reason) => {
                tracing::debug!("WebSocket message left out: {reason}");
                outbox.push([Output::plain(format!("log 2 {reason}"))]);
            }
        }
    }
}

/// Whether an intent changes the board beyond playing it.
fn edits(intent: &Intent) -> bool {
    matches!(intent, Intent::MovePlugin { .. } | Intent::Resize { .. } | Intent::SetParameter { .. })
}

/// Whether a client's message makes sense; for the fuzzer.
#[doc(hidden)]
pub fn understood(text: &str) -> bool {
    message::parse(text).is_ok()
}

/// mod-ui's word for where the tempo comes from.
fn sync_word(sync: SyncMode) -> &'static str {
    match sync {
        SyncMode::Internal => "none",
        SyncMode::MidiClock => "midi_clock_slave",
        SyncMode::Link => "link",
    }
}
