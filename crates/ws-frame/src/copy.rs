//! Copies in steps.
//!
//! Above 2 KiB, libc may leave a copy to an instruction of the processor (`rep movsb`). On AMD's
//! Zen 3 that takes up to 25 times as long if the destination lies 1 to 63 bytes behind the source,
//! modulo 4096: that is the rule where a payload is copied behind its header. Shorter copies use
//! vectors.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// Appends `bytes` to `output`.
#[inline]
pub(crate) fn append(output: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.len() <= STEP || bytes.len() > STREAMED {
        output.extend_from_slice(bytes);
    } else {
        append_in_steps(output, bytes);
    }
}

#[inline(never)]
fn append_in_steps(output: &mut Vec<u8>, bytes: &[u8]) {
    output.reserve(bytes.len());
    for step in bytes.chunks(STEP) {
        output.extend_from_slice(step);
    }
}

/// Appends `rest` to `text`.
#[inline]
pub(crate) fn push_str(text: &mut String, mut rest: &str) {
    while rest.len() > STEP
        && let Some((piece, after)) = (STEP - 3..=STEP)
            .rev()
            .find_map(|at| rest.split_at_checked(at))
    {
        text.push_str(piece);
        rest = after;
    }
    text.push_str(rest);
}

/// The same bytes without the borrow.
#[inline]
pub(crate) fn owned(bytes: Cow<'_, [u8]>) -> Cow<'static, [u8]> {
    Cow::Owned(match bytes {
        Cow::Owned(bytes) => bytes,
        Cow::Borrowed(bytes) => {
            let mut copy = Vec::with_capacity(bytes.len());
            append(&mut copy, bytes);
            copy
        }
    })
}

/// The same text without the borrow.
#[inline]
pub(crate) fn owned_str(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(match text {
        Cow::Owned(text) => text,
        Cow::Borrowed(text) => {
            let mut copy = String::with_capacity(text.len());
            push_str(&mut copy, text);
            copy
        }
    })
}

/// The longest step in bytes: a multiple of a cache line, below the least length for `rep movsb`.
const STEP: usize = 2 * 1024 - 64;

/// Above this number of bytes, libc writes past the caches, which no step does.
const STREAMED: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_appended_whole() {
        let text = "aß語🙂".repeat(200_000);
        for len in [
            0,
            1,
            STEP - 1,
            STEP,
            STEP + 1,
            3 * STEP,
            STREAMED,
            STREAMED + 1,
        ] {
            let mut output = Vec::from(*b"before");
            append(&mut output, &text.as_bytes()[..len]);
            assert!(output == [b"before", &text.as_bytes()[..len]].concat());
        }
        for len in (0..100).chain([STEP, 5 * STEP, 60_000]) {
            for start in [0, 1, 3, 6] {
                let end = (0..4).map(|more| start + len + more);
                let end = end.rev().find(|&at| text.is_char_boundary(at)).unwrap();
                let mut output = String::from("before");
                push_str(&mut output, &text[start..end]);
                assert_eq!(output.strip_prefix("before"), Some(&text[start..end]));
            }
        }
    }
}
