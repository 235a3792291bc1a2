//! Has the linker say in the page's program what refers to what, by which `casemate-bindgen` splits it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|architecture| architecture == "wasm32") {
        println!("cargo:rustc-link-arg-cdylib=--emit-relocs");
    }
}
