//! Files from strangers.

use std::io::Write;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use crate::web_rig::WebRig;

/// A tar.gz of entries with these names, types and contents; names are written as they are.
fn packed(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.extend_from_slice(&[0; 1024]);
    zipped(&bytes)
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn bad_uploads_are_refused_with_a_sentence_and_leave_nothing() {
    use tar::EntryType::{Link, Regular, Symlink};
    let rig = WebRig::new().ready().await;
    let bomb = {
        // 300 MB of zeroes in one file of 300 kB.
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let mut header = tar::Header::new_gnu();
        header.set_path("b.pedalboard/zero").unwrap();
        header.set_size(300 << 20);
        header.set_cksum();
        encoder.write_all(header.as_bytes()).unwrap();
        for _ in 0..300 {
            encoder.write_all(&vec![0; 1 << 20]).unwrap();
        }
        encoder.finish().unwrap()
    };
    let cases: [(&str, Vec<u8>, StatusCode, &str); 9] = [
        ("up", packed(&[("../evil", Regular, b"x")]), StatusCode::BAD_REQUEST, "leads out of its folder"),
        (
            "absolute",
            packed(&[("/tmp/evil", Regular, b"x")]),
            StatusCode::BAD_REQUEST,
            "leads out of its folder",
        ),
        ("link", packed(&[("b/link", Symlink, b"")]), StatusCode::BAD_REQUEST, "link or device"),
        ("hard link", packed(&[("b/link", Link, b"")]), StatusCode::BAD_REQUEST, "link or device"),
        (
            "twice",
            packed(&[("b/x", Regular, b"1"), ("b/x", Regular, b"2")]),
            StatusCode::BAD_REQUEST,
            "twice",
        ),
        ("bomb", bomb, StatusCode::PAYLOAD_TOO_LARGE, "times its size"),
        ("no archive", b"RIFF....WAVE".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "of the right kind"),
        (
            "no board",
            packed(&[("b/readme", Regular, b"x")]),
            StatusCode::BAD_REQUEST,
            "no folder with one board",
        ),
        ("empty", Vec::new(), StatusCode::BAD_REQUEST, "empty"),
    ];
    for (what, bytes, status, words) in cases {
        let back = rig.post("/pedalboard/load_web/", bytes).await;
        assert_eq!(back.status, status, "{what}: {}", back.text());
        assert!(back.text().contains(words), "{what}: {}", back.text());
    }
    // 2 GB are refused before the first byte of them; also when the length is not told.
    let announced = Request::post("/pedalboard/load_web/").header(header::CONTENT_LENGTH, 2_u64 << 30);
    let back = rig.send(announced.body(Body::empty()).unwrap()).await;
    assert_eq!(back.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(back.text().contains("larger than the 256 MB"), "{}", back.text());
    let chunks = futures_util::stream::iter((0..300).map(|_| Ok::<_, std::io::Error>(vec![7_u8; 1 << 20])));
    let back = rig.post("/pedalboard/load_web/", Body::from_stream(chunks)).await;
    assert_eq!(back.status, StatusCode::PAYLOAD_TOO_LARGE);
    let left = std::fs::read_dir(rig.paths.data.join("uploads")).unwrap().count();
    assert_eq!(left, 0, "nothing is left behind");
    assert_eq!(std::fs::read_dir(&rig.paths.pedalboards).unwrap().count(), 0);
    assert!(!rig.place.path().join("evil").exists() && !std::path::Path::new("/tmp/evil").exists());
    // A body that is no file is small.
    let back = rig.post("/banks/save/", vec![b' '; 5 << 20]).await;
    assert_eq!(back.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_form_with_a_file_is_taken_too() {
    use tar::EntryType::Regular;
    let rig = WebRig::new().ready().await;
    let manifest = b"<a.ttl> a <http://moddevices.com/ns/modpedal#Pedalboard> .";
    let graph = b"<> <http://usefulinc.com/ns/doap#name> \"Sent\" .";
    let file = packed(&[
        ("Sent.pedalboard/manifest.ttl", Regular, manifest),
        ("Sent.pedalboard/a.ttl", Regular, graph),
    ]);
    let mut body = b"--XX\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\n1\r\n--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.tar.gz\"\r\n\r\n".to_vec();
    body.extend_from_slice(&file);
    body.extend_from_slice(b"\r\n--XX--\r\n");
    let request = Request::post("/pedalboard/load_web/")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=XX");
    let back = rig.send(request.body(Body::from(body)).unwrap()).await;
    assert_eq!(back.status, StatusCode::OK, "{}", back.text());
    assert_eq!(rig.web.session().state().board.title, "Sent");
}
