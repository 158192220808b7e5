//! What the display's menus choose, for the page: period and rate, updates, backup, power. The same port as the display's.

use axum::extract::{Path, State};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::Table;
use crate::display::MachineDeed;
use crate::session::{Intent, Source};
use crate::web::Web;
use crate::web::arguments::{Arguments, Failure, Reply, json as answer, reasoned};

pub(super) fn player(table: Table) -> Table {
    table.on("/api/audio", get(audio)).on("/api/update", get(update))
}

pub(super) fn admin(table: Table) -> Table {
    table
        .on("/api/audio/choose", post(choose))
        .on("/system/exechange", post(exchange))
        .tail("/api/machine/{what}", post(perform))
}

/// What can be chosen, as the display offers it.
fn choices() -> (Vec<u32>, Vec<u32>) {
    let usual = pedal_ui::model::Audio::default();
    (usual.periods, usual.rates)
}

async fn audio(State(web): State<Web>) -> Reply {
    let health = web.session().state().health.clone();
    let seen = web.blocking(|web| (web.machine().chosen(), web.machine().round_trip())).await;
    let ((period, rate), round_trip) = seen.unwrap_or_default();
    let (periods, rates) = choices();
    Ok(answer(&json!({
        "ok": true,
        "period": health.period,
        "rate": health.sample_rate,
        "chosen_period": period,
        "chosen_rate": rate,
        "periods": periods,
        "rates": rates,
        "round_trip": round_trip,
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    period: Option<u32>,
    rate: Option<u32>,
}

async fn choose(State(web): State<Web>, arguments: Arguments) -> Reply {
    let wanted: Chosen = arguments.json()?;
    let (periods, rates) = choices();
    let unknown = |what: &str, value: u32, known: &[u32]| {
        let known = known.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Failure::bad(format!("{value} is no {what} that can be chosen: {known}"))
    };
    let mut deeds = Vec::new();
    if let Some(rate) = wanted.rate {
        rates.contains(&rate).then_some(()).ok_or_else(|| unknown("rate", rate, &rates))?;
        deeds.push(MachineDeed::Rate(rate));
    }
    if let Some(period) = wanted.period {
        periods.contains(&period).then_some(()).ok_or_else(|| unknown("period", period, &periods))?;
        deeds.push(MachineDeed::Period(period));
    }
    if deeds.is_empty() {
        return Err(Failure::bad("give `period` in frames, `rate` in Hz, or both"));
    }
    does(&web, deeds).await
}

async fn update(State(web): State<Web>) -> Reply {
    let status = web.blocking(|web| web.machine().update()).await.unwrap_or_default();
    let mut value = json!(status);
    value["ok"] = json!(true);
    Ok(answer(&value))
}

/// Everything but the factory reset: that is for whoever stands at the pedal.
async fn perform(State(web): State<Web>, Path(what): Path<String>) -> Reply {
    let deed = match what.trim_matches('/') {
        "backup" => MachineDeed::Backup,
        "restore" => MachineDeed::Restore,
        "check-update" => MachineDeed::CheckUpdate,
        "install-update" => MachineDeed::InstallUpdate,
        "go-back" => MachineDeed::RollBack,
        "restart-engine" => MachineDeed::RestartEngine,
        "reboot" => MachineDeed::Reboot,
        "power-off" => MachineDeed::PowerOff,
        other => return Err(Failure::not_found(format!("nothing here is called {other}"))),
    };
    kept_and_does(&web, deed).await
}

/// What mod-ui's settings page asks of its system and the display's menus do too. The numbers after a backup's name choose
/// parts of MOD's system that are not here.
async fn exchange(State(web): State<Web>, arguments: Arguments) -> Reply {
    let command = arguments.get("cmd").filter(|_| arguments.get("type") == Some("command"));
    let deed = match command.and_then(|command| command.split_whitespace().next()) {
        Some("reboot") => MachineDeed::Reboot,
        Some("backup-export") => MachineDeed::Backup,
        Some("backup-import") => MachineDeed::Restore,
        _ => return super::system::not_here().await,
    };
    kept_and_does(&web, deed).await
}

async fn kept_and_does(web: &Web, deed: MachineDeed) -> Reply {
    if matches!(deed, MachineDeed::Reboot | MachineDeed::PowerOff | MachineDeed::Backup) {
        // what is not saved yet belongs to it
        let _ = web.session().ask(Source::Rest, Intent::Flush).await;
    }
    does(web, vec![deed]).await
}

async fn does(web: &Web, deeds: Vec<MachineDeed>) -> Reply {
    let done = web.blocking(move |web| {
        let mut said = String::new();
        for deed in deeds {
            said = web.machine().perform(deed)?;
        }
        Ok::<_, crate::web::MachineError>(said)
    });
    match done.await {
        Some(Ok(said)) => Ok(answer(&json!({"ok": true, "said": said}))),
        Some(Err(error)) => {
            let text = error.to_string();
            Ok(reasoned(answer(&json!({"ok": false, "error": text})), &text))
        }
        None => Err(Failure::internal("it ended before its time")),
    }
}
