use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn a_list_survives_its_file_which_holds_no_token() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("clients.json");
    let (token, other) = (Secret::random(), Secret::random());
    let mut list = ClientList::read(&path).unwrap();
    let client = list.add(" My \u{202e}phone\n ", Role::Editor, &token, 100).unwrap();
    assert_eq!(client.name, "My phone");
    list.add("", Role::Player, &other, 100).unwrap();
    write_private(&path, &list.to_bytes()).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains(&token.text()));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let mut again = ClientList::read(&path).unwrap();
    assert_eq!(again.find(&token.hash()), Some(client.clone()));
    assert_eq!(again.find(&Secret::random().hash()), None);
    again.rename(&client.id, "Tablet").unwrap();
    again.set_role(&client.id, Role::Admin).unwrap();
    assert!(!again.saw(&client.id, 200) && again.saw(&client.id, 5000));
    let now = again.find(&token.hash()).unwrap();
    assert_eq!((now.name.as_str(), now.role, now.seen), ("Tablet", Role::Admin, 5000));
    again.revoke(&client.id).unwrap();
    assert_eq!(again.find(&token.hash()), None);
    assert!(again.find(&other.hash()).is_some());
    assert_eq!(again.rename(&client.id, "x"), Err(ClientsError::Unknown(client.id.0)));
}

#[test]
fn files_that_are_not_ours_let_nobody_in() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("clients.json");
    for bad in ["", "{", "{\"version\":2,\"clients\":[]}", "[]", "{\"version\":1,\"clients\":[{}]}"] {
        std::fs::write(&path, bad).unwrap();
        assert!(matches!(ClientList::read(&path), Err(ClientsError::Unreadable { .. })), "{bad}");
    }
}

#[test]
fn there_is_an_end_to_devices() {
    let mut list = ClientList::default();
    for _ in 0..MOST {
        list.add("x", Role::Player, &Secret::random(), 0).unwrap();
    }
    assert_eq!(list.add("x", Role::Player, &Secret::random(), 0), Err(ClientsError::Full));
    list.revoke_all();
    assert!(list.all().is_empty());
}
