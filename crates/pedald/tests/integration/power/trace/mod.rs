//! What a process does to the file system, read from strace's record of its system calls.

mod arguments;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pedalboard::recorder::{Operation, Recorder};
use pedalboard::{Files, Kind};

use arguments::{Argument, paths, split, text};

/// The calls that are recorded. Those with a question mark are not on every architecture.
pub const CALLS: &str = "?open,openat,?openat2,?creat,write,pwrite64,writev,pwritev,ftruncate,?truncate,fsync,fdatasync,\
?rename,?renameat,renameat2,?link,linkat,?unlink,unlinkat,?rmdir,?mkdir,mkdirat,copy_file_range,sendfile,statx";

/// A process tells where it is by asking for a file below this folder, which is not there.
pub const MARK: &str = "/pedald-test-mark";

/// What was done below a folder, and how many operations were done at each mark.
pub struct Trace {
    pub operations: Vec<Operation>,
    pub marks: Vec<(String, usize)>,
}

/// Reads strace's record (`-f -y -xx`) of what was done below `root`, which was there and empty.
pub fn read(record: &str, root: &Path) -> Trace {
    let files = Recorder::new();
    for above in root.ancestors().collect::<Vec<_>>().into_iter().rev().skip(1) {
        files.make_folder(above).unwrap();
        files.sync_folder(above.parent().unwrap()).unwrap();
    }
    let mut reader = Reader { root: root.to_owned(), files, places: BTreeMap::new(), marks: Vec::new() };
    let mut halves: BTreeMap<&str, String> = BTreeMap::new();
    for line in record.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if let Some(begun) = rest.strip_suffix("<unfinished ...>") {
            halves.insert(thread, begun.to_owned());
        } else if let Some((_, end)) =
            rest.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>"))
        {
            let whole = halves.remove(thread).unwrap_or_default() + end;
            reader.call(&whole);
        } else {
            reader.call(rest);
        }
    }
    Trace { operations: reader.files.operations(), marks: reader.marks }
}

struct Reader {
    root: PathBuf,
    files: Recorder,
    /// Where the next byte of a handle goes.
    places: BTreeMap<String, usize>,
    marks: Vec<(String, usize)>,
}

impl Reader {
    fn call(&mut self, line: &str) {
        let Some((name, rest)) = line.split_once('(') else { return };
        let Some((arguments, result)) = rest.rsplit_once(" = ") else { return };
        let arguments = split(arguments.trim_end().strip_suffix(')').unwrap_or(arguments));
        if name == "statx" {
            if let Some(Argument::Text(path)) = arguments.get(1)
                && let Some(mark) = String::from_utf8_lossy(path).strip_prefix(&format!("{MARK}/"))
            {
                self.marks.push((mark.to_owned(), self.files.operations().len()));
            }
            return;
        }
        if !result.starts_with(|c: char| c.is_ascii_digit()) {
            return;
        }
        self.done(name, &arguments, result);
    }

    fn done(&mut self, name: &str, arguments: &[Argument], result: &str) {
        match name {
            "open" | "openat" | "openat2" | "creat" => {
                let Some(Argument::Handle(number, path)) = split(result).into_iter().next() else { return };
                self.places.insert(number.clone(), 0);
                let has = |flag| {
                    arguments.iter().any(|one| matches!(one, Argument::Word(words) if words.contains(flag)))
                };
                let there = self.files.kind(&path);
                if !self.ours(&path) || there == Some(Kind::Folder) || has("O_DIRECTORY") {
                    return;
                }
                if has("O_TRUNC") || name == "creat" || there.is_none() && has("O_CREAT") {
                    self.files.write(&path, b"").unwrap();
                }
                if has("O_APPEND") {
                    let length = self.content(&path).len();
                    self.places.insert(number, length);
                }
            }
            "write" | "writev" | "pwrite64" | "pwritev" => {
                let Some(Argument::Handle(number, path)) = arguments.first() else { return };
                if !self.ours(path) {
                    return;
                }
                let bytes = arguments[1..].iter().filter_map(|one| match one {
                    Argument::Text(bytes) => Some(bytes.as_slice()),
                    _ => None,
                });
                let bytes = bytes.collect::<Vec<_>>().concat();
                let count: usize = result.split(' ').next().unwrap().parse().unwrap();
                assert!(count <= bytes.len(), "the whole of it is recorded: {name} {}", path.display());
                let fixed = name.starts_with('p').then(|| match arguments.last() {
                    Some(Argument::Word(at)) => at.parse::<usize>().unwrap(),
                    other => panic!("{other:?}"),
                });
                match fixed {
                    Some(at) => self.put(path, at, &bytes[..count]),
                    None => self.append(number, path, &bytes[..count]),
                }
            }
            "ftruncate" | "truncate" => {
                let (path, length) = match arguments {
                    [Argument::Handle(_, path), Argument::Word(length)] => (path.clone(), length),
                    [Argument::Text(path), Argument::Word(length)] => (text(path), length),
                    other => panic!("{other:?}"),
                };
                if self.ours(&path) {
                    let mut content = self.content(&path);
                    content.resize(length.parse().unwrap(), 0);
                    self.files.write(&path, &content).unwrap();
                }
            }
            "fsync" | "fdatasync" => {
                let Some(Argument::Handle(_, path)) = arguments.first() else { return };
                match self.files.kind(path) {
                    Some(Kind::Folder) => self.files.sync_folder(path).unwrap(),
                    Some(_) => self.files.sync_file(path).unwrap(),
                    None => {}
                }
            }
            "rename" | "renameat" | "renameat2" => {
                let [from, to] = paths(arguments)[..] else { panic!("{arguments:?}") };
                assert_eq!(self.ours(from), self.ours(to), "nothing comes from elsewhere by a rename");
                let exchange =
                    matches!(arguments.last(), Some(Argument::Word(flags)) if flags.contains("EXCHANGE"));
                if self.ours(from) {
                    let done =
                        if exchange { self.files.exchange(from, to) } else { self.files.rename(from, to) };
                    done.unwrap_or_else(|error| {
                        panic!("{name} {} {}: {error}", from.display(), to.display())
                    });
                }
            }
            "link" | "linkat" => {
                let [from, to] = paths(arguments)[..] else { panic!("{arguments:?}") };
                if self.ours(to) {
                    // one content with two names: what is durable under the first is so under the second
                    let content = self.content(from);
                    self.files.write(to, &content).unwrap();
                    self.files.sync_file(to).unwrap();
                }
            }
            "unlink" | "unlinkat" | "rmdir" => {
                let [path] = paths(arguments)[..] else { panic!("{arguments:?}") };
                match self.files.kind(path) {
                    Some(Kind::Folder) => self.files.remove_folder(path).unwrap(),
                    Some(_) => self.files.remove_file(path).unwrap(),
                    None => {}
                }
            }
            "mkdir" | "mkdirat" => {
                let [path] = paths(arguments)[..] else { panic!("{arguments:?}") };
                if self.ours(path) {
                    self.files.make_folder(path).unwrap();
                }
            }
            "copy_file_range" | "sendfile" => {
                let mut ends = arguments.iter().filter_map(|one| match one {
                    Argument::Handle(number, path) => Some((number, path)),
                    _ => None,
                });
                let (Some(first), Some(second)) = (ends.next(), ends.next()) else { panic!("{arguments:?}") };
                let ((from, source), (to, target)) =
                    if name == "sendfile" { (second, first) } else { (first, second) };
                if self.ours(target) {
                    // what was read is not in the record: it is what was there
                    let content = match self.ours(source) {
                        true => self.content(source),
                        false => std::fs::read(source).unwrap(),
                    };
                    let start = self.places.get(from).copied().unwrap_or_default();
                    let end = start + result.split(' ').next().unwrap().parse::<usize>().unwrap();
                    self.append(to, target, &content[start..end]);
                    self.places.insert(from.clone(), end);
                }
            }
            _ => {}
        }
    }

