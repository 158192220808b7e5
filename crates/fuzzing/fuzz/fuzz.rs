//! One program for all targets: `FUZZ_TARGET` names the one.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

static CHECK: OnceLock<fn(&[u8])> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let check = CHECK.get_or_init(|| {
        let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
        let names = fuzzing::TARGETS.map(|target| target.name);
        fuzzing::target(&name).unwrap_or_else(|| panic!("set FUZZ_TARGET to one of {names:?}")).check
    });
    check(data);
});
