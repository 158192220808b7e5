//! Rules for systemd-tmpfiles, as a manifest holds them and as a file of `tmpfiles.d` says them.

use serde_json::{Map, Value};

/// A line for each of `rules` (a manifest's `services.tmpfiles`), in their order; `place` says where a path lies.
pub(crate) fn lines(rules: &Map<String, Value>, place: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    for (path, kinds) in rules.values().filter_map(Value::as_object).flatten() {
        let path = place(path);
        for rule in kinds.as_object().into_iter().flat_map(|kinds| kinds.values()) {
            let field = |key: &str| rule[key].as_str().filter(|text| !text.is_empty()).unwrap_or("-");
            text.push_str(&format!(
                "{} {path} {} {} {} {} {}\n",
                field("type"),
                field("mode"),
                field("user"),
                field("group"),
                field("age"),
                field("argument")
            ));
        }
    }
    text
}
