//! Files that the virtual machine boots from: initial RAM disk, root file system, FAT partition. No root rights and no
//! loop devices are needed for them.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::base::Kernel;
use crate::process;

/// Size of the root file system in MiB; modules of memory are counted in steps of 2.
const ROOT: u64 = 768;

/// Makes the initial RAM disk; `splash` is the program of the first picture.
pub(super) fn initial(kernel: &Kernel, splash: Option<&Path>, folder: &Path) -> Result<PathBuf> {
    let tree = folder.join("initrd");
    let _ = fs::remove_dir_all(&tree);
    for name in ["bin", "lib", "proc", "sys", "dev", "root"] {
        fs::create_dir_all(tree.join(name)).context("cannot make a folder of the RAM disk")?;
    }
    fs::copy("/bin/busybox", tree.join("bin/busybox")).context("cannot copy busybox")?;
    if let Some(splash) = splash {
        process::run(Command::new("strip").arg("-o").arg(tree.join("bin/lcd-splash")).arg(splash))?;
        libraries(&[splash], &tree)?;
    }
    let order = modules(kernel, &["virtio_blk", "nfit", "nd_pmem", "ext4", "crc32c_generic"], &tree)?;
    fs::write(tree.join("lib/order"), order).context("cannot write the order of modules")?;
    fs::write(tree.join("init"), include_bytes!("guest/init.sh")).context("cannot write init")?;
    process::run(Command::new("chmod").arg("755").arg(tree.join("init")))?;
    pack(&tree, &folder.join("initrd.cpio"))
}

/// Unpacks modules and all that they need into `lib` of a tree; returns their names, one a line, in the order to load them.
pub(super) fn modules(kernel: &Kernel, names: &[&str], tree: &Path) -> Result<String> {
    let mut order = String::new();
    for file in kernel.modules(names)? {
        let name = file.file_stem().context("a module has a name")?.to_string_lossy().into_owned();
        let unpacked = Command::new("xz")
            .arg("-dc")
            .arg(kernel.folder.join(&file))
            .output()
            .context("cannot start xz")?;
        ensure!(unpacked.status.success(), "cannot unpack {}", file.display());
        fs::write(tree.join("lib").join(&name), unpacked.stdout).context("cannot write a module")?;
        order.push_str(&format!("{name}\n"));
    }
    Ok(order)
}

/// Copies the libraries of programs into a tree.
pub(super) fn libraries(programs: &[&Path], tree: &Path) -> Result<()> {
    let mut libraries = BTreeSet::new();
    for program in programs {
        libraries.extend(libraries_of(&process::output(Command::new("ldd").arg(program))?));
    }
    for library in libraries {
        let target = tree.join(library.trim_start_matches('/'));
        fs::create_dir_all(target.parent().unwrap_or(tree)).context("cannot make a folder of libraries")?;
        fs::copy(&library, &target).with_context(|| format!("cannot copy {library}"))?;
    }
    Ok(())
}

/// Paths in the output of ldd: `name => path (address)` and `path (address)`.
fn libraries_of(text: &str) -> Vec<String> {
    let path = |line: &str| line.split_whitespace().find(|word| word.starts_with('/')).map(str::to_owned);
    text.lines().filter_map(path).collect()
}

/// Packs a tree into a RAM disk.
pub(super) fn pack(tree: &Path, archive: &Path) -> Result<PathBuf> {
    let file = fs::File::create(archive).context("cannot write the RAM disk")?;
    let mut names = process::output(Command::new("find").arg(".").current_dir(tree))?;
    names.retain(|c| c != '\r');
    let mut cpio = Command::new("cpio")
        .args(["--create", "--format=newc", "--quiet"])
        .current_dir(tree)
        .stdin(Stdio::piped())
        .stdout(file)
        .spawn()
        .context("cannot start cpio")?;
    cpio.stdin.take().expect("it is piped").write_all(names.as_bytes()).context("cpio does not read")?;
    ensure!(cpio.wait().context("cannot wait for cpio")?.success(), "cpio failed");
    Ok(archive.to_path_buf())
}

/// Makes an ext4 file system of a folder.
pub(super) fn root(tree: &Path, image: &Path) -> Result<()> {
    let _ = fs::remove_file(image);
    process::run(
        Command::new("mke2fs")
            .args(["-q", "-t", "ext4", "-L", "root", "-d"])
            .arg(tree)
            .arg(image)
            .arg(format!("{ROOT}M")),
    )
}

/// Makes a FAT file system with one file in it.
pub(super) fn fat(conf: &str, image: &Path) -> Result<()> {
    let source = image.with_extension("conf");
    fs::write(&source, conf).context("cannot write the configuration")?;
    fs::File::create(image).and_then(|file| file.set_len(16 << 20)).context("cannot make the FAT image")?;
    process::run(Command::new("mformat").args(["-v", "FIRMWARE", "-i"]).arg(image).arg("::"))?;
    process::run(Command::new("mcopy").arg("-i").arg(image).arg(&source).arg("::/pistomp.conf"))
}

/// An empty disk for what the machine records.
pub(super) fn blank(image: &Path, bytes: u64) -> Result<()> {
    let _ = fs::remove_file(image);
    fs::File::create(image).and_then(|file| file.set_len(bytes)).context("cannot make a disk")
}

/// Takes links out of a file system, as if the units had never been enabled. The machine may have been switched off with the file
/// system mounted.
pub(super) fn without(image: &Path, paths: &[&str]) -> Result<()> {
    let checked = Command::new("e2fsck").arg("-fp").arg(image).output().context("cannot start e2fsck")?;
    // 1: something was mended, such as a journal that had not been played.
    ensure!(
        matches!(checked.status.code(), Some(0 | 1)),
        "the file system of {} cannot be mended: {}",
        image.display(),
        String::from_utf8_lossy(&checked.stdout)
    );
    for path in paths {
        process::run(
            Command::new("debugfs")
                .args(["-w", "-R", &format!("rm {path}")])
                .arg(image)
                .stderr(Stdio::null()),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_taken_from_both_kinds_of_lines() {
        let text = "\tlinux-vdso.so.1 (0x1)\n\tlibc.so.6 => /lib/x/libc.so.6 (0x2)\n\t/lib64/ld.so.2 (0x3)\n";
        assert_eq!(libraries_of(text), ["/lib/x/libc.so.6", "/lib64/ld.so.2"]);
    }
}
