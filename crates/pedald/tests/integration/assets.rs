//! The player's files and a real asset store, over real connections.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use pedald::assets::{AssetError, AssetStore, Search};
use pedald::web::Options;
use serde_json::json;
use streamdb::http::Token;
use streamdb::store::Store;

use crate::web_rig::WebRig;

pub const TOKEN: &str = "0123456789abcdef-token";

async fn serve(routes: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

/// A store with a token, and the pedal that knows it.
async fn rig(place: &Path, token: &str) -> (WebRig, SocketAddr) {
    let (assets, address) = store(place, token).await;
    let rig = WebRig::with(true, Options { assets: Some(assets), ..Options::default() });
    (rig, address)
}

/// A store that takes [`TOKEN`], as the pedal with this token sees it.
pub async fn store(place: &Path, token: &str) -> (AssetStore, SocketAddr) {
    let store = Store::open(&place.join("store"), 1 << 20).unwrap();
    let address = serve(streamdb::http::router(Arc::new(store), Token::parse(TOKEN))).await;
    let file = place.join("token");
    std::fs::write(&file, token).unwrap();
    let assets = AssetStore::new(&format!("http://{address}"), Some(&file)).unwrap();
    (assets, address)
}

fn pair(asset: &str, path: &str) -> String {
    json!({"asset": asset, "path": path}).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_to_the_store_and_come_back() {
    let place = tempfile::tempdir().unwrap();
    let (rig, _) = rig(place.path(), TOKEN).await;
    let own = rig.paths.user_files.join("NAM Models/Twin & clean.nam");
    std::fs::create_dir_all(own.parent().unwrap()).unwrap();
    let content: Vec<u8> = (0..300_000_u32).map(|at| (at % 251) as u8).collect();
    std::fs::write(&own, &content).unwrap();

    let back =
        rig.post("/api/assets/put", pair("amps/fender/twin ü.nam", "NAM Models/Twin & clean.nam")).await;
    assert_eq!((back.status, back.json()["new"].as_bool()), (StatusCode::OK, Some(true)), "{}", back.text());
    let back =
        rig.post("/api/assets/put", pair("amps/fender/twin ü.nam", "NAM Models/Twin & clean.nam")).await;
    assert_eq!(back.json()["new"].as_bool(), Some(false));

    let list = rig.get("/api/assets?prefix=amps/&suffix=.nam").await.json();
    assert_eq!(list["entries"].as_array().unwrap().len(), 1);
    assert_eq!(list["entries"][0]["path"], "amps/fender/twin ü.nam");
    assert_eq!(list["entries"][0]["size"], 300_000);
    assert_eq!(list["more"], false);
    let none = rig.get("/api/assets?prefix=cabs/").await.json();
    assert_eq!(none["entries"].as_array().unwrap().len(), 0);

    let back =
        rig.post("/api/assets/fetch", pair("amps/fender/twin ü.nam", "NAM Models/from store.nam")).await;
    assert_eq!(back.json()["path"], "NAM Models/from store.nam", "{}", back.text());
    assert_eq!(std::fs::read(rig.paths.user_files.join("NAM Models/from store.nam")).unwrap(), content);
    // nothing is written over
    let again =
        rig.post("/api/assets/fetch", pair("amps/fender/twin ü.nam", "NAM Models/from store.nam")).await;
    assert_eq!(again.json()["path"], "NAM Models/from store (2).nam");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_a_sentence_and_leaves_no_file() {
    let place = tempfile::tempdir().unwrap();
    let (rig, _) = rig(place.path(), TOKEN).await;
    let refuses = async |path: &str, body: String, status: StatusCode, word: &str| {
        let back = rig.post(path, body).await;
        assert_eq!(back.status, status, "{}", back.text());
        assert!(back.text().contains(word), "{}", back.text());
    };
    let fetch = "/api/assets/fetch";
    refuses(fetch, pair("no/such.nam", "NAM Models/x.nam"), StatusCode::NOT_FOUND, "no/such.nam").await;
    refuses(fetch, pair("../x.nam", "NAM Models/x.nam"), StatusCode::BAD_REQUEST, "no name").await;
    refuses(fetch, pair("a.nam", "../x.nam"), StatusCode::BAD_REQUEST, "cannot be a file here").await;
    refuses(fetch, pair("a.nam", "NAM Models/x.exe"), StatusCode::BAD_REQUEST, "end with").await;
    refuses(fetch, "{".into(), StatusCode::BAD_REQUEST, "JSON").await;
    refuses("/api/assets/put", pair("a", "NAM Models/x.nam"), StatusCode::NOT_FOUND, "there is no").await;
    // the store takes 1 MiB, and says so itself, or ends the connection under a client that goes on
    let big = rig.paths.user_files.join("NAM Models/big.nam");
    std::fs::create_dir_all(big.parent().unwrap()).unwrap();
    std::fs::write(&big, vec![1; 2 << 20]).unwrap();
    refuses("/api/assets/put", pair("big", "NAM Models/big.nam"), StatusCode::BAD_GATEWAY, "asset store")
        .await;
    let left = std::fs::read_dir(rig.paths.user_files.join("NAM Models")).unwrap().count();
    assert_eq!(left, 1, "only the file that was there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_token_a_dead_store_and_none_at_all() {
    let place = tempfile::tempdir().unwrap();
    let (wrong, _) = rig(place.path(), "another-token-of-16").await;
    let back = wrong.get("/api/assets").await;
    assert_eq!(back.status, StatusCode::BAD_GATEWAY);
    assert!(back.text().contains("401") && !back.text().contains("another-token"), "{}", back.text());

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let assets = AssetStore::new(&format!("http://{}", closed.local_addr().unwrap()), None).unwrap();
    drop(closed);
    let dead = WebRig::with(true, Options { assets: Some(assets), ..Options::default() });
    let back = dead.get("/api/assets").await;
    assert_eq!(back.status, StatusCode::BAD_GATEWAY);
    assert!(back.text().contains("does not answer"), "{}", back.text());

    let none = WebRig::new();
    let back = none.get("/api/assets").await;
    assert_eq!(back.status, StatusCode::NOT_FOUND);
    assert!(back.text().contains("--streamdb"), "{}", back.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_lies_or_is_none_is_found_out() {
    let tag = |text: &str| [(header::ETAG, format!("\"{text}\""))];
    let (zeros, short) = (tag(&"0".repeat(64)), tag("short"));
    let routes = Router::new()
        .route("/blobs/spoilt", get(move || async { (zeros, "content") }))
        .route("/blobs/unsigned", get(move || async { (short, "content") }))
        .route("/blobs/large", get(|| async { vec![0_u8; 5000] }))
        .route("/search", get(|| async { "<html>a router's page</html>" }));
    let store = AssetStore::new(&format!("http://{}", serve(routes).await), None).unwrap();
    let place = tempfile::tempdir().unwrap();
    let error = store.fetch("spoilt", place.path(), 1000).await.unwrap_err();
    assert!(matches!(error, AssetError::Spoilt(_)), "{error}");
    let error = store.fetch("unsigned", place.path(), 1000).await.unwrap_err();
    assert!(matches!(error, AssetError::Stranger(..)), "{error}");
    let error = store.fetch("large", place.path(), 1000).await.unwrap_err();
    assert!(matches!(error, AssetError::TooLarge(_)), "{error}");
    let error = store.search(&Search::default()).await.unwrap_err();
    assert!(matches!(error, AssetError::Stranger(..)), "{error}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}
