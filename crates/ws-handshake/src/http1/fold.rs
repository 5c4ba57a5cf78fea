//! Folded lines in responses (RFC 9112 §5.2).

/// Replaces the CR LF of each folded field by two spaces. The first line is left alone: white space
/// behind it is a fault of the head.
pub(crate) fn unfold(head: &mut [u8]) {
    let first_line = head.iter().position(|byte| *byte == b'\n');
    let fields = &mut head[first_line.map_or(0, |at| at + 1)..];
    for at in 2..fields.len() {
        if matches!(fields[at - 2..=at], [b'\r', b'\n', b' ' | b'\t']) {
            fields[at - 2..at].fill(b' ');
        }
    }
}
