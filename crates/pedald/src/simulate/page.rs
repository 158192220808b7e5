//! `/simulate`: the pedal in a browser on this machine.
//!
//! Whoever stands before the pedal may press it, so a page that presses it is for this machine alone, whatever the network
//! modes and roles of the other pages say.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use pedal_hardware::Rgb;
use pedal_hardware::input::Part;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::display::{Display, Frame, Panel};
use crate::hardware::Hand;
use crate::web::Table;

/// Longest message of the page in bytes.
const LONGEST: usize = 4096;
/// How long a browser may take for a picture before it is given up.
const STUCK: Duration = Duration::from_secs(20);

const HTML: &str = include_str!("page/index.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/simulate.js");

#[derive(Clone)]
struct Page {
    hand: Hand,
    display: Display,
}

/// The page and its socket. The server must give the callers' addresses.
pub fn routes(hand: Hand, display: Display) -> Table<()> {
    let file = |kind: &'static str, text: &'static str| {
        get(
            move || async move { ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text) },
        )
    };
    Table::at_the_pedal()
        .page("/simulate", file("text/html; charset=utf-8", HTML))
        .page("/simulate/", get(|| async { Redirect::permanent("/simulate") }))
        .page("/simulate/style.css", file("text/css; charset=utf-8", STYLE))
        .page("/simulate/simulate.js", file("text/javascript; charset=utf-8", SCRIPT))
        .tail("/simulate/socket", get(upgrade))
        .each(|routes| routes.layer(axum::middleware::from_fn(this_machine)))
        .with_state(Page { hand, display })
}

/// Refuses callers from elsewhere, and pages of other sites in a browser on this machine.
async fn this_machine(request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let local = caller.is_some_and(|caller| caller.ip().to_canonical().is_loopback());
    if !local || !own_page(request.headers()) {
        let text = "The simulated pedal can be pressed from this machine only.\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let mut response = next.run(request).await;
    let policy = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static(policy));
    response
}

fn own_page(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    // a name that somebody points at this machine is not one of these
    let local = bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://"));
    let same = headers.get(header::ORIGIN).is_none() || origin.is_some_and(|(_, from)| from == host);
    local && same && headers.get("sec-fetch-site").is_none_or(|site| site != "cross-site")
}

async fn upgrade(State(page): State<Page>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.max_message_size(LONGEST).on_upgrade(move |socket| page.serve(socket))
}

/// What the page may ask.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
enum Ask {
    /// Press a footswitch (`encoder` false) or the push of an encoder, or let go.
    Press { encoder: bool, index: usize, down: bool },
    /// Turn an encoder.
    Turn { index: usize, clicks: i32 },
    /// Move a knob or pedal to 0–1.
    Analog { index: usize, value: f32 },
}

impl Page {
    async fn serve(self, mut socket: WebSocket) {
        let mut held = BTreeSet::new();
        let (mut looks, mut panel) = (self.hand.looks(), self.display.panel());
        let mut shown = Shown::default();
        loop {
            // the borrow of the panel ends before anything is waited for
            let news = shown.news(&self.hand, &panel.borrow_and_update());
            for message in news {
                match tokio::time::timeout(STUCK, socket.send(message)).await {
                    Ok(Ok(())) => {}
                    _ => return self.let_go(held),
                }
            }
            tokio::select! {
                changed = looks.changed() => if changed.is_err() { break },
                changed = panel.changed() => if changed.is_err() { break },
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => match serde_json::from_str::<Ask>(&text) {
                        Ok(ask) => self.act(ask, &mut held),
                        Err(error) => tracing::debug!("the simulator's page said something else: {error}"),
                    },
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                    Some(Ok(_)) => {}
                },
            }
        }
        self.let_go(held);
    }

    fn act(&self, ask: Ask, held: &mut BTreeSet<Part>) {
        match ask {
            Ask::Press { encoder, index, down } => {
                let part = if encoder { Part::Encoder(index) } else { Part::Footswitch(index) };
                // a page that is wrong about what it holds shall not fill the memory
                if down && index < 64 {
                    held.insert(part);
                } else {
                    held.remove(&part);
                }
                self.hand.press(part, down);
            }
            Ask::Turn { index, clicks } => self.hand.turn(index, clicks),
            Ask::Analog { index, value } => self.hand.analog(index, value),
        }
    }

    /// A page that is closed holds nothing down.
    fn let_go(&self, held: BTreeSet<Part>) {
        for part in held {
            self.hand.press(part, false);
        }
    }
}

/// What a page has been told.
#[derive(Default)]
struct Shown {
    told: [Value; 4],
    frame: Option<Frame>,
}

