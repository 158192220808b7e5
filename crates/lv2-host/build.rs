//! Builds the one C function that Rust cannot define: the variadic `printf` of LV2's log feature.

fn main() {
    println!("cargo:rerun-if-changed=src/sys/log_printf.c");
    cc::Build::new().file("src/sys/log_printf.c").warnings(true).compile("archibald_lv2_log");
}
