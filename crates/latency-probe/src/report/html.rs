//! The page: the picture, the comparison, and the table of runs. One file, no script, nothing loaded from elsewhere.

use super::svg::{escape, sheet};
use super::{compare, utc};
use crate::history::Stored;
use crate::result::Verdict;
use std::fmt::Write;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;color:#1d2126;max-width:60rem;margin:2rem auto;padding:0 1rem}\
svg{max-width:100%;height:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d9dde2;vertical-align:top}th{color:#6b737c;font-weight:500}\
.pass{color:#1e6b34}.bad{color:#a8481a}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}";

/// Writes the page for `runs`, newest first in its table, and for two compared runs.
pub fn html(runs: &[Stored], compared: Option<(&Stored, &Stored)>) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Latency report</title><style>{STYLE}</style></head><body>\n{}",
        sheet(runs, compared)
    );
    if let Some((a, b)) = compared {
        let _ = write!(out, "<h2>Run #{} against run #{}</h2><ul>", b.id, a.id);
        for line in compare(a, b).unwrap_or_else(|| vec!["The two runs are of different kinds.".to_owned()]) {
            let _ = write!(out, "<li>{}</li>", escape(&line));
        }
        out.push_str("</ul>\n");
    }
    out.push_str("<h2>Runs</h2><table><tr><th>#</th><th>UTC</th><th>Result</th><th>Verdict</th></tr>\n");
    for stored in runs.iter().rev() {
        let verdict = stored.run.verdict();
        let class = if verdict == Verdict::Pass { "pass" } else { "bad" };
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"{class}\">{}</td></tr>",
            stored.id,
            utc(stored.run.origin().time_ms),
            escape(&stored.run.headline()),
            verdict.word()
        );
    }
    out.push_str("</table></body></html>\n");
    out
}
