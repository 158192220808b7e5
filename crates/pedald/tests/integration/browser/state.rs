//! The page's copy of the state and the session's own are the same.

use std::time::Duration;

use serde_json::Value;

use super::{Browser, PATIENCE};

/// Waits until the page's copy of the state is the session's, field by field.
pub async fn same_state(page: &mut Browser, web: &pedald::web::Web) {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let theirs = page.value("JSON.stringify(pedal.store.state)").await;
        let ours = serde_json::to_string(&*web.session().state()).unwrap();
        let [theirs, ours] = [theirs.as_str().unwrap(), &ours].map(leaves);
        if theirs == ours {
            return;
        }
        if tokio::time::Instant::now() > end {
            let only = |of: &[String], other: &[String]| {
                of.iter().filter(|line| !other.contains(line)).cloned().collect::<Vec<_>>().join("\n")
            };
            panic!(
                "only the page has:\n{}\nonly the session:\n{}",
                only(&theirs, &ours),
                only(&ours, &theirs)
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The page shows what the session has, and has not complained of anything.
pub async fn ends_well(page: &mut Browser, web: &pedald::web::Web) {
    same_state(page, web).await;
    assert_eq!(page.complaints, Vec::<String>::new());
}

/// Every leaf of a JSON text as a line with its path; numbers as numbers, whatever they are written like. Left out is what
/// the page does not follow: load and meters.
fn leaves(text: &str) -> Vec<String> {
    fn walk(path: &str, value: &Value, out: &mut Vec<String>) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                map.iter().for_each(|(key, value)| walk(&format!("{path}.{key}"), value, out));
            }
            Value::Array(list) if !list.is_empty() => {
                list.iter().enumerate().for_each(|(at, value)| walk(&format!("{path}[{at}]"), value, out));
            }
            // values of controls are of single precision; a page's numbers never are
            Value::Number(number) => out.push(format!("{path} = {:?}", number.as_f64().map(|n| n as f32))),
            other => out.push(format!("{path} = {other}")),
        }
    }
    let mut value = serde_json::from_str::<Value>(text).unwrap();
    if let Some(map) = value.as_object_mut() {
        map.retain(|key, _| !["health", "outputs"].contains(&key.as_str()));
    }
    let mut out = Vec::new();
    walk("", &value, &mut out);
    out.sort();
    out
}
