//! The client's address behind proxies.

use std::net::IpAddr;

/// The address that the outermost trusted proxy saw. Each proxy appends the address of its client
/// to `X-Forwarded-For`. The entries left of the trusted hops come from the client, which can write
/// anything there.
///
/// `None` for connections that bypassed the proxies.
pub(crate) fn client<'v>(
    forwarded: impl Iterator<Item = &'v str>,
    peer: Option<IpAddr>,
    trusted_hops: usize,
) -> Option<IpAddr> {
    let Some(last) = trusted_hops.checked_sub(1) else {
        return peer;
    };
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).collect();
    hops.iter().rev().nth(last)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k05_c134_only_trusted_hops_are_believed() {
        let peer: Option<IpAddr> = "10.0.0.1".parse().ok();
        let seen = |values: &[&str], hops| {
            client(values.iter().copied(), peer, hops).map(|address| address.to_string())
        };
        assert_eq!(seen(&["1.2.3.4"], 0), Some("10.0.0.1".into()));
        assert_eq!(seen(&["1.2.3.4"], 1), Some("1.2.3.4".into()));
        assert_eq!(seen(&["6.6.6.6, 1.2.3.4"], 1), Some("1.2.3.4".into()));
        assert_eq!(
            seen(&["6.6.6.6", "1.2.3.4, 10.0.0.9"], 2),
            Some("1.2.3.4".into())
        );
        assert_eq!(seen(&["6.6.6.6, ::1"], 1), Some("::1".into()));
        assert_eq!(seen(&["1.2.3.4"], 2), None);
        assert_eq!(seen(&["unknown"], 1), None);
        assert_eq!(seen(&[], 1), None);
    }
}
