//! An archive from a stranger: nothing is written outside of its folder, nothing that is no file or folder, and no more
//! than was allowed.

use std::path::{Path, PathBuf};

use pedalboard::Limits;

pub(crate) fn check(data: &[u8]) {
    let place = tempfile::tempdir().expect("a folder for temporary files");
    let inside = place.path().join("inside");
    std::fs::create_dir(&inside).expect("it is new");
    let limits = Limits { entries: 50, file: 1 << 16, total: 1 << 18, ..Limits::default() };
    // also without gzip around it, which hides the rest from a fuzzer
    for packed in [data.to_vec(), stored(data)] {
        let _ = pedalboard::unpack_tar_gz(packed.as_slice(), &inside, limits);
    }
    let others: Vec<_> =
        std::fs::read_dir(place.path()).expect("it is ours").flatten().map(|one| one.path()).collect();
    assert_eq!(others, std::slice::from_ref(&inside), "nothing lies beside the folder");
    let (mut total, mut folders) = (0, vec![inside]);
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            let about = path.symlink_metadata().expect("it was listed");
            assert!(about.is_file() || about.is_dir(), "{} is neither file nor folder", path.display());
            if about.is_dir() {
                folders.push(path);
            } else {
                total += about.len();
            }
        }
    }
    assert!(total <= 2 * limits.total, "{total} bytes");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// As gzip writes what it cannot press: the header, one stored block for each 64 kB. The check sum is wrong, which is found
/// at the end, after all of it was unpacked.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let blocks = data.chunks(0xffff).collect::<Vec<_>>();
    for (at, block) in blocks.iter().enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(at + 1 == blocks.len()));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&[0; 8]);
    out
}
