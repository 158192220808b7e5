//! Looking at files and folders: what is there, what is equal, which name is free.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How deep folders are looked into.
const DEPTH: usize = 16;

/// The beginning of a file.
struct Found {
    bytes: Vec<u8>,
}

impl Found {
    fn read(path: &Path) -> io::Result<Self> {
        let mut bytes = Vec::new();
        File::open(path)?.take(20).read_to_end(&mut bytes)?;
        Ok(Self { bytes })
    }

    fn is_program(&self) -> bool {
        self.bytes.starts_with(b"\x7fELF")
    }
}

/// Files below a folder, relative to it, sorted. Hidden ones and links are left out.
pub(super) fn tree(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    gather(folder, Path::new(""), 0, &mut found)?;
    found.sort();
    Ok(found)
}

fn gather(root: &Path, below: &Path, depth: usize, into: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = below.join(&name);
        if kind.is_dir() && depth < DEPTH {
            gather(root, &path, depth + 1, into)?;
        } else if kind.is_file() {
            into.push(path);
        }
    }
    Ok(())
}

/// Whether two files have the same content.
pub(crate) fn equal_files(a: &Path, b: &Path) -> bool {
    let length = |path: &Path| path.metadata().ok().filter(fs::Metadata::is_file).map(|data| data.len());
    if length(a).is_none() || length(a) != length(b) {
        return false;
    }
    let (Ok(mut a), Ok(mut b)) = (File::open(a), File::open(b)) else { return false };
    let (mut one, mut other) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let Ok(count) = a.read(&mut one) else { return false };
        if count == 0 {
            return true;
        }
        if b.read_exact(&mut other[..count]).is_err() || one[..count] != other[..count] {
            return false;
        }
    }
}

/// Whether two folders hold the same files.
pub(crate) fn equal_folders(a: &Path, b: &Path) -> bool {
    equal_but_for(a, b, &[])
}

/// Whether `b` holds what `a` does, with these files of `a` changed.
pub(super) fn equal_but_for(a: &Path, b: &Path, changed: &[(PathBuf, Vec<u8>)]) -> bool {
    let (Ok(names), Ok(others)) = (tree(a), tree(b)) else { return false };
    names == others
        && names.iter().all(|name| match changed.iter().find(|(other, _)| other == name) {
            Some((_, content)) => fs::read(b.join(name)).is_ok_and(|found| found == *content),
            None => equal_files(&a.join(name), &b.join(name)),
        })
}

/// `name-1`, `name-2`, …: the first that is free, or is the same already; the latter is said.
pub(super) fn free_name(wanted: &Path, same: impl Fn(&Path) -> bool) -> (PathBuf, bool) {
    if !wanted.exists() {
        return (wanted.to_owned(), false);
    }
    let stem = wanted.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let end = wanted.extension().map(|end| format!(".{}", end.to_string_lossy())).unwrap_or_default();
    let mut number = 1_u64;
    loop {
        let other = wanted.with_file_name(format!("{stem}-{number}{end}"));
        if !other.exists() {
            return (other, false);
        }
        if same(&other) {
            return (other, true);
        }
        number += 1;
    }
}

/// The machine that a bundle's program is for, when it is not this one.
pub(super) fn foreign_program(bundle: &Path) -> Option<&'static str> {
    let ours = Found::read(Path::new("/proc/self/exe")).ok().and_then(|found| machine(&found))?;
    for name in tree(bundle).unwrap_or_default() {
        if let Some(machine) = Found::read(&bundle.join(name)).ok().and_then(|found| machine(&found))
            && machine != ours
        {
            return Some(match machine {
                0x28 => "32-bit ARM",
                0xb7 => "64-bit ARM",
                0x3e => "x86-64",
                0x03 => "x86",
                0xf3 => "RISC-V",
                _ => "unknown",
            });
        }
    }
    None
}

/// `e_machine` of an ELF file.
fn machine(found: &Found) -> Option<u16> {
    let bytes: [u8; 2] = found.bytes.get(18..20)?.try_into().ok()?;
    let little = found.bytes.get(5) != Some(&2);
    found.is_program().then(|| if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
}