impl Shown {
    /// What it has not been told yet.
    fn news(&mut self, hand: &Hand, panel: &Panel) -> Vec<Message> {
        let pedal = hand.pedal();
        let parts = [hello(hand, panel), lamps(hand), labels(panel), codec(hand)];
        let mut news = Vec::new();
        for (told, part) in self.told.iter_mut().zip(parts) {
            if *told != part {
                news.push(Message::text(part.to_string()));
                *told = part;
            }
        }
        let frame = pedal.framebuffer();
        let areas = match &self.frame {
            Some(before) => frame.changes(before),
            None => frame.changes(&Frame::new(0, 0)),
        };
        for area in areas {
            let header = [area.left, area.top, area.right - area.left, area.bottom - area.top];
            let mut bytes: Vec<u8> = header.iter().flat_map(|part| (*part as u16).to_be_bytes()).collect();
            for y in area.top..area.bottom {
                bytes.extend((area.left..area.right).flat_map(|x| frame.pixel(x, y).to_be_bytes()));
            }
            news.push(Message::binary(bytes));
        }
        self.frame = Some(frame);
        news
    }
}

fn hello(hand: &Hand, panel: &Panel) -> Value {
    let profile = hand.pedal().profile();
    let frame = hand.pedal().framebuffer();
    let encoder = |(number, one): (usize, &pedal_hardware::profile::Rotary)| {
        let name = if number == 0 { "Navigation".to_owned() } else { format!("Encoder {number}") };
        json!({ "name": name, "push": one.push.is_some() })
    };
    let knob = |(number, one): (usize, &pedal_hardware::profile::Knob)| {
        let name = if one.expression { "Expression".to_owned() } else { format!("Knob {}", number + 1) };
        json!({ "name": name, "expression": one.expression })
    };
    json!({ "hello": {
        "model": profile.name,
        "name": panel.hardware,
        "screen": [frame.width(), frame.height()],
        "mono": frame.width() == 128,
        "feet": profile.footswitches.len(),
        "encoders": profile.encoders.iter().enumerate().map(encoder).collect::<Vec<_>>(),
        "analog": profile.analog.iter().enumerate().map(knob).collect::<Vec<_>>(),
    }})
}

fn hex(Rgb(red, green, blue): Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn lamps(hand: &Hand) -> Value {
    let (pedal, profile) = (hand.pedal(), hand.pedal().profile());
    let strip = pedal.strip();
    let level = |(_, at): (u8, usize)| hex(strip.get(at).copied().unwrap_or_default());
    json!({ "lamps": {
        "feet": pedal.leds().into_iter().map(hex).collect::<Vec<_>>(),
        "levels": profile.vu.map(|sides| sides.map(level)),
    }})
}

fn labels(panel: &Panel) -> Value {
    let foot = |one: &pedal_ui::model::Footswitch| {
        let colour = hex(Rgb(one.colour.red, one.colour.green, one.colour.blue));
        json!({ "label": one.label, "long": one.long, "lit": one.lit, "colour": colour })
    };
    let control = |one: &pedal_ui::model::Control| json!({ "label": one.label, "text": one.text });
    json!({ "labels": {
        "feet": panel.footswitches.iter().map(foot).collect::<Vec<_>>(),
        "controls": panel.controls.iter().map(control).collect::<Vec<_>>(),
        "bypassed": panel.bypass.is_some_and(|bypass| bypass.active),
    }})
}

fn codec(hand: &Hand) -> Value {
    let mixer = hand.pedal().mixer();
    json!({ "codec": { "output": mixer.output, "input": mixer.input, "muted": mixer.muted, "bypass": mixer.bypass } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_page_on_this_machine() {
        let own = |list: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in list {
                headers.insert(*name, value.parse().unwrap());
            }
            own_page(&headers)
        };
        assert!(own(&[("host", "localhost:8080")]));
        assert!(own(&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080")]));
        assert!(own(&[("host", "[::1]:8080"), ("sec-fetch-site", "same-origin")]));
        assert!(!own(&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:9000")]));
        assert!(!own(&[("host", "evil.example"), ("origin", "http://evil.example")]));
        assert!(!own(&[("host", "localhost"), ("origin", "null")]));
        assert!(!own(&[("host", "localhost"), ("sec-fetch-site", "cross-site")]));
        assert!(!own(&[]));
    }

    #[test]
    fn what_the_page_may_say() {
        let parse = |text: &str| serde_json::from_str::<Ask>(text).ok();
        let press = Ask::Press { encoder: false, index: 2, down: true };
        assert_eq!(parse(r#"{"do":"press","encoder":false,"index":2,"down":true}"#), Some(press));
        assert_eq!(parse(r#"{"do":"turn","index":0,"clicks":-3}"#), Some(Ask::Turn { index: 0, clicks: -3 }));
        for text in ["", "{}", r#"{"do":"turn","index":-1,"clicks":1}"#, r#"{"do":"fly"}"#, "[1]"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
