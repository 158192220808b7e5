//! What is tried: each of these asserts that it got nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::scene::{connect, raw, request};

pub(super) fn no_token(to: SocketAddr) {
    let paths = [
        "/reset",
        "/effect/add//graph/evil?uri=urn:archibald:test:gain",
        "/effect/remove//graph/a",
        "/pedalboard/list",
        "/websocket",
        "/api/clients",
        "/api/network",
        "/metrics",
        "/files/list",
        "/nothing",
    ];
    for headers in [
        vec![],
        vec![("Authorization", "Bearer "), ("Cookie", "archibald=")],
        vec![("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=127.0.0.1")],
    ] {
        for path in paths {
            let (status, answer) = request(to, "GET", path, &headers, "");
            assert!(matches!(status, 401 | 429), "{path}: {answer}");
        }
    }
    let (status, answer) = request(to, "GET", "/healthz", &[], "");
    assert!(status == 429 || !answer.contains("Mine"), "a stranger learns the board's name: {answer}");
    // on this machine it is no different: nothing is trusted without --dev
    let here = SocketAddr::new([127, 0, 0, 1].into(), to.port());
    assert!(matches!(request(here, "GET", "/reset", &[], "").0, 401 | 429));
}

pub(super) fn playing_is_not_editing(to: SocketAddr, play: &str) {
    let play = ("Authorization", play);
    for path in [
        "/effect/add//graph/evil?uri=urn:archibald:test:gain",
        "/effect/remove//graph/a",
        "/snapshot/saveas?title=x",
        "/pedalboard/remove?bundlepath=/",
        "/api/clients",
        "/truebypass/Left/true",
    ] {
        let (status, answer) = request(to, "GET", path, &[play], "");
        assert_eq!(status, 403, "{path}: {answer}");
    }
    for path in [
        "/pedalboard/save",
        "/banks/save",
        "/config/set",
        "/effect/parameter/address//graph/a/gain",
        "/set_buffersize/64",
        "/api/network/mode",
        "/api/clients/revoke-all",
        "/pedalboard/load_web",
    ] {
        let (status, answer) = request(to, "POST", path, &[play], "{}");
        assert_eq!(status, 403, "{path}: {answer}");
    }
}

pub(super) fn foreign(to: SocketAddr, cookie: &str, port: u16) {
    let cookie = ("Cookie", cookie);
    let rebound = format!("evil.example:{port}");
    let own = format!("http://{to}");
    let cases: [&[(&str, &str)]; 8] = [
        &[cookie, ("Origin", "http://evil.example")],
        &[cookie, ("Origin", "null")],
        &[cookie, ("Host", &rebound), ("Origin", &rebound)],
        &[cookie, ("Host", "evil.example")],
        &[cookie, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")],
        &[cookie, ("Sec-Fetch-Site", "same-site")],
        // a picture on a page that hides where it comes from
        &[cookie, ("User-Agent", "Mozilla/5.0")],
        &[cookie, ("Origin", &own), ("Sec-Fetch-Site", "cross-site")],
    ];
    for headers in cases {
        for (method, path) in [
            ("GET", "/reset"),
            ("GET", "/effect/remove//graph/a"),
            ("POST", "/pedalboard/save"),
            ("GET", "/websocket"),
            ("OPTIONS", "/reset"),
        ] {
            let (status, answer) = request(to, method, path, headers, "");
            assert!(status == 403, "{method} {path} {headers:?}: {answer}");
            assert!(!answer.to_lowercase().contains("access-control-allow"), "{answer}");
        }
    }
}

/// Answers of a connection that is kept, one at a time: the status, and whether the connection goes on.
fn on_the_line(stream: &mut BufReader<TcpStream>, bytes: &[u8]) -> Option<u16> {
    stream.get_mut().write_all(bytes).ok()?;
    let (mut status, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_lowercase();
        if status.is_none() {
            status = line.split(' ').nth(1)?.parse().ok();
        } else if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().ok()?;
        } else if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    status
}

pub(super) fn codes(to: SocketAddr, count: usize) {
    let mut line = BufReader::new(connect(to));
    let (mut sent, mut judged) = (0, 0);
    let post = |path: &str, body: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: {to}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            .into_bytes()
    };
    while sent < count {
        let ask = on_the_line(&mut line, &post("/api/pair/ask", "{}"));
        let code = on_the_line(&mut line, &post("/api/pair/code", &format!("{{\"code\":\"{sent:06}\"}}")));
        match (ask, code) {
            (Some(_), Some(status)) => {
                sent += 1;
                assert_ne!(status, 200, "a guess was right");
                judged += usize::from(matches!(status, 403 | 410));
            }
            _ => line = BufReader::new(connect(to)),
        }
    }
    println!("{sent} wrong codes were sent, and {judged} of them compared");
    assert!(judged < 100, "{judged} guesses were compared with the code");
}

