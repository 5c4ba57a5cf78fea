//! Vectors of the processor's full width, chosen at run time.

use std::sync::OnceLock;

use fearless_simd::{Avx2, Level, Simd};

/// Proof that the processor has vectors of 32 bytes, which the compiler may not assume.
#[derive(Clone, Copy)]
pub(super) struct Wide(Avx2);

impl Wide {
    /// Asks the processor once.
    #[inline]
    pub(super) fn of_processor() -> Option<Self> {
        static WIDE: OnceLock<Option<Wide>> = OnceLock::new();
        *WIDE.get_or_init(|| Level::new().as_avx2().map(Self))
    }

    /// Runs `masking` compiled for these vectors, as far as it is inlined.
    #[inline]
    pub(super) fn run(self, masking: impl FnOnce()) {
        self.0.vectorize(masking);
    }
}
