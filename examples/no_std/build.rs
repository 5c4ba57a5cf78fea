//! What std would bring along by itself, on Linux with a linker that speaks GNU.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The C library holds the start code that calls `main`.
    println!("cargo::rustc-link-lib=c");
    // The core library is built beforehand, to unwind: it names the function that would. Here
    // nothing unwinds, and nothing calls it.
    println!("cargo::rustc-link-arg-bins=-Wl,--defsym=rust_eh_personality=0");
}
