//! The cookies that we give.

use axum::http::HeaderValue;

use super::identity::{COOKIE, COOKIE_TLS};

/// Name of the cookie by which a browser that has typed the code asks how things stand.
pub(super) const TICKET: &str = "archibald-ticket";
/// As long as browsers keep a cookie at most: 400 days. Each visit of a page begins them anew.
const LIFE: u32 = 400 * 24 * 3600;

/// Name of the cookie with the token.
pub(super) fn token_name(tls: bool) -> &'static str {
    if tls { COOKIE_TLS } else { COOKIE }
}

/// The cookie with a token: no script reads it, and it goes with requests of our own pages only.
pub(super) fn token(token: &str, tls: bool) -> Option<HeaderValue> {
    let secure = if tls { "; Secure" } else { "" };
    let name = token_name(tls);
    made(format!("{name}={token}; Path=/; Max-Age={LIFE}; HttpOnly; SameSite=Strict{secure}"))
}

/// Takes the token away from the browser.
pub(super) fn no_token(tls: bool) -> Option<HeaderValue> {
    let secure = if tls { "; Secure" } else { "" };
    let name = token_name(tls);
    made(format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict{secure}"))
}

/// The cookie with a ticket; empty to take it away.
pub(super) fn ticket(ticket: &str) -> Option<HeaderValue> {
    let life = if ticket.is_empty() { 0 } else { 300 };
    made(format!("{TICKET}={ticket}; Path=/api/pair; Max-Age={life}; HttpOnly; SameSite=Strict"))
}

fn made(text: String) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&text).ok()?;
    // whoever logs headers shows nothing of it
    value.set_sensitive(true);
    Some(value)
}