pub(super) fn paths(to: SocketAddr, play: &str) {
    for path in [
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/resources/..%2f..%2f..%2fetc/passwd?uri=urn:archibald:test:gain",
        "/resources//etc/passwd?uri=urn:archibald:test:gain",
        "/effect/file/custom?uri=urn:archibald:test:gain&filename=../../../../etc/passwd",
        "/pedalboard/info?bundlepath=/etc",
        "/pedalboard/pack_bundle?bundlepath=/etc",
        "/pedalboard/image/screenshot.png?bundlepath=/etc/passwd",
        "/pair.css/../../etc/passwd",
        "/load_template/..%2f..%2fetc%2fpasswd",
        "/js/%00",
        "//etc/passwd",
    ] {
        let (status, answer) = request(to, "GET", path, &[("Authorization", play)], "");
        assert!(!answer.contains("root:"), "{path}");
        assert!((200..500).contains(&status), "{path}: {status}");
    }
}

pub(super) fn uploads(to: SocketAddr, play: &str) {
    let huge = (1_u64 << 30).to_string();
    for (path, headers) in [
        ("/pedalboard/load_web", vec![]),
        ("/pedalboard/load_web", vec![("Authorization", play)]),
        ("/api/pair/code", vec![]),
        ("/effect/bulk", vec![("Authorization", play)]),
    ] {
        let mut text = format!(
            "POST {path} HTTP/1.1\r\nHost: {to}\r\nContent-Type: application/json\r\nContent-Length: {huge}\r\n"
        );
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = connect(to);
        let _ = stream.write_all(format!("{text}\r\n").as_bytes());
        let block = vec![b'7'; 1 << 20];
        let mut taken = 0;
        // whoever sends on is cut off
        while taken < 1 << 30 && stream.write_all(&block).is_ok() {
            taken += block.len();
        }
        assert!(taken < 64 << 20, "{path}: {taken} bytes were taken");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
        assert!(matches!(status, None | Some(401 | 403 | 413 | 429)), "{path}: {answer}");
    }
}

/// Frames that no browser sends, on a socket that a paired device has opened.
pub(super) fn frames(to: SocketAddr, play: &str) {
    let mut endless = vec![0x81, 0xff];
    endless.extend((u64::MAX >> 1).to_be_bytes());
    endless.extend([0; 4]);
    // whole, because a frame that is still under way is only a slow client
    let mut long_ping = vec![0x89, 0xfe, 0, 0x80];
    long_ping.extend([0; 4 + 128]);
    let cases: [&[u8]; 8] = [
        b"\x81\x05hello",
        b"\x83\x80\0\0\0\0",
        b"\xf1\x80\0\0\0\0",
        b"\x81\x82\0\0\0\0\xff\xfe",
        b"\x09\x80\0\0\0\0",
        &long_ping,
        &endless,
        b"\0\0\0\0\0\0\0\0\0\0\0\0",
    ];
    for bytes in cases {
        let mut stream = connect(to);
        let upgrade = format!(
            "GET /websocket HTTP/1.1\r\nHost: {to}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: {play}\r\n\r\n"
        );
        stream.write_all(upgrade.as_bytes()).unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 101", "{:?}", String::from_utf8_lossy(&first));
        let _ = stream.write_all(bytes);
        let mut rest = Vec::new();
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert!(
                !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
                "{bytes:?} is listened to"
            );
        }
    }
}

pub(super) fn garbage(to: SocketAddr) {
    let mut many = b"GET / HTTP/1.1\r\nHost: pedal\r\n".to_vec();
    for number in 0..500 {
        many.extend(format!("X-{number}: y\r\n").bytes());
    }
    many.extend(b"\r\n");
    let long = [b"GET /".as_slice(), &vec![b'a'; 100 << 10], b" HTTP/1.1\r\nHost: pedal\r\n\r\n"].concat();
    let cases: [&[u8]; 7] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0\0\0\0\r\n\r\n",
        b"GET http://evil.example/reset HTTP/1.1\r\nHost: pedal\r\nConnection: close\r\n\r\n",
        b"POST /reset HTTP/1.1\r\nHost: pedal\r\nContent-Length: 5\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello",
        b"POST /reset HTTP/1.1\r\nHost: pedal\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nffffffffffffffffff\r\n",
        &many,
        &long,
    ];
    for bytes in cases {
        let answer = raw(to, bytes);
        let status = answer.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
        assert!(status.is_none_or(|status| (400..500).contains(&status)), "{answer}");
    }
}
