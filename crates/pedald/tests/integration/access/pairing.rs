//! How a browser and a program are let in, what an admin rules, and the network that all of them are in.

use axum::http::{Method, StatusCode};
use pedald::access::{PairingIntent, Role};
use pedald::network::Mode;
use serde_json::json;

use super::Door;

#[tokio::test]
async fn a_browser_is_paired_by_code_and_footswitch() {
    let door = Door::new(false);
    let page = door.get("/", &[("accept", "text/html")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(door.get("/pair", &[]).await.status, StatusCode::OK);
    let state = door.get("/api/pair", &[]).await.json();
    assert_eq!(
        (&state["role"], &state["standing"], &state["first"]),
        (&json!("guest"), &json!("none"), &json!(true))
    );

    assert_eq!(door.post("/api/pair/ask", &[], &json!({})).await.status, StatusCode::OK);
    let code = door.desk.state().borrow().code.unwrap().map(|digit| char::from(b'0' + digit));
    let code = code.iter().collect::<String>();
    let state = door.get("/api/pair", &[]).await;
    assert_eq!(state.json()["code_shown"], true);
    assert!(!state.text().contains(&code), "the code is on the display only");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let back = door.post("/api/pair/code", &[], &json!({"code": wrong})).await;
    assert_eq!(back.status, StatusCode::FORBIDDEN);
    assert!(back.text().contains("4 tries"), "{}", back.text());
    let typed = format!("{} {}", &code[..3], &code[3..]);
    let back =
        door.post("/api/pair/code", &[], &json!({"code": typed, "name": "My phone", "role": "edit"})).await;
    assert_eq!(back.status, StatusCode::OK, "{}", back.text());
    let ticket = back.cookies[0].split(';').next().unwrap().to_owned();
    assert!(back.cookies[0].contains("HttpOnly") && back.cookies[0].contains("SameSite=Strict"));
    assert!(!back.text().contains(ticket.split_once('=').unwrap().1));

    let waiting = door.get("/api/pair", &[("cookie", &ticket)]).await.json();
    assert_eq!(waiting["standing"], "waiting");
    assert_eq!(door.desk.state().borrow().confirm, Some(("My phone".to_owned(), Role::Editor)));
    door.desk.tell(PairingIntent::Confirm);
    assert_eq!(door.get("/api/pair", &[]).await.json()["standing"], "none", "somebody else gets nothing");
    let granted = door.get("/api/pair", &[("cookie", &ticket)]).await;
    assert_eq!((&granted.json()["standing"], &granted.json()["role"]), (&json!("granted"), &json!("edit")));
    let cookie = granted.cookies[0].clone();
    for part in ["archibald=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap().to_owned();
    assert!(!granted.text().contains(cookie.split_once('=').unwrap().1), "no script sees the token");
    assert_eq!(door.get("/api/pair", &[("cookie", &ticket)]).await.json()["standing"], "refused");

    // the cookie works for our own pages only
    let own = ("x-archibald", "1");
    assert_eq!(door.get("/pedalboard/list", &[("cookie", &cookie), own]).await.status, StatusCode::OK);
    let list: [&[(&str, &str)]; 5] = [
        &[],
        &[("sec-fetch-site", "same-site"), own],
        &[("sec-fetch-site", "cross-site")],
        &[("referer", "http://pedal.local:8081/files/evil.html")],
        &[("origin", "http://evil.example"), own],
    ];
    for headers in list {
        let mut headers = headers.to_vec();
        headers.push(("cookie", &cookie));
        let back = door.get("/reset", &headers).await;
        assert_eq!(back.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    for headers in [
        ("referer", "http://pedal.local/"),
        ("sec-fetch-site", "same-origin"),
        ("origin", "http://pedal.local"),
    ] {
        assert_eq!(door.get("/snapshot/list", &[("cookie", &cookie), headers]).await.status, StatusCode::OK);
    }
    assert_eq!(
        door.get("/banks", &[("cookie", &cookie), ("host", "evil.example"), own]).await.status,
        StatusCode::FORBIDDEN
    );
    // a link from elsewhere opens the page; its cookie is renewed
    let page = door
        .get("/", &[("cookie", &cookie), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")])
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.cookies[0].starts_with(&cookie));

    // it may not do what needs more
    let back = door.get("/api/clients", &[("cookie", &cookie), own]).await;
    assert_eq!(back.status, StatusCode::FORBIDDEN);
    // nobody confirms a pairing from afar
    door.desk.tell(PairingIntent::Open);
    let press = door.post("/api/press", &[("cookie", &cookie), own], &json!({"switch": 0})).await;
    assert_eq!(press.status, StatusCode::CONFLICT, "{}", press.text());
    door.desk.tell(PairingIntent::Close);
    // and it can go by itself
    assert_eq!(
        door.post("/api/pair/leave", &[("cookie", &cookie), own], &json!({})).await.status,
        StatusCode::OK
    );
    assert_eq!(door.get("/banks", &[("cookie", &cookie), own]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn programs_are_paired_without_cookies_and_admins_rule_the_list() {
    let door = Door::new(false);
    door.desk.tell(PairingIntent::Open);
    let code = door.desk.state().borrow().code.unwrap().map(|digit| digit.to_string()).concat();
    let body = json!({"code": code, "name": "script", "role": "admin", "plain": true});
    let ticket = door.post("/api/pair/code", &[], &body).await.json()["ticket"].as_str().unwrap().to_owned();
    door.desk.tell(PairingIntent::Confirm);
    let granted = door.get("/api/pair", &[("x-archibald-ticket", &ticket)]).await.json();
    let bearer = format!("Bearer {}", granted["token"].as_str().unwrap());
    let as_admin = [("authorization", bearer.as_str())];
    let (other, client) = door.desk.admit("Tablet", Role::Player).unwrap();
    let list = door.get("/api/clients", &as_admin).await;
    assert_eq!(list.json()["clients"].as_array().unwrap().len(), 2);
    assert!(!list.text().contains("sha256") && !list.text().contains(&other.text()));
    let path = format!("/api/clients/{}", client.id.0);
    let back = door.post(&path, &as_admin, &json!({"name": "Stand", "role": "edit"})).await.json();
    assert_eq!((&back["client"]["name"], &back["client"]["role"]), (&json!("Stand"), &json!("edit")));
    for bad in [
        json!({"role": "guest"}),
        json!({"role": "root"}),
        json!({"name": "  "}),
        json!({"id": 1}),
        json!([]),
    ] {
        assert_eq!(door.post(&path, &as_admin, &bad).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(
        door.post("/api/clients/none", &as_admin, &json!({"name": "x"})).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(door.call(Method::DELETE, &path, &as_admin, "").await.status, StatusCode::OK);
    let bearer = format!("Bearer {}", other.text());
    assert_eq!(door.get("/banks", &[("authorization", &bearer)]).await.status, StatusCode::UNAUTHORIZED);
    // an admin from afar does not see the display
    assert_eq!(door.get("/api/pair/display", &as_admin).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        door.post("/api/pair/display", &as_admin, &json!({"press": "confirm"})).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(door.post("/api/clients/revoke-all", &as_admin, &json!({})).await.status, StatusCode::OK);
    assert_eq!(door.get("/banks", &as_admin).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_trusted_machine_stands_for_the_display() {
    let door = Door::new(true);
    assert_eq!(door.post("/api/pair/display", &[], &json!({"press": "open"})).await.status, StatusCode::OK);
    let shown = door.get("/api/pair/display", &[]).await.json();
    assert_eq!(shown["code"].as_str().unwrap().len(), 6);
    let back = door.post("/api/pair/code", &[], &json!({"code": shown["code"], "plain": true})).await;
    assert_eq!(back.status, StatusCode::OK, "{}", back.text());
    assert_eq!(door.get("/api/pair/display", &[]).await.json()["confirm"]["role"], "edit");
    assert_eq!(
        door.post("/api/pair/display", &[], &json!({"press": "confirm"})).await.status,
        StatusCode::OK
    );
    assert_eq!(door.desk.clients().borrow().len(), 1);
    // a browser on it does not steer the pedal for pages of others
    let firefox = ("user-agent", "Mozilla/5.0");
    assert_eq!(door.get("/reset", &[firefox]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(door.get("/snapshot/list", &[firefox, ("x-archibald", "1")]).await.status, StatusCode::OK);
    assert_eq!(door.get("/", &[firefox]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_network_has_three_modes() {
    let door = Door::new(false);
    let (play, admin) = (door.token(Role::Player), door.token(Role::Admin));
    let (play, admin) = (format!("Bearer {play}"), format!("Bearer {admin}"));
    let status = door.get("/api/network", &[("authorization", &play)]).await.json();
    assert_eq!((&status["mode"], &status["simulated"]), (&json!("home"), &json!(true)));
    let wish = json!({"mode": "stage"});
    assert_eq!(
        door.post("/api/network/mode", &[("authorization", &play)], &wish).await.status,
        StatusCode::FORBIDDEN
    );
    let back = door.post("/api/network/mode", &[("authorization", &admin)], &wish).await.json();
    assert_eq!((&back["mode"], &back["hotspot"]), (&json!("stage"), &json!("pistomp (simulated)")));
    let key = door.network.hotspot_key().await.unwrap();
    assert!(!door.get("/api/network", &[("authorization", &admin)]).await.text().contains(&key));
    let bad = door.post("/api/network/mode", &[("authorization", &admin)], &json!({"mode": "moon"})).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    assert_eq!(door.network.status().mode, Mode::Stage);
    // on stage a stranger makes no code appear; somebody at the pedal does
    assert_eq!(door.post("/api/pair/ask", &[], &json!({})).await.status, StatusCode::FORBIDDEN);
    door.desk.tell(PairingIntent::Open);
    assert_eq!(door.post("/api/pair/ask", &[], &json!({})).await.status, StatusCode::OK);
}
