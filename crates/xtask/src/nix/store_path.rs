//! Store paths without their hash, so that a text changes only when something in it changes.

const STORE: &str = "/nix/store/";
/// Length of the hash in a store path, in characters.
const HASH: usize = 32;

/// `text` with the hash of each store path taken out: "/nix/store/abc…-jack2" → "/nix/store/jack2".
pub(super) fn shorten(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(STORE) {
        let (before, after) = rest.split_at(begin + STORE.len());
        short.push_str(before);
        rest = match after.as_bytes().get(HASH) {
            Some(b'-') if after.as_bytes()[..HASH].iter().all(u8::is_ascii_alphanumeric) => {
                &after[HASH + 1..]
            }
            _ => after,
        };
    }
    short.push_str(rest);
    short
}

/// Applies [`shorten`] to every text in `value`, and then gives the folders of this machine in `folders` the names that
/// stand beside them.
pub(super) fn shorten_all(value: &mut serde_json::Value, folders: &[(String, &str)]) {
    match value {
        serde_json::Value::String(text) => {
            *text = shorten(text);
            for (folder, name) in folders {
                *text = text.replace(folder, name);
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| shorten_all(item, folders)),
        serde_json::Value::Object(fields) => {
            fields.values_mut().for_each(|field| shorten_all(field, folders))
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hash_of_a_store_path_goes() {
        let text = "a /nix/store/bgxi28prdz0xx32pdbd1jzxcficx3y92-jack2-1.9/bin/jackd b /nix/store/short-x /nix/store/";
        assert_eq!(shorten(text), "a /nix/store/jack2-1.9/bin/jackd b /nix/store/short-x /nix/store/");
        assert_eq!(shorten("no path"), "no path");
    }

    #[test]
    fn folders_of_this_machine_do_not_show() {
        let mut value = serde_json::json!({ "a": ["see /home/me/inputs/musnix"] });
        shorten_all(&mut value, &[("/home/me/inputs".to_owned(), "/inputs")]);
        assert_eq!(value, serde_json::json!({ "a": ["see /inputs/musnix"] }));
    }
}
