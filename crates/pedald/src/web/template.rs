//! The part of Tornado's template language that mod-ui's pages are written in: `{{name}}`, `{% if … %}` with `elif`,
//! `else` and `end`, and comments. What else stands between these brackets is left out.

/// What names stand for. A flag is `true` or `false`.
pub(super) type Values = Vec<(&'static str, String)>;

/// Fills a page in. Names that are not known are empty. An open bracket without its end is text.
pub(super) fn fill(text: &str, values: &Values) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blocks: Vec<Block> = Vec::new();
    let mut rest = text;
    while let Some((before, kind, inside, after)) = next(rest) {
        let shown = blocks.iter().all(|block| block.shown);
        if shown {
            out.push_str(before);
        }
        rest = after;
        match kind {
            Kind::Value if shown => {
                let name = inside.trim_start_matches("raw ").trim();
                out.push_str(value(values, name).unwrap_or_default());
            }
            Kind::Directive => direct(inside, &mut blocks, values),
            Kind::Value | Kind::Comment => {}
        }
    }
    if blocks.iter().all(|block| block.shown) {
        out.push_str(rest);
    }
    out
}

/// A directive that has an `end`.
struct Block {
    /// Whether what follows is part of the page.
    shown: bool,
    /// Whether one of its branches was shown already.
    taken: bool,
}

fn direct(directive: &str, blocks: &mut Vec<Block>, values: &Values) {
    let (word, rest) = directive.split_once(char::is_whitespace).unwrap_or((directive, ""));
    match word {
        "if" => {
            let shown = holds(rest, values);
            blocks.push(Block { shown, taken: shown });
        }
        "elif" | "else" => {
            if let Some(block) = blocks.last_mut() {
                block.shown = !block.taken && (word == "else" || holds(rest, values));
                block.taken |= block.shown;
            }
        }
        // what a loop runs over is not known here: it runs over nothing
        "for" | "while" => blocks.push(Block { shown: false, taken: true }),
        "apply" | "block" | "try" | "with" => blocks.push(Block { shown: true, taken: true }),
        "end" => drop(blocks.pop()),
        _ => {}
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Value,
    Directive,
    Comment,
}

/// The text before the next bracket, what kind it is, what is in it, and what follows.
fn next(text: &str) -> Option<(&str, Kind, &str, &str)> {
    let mut from = 0;
    while let Some(at) = text[from..].find('{').map(|at| from + at) {
        let (kind, end) = match text.as_bytes().get(at + 1) {
            Some(b'{') => (Kind::Value, "}}"),
            Some(b'%') => (Kind::Directive, "%}"),
            Some(b'#') => (Kind::Comment, "#}"),
            _ => {
                from = at + 1;
                continue;
            }
        };
        let length = text[at + 2..].find(end)?;
        let inside = &text[at + 2..at + 2 + length];
        return Some((&text[..at], kind, inside.trim(), &text[at + 2 + length + 2..]));
    }
    None
}

/// Whether a condition holds: names, texts between quotes, `==`, `!=`, `not`, `and`, `or`.
fn holds(condition: &str, values: &Values) -> bool {
    condition.split(" or ").any(|any| {
        any.split(" and ").all(|all| {
            let all = all.trim();
            let (not, all) = all.strip_prefix("not ").map_or((false, all), |rest| (true, rest));
            let equal = |(a, b): (&str, &str)| term(a, values) == term(b, values);
            let holds = match (all.split_once("=="), all.split_once("!=")) {
                (Some(sides), _) => equal(sides),
                (None, Some(sides)) => !equal(sides),
                (None, None) => !matches!(term(all, values), "" | "false" | "False" | "None" | "0"),
            };
            holds != not
        })
    })
}

fn term<'a>(text: &'a str, values: &'a Values) -> &'a str {
    let text = text.trim();
    let quoted = |quote| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    match quoted('\'').or_else(|| quoted('"')) {
        Some(quoted) => quoted,
        None if text.starts_with(|c: char| c.is_ascii_digit()) => text,
        None => value(values, text).unwrap_or_default(),
    }
}

fn value<'a>(values: &'a Values, name: &str) -> Option<&'a str> {
    values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        [("title", "Lab"), ("on", "true"), ("off", "false"), ("empty", "")]
            .map(|(name, value)| (name, value.to_owned()))
            .into()
    }

    fn filled(text: &str) -> String {
        fill(text, &values())
    }

    #[test]
    fn names_and_comments() {
        assert_eq!(filled("<b>{{title}}</b>{{ title }}{{unknown}}{{raw title}}"), "<b>Lab</b>LabLab");
        assert_eq!(filled("a{# note #}b{{! note }}c{% autoescape None %}d"), "abcd");
        assert_eq!(filled("{a: {b: 1}} { {{ open"), "{a: {b: 1}} { {{ open");
    }

    #[test]
    fn conditions() {
        for (condition, wanted) in [
            ("on", true),
            ("off", false),
            ("empty", false),
            ("unknown", false),
            ("not off", true),
            ("on == 'true'", true),
            ("off == 'true' or on == \"true\"", true),
            ("off == 'true' or empty == 'true'", false),
            ("on and title != 'Lab'", false),
            ("on and title == 'Lab'", true),
        ] {
            let text = format!("{{% if {condition} %}}yes{{% else %}}no{{% end %}}");
            assert_eq!(filled(&text), if wanted { "yes" } else { "no" }, "{condition}");
        }
    }

    #[test]
    fn branches_lie_in_each_other() {
        let text = "1{% if off %}2{% if on %}3{% end %}4{% elif on %}5{% if on %}6{% else %}7{% end %}{% else %}8{% end %}9";
        assert_eq!(filled(text), "1569");
        assert_eq!(filled("{% for x in y %}{{x}}{% end %}after{% end %}!"), "after!");
        assert_eq!(filled("a{% if off %}b"), "a");
    }
}
