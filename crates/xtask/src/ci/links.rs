//! The pages of the documentation: what they link to is there, and each of them can be found.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{Check, When};

/// The row of this check.
pub(super) const CHECK: Check = Check {
    name: "links",
    proves: "links, paths and options in the documentation exist, and docs/README.md names every page",
    when: When::Always,
    run: |workspace| check(workspace.root()).into(),
};

/// The page that names all others.
const INDEX: &str = "docs/README.md";
/// Folders of the repository: a text in backquotes that begins with one of them is a path. Others have names that nixpkgs and
/// installed systems use too.
const FOLDERS: &[&str] =
    &["checks", "crates", "docs", "hosts", "modules", "templates", ".ci", ".config", ".github"];
/// The page of every option, one heading each.
const OPTIONS: &str = "docs/reference/options.md";
/// A page about the past, with paths that were.
const PAST: &str = "CHANGELOG.md";

fn check(root: &Path) -> Result<()> {
    let pages = pages(root)?;
    let known = declared(&fs::read_to_string(root.join(OPTIONS)).unwrap_or_default());
    let mut wrong = Vec::new();
    for page in &pages {
        let text = read(root, page)?;
        for target in targets(&text) {
            wrong.extend(dead(root, page, &target).map(|why| format!("{}: {why}", page.display())));
        }
        if page != Path::new(PAST) {
            let lost = paths(&text).into_iter().filter(|path| !root.join(path).exists());
            wrong.extend(lost.map(|path| format!("{}: there is no `{path}`", page.display())));
            let lost = options(&text).into_iter().filter(|option| !known.contains(option));
            wrong.extend(lost.map(|option| format!("{}: there is no option `{option}`", page.display())));
        }
    }
    wrong.extend(unlisted(root, &pages)?.into_iter().map(|page| format!("{INDEX}: does not name {page}")));
    println!("links: {} pages", pages.len());
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}

/// The pages at the root and below docs/, relative to the root, sorted.
fn pages(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("docs")];
    let mut add = |folder: &Path, folders: Option<&mut Vec<PathBuf>>| -> Result<()> {
        let listing = || format!("cannot list {}", folder.display());
        let mut below = Vec::new();
        for entry in fs::read_dir(root.join(folder)).with_context(listing)? {
            let entry = entry.with_context(listing)?;
            let path = folder.join(entry.file_name());
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            } else if entry.path().is_dir() {
                below.push(path);
            }
        }
        if let Some(folders) = folders {
            folders.extend(below);
        }
        Ok(())
    };
    add(Path::new(""), None)?;
    while let Some(folder) = folders.pop() {
        add(&folder, Some(&mut folders))?;
    }
    found.sort();
    Ok(found)
}

fn read(root: &Path, page: &Path) -> Result<String> {
    fs::read_to_string(root.join(page)).with_context(|| format!("cannot read {}", page.display()))
}

/// The lines that are prose: not those between fences.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// What the links of a page lead to.
fn targets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        // In backquotes a link is an example.
        let plain: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for rest in plain.split("](").skip(1) {
            found.extend(
                rest.split(')').next().map(|target| target.split(' ').next().unwrap_or(target).to_owned()),
            );
        }
    }
    found
}

/// The texts in backquotes that are paths of the repository. `modules/*.nix` and `NAME.log` name many files or none, and are left out.
fn paths(text: &str) -> BTreeSet<String> {
    prose(text)
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .map(|path| path.trim_end_matches('/'))
        .filter(|path| path.contains('/') && FOLDERS.contains(&path.split('/').next().unwrap_or_default()))
        .filter(|path| path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c)))
        .map(str::to_owned)
        .collect()
}

/// The options that a page names in backquotes, without what is assigned to them.
fn options(text: &str) -> BTreeSet<String> {
    let named = |code: &str| {
        let end = code.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(code.len());
        code.starts_with("archibald.").then(|| code[..end].trim_end_matches('.').to_owned())
    };
    let code = prose(text).flat_map(|line| line.split('`').skip(1).step_by(2));
    // `archibald.json` is a file of a board.
    code.filter_map(named).filter(|name| name != "archibald.json").collect()
}

/// The options of the reference, and the sets that they are in.
fn declared(reference: &str) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for name in reference.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')) {
        known.extend(name.match_indices('.').map(|(at, _)| name[..at].to_owned()));
        known.insert(name.to_owned());
    }
    known
}

/// Why a link leads nowhere; none where it leads somewhere or out of the repository.
fn dead(root: &Path, page: &Path, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) =
        target.split_once('#').map_or((target, None), |(path, heading)| (path, Some(heading)));
    let file = match path {
        "" => root.join(page),
        path => root.join(page.parent().unwrap_or(Path::new(""))).join(path),
    };
    if !file.exists() {
        return Some(format!("{target} leads nowhere"));
    }
    let heading = heading?;
    let text = fs::read_to_string(&file).unwrap_or_default();
    let known = prose(&text).filter(|line| line.starts_with('#')).any(|line| anchor(line) == heading);
    (!known).then(|| format!("{target}: there is no such heading"))
}

/// The name by which a heading is linked to: small letters, hyphens for spaces, no punctuation.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

/// The pages below docs/ that the index does not link to.
fn unlisted(root: &Path, pages: &[PathBuf]) -> Result<Vec<String>> {
    let index = targets(&read(root, Path::new(INDEX))?);
    let below = pages.iter().filter_map(|page| page.strip_prefix("docs").ok()?.to_str());
    Ok(below
        .filter(|page| *page != "README.md" && index.iter().all(|target| target != page))
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_links_lost_paths_and_hidden_pages_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "README.md",
            "[docs](docs/README.md), [web](https://example.org/x.md)\n```\n[no](link.md)\n```\n`[an](example.md)`\n",
        );
        write("docs/README.md", "[a](how-to/a.md) [b](how-to/a.md#two-words) [o](reference/options.md)\n");
        write(OPTIONS, "### `archibald.x.y`\n");
        write(
            "docs/how-to/a.md",
            "# Two words!\n`docs/README.md`, `crates/*/x`, `docs/<name>.md`, `archibald.x`, `archibald.x.y = 1;`\n",
        );
        check(folder.path()).unwrap();
        write("docs/how-to/a.md", "# Other\n[x](gone.md) `crates/gone/src` `archibald.x.z.`\n");
        write("docs/b.md", "");
        let error = check(folder.path()).unwrap_err().to_string();
        for part in [
            "docs/how-to/a.md: gone.md leads nowhere",
            "docs/how-to/a.md: there is no `crates/gone/src`",
            "docs/how-to/a.md: there is no option `archibald.x.z`",
            "docs/README.md: how-to/a.md#two-words: there is no such heading",
            "docs/README.md: does not name b.md",
        ] {
            assert!(error.contains(part), "{part} in {error}");
        }
        assert_eq!(error.lines().count(), 5, "{error}");
    }
}
