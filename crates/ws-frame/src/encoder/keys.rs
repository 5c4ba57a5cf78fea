//! The source of a client's masking keys.

#[cfg(feature = "alloc")]
use alloc::boxed::Box;
#[cfg(feature = "alloc")]
use core::any::Any;
use core::fmt;

/// Boxed: a connection stores one pointer, and a server's, which has no keys, stores an empty one.
#[cfg(feature = "alloc")]
pub(super) struct Keys(Box<Source>);

/// A function, which is called directly, or a closure with state.
#[cfg(feature = "alloc")]
enum Source {
    Function(fn() -> [u8; 4]),
    Closure(Box<dyn FnMut() -> [u8; 4] + Send + Sync>),
}

#[cfg(not(feature = "alloc"))]
pub(super) struct Keys(fn() -> [u8; 4]);

#[cfg(feature = "alloc")]
impl Keys {
    pub(super) fn new(source: impl FnMut() -> [u8; 4] + Send + Sync + 'static) -> Self {
        let mut source = Some(source);
        let function = (&mut source as &mut dyn Any)
            .downcast_mut::<Option<fn() -> [u8; 4]>>()
            .and_then(Option::take);
        Self(Box::new(match (function, source) {
            (Some(function), _) => Source::Function(function),
            (None, Some(source)) => Source::Closure(Box::new(source)),
            (None, None) => unreachable!("only a function is taken out"),
        }))
    }

    #[inline]
    pub(super) fn draw(&mut self) -> [u8; 4] {
        match &mut *self.0 {
            Source::Function(function) => function(),
            Source::Closure(closure) => closure(),
        }
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
