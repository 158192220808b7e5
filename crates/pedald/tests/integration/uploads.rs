//! Files from strangers.

use std::io::Write;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use crate::web_rig::{WebRig, escaped};

/// A tar.gz of entries with these names, types and contents; names are written as they are.
pub fn packed(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    zipped(&tarred(entries))
}

fn tarred(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
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
    bytes
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

/// A tar with 300 MB of zeroes, piece by piece.
fn bomb(mut to: impl Write) {
    let mut header = tar::Header::new_gnu();
    header.set_path("b.lv2/zero").unwrap();
    header.set_size(300 << 20);
    header.set_cksum();
    to.write_all(header.as_bytes()).unwrap();
    for _ in 0..300 {
        to.write_all(&vec![0; 1 << 20]).unwrap();
    }
    to.flush().unwrap();
}

/// Sends bad archives to a route; each is refused with a sentence and leaves nothing in the folders.
async fn refused(rig: &WebRig, route: &str, pack: impl Fn(&[u8]) -> Vec<u8>, bomb: Vec<u8>, nothing: &str) {
    use tar::EntryType::{Block, Fifo, Link, Regular, Symlink};
    let one = |name: &str, kind, content: &[u8]| pack(&tarred(&[(name, kind, content)]));
    let twice = tarred(&[("b/x", Regular, b"1"), ("b/x", Regular, b"2")]);
    let leads = "leads out of its folder";
    let cases: [(&str, Vec<u8>, u16, &str); 13] = [
        ("up", one("../evil", Regular, b"x"), 400, leads),
        ("up inside", one("b/../../evil", Regular, b"x"), 400, leads),
        ("absolute", one("/tmp/evil", Regular, b"x"), 400, leads),
        ("link", one("b/link", Symlink, b""), 400, "link or device"),
        ("hard link", one("b/link", Link, b""), 400, "link or device"),
        ("pipe", one("b/pipe", Fifo, b""), 400, "link or device"),
        ("device", one("b/disk", Block, b""), 400, "link or device"),
        ("twice", pack(&twice), 400, "twice"),
        ("bomb", bomb, 413, "times its size"),
        ("wrong type", b"RIFF....WAVEfmt and more".to_vec(), 415, "of the right kind"),
        (
            "cut short",
            {
                let mut whole = pack(&twice);
                whole.truncate(whole.len() / 2);
                whole
            },
            415,
            "of the right kind",
        ),
        ("nothing of use", one("b/readme", Regular, b"x"), 400, nothing),
        ("empty", Vec::new(), 400, "empty"),
    ];
    for (what, bytes, status, words) in cases {
        let back = rig.post(route, bytes).await;
        assert_eq!(back.status.as_u16(), status, "{route}, {what}: {}", back.text());
        assert!(back.text().contains(words), "{route}, {what}: {}", back.text());
    }
    let announced = Request::post(route).header(header::CONTENT_LENGTH, 2_u64 << 30);
    let back = rig.send(announced.body(Body::empty()).unwrap()).await;
    assert_eq!(back.status, StatusCode::PAYLOAD_TOO_LARGE, "{route}");
    assert!(back.text().contains("larger than the 256 MB"), "{}", back.text());
    let chunks = futures_util::stream::iter((0..300).map(|_| Ok::<_, std::io::Error>(vec![7_u8; 1 << 20])));
    let back = rig.post(route, Body::from_stream(chunks)).await;
    assert_eq!(back.status, StatusCode::PAYLOAD_TOO_LARGE, "{route}, length not told: {}", back.text());
    // a form without a file, and one that ends in the middle
    for (form, words) in [
        ("--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX--\r\n", "no file"),
        ("--XX\r\nContent-", "form"),
    ] {
        let request = Request::post(route).header(header::CONTENT_TYPE, "multipart/form-data; boundary=XX");
        let back = rig.send(request.body(Body::from(form)).unwrap()).await;
        assert_eq!(back.status, StatusCode::BAD_REQUEST, "{route}: {}", back.text());
        assert!(back.text().contains(words), "{route}: {}", back.text());
    }
    for folder in [&rig.paths.user_plugins, &rig.paths.pedalboards, &rig.paths.user_files] {
        let left = std::fs::read_dir(folder).unwrap().flatten().map(|one| one.path()).collect::<Vec<_>>();
        assert!(left.is_empty(), "{route}: {left:?}");
    }
    assert!(!rig.place.path().join("evil").exists() && !std::path::Path::new("/tmp/evil").exists());
    let uploads = std::fs::read_dir(rig.paths.data.join("uploads")).map_or(0, Iterator::count);
    assert_eq!(uploads, 0, "{route}");
}

#[tokio::test]
async fn plugins_from_strangers_are_refused_with_a_sentence() {
    let rig = WebRig::new().ready().await;
    let mut pressed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb(&mut pressed);
    let pressed = pressed.finish().unwrap();
    for route in ["/effect/install/", "/sdk/install/"] {
        refused(&rig, route, zipped, pressed.clone(), "no LV2 bundle").await;
    }
    // one good bundle beside one with a bad name: neither is put in place
    use tar::EntryType::Regular;
    let both = packed(&[("good.lv2/manifest.ttl", Regular, b"#"), ("bad/manifest.ttl", Regular, b"#")]);
    let back = rig.post("/effect/install/", both).await;
    assert_eq!(back.status, StatusCode::BAD_REQUEST);
    assert!(back.text().contains("no name of an LV2 bundle"), "{}", back.text());
    assert_eq!(std::fs::read_dir(&rig.paths.user_plugins).unwrap().count(), 0);
}

#[tokio::test]
async fn portable_boards_from_strangers_are_refused_with_a_sentence() {
    let rig = WebRig::new().ready().await;
    let pack = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    let mut pressed = zstd::Encoder::new(Vec::new(), 3).unwrap();
    bomb(&mut pressed);
    refused(&rig, "/api/board/import", pack, pressed.finish().unwrap(), "it has no").await;
}

#[tokio::test]
async fn files_of_the_player_have_a_kind_and_a_size() {
    let rig = WebRig::new().ready().await;
    let route = |path: &str| format!("/api/files/upload?path={}", escaped(path));
    for (path, words) in [
        ("NAM Models/program.so", "holds files that end with"),
        ("Speaker Cabinets IRs/page.html", "holds files that end with"),
        ("Somewhere/x.wav", "no such folder"),
        ("x.wav", "belongs into a folder"),
        ("NAM Models/../x.nam", "no way out"),
        ("NAM Models/a\nb.nam", "no way out"),
    ] {
        let back = rig.post(&route(path), "{}").await;
        assert_eq!(back.status, StatusCode::BAD_REQUEST, "{path}: {}", back.text());
        assert!(back.text().contains(words), "{path}: {}", back.text());
    }
    let good = route("NAM Models/a.nam");
    let back = rig.post(&good, Vec::new()).await;
    assert!(back.status == StatusCode::BAD_REQUEST && back.text().contains("empty"), "{}", back.text());
    let announced = Request::post(&good).header(header::CONTENT_LENGTH, 2_u64 << 30);
    let back = rig.send(announced.body(Body::empty()).unwrap()).await;
    assert_eq!(back.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(back.text().contains("larger than the 512 MB"), "{}", back.text());
    // more than other requests may have, in a form as in a body
    let mut form = b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n".to_vec();
    form.extend_from_slice(&vec![b'1'; 6 << 20]);
    form.extend_from_slice(b"\r\n--XX--\r\n");
    let request = Request::post(&good).header(header::CONTENT_TYPE, "multipart/form-data; boundary=XX");
    let back = rig.send(request.body(Body::from(form)).unwrap()).await;
    assert_eq!(back.status, StatusCode::OK, "{}", back.text());
    assert_eq!(std::fs::metadata(rig.paths.user_files.join("NAM Models/a.nam")).unwrap().len(), 6 << 20);
    let hidden = std::fs::read_dir(rig.paths.user_files.join(".deleted")).map_or(0, Iterator::count);
    assert_eq!(hidden, 0, "nothing half is left");
}

#[tokio::test]
async fn requests_that_are_no_files_are_small() {
    let rig = WebRig::new().ready().await;
    for route in [
        "/effect/bulk/",
        "/effect/parameter/set/",
        "/effect/parameter/address//graph/gain/gain",
        "/banks/save/",
        "/package/uninstall",
        "/api/notes/keep",
        "/api/versions/keep",
        "/api/files/rename",
        "/api/files/delete",
        "/jack/set_midi_devices",
    ] {
        let back = rig.post(route, vec![b' '; 5 << 20]).await;
        assert_eq!(back.status, StatusCode::PAYLOAD_TOO_LARGE, "{route}: {}", back.text());
        // wrong types and nonsense: a sentence, and no fault of ours
        for nonsense in ["", "{", "[[[[", "\"\\u0000\"", "{\"bundle\": 1}", "null"] {
            let back = rig.post(route, nonsense).await;
            assert!(
                back.status.as_u16() < 500 || back.text().len() > 10,
                "{route} {nonsense}: {} {}",
                back.status,
                back.text()
            );
        }
    }
    for route in
        ["/pedalboard/save", "/pedalboard/load_bundle/", "/favorites/add", "/config/set", "/save_user_id"]
    {
        let back = rig.form(route, &[("title", &"x".repeat(5 << 20))]).await;
        assert_eq!(back.status, StatusCode::PAYLOAD_TOO_LARGE, "{route}: {}", back.text());
    }
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
