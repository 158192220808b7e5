//! `rt-tune emit-nix`: what it writes is formatted, evaluates with and without the other modules, and is the committed
//! example.

use crate::check::isolated_unused;
use crate::support::{installed, rt_tune, text};
use std::path::Path;
use std::process::Command;

/// The example that the evaluation of the whole repository imports.
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../checks/eval/emitted/tuning.nix");

/// A machine with much to mend, on which four fixes were applied.
fn emitted(folder: &Path) -> String {
    isolated_unused(folder);
    let root = folder.to_str().unwrap();
    let applied =
        rt_tune(&["apply", "--yes", "--root", root, "swappiness", "stat-interval", "thp", "workqueue"]);
    assert_eq!(applied.status.code(), Some(0), "{applied:?}");
    let output = rt_tune(&["emit-nix", "--findings", "--root", root]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    text(&output)
}

#[test]
fn what_is_applied_and_found_becomes_options_with_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let module = emitted(folder.path());
    for line in [
        "boot.kernel.sysctl.\"vm.swappiness\" = 10;",
        "# Found: 60; applied: 10. It costs: less memory for the file cache.",
        "boot.kernelParams = [ \"preempt=full\" ];",
        "archibald.realtime.audioCores = [",
        "(lib.optionalAttrs (options ? musnix) {",
        "item = \"rtprio\";",
    ] {
        assert!(module.contains(line), "{line} is missing in\n{module}");
    }
    assert!(!module.contains("mitigations=off") && !module.contains("sched_rt_runtime"), "{module}");
    if std::env::var_os("RT_TUNE_BLESS").is_some() {
        std::fs::create_dir_all(Path::new(EXAMPLE).parent().unwrap()).unwrap();
        std::fs::write(EXAMPLE, &module).unwrap();
    }
    let written = std::fs::read_to_string(EXAMPLE).unwrap_or_default();
    assert_eq!(written, module, "checks/eval/emitted/tuning.nix is old: write it with RT_TUNE_BLESS=1");
    // Twice the same.
    assert_eq!(
        text(&rt_tune(&["emit-nix", "--findings", "--root", folder.path().to_str().unwrap()])),
        module
    );
}

#[test]
fn a_machine_without_changes_gives_an_empty_module_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    isolated_unused(folder.path());
    let output = rt_tune(&["emit-nix", "--root", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).ends_with("{ }\n"), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("--findings"));
}

#[test]
fn it_is_formatted() {
    if !installed("nixfmt") {
        println!("skipped: no nixfmt on the search path");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tuning.nix");
    std::fs::write(&path, emitted(&folder.path().join("root"))).unwrap();
    let output = Command::new("nixfmt").arg("--check").arg(&path).output().unwrap();
    assert!(output.status.success(), "{output:?}\n{}", std::fs::read_to_string(&path).unwrap());
}

#[test]
fn it_parses() {
    if !installed("nix-instantiate") {
        println!(
            "skipped: no nix-instantiate on the search path; xtask eval evaluates the committed example"
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tuning.nix");
    std::fs::write(&path, emitted(&folder.path().join("root"))).unwrap();
    let output = Command::new("nix-instantiate").arg("--parse").arg(&path).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn it_evaluates_in_a_minimal_system() {
    let Some(nixpkgs) = std::env::var_os("ARCHIBALD_NIXPKGS").filter(|_| installed("nix-instantiate")) else {
        println!(
            "skipped: needs nix-instantiate and a nixpkgs in ARCHIBALD_NIXPKGS; xtask eval evaluates the example"
        );
        return;
    };
    let nixpkgs = Path::new(&nixpkgs).display();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tuning.nix");
    std::fs::write(&path, emitted(&folder.path().join("root"))).unwrap();
    let expression = format!(
        "let c = (import {nixpkgs}/nixos/lib/eval-config.nix {{ system = \"x86_64-linux\"; modules = [ {} {{ \
         boot.loader.grub.enable = false; fileSystems.\"/\".device = \"/dev/x\"; fileSystems.\"/\".fsType = \"ext4\"; \
         system.stateVersion = \"26.05\"; }} ]; }}).config; in {{ s = toString c.boot.kernel.sysctl.\"vm.swappiness\"; p = \
         c.boot.kernelParams; l = builtins.length c.security.pam.loginLimits; }}",
        path.display()
    );
    let output = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--json", "--expr", &expression])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["s"], "10");
    assert!(found["p"].as_array().unwrap().iter().any(|word| word == "preempt=full"), "{found}");
    assert!(found["l"].as_u64().unwrap() >= 2, "{found}");
}
