//! Link settings that std would bring along, on Linux with a linker that speaks GNU.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The C library holds the start code that calls `main`.
    println!("cargo::rustc-link-lib=c");
    // The core library is precompiled for unwinding, so it names the unwinding function. Nothing
    // here unwinds, and nothing calls it.
    println!("cargo::rustc-link-arg-bins=-Wl,--defsym=rust_eh_personality=0");
}
