//! Runs the pure crates in a program whose crate graph has no `std` and no allocator. Exits with 0
//! if all results are right.
#![no_std]
#![no_main]

mod frame;
mod handshake;

use core::panic::PanicInfo;

#[expect(
    unsafe_code,
    reason = "the start code of the C library looks for this name; nothing else here is unsafe"
)]
#[unsafe(no_mangle)]
extern "C" fn main(_argument_count: i32, _arguments: *const *const u8) -> i32 {
    match (handshake::open(), frame::echo()) {
        (Ok(()), Ok(())) => 0,
        (Err(handshake::Wrong), _) | (_, Err(frame::Wrong)) => 1,
    }
}

/// Nothing here panics. A panic would show as a program that does not end.
#[panic_handler]
fn panic(_info: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
