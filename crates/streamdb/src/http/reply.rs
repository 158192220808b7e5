//! Refusals as status and sentence.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::key::KeyError;
use crate::store::StoreError;

/// A refusal.
#[derive(Debug)]
pub(crate) struct Failed {
    status: StatusCode,
    error: String,
}

impl Failed {
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into() }
    }

    pub(crate) fn unknown_route() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no such address: blobs are under /blobs/PATH; see also /search, /stats",
        )
    }

    /// A thread ended without an answer.
    pub(crate) fn ended() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the request was not finished; see the service's log")
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        let status = match error {
            StoreError::NotFound => StatusCode::NOT_FOUND,
            StoreError::Precondition => StatusCode::PRECONDITION_FAILED,
            StoreError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            StoreError::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            StoreError::Damaged | StoreError::Io { .. } | StoreError::Index(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Self::new(status, error.to_string())
    }
}

impl From<KeyError> for Failed {
    fn from(error: KeyError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.to_string())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            eprintln!("streamdb: {}", self.error);
        }
        let mut response = (self.status, Json(serde_json::json!({ "error": self.error }))).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
