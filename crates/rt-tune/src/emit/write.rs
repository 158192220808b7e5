//! The text of the module, in the form of nixfmt.

use super::{Emission, Part};
use std::fmt::Write;

const WIDTH: usize = 100;

/// A NixOS module. `origin` says which program wrote it on what.
pub fn module(emission: &Emission, origin: &str) -> String {
    let mut out = String::new();
    let mut head = vec![origin.to_owned()];
    head.extend(emission.measured.iter().cloned());
    head.extend(emission.left.iter().map(|(id, why)| format!("Not in here: {id}; {why}.")));
    for line in head {
        comment(&mut out, 0, &line);
    }
    let parts: Vec<&Part> = emission.parts.iter().collect();
    let overrides = |line: &String| line.contains("mkOverride 80");
    if parts.iter().any(|part| part.nixpkgs.iter().chain(&part.ours).any(overrides)) {
        comment(&mut out, 0, "mkOverride 80 goes before what other modules set; mkForce goes before both.");
    }
    if parts.is_empty() {
        out.push_str("{ }\n");
        return out;
    }
    let some = |of: fn(&Part) -> &Vec<String>| parts.iter().any(|part| !of(part).is_empty());
    let optional = some(|p| &p.musnix) || some(|p| &p.ours);
    out.push_str(if optional { "{ lib, options, ... }:\n" } else { "{ lib, ... }:\n" });
    out.push_str("{\n  config = lib.mkMerge [\n");
    let mut done: Vec<&str> = Vec::new();
    for part in &parts {
        for text in &part.comment {
            comment(&mut out, 4, text);
        }
        let lines = [&part.nixpkgs, &part.musnix, &part.ours].into_iter().flatten();
        if lines.clone().all(|line| done.contains(&line.as_str())) {
            comment(&mut out, 4, "What stands above settles it.");
            out.push('\n');
        }
        block(&mut out, "{", "}", &part.nixpkgs, &mut done);
        block(&mut out, "(lib.optionalAttrs (options ? musnix) {", "})", &part.musnix, &mut done);
        // A configuration may have some areas of this project and not others.
        let area = part.ours.first().and_then(|line| line.split('.').nth(1)).unwrap_or_default();
        let open = format!("(lib.optionalAttrs (options ? archibald.{area}) {{");
        block(&mut out, &open, "})", &part.ours, &mut done);
    }
    out.push_str("  ];\n}\n");
    out
}

/// One definition is enough, also when several parts want it.
fn block<'a>(out: &mut String, open: &str, close: &str, lines: &'a [String], done: &mut Vec<&'a str>) {
    let fresh: Vec<&String> = lines.iter().filter(|line| !done.contains(&line.as_str())).collect();
    if fresh.is_empty() {
        return;
    }
    let _ = writeln!(out, "    {open}");
    for line in fresh {
        done.push(line);
        for text in line.lines() {
            let _ = writeln!(out, "      {text}");
        }
    }
    let _ = writeln!(out, "    {close}");
}

fn comment(out: &mut String, indent: usize, text: &str) {
    let room = WIDTH - indent - 2;
    let mut line = String::new();
    let mut end = |line: &mut String| {
        let _ = writeln!(out, "{:indent$}# {line}", "");
        line.clear();
    };
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            end(&mut line);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    end(&mut line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_from_the_machine_cannot_leave_its_comment() {
        let part = Part {
            id: "x".into(),
            comment: vec!["Found: a\n}; evil = true; { ''${b}".into()],
            nixpkgs: vec!["services.scx.enable = false;".into()],
            musnix: Vec::new(),
            ours: Vec::new(),
        };
        let emission = Emission { parts: vec![part.clone(), part], ..Emission::default() };
        let text = module(&emission, "by a test");
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
        assert_eq!(code.iter().filter(|line| line.contains("scx")).count(), 1, "{text}");
        assert!(!code.iter().any(|line| line.contains("evil")), "{text}");
        assert!(module(&Emission::default(), "by a test").ends_with("{ }\n"));
    }
}
