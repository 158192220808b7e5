//! `pistomp.conf`: no panic; what is refused names lines that exist; once the passwords are taken out none is left in the
//! file, and everything else says what it said.

use provision::conf::{self, Document};
use provision::settings::{self, SECRETS};

pub(crate) fn check(data: &[u8]) {
    let Ok((text, odd)) = conf::decode(data) else { return };
    let lines = text.lines().count() + 1;
    let document = conf::parse(&text);
    let (_, told) = settings::check(&document);
    for problem in odd.iter().chain(&told) {
        assert!((1..=lines).contains(&problem.line), "{problem}");
    }
    for entry in &document.entries {
        let span = text.get(entry.span.clone()).expect("it lies in the text");
        assert!(span.contains(&entry.key), "{span:?} is the assignment of {}", entry.key);
    }
    if let Some(rest) = conf::without_secrets(&document, SECRETS) {
        let again = conf::parse(&rest);
        let secret = |key: &str| SECRETS.contains(&key);
        assert!(again.entries.iter().all(|entry| !secret(&entry.key) || entry.value.is_empty()), "{rest:?}");
        let others = |document: &Document| -> Vec<(String, String)> {
            let others = document.entries.iter().filter(|entry| !secret(&entry.key));
            others.map(|entry| (entry.key.clone(), entry.value.clone())).collect()
        };
        assert_eq!(others(&again), others(&document), "{rest:?}");
    }
}
