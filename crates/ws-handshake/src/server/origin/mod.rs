//! Origins of web pages (RFC 6454), and which of them can connect (RFC 6455 §10.2).

#[cfg(feature = "alloc")]
mod list;
mod policy;
mod value;

#[cfg(feature = "alloc")]
pub use list::{OriginError, OriginList};
pub use policy::OriginPolicy;
