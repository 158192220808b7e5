use super::*;
use crate::engine::FakeCatalogue;
use crate::session::Catalogue;

#[test]
fn what_the_session_must_know_survives_the_way_through_json() {
    for name in ["gain", "delay", "filter", "amp"] {
        let known = FakeCatalogue::default().plugin(&format!("urn:fake:{name}")).unwrap();
        assert_eq!(spec(&from_spec(&known)), *known);
    }
}

#[test]
fn channels_are_counted() {
    assert_eq!(io_type((1, 1), (0, 0)), 1);
    assert_eq!(io_type((1, 2), (0, 0)), 2);
    assert_eq!(io_type((0, 2), (1, 0)), 3);
    assert_eq!(io_type((0, 0), (1, 1)), 4);
    assert_eq!(io_type((0, 0), (0, 0)), 0);
    assert_eq!(number(0.1).to_string(), "0.1");
}
