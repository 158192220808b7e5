//! Builds the one C function that Rust cannot define: the variadic `printf` of LV2's log feature.

fn build(compiler: Option<&str>) -> Result<(), cc::Error> {
    let mut build = cc::Build::new();
    if let Some(compiler) = compiler {
        // Checking for a foreign target needs an object file, but nothing of that target's system.
        build.compiler(compiler).archiver("ar").flag("-ffreestanding");
    }
    build.file("src/sys/log_printf.c").warnings(true).cargo_warnings(false).try_compile("archibald_lv2_log")
}

fn main() {
    println!("cargo:rerun-if-changed=src/sys/log_printf.c");
    let foreign = std::env::var_os("HOST") != std::env::var_os("TARGET");
    let result = build(None).or_else(|error| if foreign { build(Some("clang")) } else { Err(error) });
    if let Err(error) = result {
        panic!(
            "log_printf.c needs a C compiler for the target (Debian: gcc; for another machine: clang): {error}"
        );
    }
}