    /// Writes where the handle is.
    fn append(&mut self, number: &str, path: &Path, bytes: &[u8]) {
        let at = self.places.get(number).copied().unwrap_or_default();
        self.put(path, at, bytes);
        self.places.insert(number.to_owned(), at + bytes.len());
    }

    fn put(&mut self, path: &Path, at: usize, bytes: &[u8]) {
        let mut content = self.content(path);
        content.resize(content.len().max(at + bytes.len()), 0);
        content[at..at + bytes.len()].copy_from_slice(bytes);
        self.files.write(path, &content).unwrap();
    }

    fn ours(&self, path: &Path) -> bool {
        path.starts_with(&self.root)
    }

    fn content(&self, path: &Path) -> Vec<u8> {
        self.files.read(path, u64::MAX).unwrap_or_default()
    }
}

#[test]
fn calls_become_operations() {
    let hex = |text: &str| text.bytes().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
    let at = |number: &str, path: &str| format!("{number}<{}>", hex(path));
    let cwd = at("AT_FDCWD", "/r");
    let lines = [
        format!(
            "7 openat({cwd}, \"{}\", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = {}",
            hex("/r/.a"),
            at("3", "/r/.a")
        ),
        format!("7 write({}, \"{}\", 2 <unfinished ...>", at("3", "/r/.a"), hex("hi")),
        format!("8 openat({cwd}, \"{}\", O_RDONLY) = -1 ENOENT (No such file or directory)", hex("/r/b")),
        "7 <... write resumed>) = 2".to_owned(),
        format!("7 fsync({}) = 0", at("3", "/r/.a")),
        format!("7 rename(\"{}\", \"{}\") = 0", hex("/r/.a"), hex("/r/a")),
        format!(
            "7 statx({cwd}, \"{}\", 0, STATX_ALL, 0x7f) = -1 ENOENT (No such file)",
            hex("/pedald-test-mark/one")
        ),
        format!("7 openat({cwd}, \"{}\", O_RDONLY) = {}", hex("/r/a"), at("3", "/r/a")),
        format!("7 openat({cwd}, \"{}\", O_WRONLY|O_CREAT|O_TRUNC, 0666) = {}", hex("/r/c"), at("4", "/r/c")),
        format!("7 copy_file_range({}, NULL, {}, NULL, 1024, 0) = 2", at("3", "/r/a"), at("4", "/r/c")),
        format!("7 unlinkat({}, \"{}\", 0) = 0", at("5", "/r"), hex("a")),
    ];
    let trace = read(&lines.join("\n"), Path::new("/r"));
    let [a, b, c] = ["/r/.a", "/r/a", "/r/c"].map(PathBuf::from);
    assert_eq!(
        trace.operations[2..],
        [
            Operation::Write(a.clone(), Vec::new()),
            Operation::Write(a.clone(), b"hi".to_vec()),
            Operation::SyncFile(a.clone()),
            Operation::Rename(a, b.clone()),
            Operation::Write(c.clone(), Vec::new()),
            Operation::Write(c, b"hi".to_vec()),
            Operation::RemoveFile(b),
        ]
    );
    assert_eq!(trace.marks, [("one".to_owned(), 6)]);
}
