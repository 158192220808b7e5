//! `rt-tune emit-nix`: what it writes is formatted, evaluates with and without the other modules, and is the committed
//! example.

use crate::check::isolated_unused;
use crate::support::{installed, rt_tune, text};
use std::path::Path;
use std::process::Command;

/// The example that the evaluation of the whole repository imports.
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../checks/eval/emitted/tuning.nix");

/// A search that was made on that machine, as the program keeps it.
fn searched(folder: &Path, server: &str, lowest: u32, recommended: u32) {
    let rung = |frames: u32| {
        serde_json::json!({
            "frames": frames,
            "trials": [{ "seconds": 40.0, "events": 0, "missing_cycles": 0, "by_kind": {}, "content_frames": 1_919_000,
                "late_p999_us": 120 }],
            "refused": null, "events": 0, "seconds": 40.0, "upper_per_minute": 4.5,
            "confidence": "40 clean seconds: at most 1 per 5 seconds, 95 %",
        })
    };
    let report = serde_json::json!({
        "schema": 1, "version": "0.1.0", "time_ms": 1_795_236_720_000_u64, "host": "studio", "kernel": "6.12.43 #1 SMP",
        "server": server, "rate": 48_000, "load_percent": 50, "stress": ["cpu"],
        "lowest": lowest, "recommended": recommended, "rungs": [rung(lowest), rung(recommended)], "complete": true, "set": null,
    });
    let state = folder.join("var/lib/rt-tune");
    std::fs::create_dir_all(&state).unwrap();
    std::fs::write(state.join("quantum.json"), report.to_string()).unwrap();
}

/// A machine with much to mend, on which four fixes were applied and a period was searched.
fn emitted(folder: &Path) -> String {
    isolated_unused(folder);
    searched(folder, "pipewire", 64, 128);
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
        "boot.kernel.sysctl.\"vm.swappiness\" = lib.mkOverride 80 10;",
        "# Found: 60; applied: 10. It costs: less memory for the file cache.",
        "boot.kernelParams = [ \"preempt=full\" ];",
        "archibald.realtime.audioCores = lib.mkOverride 80 [",
        "archibald.audio.quantumFrames = lib.mkOverride 80 128;",
        "\"default.clock.quantum\" = 128;",
        "(lib.optionalAttrs (options ? archibald.realtime) {",
        "(lib.optionalAttrs (options ? musnix) {",
        "item = \"rtprio\";",
    ] {
        assert!(module.contains(line), "{line} is missing in\n{module}");
    }
    let words: Vec<&str> = module.split_whitespace().filter(|word| *word != "#").collect();
    let measured = "Measured by rt-tune quantum on 2026-11-21 04:52 UTC, Linux 6.12.43, PipeWire at 48000 Hz, 50 % of each period \
        burnt beside cpu: lowest that held 64 frames (1.33 ms; 40 clean seconds: at most 1 per 5 seconds, 95 %), recommended 128 \
        frames (2.67 ms;";
    assert!(words.join(" ").contains(measured), "{module}");
    assert!(!module.contains("studio"), "the machine's name is nobody's business\n{module}");
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
fn a_period_that_was_found_is_written_for_each_server_and_a_damaged_result_is_told() {
    let folder = tempfile::tempdir().unwrap();
    isolated_unused(folder.path());
    searched(folder.path(), "jack", 64, 96);
    let emit = || rt_tune(&["emit-nix", "--root", folder.path().to_str().unwrap()]);
    let module = text(&emit());
    // jackd's own option holds all its arguments, so only a comment can say it; 96 is no power of two.
    assert!(module.contains("archibald.audio.quantumFrames = lib.mkOverride 80 128;"), "{module}");
    assert!(module.contains("128 is the next power of two"), "{module}");
    assert!(
        module.contains("services.jack.jackd.extraOptions") && !module.contains("pipewire.\"95"),
        "{module}"
    );
    std::fs::write(folder.path().join("var/lib/rt-tune/quantum.json"), "{").unwrap();
    let output = emit();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("# Not in here: quantum;"), "{output:?}");
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
    let modules = concat!(env!("CARGO_MANIFEST_DIR"), "/../../modules/tools");
    let by_option = format!(
        "{modules}/tuning.nix {modules}/tuning-emitted.nix {{ archibald.tuning.emitted = {}; }}",
        path.display()
    );
    // Beside nothing of ours, and through our option, with some areas of ours and not others.
    for (module, tuning) in [(path.display().to_string(), "null"), (by_option, "c.archibald.tuning.enable")] {
        let expression = format!(
            "let c = (import {nixpkgs}/nixos/lib/eval-config.nix {{ system = \"x86_64-linux\"; modules = [ {module} {{ \
             boot.loader.grub.enable = false; fileSystems.\"/\".device = \"/dev/x\"; fileSystems.\"/\".fsType = \"ext4\"; \
             system.stateVersion = \"26.05\"; }} ]; }}).config; in {{ s = toString c.boot.kernel.sysctl.\"vm.swappiness\"; p = \
             c.boot.kernelParams; l = builtins.length c.security.pam.loginLimits; t = {tuning}; q = \
             c.services.pipewire.extraConfig.pipewire.\"95-rt-tune\".\"context.properties\".\"default.clock.quantum\"; }}"
        );
        let output = Command::new("nix-instantiate")
            .args(["--eval", "--strict", "--json", "--expr", &expression])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&found["s"], &found["q"]), (&"10".into(), &128.into()), "{found}");
        assert!(found["p"].as_array().unwrap().iter().any(|word| word == "preempt=full"), "{found}");
        assert!(found["l"].as_u64().unwrap() >= 2, "{found}");
        assert_eq!(found["t"].as_bool(), (tuning != "null").then_some(true), "{found}");
    }
}
