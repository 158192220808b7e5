//! The one way in: every request passes here before any route sees it.
//!
//! What has no rule in the table is refused, so that a route that somebody forgot to give a role is closed, not open.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::identity::{Access, By, Caller, Identity, cookies, is_here};
use super::limits::Limits;
use super::table::{Rule, Rules, Table};
use super::{Role, cookie, origin};
use crate::web::upload::SMALL_BODY;

/// How a connection came in; the server puts it into each request.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Which of our addresses was called.
    pub local: SocketAddr,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// Set as soon as somebody whom we know has asked for something.
    pub known: Arc<AtomicBool>,
}

struct Gate {
    access: Arc<dyn Access>,
    rules: Rules,
    limits: Limits,
    /// Whether there is an encrypted page: the plain one then only explains it.
    encrypted: bool,
}

/// What the plain page still answers when there is an encrypted one.
const PLAIN: [&str; 7] = [
    "/encryption",
    "/encryption.js",
    "/encryption/authority.crt",
    "/pair.css",
    "/api/pair",
    "/healthz",
    "/hello",
];

/// The server's routes: those of the table behind the gate.
pub(crate) fn close(table: Table<()>, access: Arc<dyn Access>, encrypted: bool) -> Router {
    let (router, rules) = table.parts();
    let gate = Arc::new(Gate { access, rules, limits: Limits::default(), encrypted });
    router
        .fallback(async || (StatusCode::NOT_FOUND, "There is nothing here.\n"))
        .layer(DefaultBodyLimit::max(SMALL_BODY))
        .layer(axum::middleware::from_fn_with_state(gate, check))
}

async fn check(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut response = match gate.judge(&mut parts) {
        Ok(renewed) => {
            let mut response = next.run(Request::from_parts(parts, body)).await;
            if let Some(renewed) = renewed {
                response.headers_mut().append(header::SET_COOKIE, renewed);
            }
            response
        }
        Err(response) => *response,
    };
    harden(&mut response);
    response
}

/// What is true of every answer.
fn harden(response: &mut Response) {
    let always = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // other sites need not know which page of ours linked to them, and our own requests say that they are ours
        (header::REFERRER_POLICY, "same-origin"),
        // nobody puts our page into theirs and has it clicked there
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    ];
    for (name, value) in always {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
}

type Refusal = Box<Response>;

fn refusal(status: StatusCode, text: impl Into<String>) -> Refusal {
    Box::new((status, text.into() + "\n").into_response())
}

impl Gate {
    /// Lets a request pass, with a cookie to renew, or says what to answer instead.
    fn judge(&self, parts: &mut Parts) -> Result<Option<HeaderValue>, Refusal> {
        let arrival = parts.extensions.get::<Arrival>().cloned();
        let caller = Caller {
            address: parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0),
            local: arrival.as_ref().map(|arrival| arrival.local),
        };
        self.access
            .admits(caller)
            .map_err(|why| refusal(StatusCode::FORBIDDEN, format!("Refused: {why}.")))?;
        let rule = self.rule(parts)?;
        origin::check(parts, rule.page)
            .map_err(|why| refusal(StatusCode::FORBIDDEN, format!("Refused: {why}.")))?;
        if rule.local && !is_here(caller) {
            return Err(refusal(
                StatusCode::FORBIDDEN,
                "Refused: this works on the pedal's own machine only.",
            ));
        }
        let plain = arrival.as_ref().is_some_and(|arrival| !arrival.tls) && !is_here(caller);
        if self.encrypted && plain {
            let pattern = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
            if !pattern.is_some_and(|pattern| PLAIN.contains(&pattern)) {
                return Err(if rule.page && parts.method == Method::GET {
                    Box::new(Redirect::to("/encryption").into_response())
                } else {
                    refusal(
                        StatusCode::FORBIDDEN,
                        "Refused: this pedal speaks https; /encryption tells more.",
                    )
                });
            }
            // a token that came in plain may have been read along: it counts for nothing
            let identity = Identity::NOBODY;
            self.limits.guest(caller.address.map(|address| address.ip())).map_err(too_many)?;
            parts.extensions.insert(identity.role);
            parts.extensions.insert(identity);
            return Ok(None);
        }
        let identity = self.access.identify(caller, parts);
        if identity.role < rule.role {
            return Err(turned_away(&identity, rule, parts));
        }
        // after the role: to turn somebody away costs no more than to say that he asks too much
        let limited = match identity.client() {
            Some(id) => self.limits.client(&id.0),
            None if identity.by == By::Machine => Ok(()),
            None => self.limits.guest(caller.address.map(|address| address.ip())),
        };
        limited.map_err(too_many)?;
        // A browser adds cookies, and its place on this machine, to requests that other pages make.
        let by_browser = match identity.by {
            By::Cookie(_) => true,
            By::Machine | By::Nobody => rule.role > Role::Guest || rule.local,
            By::Bearer(_) => false,
        };
        let browser = matches!(identity.by, By::Cookie(_)) || origin::is_browser(&parts.headers);
        if !rule.page && by_browser && browser && !origin::is_own_page(&parts.headers) {
            return Err(refusal(
                StatusCode::FORBIDDEN,
                "Refused: the browser does not say that a page of this pedal asks for it. Open the pedal's own page.",
            ));
        }
        if identity.role > Role::Guest
            && let Some(arrival) = &arrival
        {
            arrival.known.store(true, Ordering::Relaxed);
        }
        let renewed = (rule.page && matches!(identity.by, By::Cookie(_))).then(|| {
            let name = cookie::token_name(arrival.as_ref().is_some_and(|arrival| arrival.tls));
            cookies(&parts.headers).find(|(cookie, _)| *cookie == name).and_then(|(_, token)| {
                cookie::token(token, arrival.as_ref().is_some_and(|arrival| arrival.tls))
            })
        });
        parts.extensions.insert(identity.role);
        parts.extensions.insert(identity);
        Ok(renewed.flatten())
    }

    fn rule(&self, parts: &Parts) -> Result<Rule, Refusal> {
        let Some(pattern) = parts.extensions.get::<MatchedPath>() else {
            // nothing is there, and only who may look learns that
            return Ok(Rule { role: Role::Player, page: false, local: false });
        };
        self.rules.get(pattern.as_str()).copied().ok_or_else(|| {
            tracing::error!(route = pattern.as_str(), "a route has no role: it stays closed");
            refusal(StatusCode::FORBIDDEN, "Refused: this route is closed.")
        })
    }
}

