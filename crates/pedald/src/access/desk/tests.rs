use super::*;
use crate::access::clients::write_private;

#[tokio::test]
async fn a_browser_is_paired_and_put_out() {
    let place = tempfile::tempdir().unwrap();
    let (desk, error) = Desk::open(place.path());
    assert_eq!(error, None);
    desk.ask().unwrap();
    let code = desk.state().borrow().code.unwrap();
    assert!(matches!(desk.enter(&code[..5], "x", Role::Admin), Err(PairingError::Wrong { .. })));
    let ticket = desk.enter(&code, "Phone", Role::Guest).unwrap();
    assert_eq!(desk.state().borrow().confirm, Some(("Phone".to_owned(), Role::Player)));
    assert_eq!(desk.standing(&ticket), Standing::Waiting);
    assert_eq!(desk.standing(&Secret::random()), Standing::Refused);
    desk.tell(PairingIntent::Confirm);
    assert_eq!(desk.standing(&Secret::random()), Standing::Refused, "somebody else's question takes nothing");
    let Standing::Granted(token, client) = desk.standing(&ticket) else { panic!("not granted") };
    assert_eq!(desk.standing(&ticket), Standing::Refused, "the token is told once");
    assert_eq!(desk.find(&token).unwrap().id, client.id);
    assert_eq!(desk.clients().borrow().len(), 1);
    desk.save().await.unwrap();
    let (again, _) = Desk::open(place.path());
    assert!(again.find(&token).is_some());
    again.change(|list| list.revoke(&client.id)).await.unwrap();
    assert!(again.find(&token).is_none() && again.get(&client.id).is_none());
    let (third, _) = Desk::open(place.path());
    assert!(third.find(&token).is_none(), "it stays out");
}

#[tokio::test]
async fn whom_the_command_line_puts_out_is_out_and_nobody_comes_in_by_the_file() {
    let place = tempfile::tempdir().unwrap();
    let (desk, _) = Desk::open(place.path());
    let (phone, client) = desk.admit("Phone", Role::Editor).unwrap();
    let (tablet, _) = desk.admit("Tablet", Role::Player).unwrap();
    desk.save().await.unwrap();
    let file = place.path().join("clients.json");
    let mut list = ClientList::read(&file).unwrap();
    let stranger = Secret::random();
    assert_eq!(list.named("Phone").len(), 1);
    list.revoke(&client.id).unwrap();
    list.add("Stranger", Role::Admin, &stranger, 0).unwrap();
    write_private(&file, &list.to_bytes()).unwrap();
    // paired meanwhile, and not in the file yet
    let (fresh, _) = desk.admit("Fresh", Role::Player).unwrap();
    desk.save().await.unwrap();
    assert!(desk.find(&phone).is_none() && desk.find(&stranger).is_none());
    assert!(desk.find(&tablet).is_some() && desk.find(&fresh).is_some());
    let names: Vec<String> = ClientList::read(&file).unwrap().all().into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["Tablet", "Fresh"]);
    std::fs::write(&file, "{broken").unwrap();
    desk.save().await.unwrap();
    assert!(desk.find(&tablet).is_some(), "a spoilt file puts nobody out");
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_kept() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("clients.json"), "{broken").unwrap();
    let (desk, error) = Desk::open(place.path());
    assert!(error.unwrap().to_string().contains("nobody is let in"));
    let (token, _) = desk.admit("x", Role::Admin).unwrap();
    desk.save().await.unwrap();
    assert_eq!(std::fs::read_to_string(place.path().join("clients.json.unreadable")).unwrap(), "{broken");
    let (again, error) = Desk::open(place.path());
    assert!(error.is_none() && again.find(&token).is_some());
}

#[test]
fn who_is_turned_away_gets_nothing() {
    let place = tempfile::tempdir().unwrap();
    let (desk, _) = Desk::open(place.path());
    desk.tell(PairingIntent::Open);
    let code = desk.state().borrow().code.unwrap();
    let ticket = desk.enter(&code, "Phone", Role::Admin).unwrap();
    desk.tell(PairingIntent::Close);
    desk.tell(PairingIntent::Confirm);
    assert_eq!(desk.standing(&ticket), Standing::Refused);
    assert!(desk.clients().borrow().is_empty());
}
