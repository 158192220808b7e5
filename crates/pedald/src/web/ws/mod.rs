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

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::broadcast::error::RecvError;

use self::message::{ClientMessage, Output};
use self::outbox::{Outbox, Taken};
use super::Web;
use super::access::{Identity, Role, Table};
use crate::session::{Intent, Seen, Source, SyncMode};

/// Longest message that a client may send, in bytes. A parameter may be a path or a vector.
const LONGEST: usize = 64 << 10;
/// Messages of a client in a second, and at once: ten knobs that are turned at a time.
const MESSAGES: f32 = 1000.0;
const BURST: f32 = 4000.0;
/// How often clients are asked whether they are there.
const PING: Duration = Duration::from_secs(10);
/// How long a single message may wait for the network before the client is given up.
const STUCK: Duration = Duration::from_secs(120);

/// The route.
pub(super) fn routes() -> Table {
    Table::new(Role::Player).on("/websocket", get(upgrade))
}

async fn upgrade(
    State(web): State<Web>,
    Extension(identity): Extension<Identity>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Ok(place) = web.0.sockets.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Too many pages are open: close one.\n").into_response();
    };
    upgrade.max_message_size(LONGEST).max_frame_size(LONGEST).on_upgrade(move |socket| async move {
        client(web, socket, identity).await;
        drop(place);
    })
}

async fn client(web: Web, socket: WebSocket, identity: Identity) {
    let number = web.next_client();
    let outbox = Arc::new(Outbox::new());
    let (sink, stream) = socket.split();
    tokio::select! {
        () = write(sink, outbox.clone()) => {}
        () = read(&web, stream, &outbox, Source::Web(number), &identity) => {}
        () = put_out(&web, &identity) => {}
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
                    let messages = dump::whole(&state, web, !first, !outbox.began());
                    outbox.start_over(messages);
                    first = false;
                }
                Ok(Seen::Event(event)) => {
                    let messages = render::event(&event, &watch.state(), Source::Web(number));
                    if !outbox.push(messages) {
                        // Too much has piled up: what counts now is the board as it is.
                        let state = watch.state();
                        outbox.start_over(dump::whole(&state, web, true, !outbox.began()));
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

/// Waits until the device may not even look any more.
pub(super) async fn put_out(web: &Web, identity: &Identity) {
    if let Some(mut changes) = web.access().changes() {
        while web.access().role_now(identity) >= Role::Player {
            if changes.changed().await.is_err() {
                break;
            }
        }
        if web.access().role_now(identity) < Role::Player {
            return;
        }
    }
    std::future::pending().await
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
async fn read(
    web: &Web,
    mut stream: SplitStream<WebSocket>,
    outbox: &Outbox,
    source: Source,
    identity: &Identity,
) {
    let mut flow = Flow::new();
    while let Some(Ok(message)) = stream.next().await {
        flow.one().await;
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return,
            _ => continue,
        };
        match message::parse(&text) {
            Ok(ClientMessage::Pong) => {}
            Ok(ClientMessage::DataReady(number)) => outbox.ready(number),
            Ok(ClientMessage::Intent(intent)) => {
                // asked anew for each message: a role may have been taken away meanwhile
                if web.access().role_now(identity) < role_for(&intent) {
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

/// The role that an intent needs. What is not known here to be playing is editing.
pub(super) fn role_for(intent: &Intent) -> Role {
    match intent {
        Intent::Set { .. }
        | Intent::AskParameter { .. }
        | Intent::SetTempo(_)
        | Intent::SetBeatsPerBar(_)
        | Intent::SetRolling(_)
        | Intent::SetSync(_) => Role::Player,
        _ => Role::Editor,
    }
}

/// Slows a client down that talks without end: its messages wait in the network then.
pub(super) struct Flow {
    left: f32,
    at: tokio::time::Instant,
}

impl Flow {
    pub(super) fn new() -> Self {
        Self { left: BURST, at: tokio::time::Instant::now() }
    }

    pub(super) async fn one(&mut self) {
        let now = tokio::time::Instant::now();
        self.left = (self.left + (now - self.at).as_secs_f32() * MESSAGES).min(BURST) - 1.0;
        self.at = now;
        if self.left < 0.0 {
            tokio::time::sleep(Duration::from_secs_f32(-self.left / MESSAGES)).await;
        }
    }
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
