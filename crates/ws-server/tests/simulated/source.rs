//! Transports and listeners over a wire.

use std::io;

/// Has a transport or a listener registered as what it holds in a field.
macro_rules! registers {
    ($outer:ty, $inside:ident) => {
        impl ws_server::mio::event::Source for $outer {
            fn register(
                &mut self,
                registry: &ws_server::mio::Registry,
                token: ws_server::mio::Token,
                interests: ws_server::mio::Interest,
            ) -> std::io::Result<()> {
                ws_server::mio::event::Source::register(
                    &mut self.$inside,
                    registry,
                    token,
                    interests,
                )
            }

            fn reregister(
                &mut self,
                registry: &ws_server::mio::Registry,
                token: ws_server::mio::Token,
                interests: ws_server::mio::Interest,
            ) -> std::io::Result<()> {
                ws_server::mio::event::Source::reregister(
                    &mut self.$inside,
                    registry,
                    token,
                    interests,
                )
            }

            fn deregister(&mut self, registry: &ws_server::mio::Registry) -> std::io::Result<()> {
                ws_server::mio::event::Source::deregister(&mut self.$inside, registry)
            }
        }
    };
}
pub(crate) use registers;

/// Bytes that cannot be handed on now are handed on later.
pub(crate) fn later(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::WouldBlock => Ok(()),
        _ => Err(error),
    }
}
