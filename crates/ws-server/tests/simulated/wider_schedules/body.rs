//! Messages that tell whether they were mixed up.

pub(super) fn fill(n: usize) -> u8 {
    b'a' + u8::try_from(n % 23).expect("small")
}

/// A message with its number in front and letters that follow from it.
pub(super) fn body(kind: char, n: usize, len: usize) -> String {
    let mut text = format!("{kind}{n} ");
    let letter = char::from(fill(n));
    text.extend(std::iter::repeat_n(letter, len));
    text
}

pub(super) fn check(bytes: &[u8]) -> (char, usize) {
    let text = std::str::from_utf8(bytes).expect("ASCII");
    let (head, rest) = text.split_once(' ').expect("a space");
    let kind = head.chars().next().expect("a kind");
    let n = head[1..].parse().expect("a number");
    assert!(
        rest.bytes().all(|byte| byte == fill(n)),
        "a message was mixed up"
    );
    (kind, n)
}
