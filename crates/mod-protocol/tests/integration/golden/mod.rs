//! The bytes of every command (`table`), and what malformed ones are answered.

mod table;

use mod_protocol::{Command as C, ErrorCode, ParseError, Reply, ReplyStyle};

use table::{commands, s};

#[test]
fn every_command_has_its_bytes() {
    for (command, line) in commands() {
        let mut bytes = line.as_bytes().to_vec();
        assert_eq!(C::parse(&bytes), Ok(command.clone()), "{line}");
        bytes.push(0);
        assert_eq!(command.to_bytes(), bytes, "{line}");
    }
    let covered: Vec<_> = commands().iter().map(|(command, _)| command.name()).collect();
    for name in C::NAMES {
        assert!(covered.contains(name), "no golden bytes for {name}");
    }
}

#[test]
fn malformed_commands_are_answered_as_mod_host_does() {
    let cases: &[(&str, &[u8])] = &[
        ("   ", b"not found\0"),
        ("frobnicate 1", b"not found\0"),
        ("ADD urn:p 0", b"not found\0"),
        ("add urn:p", b"few arguments\0"),
        ("add urn:p 0 1", b"many arguments\0"),
        ("cpu_load now", b"many arguments\0"),
        ("help me", b"many arguments\0"),
        ("patch_set 3 urn:x hello world", b"many arguments\0"),
        ("multi_add", b"few arguments\0"),
        ("params_flush 0 0", b"few arguments\0"),
        ("multi_params_flush 0 1 2", b"few arguments\0"),
        // An empty list.
        ("multi_add 0", b"resp -302\0"),
        ("multi_preload 0", b"resp -302\0"),
        ("multi_remove 0", b"resp -302\0"),
        ("multi_activate 1 0", b"resp -302\0"),
        ("multi_bypass 1 0", b"resp -302\0"),
        ("multi_param_set gain 1 0", b"resp -302\0"),
        ("multi_params_flush 0 0 1 a 1", b"resp -302\0"),
        ("cc_map 0 g 0 0 l 0 0 1 33 0 u 1 a 1", b"resp -302\0"),
        // Counts that the arguments do not cover: each of these ends mod-host.
        ("multi_add 2 urn:p 24", b"resp -902\0"),
        ("multi_remove 3 1", b"resp -902\0"),
        ("multi_bypass 1 5 1", b"resp -902\0"),
        ("params_flush 0 0 5 gain 1", b"resp -902\0"),
        ("multi_params_flush 0 3 20 21", b"resp -902\0"),
        ("multi_params_flush 0 2 20 21", b"few arguments\0"),
        ("multi_add 99999999 a 1", b"resp -902\0"),
        ("multi_remove -1 4", b"resp -902\0"),
        ("cv_map 0 g a:b 0 1 ?", b"resp -902\0"),
        ("param_monitor 0 g <> 1", b"resp -902\0"),
        // Extensions are strict.
        ("x_swap one", b"invalid argument\0"),
        ("x_swap -1", b"invalid argument\0"),
        ("x_swap 1 2 3", b"many arguments\0"),
        ("x_swap", b"few arguments\0"),
        ("x_fade nan", b"invalid argument\0"),
        ("x_fade inf", b"invalid argument\0"),
        ("x_fade 20ms", b"invalid argument\0"),
        ("x_pdc yes", b"invalid argument\0"),
        ("x_policy maybe 0.5 3", b"invalid argument\0"),
        ("x_snapshot 1 0 gain 1 2", b"many arguments\0"),
        ("x_snapshot 2 0 gain 1", b"resp -902\0"),
        ("x_frobnicate", b"not found\0"),
    ];
    for (line, expected) in cases {
        let error = C::parse(line.as_bytes()).expect_err(line);
        assert_eq!(Reply::from(error).to_bytes(), *expected, "{line}");
    }
    assert_eq!(C::parse(b"multi_remove 3 1"), Err(ParseError::Refused(ErrorCode::InvalidOperation)));
}

#[test]
fn numbers_of_mod_host_commands_are_read_as_c_does() {
    assert_eq!(C::parse(b"remove all"), Ok(C::Remove { instance: 0 }));
    assert_eq!(
        C::parse(b"param_set 3x gain 1.5dB"),
        Ok(C::ParamSet { instance: 3, symbol: s("gain"), value: 1.5 })
    );
    assert_eq!(
        C::parse(b"param_set 0 gain nan"),
        Ok(C::ParamSet { instance: 0, symbol: s("gain"), value: 0.0 })
    );
    assert_eq!(C::parse(b"bypass 0 -5"), Ok(C::Bypass { instance: 0, bypassed: true }));
    assert_eq!(C::parse(b"multi_remove 1 4 5 6"), Ok(C::MultiRemove { instances: vec![4] }));
    assert_eq!(C::parse(b"x_limiter on 0"), Ok(C::XLimiter { enable: true, ceiling_db: 0.0 }));
    assert_eq!(C::parse(b"preset_load 0 \xff"), Ok(C::PresetLoad { instance: 0, uri: s("\u{fffd}") }));
}

#[test]
fn reply_styles_of_the_oddities() {
    let style = |line: &str| C::parse(line.as_bytes()).expect(line).reply_style();
    assert_eq!(style("add u 0"), ReplyStyle::Instance);
    assert_eq!(style("multi_add 1 u 0"), ReplyStyle::Instance);
    assert_eq!(style("multi_add 2 u 0 v 1"), ReplyStyle::Status);
    for line in [
        "midi_map 0 a 0 1 0 1",
        "midi_learn 0 a 0 1",
        "midi_unmap 0 a",
        "monitor_output 0 a",
        "monitor_output_off 0 a",
    ] {
        assert_eq!(style(line), ReplyStyle::Inverted, "{line}");
    }
    assert_eq!(style("param_get 0 a"), ReplyStyle::Float);
    assert_eq!(style("preset_show u"), ReplyStyle::Text);
    assert_eq!(style("help"), ReplyStyle::Silent);
    assert_eq!(style("cv_unmap 0 a"), ReplyStyle::Status);
}
