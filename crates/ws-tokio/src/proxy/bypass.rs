//! Hosts that are reached without the proxy: the list in `NO_PROXY`.

use std::net::IpAddr;

/// A parsed `NO_PROXY` list.
#[derive(Clone, Debug, Default)]
pub(super) struct Bypass(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    hosts: Hosts,
    /// Any port if there is none.
    port: Option<u16>,
}

#[derive(Clone, Debug)]
enum Hosts {
    All,
    /// A domain, in lower case, and its subdomains.
    Domain(String),
    /// The addresses that begin with the first bits of this one.
    Range(IpAddr, u8),
}

impl Bypass {
    /// Parses the list. Skips malformed entries, because there is nobody to report them to.
    pub(super) fn parse(list: &str) -> Self {
        let entries = list
            .split([',', ' ', '\t'])
            .filter(|entry| !entry.is_empty());
        Self(entries.filter_map(Entry::parse).collect())
    }

    /// `host` is a name or an address without brackets.
    pub(super) fn matches(&self, host: &str, port: u16) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let address: Option<IpAddr> = host.parse().ok();
        self.0.iter().any(|entry| {
            entry.port.is_none_or(|only| only == port) && entry.hosts.contain(&host, address)
        })
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        if let Some(hosts) = Hosts::parse(text) {
            return Some(Self { hosts, port: None });
        }
        let (host, port) = text.rsplit_once(':')?;
        let host = crate::proxy::without_brackets(host);
        Some(Self {
            hosts: Hosts::parse(host)?,
            port: Some(port.parse().ok()?),
        })
    }
}

impl Hosts {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        let (address, bits) = text
            .split_once('/')
            .map_or((text, None), |(a, bits)| (a, Some(bits)));
        if let Ok(address) = crate::proxy::without_brackets(address).parse::<IpAddr>() {
            let longest = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Some(longest), |bits| bits.parse().ok())?;
            return (bits <= longest).then_some(Self::Range(address, bits));
        }
        let domain = text.strip_prefix('*').unwrap_or(text);
        let domain = domain.strip_prefix('.').unwrap_or(domain);
        let is_domain = !domain.is_empty() && !domain.contains([':', '/', '*', '[']);
        is_domain.then(|| Self::Domain(domain.to_ascii_lowercase()))
    }

    fn contain(&self, host: &str, address: Option<IpAddr>) -> bool {
        match (self, address) {
            (Self::All, _) => true,
            (Self::Domain(domain), None) => host
                .strip_suffix(domain.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
            (Self::Range(network, bits), Some(address)) => is_within(address, *network, *bits),
            _ => false,
        }
    }
}

/// Returns whether the first bits of two addresses of one family are equal.
fn is_within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let (differing, width) = match (address.to_canonical(), network.to_canonical()) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits() ^ b.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits(), 128),
        _ => return false,
    };
    // A mapped network counts its bits from 96 on.
    let bits = if network.is_ipv6() && width == 32 {
        bits.saturating_sub(96)
    } else {
        bits
    };
    differing.checked_shr(width - u32::from(bits)).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d12_a_domain_stands_for_itself_and_its_subdomains() {
        let bypass = Bypass::parse("example.com, .Internal,*.corp ,other:8080");
        for (host, port, expected) in [
            ("example.com", 443, true),
            ("EXAMPLE.com.", 443, true),
            ("a.b.example.com", 443, true),
            ("badexample.com", 443, false),
            ("example.com.evil", 443, false),
            ("host.internal", 80, true),
            ("host.corp", 80, true),
            ("other", 8080, true),
            ("other", 80, false),
        ] {
            assert_eq!(bypass.matches(host, port), expected, "{host}:{port}");
        }
        assert!(Bypass::parse("*").matches("anything", 1));
        assert!(!Bypass::parse("").matches("anything", 1));
        assert!(!Bypass::parse("a/b,:,[,10.0.0.0/99,*x*").matches("10.0.0.1", 1));
    }

    #[test]
    fn d12_an_address_range_matches_addresses_only() {
        let bypass = Bypass::parse(
            "10.0.0.0/8,192.168.1.1,[::1]:80,fd00::/8,0.0.0.0/0:99,::ffff:1.2.3.0/120",
        );
        for (host, port, expected) in [
            ("10.255.0.1", 1, true),
            ("11.0.0.1", 1, false),
            ("192.168.1.1", 1, true),
            ("192.168.1.2", 1, false),
            ("::1", 80, true),
            ("::1", 81, false),
            ("fd12::1", 1, true),
            ("fe80::1", 1, false),
            ("8.8.8.8", 99, true),
            ("::ffff:10.0.0.1", 1, true),
            ("1.2.3.4", 1, true),
            ("1.2.4.4", 1, false),
            ("10.example.com", 1, false),
        ] {
            assert_eq!(bypass.matches(host, port), expected, "{host} {port}");
        }
    }
}
