//! Frames written without `ws-frame`, to compare with its output.

/// One frame: the first byte as given, the shortest length, and the payload, masked if there is a
/// key.
#[must_use]
pub fn frame(first: u8, key: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let mut wire = header(first, key.is_some(), payload.len() as u64);
    match key {
        None => wire.extend(payload),
        Some(key) => {
            wire.extend(key);
            wire.extend(
                payload
                    .iter()
                    .enumerate()
                    .map(|(position, byte)| byte ^ key[position % 4]),
            );
        }
    }
    wire
}

/// A header without its key.
#[must_use]
pub fn header(first: u8, masked: bool, len: u64) -> Vec<u8> {
    let mask_bit = if masked { 0x80 } else { 0 };
    let mut wire = vec![first];
    match len {
        0..=125 => wire.push(mask_bit | len as u8),
        126..=0xffff => {
            wire.push(mask_bit | 0x7e);
            wire.extend((len as u16).to_be_bytes());
        }
        _ => {
            wire.push(mask_bit | 127);
            wire.extend(len.to_be_bytes());
        }
    }
    wire
}

/// Ends of the frames of a well-formed stream.
#[must_use]
pub fn frame_ends(stream: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = 0;
    while let Some(len) = frame_len(&stream[at..]) {
        at += len;
        ends.push(at);
    }
    ends
}

/// The length of the first frame, if it is whole.
fn frame_len(stream: &[u8]) -> Option<usize> {
    let second = *stream.get(1)?;
    let extended = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let field = stream.get(2..2 + extended)?;
    let len = match extended {
        0 => u64::from(second & 0x7f),
        _ => field
            .iter()
            .fold(0, |len, byte| len << 8 | u64::from(*byte)),
    };
    let key = if second & 0x80 == 0 { 0 } else { 4 };
    let whole = usize::try_from(len).ok()?.checked_add(2 + extended + key)?;
    (whole <= stream.len()).then_some(whole)
}
