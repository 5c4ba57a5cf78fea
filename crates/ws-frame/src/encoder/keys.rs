//! The source of a client's masking keys.

#[cfg(feature = "alloc")]
use alloc::boxed::Box;
use core::fmt;

/// A closure with state, or without an allocator a function. Boxed twice: a connection stores one
/// pointer, and a server's, which has no keys, stores an empty one.
#[cfg(feature = "alloc")]
pub(super) struct Keys(Box<Source>);

#[cfg(feature = "alloc")]
struct Source(Box<dyn FnMut() -> [u8; 4] + Send + Sync>);

#[cfg(not(feature = "alloc"))]
pub(super) struct Keys(fn() -> [u8; 4]);

#[cfg(feature = "alloc")]
impl Keys {
    pub(super) fn new(source: impl FnMut() -> [u8; 4] + Send + Sync + 'static) -> Self {
        Self(Box::new(Source(Box::new(source))))
    }

    #[inline]
    pub(super) fn draw(&mut self) -> [u8; 4] {
        (self.0.0)()
    }
}

#[cfg(not(feature = "alloc"))]
impl Keys {
    pub(super) const fn new(source: fn() -> [u8; 4]) -> Self {
        Self(source)
    }

    #[inline]
    pub(super) fn draw(&mut self) -> [u8; 4] {
        (self.0)()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}
