//! Addresses of peers in few bytes.

use std::net::{Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// The contents of an `Option<SocketAddr>`, in 24 bytes instead of 32: each connection has one.
#[derive(Default)]
pub(crate) enum Address {
    #[default]
    None,
    V4(SocketAddrV4),
    V6(Ipv6Addr, u16),
    /// With a scope or a flow, which addresses of a single link have.
    Scoped(Box<SocketAddrV6>),
}

impl Address {
    pub(crate) fn get(&self) -> Option<SocketAddr> {
        Some(match self {
            Self::None => return None,
            Self::V4(address) => (*address).into(),
            Self::V6(ip, port) => (*ip, *port).into(),
            Self::Scoped(address) => (**address).into(),
        })
    }
}

impl From<Option<SocketAddr>> for Address {
    fn from(address: Option<SocketAddr>) -> Self {
        match address {
            None => Self::None,
            Some(SocketAddr::V4(address)) => Self::V4(address),
            Some(SocketAddr::V6(address)) if address.scope_id() == 0 && address.flowinfo() == 0 => {
                Self::V6(*address.ip(), address.port())
            }
            Some(SocketAddr::V6(address)) => Self::Scoped(Box::new(address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v08_an_address_comes_back_as_it_was_and_takes_24_bytes() {
        let all = [
            "127.0.0.1:80",
            "[::1]:65535",
            "[::ffff:10.0.0.1]:1",
            "[fe80::1%7]:9",
        ];
        for text in all {
            let address: SocketAddr = text.parse().expect("an address");
            assert_eq!(Address::from(Some(address)).get(), Some(address));
        }
        let flow = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 1, 2, 0).into();
        assert_eq!(Address::from(Some(flow)).get(), Some(flow));
        assert_eq!(Address::from(None).get(), None);
        assert_eq!(size_of::<Address>(), 24);
    }
}