fn too_many(seconds: u64) -> Refusal {
    let mut response = refusal(StatusCode::TOO_MANY_REQUESTS, "Too many requests: wait a moment.");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The page where a device is paired.
const PAIR: &str = "/pair";

fn turned_away(identity: &Identity, rule: Rule, parts: &Parts) -> Refusal {
    if identity.role == Role::Guest {
        let wants_page = parts.method == Method::GET
            && parts
                .headers
                .get(header::ACCEPT)
                .and_then(|kinds| kinds.to_str().ok())
                .is_some_and(|kinds| kinds.contains("text/html"));
        if rule.page && wants_page {
            return Box::new(Redirect::to(PAIR).into_response());
        }
        let text = "This device is not paired with the pedal. Open the page /pair on it, and follow it.";
        let mut response = refusal(StatusCode::UNAUTHORIZED, text);
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-archibald-pair"), HeaderValue::from_static(PAIR));
        return response;
    }
    let what = match rule.role {
        Role::Guest | Role::Player => "look at this pedal or play it",
        Role::Editor => "change boards on this pedal",
        Role::Admin => "change the pedal itself",
    };
    let text = format!(
        "This device may not {what}: its role is {}. Somebody who may do everything can give it another.",
        identity.role
    );
    refusal(StatusCode::FORBIDDEN, text)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::super::identity::Loopback;
    use super::*;

    #[tokio::test]
    async fn a_route_without_a_role_is_closed_even_for_an_admin() {
        let table = Table::<()>::new(Role::Player)
            .on("/known", get(async || "in"))
            .each(|router| router.route("/forgotten", get(async || "in")));
        let elsewhere = Table::at_the_pedal().page("/simulate", get(async || "in"));
        let routes = close(table.merge(elsewhere), Arc::new(Loopback { trusted: true }), false);
        let ask = async |path: &str, from: &str| {
            let mut request = Request::get(path).body(Body::empty()).unwrap();
            request.extensions_mut().insert(ConnectInfo(from.parse::<SocketAddr>().unwrap()));
            routes.clone().oneshot(request).await.unwrap().status()
        };
        assert_eq!(ask("/known", "127.0.0.1:1").await, StatusCode::OK);
        assert_eq!(ask("/forgotten", "127.0.0.1:1").await, StatusCode::FORBIDDEN);
        assert_eq!(ask("/nothing", "127.0.0.1:1").await, StatusCode::NOT_FOUND);
        assert_eq!(ask("/known", "10.0.0.1:1").await, StatusCode::UNAUTHORIZED);
        assert_eq!(ask("/nothing", "10.0.0.1:1").await, StatusCode::UNAUTHORIZED);
        assert_eq!(ask("/simulate", "10.0.0.1:1").await, StatusCode::FORBIDDEN);
        assert_eq!(ask("/simulate", "127.0.0.1:1").await, StatusCode::OK);
    }

    #[tokio::test]
    async fn with_encryption_the_plain_page_only_explains() {
        let table = Table::<()>::new(Role::Guest)
            .page("/encryption", get(async || "why"))
            .page("/pair", get(async || "in"))
            .on("/api/pair/ask", get(async || "in"));
        let routes = close(table, Arc::new(Loopback { trusted: true }), true);
        let ask = async |path: &str, from: &str, tls: bool| {
            let mut request = Request::get(path).body(Body::empty()).unwrap();
            let arrival = Arrival {
                local: "10.0.0.2:80".parse().unwrap(),
                tls,
                known: Arc::new(AtomicBool::new(false)),
            };
            request.extensions_mut().insert(ConnectInfo(from.parse::<SocketAddr>().unwrap()));
            request.extensions_mut().insert(arrival);
            routes.clone().oneshot(request).await.unwrap().status()
        };
        assert_eq!(ask("/encryption", "10.0.0.1:1", false).await, StatusCode::OK);
        assert_eq!(ask("/pair", "10.0.0.1:1", false).await, StatusCode::SEE_OTHER);
        assert_eq!(ask("/api/pair/ask", "10.0.0.1:1", false).await, StatusCode::FORBIDDEN);
        assert_eq!(ask("/pair", "10.0.0.1:1", true).await, StatusCode::OK);
        assert_eq!(ask("/pair", "127.0.0.1:1", false).await, StatusCode::OK);
    }
}
