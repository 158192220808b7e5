use super::*;
use std::time::Duration;

fn origin(process: Option<i32>, start: Instant, ms: u64) -> Origin {
    Origin { transport: Transport::Unix, process, accepted: start + Duration::from_millis(ms) }
}

#[test]
fn pairing_prefers_the_process_then_the_nearest_in_time() {
    let start = Instant::now();
    let at = |process, ms| origin(process, start, ms);
    let command = at(Some(7), 100);
    let tcp = Origin { transport: Transport::Tcp, ..at(Some(7), 100) };
    let owned = Some(SessionId(1));
    let pick = |list: &[(Origin, Option<SessionId>)]| {
        nearest(&command, list.iter().map(|(origin, owner)| (origin, *owner)))
    };
    assert_eq!(pick(&[]), None);
    assert_eq!(pick(&[(at(Some(8), 90), None), (at(Some(7), 5), None)]), Some(1));
    assert_eq!(pick(&[(at(None, 80), None), (at(None, 105), None), (at(None, 94), None)]), Some(1));
    assert_eq!(pick(&[(at(Some(7), 100), owned), (tcp, None), (at(Some(8), 0), None)]), Some(2));
}

#[test]
fn a_session_gets_one_connection_and_loses_it_with_its_end() {
    let hub = FeedbackHub::new().expect("hub");
    let start = Instant::now();
    hub.open_connection(1, origin(None, start, 0));
    hub.open_session(SessionId(9), origin(None, start, 1));
    hub.open_connection(2, origin(None, start, 2000));
    let log = |text: &str| Feedback::Log { level: 0, text: text.into() };
    let batch = |id| {
        let mut out = Vec::new();
        let next = hub.next(id, &mut out);
        (next, String::from_utf8(out).expect("text"))
    };
    hub.send(&log("a"));
    assert_eq!(batch(1), (Next::Batch, "log 0 a\0data_finish\0".into()));
    assert_eq!(batch(2), (Next::Batch, "log 0 a\0data_finish\0".into()));
    hub.send(&log("b"));
    hub.ready(SessionId(9));
    assert_eq!(batch(1), (Next::Batch, "log 0 b\0data_finish\0".into()));
    assert_eq!(batch(2), (Next::Idle, String::new()));
    hub.send(&Feedback::XPlan { revision: 1, plugins: 0, cause: "x".into() });
    hub.subscribe(SessionId(9), true);
    hub.send(&Feedback::XPlan { revision: 2, plugins: 0, cause: "x".into() });
    hub.force(SessionId(9));
    assert_eq!(batch(1), (Next::Batch, "x_plan 2 0 x\0data_finish\0".into()));
    hub.close_session(SessionId(9));
    assert_eq!(batch(1).0, Next::Close);
    assert_eq!(batch(2).0, Next::Idle);
}
