//! `If-…` headers (RFC 9110, section 13).

use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, HeaderName, header};

use crate::store::{Entry, Hash, Precondition};

/// What a change expects to find.
pub(super) fn precondition(headers: &HeaderMap) -> Precondition {
    Precondition { matches: tags(headers, &header::IF_MATCH), differs: tags(headers, &header::IF_NONE_MATCH) }
}

/// The hashes in a header; empty for `*`. Tags that are none of ours match nothing.
fn tags(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<Hash>> {
    let mut there = false;
    let mut hashes = Vec::new();
    for value in headers.get_all(name) {
        there = true;
        let text = value.to_str().unwrap_or("");
        if text.trim() == "*" {
            return Some(Vec::new());
        }
        let tag = |tag: &str| Hash::parse(tag.trim().trim_start_matches("W/").trim_matches('"'));
        hashes.extend(text.split(',').map(|text| tag(text).unwrap_or(Hash([0; 32]))));
    }
    there.then_some(hashes)
}

/// How a read is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// With the blob.
    Content,
    /// The reader has it: 304.
    NotModified,
    /// It is not what the reader expects: 412.
    Failed,
}

pub(super) fn answer(headers: &HeaderMap, entry: &Entry) -> Answer {
    let among = |list: &[Hash]| list.is_empty() || list.contains(&entry.hash);
    if tags(headers, &header::IF_MATCH).is_some_and(|list| !among(&list)) {
        return Answer::Failed;
    }
    if let Some(list) = tags(headers, &header::IF_NONE_MATCH) {
        return if among(&list) { Answer::NotModified } else { Answer::Content };
    }
    match date(headers, &header::IF_MODIFIED_SINCE) {
        Some(since) if whole_seconds(entry) <= since => Answer::NotModified,
        _ => Answer::Content,
    }
}

/// Whether a range may be sent: without `If-Range`, or when the reader has a part of this very content.
pub(super) fn range_allowed(headers: &HeaderMap, entry: &Entry) -> bool {
    let Some(value) = headers.get(header::IF_RANGE).and_then(|value| value.to_str().ok()) else {
        return true;
    };
    match value.trim().strip_prefix('"') {
        Some(tag) => Hash::parse(tag.trim_end_matches('"')) == Some(entry.hash),
        None => date(headers, &header::IF_RANGE) == Some(whole_seconds(entry)),
    }
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    headers.get(name)?.to_str().ok().and_then(|text| httpdate::parse_http_date(text).ok())
}

/// Dates in headers have whole seconds.
fn whole_seconds(entry: &Entry) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(entry.modified / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn readers_and_writers_say_what_they_expect() {
        let entry = Entry { key: "a".into(), hash: Hash([7; 32]), size: 1, modified: 1_700_000_000_900 };
        let own = format!("\"{}\"", entry.hash);
        let other = format!("\"{}\"", Hash([8; 32]));
        assert_eq!(answer(&HeaderMap::new(), &entry), Answer::Content);
        assert_eq!(
            answer(&with(header::IF_NONE_MATCH, &format!("{other}, {own}")), &entry),
            Answer::NotModified
        );
        assert_eq!(answer(&with(header::IF_NONE_MATCH, &format!("W/{own}")), &entry), Answer::NotModified);
        assert_eq!(answer(&with(header::IF_NONE_MATCH, &other), &entry), Answer::Content);
        assert_eq!(answer(&with(header::IF_NONE_MATCH, "rubbish"), &entry), Answer::Content);
        assert_eq!(answer(&with(header::IF_MATCH, &other), &entry), Answer::Failed);
        assert_eq!(answer(&with(header::IF_MATCH, "*"), &entry), Answer::Content);
        let at = |seconds| httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let since = |seconds| answer(&with(header::IF_MODIFIED_SINCE, &at(seconds)), &entry);
        assert_eq!(since(1_700_000_000), Answer::NotModified);
        assert_eq!(since(1_699_999_999), Answer::Content);
        assert!(range_allowed(&with(header::IF_RANGE, &own), &entry));
        assert!(!range_allowed(&with(header::IF_RANGE, &other), &entry));
        assert!(range_allowed(&with(header::IF_RANGE, &at(1_700_000_000)), &entry));
        assert!(!range_allowed(&with(header::IF_RANGE, &at(1_600_000_000)), &entry));
        let wanted = precondition(&with(header::IF_NONE_MATCH, "*"));
        assert_eq!(wanted, Precondition { matches: None, differs: Some(vec![]) });
        assert_eq!(precondition(&with(header::IF_MATCH, &own)).matches, Some(vec![entry.hash]));
    }
}
