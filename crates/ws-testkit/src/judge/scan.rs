//! The end of a head, or the byte at which the bytes stop being the beginning of one.

/// Verdict on the first bytes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan {
    /// The beginning of a head.
    Wait,
    /// A head, which ends here.
    End(usize),
    /// Not a head; the answer has this status.
    Refuse(u16),
}

/// Size limits of a head.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes in all.
    pub head: usize,
    /// Bytes of the first line, without its end.
    pub line: usize,
    /// Field lines.
    pub fields: usize,
}

impl Default for Limits {
    /// Limits of the rules (H6, H7).
    fn default() -> Self {
        Self {
            head: 16 * 1024,
            line: 8 * 1024,
            fields: 100,
        }
    }
}

/// Looks at every prefix of `bytes`, the shorter ones first.
#[must_use]
pub fn scan(bytes: &[u8], limits: &Limits) -> Scan {
    let beginnings = (1..=bytes.len().min(limits.head + 1)).map(|len| look(&bytes[..len], limits));
    beginnings
        .into_iter()
        .find(|scan| *scan != Scan::Wait)
        .unwrap_or(Scan::Wait)
}

/// Looks at a prefix that is right but for its last byte.
fn look(bytes: &[u8], limits: &Limits) -> Scan {
    let head = bytes.strip_prefix(b"\r\n").unwrap_or(bytes);
    let is_in_first_line = !head.contains(&b'\n');
    if bytes.len() > limits.head {
        return Scan::Refuse(431);
    }
    if is_in_first_line && first_line(head).len() > limits.line {
        return Scan::Refuse(414);
    }
    let is_second_empty_line = head.starts_with(b"\r") && bytes.len() > 1;
    let is_text = !is_in_first_line || first_line_is_text(head);
    if !ends_well(bytes) || is_second_empty_line || !is_text {
        return Scan::Refuse(400);
    }
    if head.ends_with(b"\r\n\r\n") {
        Scan::End(bytes.len())
    } else {
        Scan::Wait
    }
}

/// The first line, up to and including the first byte that it cannot contain.
fn first_line(head: &[u8]) -> &[u8] {
    let end = head
        .iter()
        .position(|byte| byte.is_ascii_control() && *byte != b'\t');
    &head[..end.unwrap_or(head.len())]
}

/// The first line ends at its CR and nowhere else. A single CR LF in front of it has been removed,
/// or may still come.
fn first_line_is_text(head: &[u8]) -> bool {
    matches!(head[first_line(head).len()..], [] | [b'\r', ..])
}

/// CR stands before LF, and LF behind CR. The last byte may be a CR.
fn ends_well(bytes: &[u8]) -> bool {
    match bytes {
        [.., before, last] => (*before == b'\r') == (*last == b'\n'),
        [only] => *only != b'\n',
        [] => true,
    }
}
