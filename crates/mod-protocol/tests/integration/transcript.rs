//! A recorded session: every command, reply and feedback line of it must be understood and written back.

use mod_protocol::{Command, Feedback, Processing, Reply, ReplyStyle, quote, tokenise};
use serde_json::Value;

fn lines() -> Vec<Value> {
    include_str!("../fixtures/modui-session.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("the fixture is JSON lines"))
        .collect()
}

fn messages<'a>(lines: &'a [Value], port: &str, direction: &str) -> Vec<(&'a str, &'a Value)> {
    lines
        .iter()
        .filter(|line| line["port"] == port && line["dir"] == direction)
        .filter_map(|line| line["msg"].as_str().map(|message| (message, line)))
        .collect()
}

#[test]
fn every_command_is_understood_and_keeps_its_meaning() {
    let lines = lines();
    let commands = messages(&lines, "cmd", "ui>host");
    assert_eq!(commands.len(), 277);
    for (message, _) in commands {
        let command = Command::parse(message.as_bytes()).expect(message);
        assert_eq!(Command::parse(command.to_string().as_bytes()), Ok(command.clone()), "{message}");
        assert_eq!(command.name(), message.split(' ').next().expect("a word"));
        if let Command::FeatureEnable { feature: mod_protocol::Feature::Processing, value } = command {
            assert!(Processing::from_value(value).is_some(), "{message}");
        }
        let tokens = tokenise(message);
        let again = tokens.iter().map(|token| quote(token)).collect::<Vec<_>>().join(" ");
        assert_eq!(tokenise(&again), tokens);
    }
}

#[test]
fn every_reply_is_understood_and_fits_its_command() {
    let lines = lines();
    let replies = messages(&lines, "cmd", "host>ui");
    assert_eq!(replies.len(), 277);
    for (message, line) in replies {
        let command = Command::parse(line["re"].as_str().expect("re").as_bytes()).expect("command");
        let reply = match command.reply_style() {
            ReplyStyle::Text => Reply::parse_text(message.as_bytes()),
            _ => Reply::parse(message.as_bytes()).expect(message),
        };
        let mut expected = message.as_bytes().to_vec();
        expected.push(0);
        assert_eq!(reply.to_bytes(), expected);
        match (command.reply_style(), &command, reply) {
            (ReplyStyle::Instance, Command::Add { instance, .. }, Reply::Status(code)) => {
                assert_eq!(code, *instance);
            }
            (ReplyStyle::Inverted, _, Reply::Status(code)) => assert_eq!(code, 1, "{command}"),
            (ReplyStyle::Status, _, Reply::Status(code)) => assert!(code <= 0, "{command}"),
            (ReplyStyle::Text, _, Reply::Text(text)) => assert!(text.starts_with('<')),
            other => panic!("reply does not fit: {other:?}"),
        }
    }
}

#[test]
fn every_feedback_line_is_understood_and_written_back_byte_for_byte() {
    let lines = lines();
    let feedback = messages(&lines, "feedback", "host>ui");
    assert_eq!(feedback.len(), 208);
    for (message, _) in feedback {
        let parsed = Feedback::parse(message.as_bytes()).expect(message);
        assert_eq!(parsed.to_string(), message);
        assert!(!parsed.is_extension());
    }
}
