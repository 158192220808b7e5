//! Arguments as the programs of the MOD world send them: in the query, in a form, or as JSON; and answers as they
//! expect them.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::session::SessionError;

/// How long the body of a request that is no file may take.
const BODY: Duration = Duration::from_secs(30);

/// Arguments of a query and a form together; a name of the form comes first.
#[derive(Debug, Clone, Default)]
pub(super) struct Arguments {
    values: BTreeMap<String, String>,
    /// The body.
    pub(super) body: Bytes,
    /// Its type.
    pub(super) kind: String,
}

impl Arguments {
    /// An argument, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// An argument; a sentence for the caller when it is missing.
    pub(super) fn need(&self, name: &str) -> Result<&str, Failure> {
        self.get(name).ok_or_else(|| Failure::bad(format!("the argument `{name}` is missing")))
    }

    /// A whole number; mod-ui answers 500 to anything else.
    pub(super) fn whole(&self, name: &str) -> Result<usize, Failure> {
        let text = self.need(name)?;
        text.trim().parse().map_err(|_| {
            Failure::internal(format!("the argument `{name}` must be a whole number, not {text:?}"))
        })
    }

    /// A number; 0 when it is missing or none.
    pub(super) fn real(&self, name: &str) -> f64 {
        let value = self.get(name).and_then(|text| text.trim().parse().ok());
        value.filter(|value: &f64| value.is_finite()).unwrap_or(0.0)
    }

    /// `1` or `true`.
    pub(super) fn truth(&self, name: &str) -> bool {
        matches!(self.get(name), Some("1" | "true" | "True" | "on"))
    }

    /// The body as JSON.
    pub(super) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Failure::bad(format!("the body is not the JSON that belongs here: {error}")))
    }
}

/// The arguments of a query or of a form's body. Scripts also send letters that should have been encoded.
fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

impl<S: Send + Sync> FromRequest<S> for Arguments {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let mut values = pairs(request.uri().query().unwrap_or_default().as_bytes())
            .into_iter()
            .collect::<BTreeMap<_, _>>();
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_lowercase();
        // a body that drips in byte by byte keeps nothing waiting for ever
        let body = tokio::time::timeout(BODY, Bytes::from_request(request, state)).await.map_err(|_| {
            Failure(StatusCode::REQUEST_TIMEOUT, "the request did not arrive in time".into()).into_response()
        })?;
        let body = body.map_err(IntoResponse::into_response)?;
        if kind.starts_with("application/x-www-form-urlencoded") {
            values.extend(pairs(body.trim_ascii_end()));
        }
        Ok(Self { values, body, kind })
    }
}

/// A number as pages send it: as such, as text, or as a truth.
pub(super) fn loose(value: &serde_json::Value) -> Option<f64> {
    let number = match value {
        serde_json::Value::Number(number) => number.as_f64(),
        serde_json::Value::Bool(on) => Some(f64::from(u8::from(*on))),
        serde_json::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// Why a request was refused: status and sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure(pub(super) StatusCode, pub(super) String);

impl Failure {
    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, text.into())
    }

    pub(super) fn not_found(text: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, text.into())
    }

    pub(super) fn internal(text: impl Into<String>) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, text.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.0, format!("{}\n", self.1)).into_response()
    }
}

pub(super) type Reply = Result<Response, Failure>;

/// The header with the reason of an answer that is only `false`.
const REASON: HeaderName = HeaderName::from_static("x-archibald-reason");

/// JSON.
pub(super) fn json(value: &impl Serialize) -> Response {
    json_text(serde_json::to_string(value).expect("answers are made of plain values with text keys"))
}

/// JSON that is text already.
pub(super) fn json_text(text: String) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "application/json; charset=UTF-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, text).into_response()
}

/// `true` or, with the reason in a header, `false`.
pub(super) fn truth<T>(answer: &Result<T, SessionError>) -> Response {
    match answer {
        Ok(_) => json(&true),
        Err(error) => reasoned(json(&false), &error.to_string()),
    }
}

/// Says in an answer's header which files of a board were not packed.
pub(super) fn without(response: Response, left_out: &[std::path::PathBuf]) -> Response {
    if left_out.is_empty() {
        return response;
    }
    let names: Vec<String> = left_out.iter().map(|path| path.display().to_string()).collect();
    let why = "neither files of the player nor of a plugin";
    let reason: String = format!("left out, {why}: {}", names.join(", ")).chars().take(2000).collect();
    reasoned(response, &reason)
}

/// Puts a reason into an answer's header.
pub(super) fn reasoned(mut response: Response, reason: &str) -> Response {
    let plain =
        reason.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect::<String>();
    if let Ok(value) = HeaderValue::from_str(&plain) {
        response.headers_mut().insert(REASON, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn arguments_are_read_however_scripts_send_them() {
        let long = "x".repeat(100_000);
        let body = format!("title=Übung <1>&b=a+b%20c%C3%A9&long={long}\n");
        let request = Request::post("/x?title=query&q=1%2B1&empty")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
            .body(body.into())
            .unwrap();
        let arguments = Arguments::from_request(request, &()).await.unwrap();
        assert_eq!(arguments.get("title"), Some("Übung <1>"), "the form's comes first");
        assert_eq!((arguments.get("b"), arguments.get("q")), (Some("a b cé"), Some("1+1")));
        assert_eq!(arguments.get("long").map(str::len), Some(long.len()));
        assert_eq!(arguments.get("empty"), Some(""));
    }
}
