//! The asset store among the player's files: what it has, fetched into a folder of the player, and put there from one.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::library::{LARGEST, done, keep, place};
use crate::assets::{AssetError, AssetStore, Search};
use crate::web::Web;
use crate::web::arguments::{Arguments, Failure, Reply, json as answer};

fn store(web: &Web) -> Result<AssetStore, Failure> {
    let store = web.options().assets.clone();
    store.ok_or_else(|| Failure::not_found("no asset store is named: start the service with --streamdb"))
}

fn failed(error: AssetError) -> Failure {
    let status = match &error {
        AssetError::Name(_) => StatusCode::BAD_REQUEST,
        AssetError::Missing(_) => StatusCode::NOT_FOUND,
        AssetError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        AssetError::Local { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        // the store's refusals are not the browser's: a 401 of ours would lead to the pairing page
        _ => StatusCode::BAD_GATEWAY,
    };
    Failure(status, error.to_string())
}

pub(super) async fn list(State(web): State<Web>, arguments: Arguments) -> Reply {
    let store = store(&web)?;
    let text = |name: &str| arguments.get(name).unwrap_or_default().to_owned();
    let search = Search { prefix: text("prefix"), suffix: text("suffix"), after: text("after") };
    let page = store.search(&search).await.map_err(failed)?;
    Ok(answer(&json!({"store": store.host(), "entries": page.entries, "more": page.more})))
}

#[derive(Deserialize)]
struct Pair {
    /// The asset's name.
    asset: String,
    /// The player's file: `NAM Models/clean.nam`.
    path: String,
}

pub(super) async fn fetch(State(web): State<Web>, arguments: Arguments) -> Reply {
    let store = store(&web)?;
    let pair: Pair = arguments.json()?;
    let (path, _) = place(&web, &pair.path)?;
    let received = store.fetch(&pair.asset, &super::library::bin(&web), LARGEST).await.map_err(failed)?;
    keep(&web, received.file, path).await
}

pub(super) async fn put(State(web): State<Web>, arguments: Arguments) -> Reply {
    let store = store(&web)?;
    let pair: Pair = arguments.json()?;
    let (path, _) = place(&web, &pair.path)?;
    let size =
        web.blocking(move |_| path.metadata().map(|about| (path, about)).map_err(|error| error.to_string()));
    let (path, about) = match size.await {
        Some(Ok((path, about))) if about.is_file() => (path, about),
        Some(Ok(_) | Err(_)) => return Err(Failure::not_found(format!("there is no {}", pair.path))),
        None => return done(None, "read"),
    };
    if about.len() > LARGEST {
        return Err(failed(AssetError::TooLarge(LARGEST >> 20)));
    }
    let new = store.put(&pair.asset, &path).await.map_err(failed)?;
    Ok(answer(&json!({"asset": pair.asset, "new": new})))
}
