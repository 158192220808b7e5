//! Small LV2 plugins for tests, well-behaved and not, built from C by the machine's `cc` when they are first asked for.
//!
//! They need LV2's headers (`lv2-dev`). All URIs start with [`PREFIX`]; ports and duties are told in the sources
//! beside the code (`plugins/*.c`).

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What the URIs of the plugins start with: `urn:archibald:test:gain`.
pub const PREFIX: &str = "urn:archibald:test:";

const LIBRARIES: [(&str, &str); 4] = [
    ("signal", include_str!("../plugins/signal.c")),
    ("events", include_str!("../plugins/events.c")),
    ("worker", include_str!("../plugins/worker.c")),
    ("state", include_str!("../plugins/state.c")),
];

const TABLES: [(&str, &str); 3] = [
    ("manifest.ttl", include_str!("../plugins/manifest.ttl")),
    ("plugins.ttl", include_str!("../plugins/plugins.ttl")),
    ("presets.ttl", include_str!("../plugins/presets.ttl")),
];

/// The folder that has the bundle `archibald-test.lv2`, for an LV2 path. Built once for each version of the sources and
/// kept in Cargo's target folder.
///
/// # Panics
/// When the plugins cannot be compiled: the message has the compiler's words.
pub fn build() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut hasher = DefaultHasher::new();
        (LIBRARIES, TABLES).hash(&mut hasher);
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
            |target| Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(target),
        );
        let place = target.join(format!("test-plugins-{:016x}", hasher.finish()));
        if !place.is_dir() {
            compile(&place);
        }
        place.canonicalize().expect("the folder was just made")
    })
}

/// The path of the bundle itself.
pub fn bundle() -> PathBuf {
    build().join("archibald-test.lv2")
}

/// An LV2 path with the test plugins and those of the system.
pub fn lv2_path() -> String {
    format!("{}:/usr/lib/lv2:/usr/local/lib/lv2", build().display())
}

/// Builds beside the place and moves it there at the end, because several test processes may do so at once.
fn compile(place: &Path) {
    let stage = place.with_extension(format!("{}", std::process::id()));
    let bundle = stage.join("archibald-test.lv2");
    fs::create_dir_all(&bundle).expect("the target folder is writable");
    for (name, content) in TABLES {
        fs::write(bundle.join(name), content).expect("the target folder is writable");
    }
    for (name, source) in LIBRARIES {
        let file = stage.join(name).with_extension("c");
        fs::write(&file, source).expect("the target folder is writable");
        let output = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()))
            .args(["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O2", "-Wall", "-Wextra", "-fPIC", "-shared"])
            .arg("-fvisibility=hidden")
            .arg("-o")
            .arg(bundle.join(name).with_extension("so"))
            .arg(&file)
            .args(["-lm", "-pthread"])
            .output()
            .expect("a C compiler (Debian: gcc)");
        let said = String::from_utf8_lossy(&output.stderr);
        // lilv takes every entry here for a bundle.
        fs::remove_file(&file).expect("it was just written");
        assert!(output.status.success(), "{name}.c (are LV2's headers there? Debian: lv2-dev): {said}");
    }
    if fs::rename(&stage, place).is_err() {
        // Another process was faster.
        assert!(place.is_dir(), "{} cannot be made", place.display());
        let _ = fs::remove_dir_all(&stage);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_is_built() {
        for (name, _) in LIBRARIES {
            assert!(bundle().join(name).with_extension("so").is_file(), "{name}");
        }
        assert!(lv2_path().starts_with(build().to_str().unwrap()));
    }
}
