//! Errors of accept(2).

use std::io;

/// Returns whether an error of accept(2) is about the next client, or a signal: the client after it
/// can be accepted. Linux reports here what happened to a connection before it was accepted.
///
/// The list is that of `ws-tokio` (`acceptor/serve.rs`), which does not depend on this crate.
pub(crate) fn concerns_one_client(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    let kind = matches!(
        error.kind(),
        Kind::ConnectionAborted
            | Kind::ConnectionReset
            | Kind::Interrupted
            | Kind::PermissionDenied
            | Kind::NetworkDown
            | Kind::NetworkUnreachable
            | Kind::HostUnreachable
            | Kind::TimedOut
            | Kind::Unsupported
    );
    kind || has_no_kind(error)
}

/// Errors for which the standard library has no kind.
#[cfg(unix)]
fn has_no_kind(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let errno = Errno::from_io_error(error);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if errno == Some(Errno::NONET) {
        return true;
    }
    [Errno::PROTO, Errno::NOPROTOOPT, Errno::HOSTDOWN]
        .into_iter()
        .any(|one| errno == Some(one))
}

#[cfg(not(unix))]
const fn has_no_kind(_: &io::Error) -> bool {
    false
}
