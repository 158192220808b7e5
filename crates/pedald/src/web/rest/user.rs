//! The player's banks, favourites, preferences and files.

use std::path::PathBuf;

use axum::extract::State;
use axum::routing::{get, post};
use pedalboard::{Disk, Favorites, JsonFile, Preferences, Stored, user_files};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Table, boards};
use crate::session::{Bank, Intent, Source};
use crate::web::Web;
use crate::web::arguments::{Arguments, Failure, Reply, json as answer, reasoned, truth};

const FAVORITES: &str = "favorites.json";
const PREFERENCES: &str = "prefs.json";

pub(super) fn player(table: Table) -> Table {
    table.on("/banks", get(banks)).on("/files/list", get(files))
}

pub(super) fn editor(table: Table) -> Table {
    table
        .on("/banks/save", post(save_banks))
        .on("/favorites/add", post(favorite))
        .on("/favorites/remove", post(no_favorite))
        .on("/config/set", post(configure))
        .on("/save_user_id", post(user_id))
}

async fn banks(State(web): State<Web>) -> Reply {
    let library = web.session().state().library.clone();
    let all = web.blocking(move |_| {
        let bank = |bank: &Bank| {
            let entries = bank.boards.iter().filter_map(|bundle| library.entry(bundle));
            let entries = entries.filter(|board| !board.broken).map(boards::entry);
            json!({"title": bank.title, "pedalboards": entries.collect::<Vec<_>>()})
        };
        library.banks.iter().map(bank).collect::<Vec<_>>()
    });
    Ok(answer(&all.await.unwrap_or_default()))
}

#[derive(Deserialize)]
struct SavedBank {
    title: String,
    pedalboards: Vec<SavedBoard>,
}

#[derive(Deserialize)]
struct SavedBoard {
    bundle: PathBuf,
}

async fn save_banks(State(web): State<Web>, arguments: Arguments) -> Reply {
    let banks: Vec<SavedBank> = arguments.json()?;
    // a path from outside becomes part of what a footswitch loads: only boards do
    let mut strange = Vec::new();
    let banks: Vec<Bank> = banks
        .into_iter()
        .map(|bank| {
            let bundles = bank.pedalboards.into_iter().map(|board| board.bundle);
            let (boards, others): (Vec<_>, Vec<_>) = bundles.partition(|bundle| web.is_board(bundle));
            strange.extend(others);
            Bank { title: bank.title, boards }
        })
        .collect();
    let done = truth(&web.session().ask(Source::Rest, Intent::SetBanks(banks)).await);
    Ok(match strange.first() {
        Some(first) => reasoned(done, &format!("left out: {} is not among the boards", first.display())),
        None => done,
    })
}

/// Changes one of the player's files. One that cannot be read stays as it is.
async fn change<T: JsonFile + Clone + Send + 'static>(
    web: &Web,
    file: &str,
    edit: impl FnOnce(&mut T) -> bool + Send + 'static,
) -> Reply {
    let path = web.folders().data.join(file);
    let guard = web.0.user_files.lock().await;
    let done = web.blocking(move |web| {
        pedalboard::make_folders(&Disk, &web.folders().data).map_err(|error| error.to_string())?;
        let mut stored = Stored::<T>::read(&Disk, &path).map_err(|error| error.to_string())?;
        let done = edit(&mut stored.value);
        stored.write(&Disk, &path).map_err(|error| error.to_string())?;
        Ok::<_, String>(done)
    });
    let done = done.await;
    drop(guard);
    match done {
        Some(Ok(done)) => Ok(answer(&done)),
        Some(Err(reason)) => Ok(reasoned(answer(&false), &reason)),
        None => Ok(answer(&false)),
    }
}

async fn favorite(State(web): State<Web>, arguments: Arguments) -> Reply {
    let uri = arguments.need("uri")?.to_owned();
    change(&web, FAVORITES, move |favorites: &mut Favorites| favorites.add(&uri)).await
}

async fn no_favorite(State(web): State<Web>, arguments: Arguments) -> Reply {
    let uri = arguments.need("uri")?.to_owned();
    change(&web, FAVORITES, move |favorites: &mut Favorites| favorites.remove(&uri)).await
}

async fn configure(State(web): State<Web>, arguments: Arguments) -> Reply {
    let (key, value) = (arguments.need("key")?.to_owned(), arguments.need("value")?.to_owned());
    if key.len() > 200 {
        return Err(Failure::bad("the key is too long"));
    }
    change(&web, PREFERENCES, move |preferences: &mut Preferences| {
        preferences.0.insert(key, Value::from(value));
        true
    })
    .await
}

async fn user_id(State(web): State<Web>, arguments: Arguments) -> Reply {
    let name = arguments.get("name").unwrap_or_default().to_owned();
    let email = arguments.get("email").unwrap_or_default().to_owned();
    change(&web, "user-id.json", move |about: &mut Preferences| {
        about.0.insert("name".to_owned(), name.into());
        about.0.insert("email".to_owned(), email.into());
        true
    })
    .await
}

/// Favourites and preferences, for the page. What cannot be read is empty.
pub(in crate::web) fn favorites_and_preferences(web: &Web) -> (Favorites, Preferences) {
    let data = &web.folders().data;
    (
        Stored::read(&Disk, &data.join(FAVORITES)).map(|stored| stored.value).unwrap_or_default(),
        Stored::read(&Disk, &data.join(PREFERENCES)).map(|stored| stored.value).unwrap_or_default(),
    )
}

async fn files(State(web): State<Web>, arguments: Arguments) -> Reply {
    let types = arguments.get("types").unwrap_or_default().to_owned();
    let found = web.blocking(move |web| {
        let types = types.split(',').map(str::trim).collect::<Vec<_>>();
        user_files(&Disk, &web.folders().user_files, &types)
    });
    Ok(answer(&json!({"ok": true, "files": found.await.unwrap_or_default()})))
}
