//! Buffers that a head is written to.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use crate::headers::extra::FieldError;

/// A buffer that takes the bytes of a head in order.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]) -> Result<(), FieldError>;

    fn put_displayed(&mut self, value: &dyn fmt::Display) -> Result<(), FieldError>
    where
        Self: Sized,
    {
        write!(Text(self), "{value}").map_err(|_| FieldError::NoRoom)
    }

    fn put_field(&mut self, name: &str, value: &dyn fmt::Display) -> Result<(), FieldError>
    where
        Self: Sized,
    {
        self.put_displayed(&format_args!("{name}: {value}\r\n"))
    }
}

#[cfg(feature = "alloc")]
impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), FieldError> {
        self.extend_from_slice(bytes);
        Ok(())
    }
}

/// A buffer of fixed size.
pub(crate) struct Room<'a> {
    buffer: &'a mut [u8],
    len: usize,
}

impl Room<'_> {
    /// Number of bytes that `write` put into the buffer.
    pub(crate) fn fill(
        buffer: &mut [u8],
        write: impl FnOnce(&mut Room<'_>) -> Result<(), FieldError>,
    ) -> Result<usize, FieldError> {
        let mut room = Room { buffer, len: 0 };
        write(&mut room)?;
        Ok(room.len)
    }
}

impl Sink for Room<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), FieldError> {
        let free = self
            .buffer
            .get_mut(self.len..self.len + bytes.len())
            .ok_or(FieldError::NoRoom)?;
        free.copy_from_slice(bytes);
        self.len += bytes.len();
        Ok(())
    }
}

struct Text<'a, S>(&'a mut S);

impl<S: Sink> fmt::Write for Text<'_, S> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.put(text.as_bytes()).map_err(|_| fmt::Error)
    }
}
