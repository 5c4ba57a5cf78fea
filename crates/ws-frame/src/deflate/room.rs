use alloc::vec::Vec;

/// Lengthens `output` by `len` bytes to write over. `most` is how much longer it can get in the end: no more memory is taken than that
/// needs.
pub(super) fn open(output: &mut Vec<u8>, len: usize, most: usize) -> &mut [u8] {
    let at = output.len();
    let needed = at.saturating_add(len);
    if needed > output.capacity() {
        let capacity = output
            .capacity()
            .saturating_mul(2)
            .min(at.saturating_add(most))
            .max(needed);
        output.reserve_exact(capacity - at);
    }
    output.resize(needed, 0);
    &mut output[at..]
}
