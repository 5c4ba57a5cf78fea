//! Results of handlers.

use std::fmt;

/// A handler's return value: nothing, or a result, whose error is logged.
pub trait Outcome<E>: sealed::Sealed<E> {
    #[doc(hidden)]
    fn log(self);
}

mod sealed {
    pub trait Sealed<E> {}
    impl Sealed<()> for () {}
    impl<E: std::fmt::Display> Sealed<E> for Result<(), E> {}
}

impl Outcome<()> for () {
    fn log(self) {}
}

impl<E: fmt::Display> Outcome<E> for Result<(), E> {
    fn log(self) {
        if let Err(error) = self {
            log::debug!("a connection ended with an error: {error}");
        }
    }
}
