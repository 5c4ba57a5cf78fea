//! Tunnels through HTTP proxies (RFC 9110 §9.3.6).

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use ws_handshake::{HeadScanner, ResponseError, ServerResponse};

use super::{Credentials, ProxyError};

/// Sends `CONNECT` and waits for a 2xx. Nothing else is written before it (RFC 9931 §4).
pub(super) async fn open<S>(
    stream: &mut S,
    host: &str,
    port: u16,
    credentials: Option<&Credentials>,
) -> Result<(), ProxyError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream
        .write_all(request(host, port, credentials).as_bytes())
        .await?;
    stream.flush().await?;
    let status = read_status(stream).await?;
    match status {
        200..=299 => Ok(()),
        407 => Err(ProxyError::Authentication),
        status => Err(ProxyError::Status(status)),
    }
}

fn request(host: &str, port: u16, credentials: Option<&Credentials>) -> String {
    let authority = if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    };
    let authorization = credentials
        .map(|credentials| format!("Proxy-Authorization: {}\r\n", credentials.basic()))
        .unwrap_or_default();
    format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{authorization}\r\n")
}

/// Reads up to the end of the final answer's head. The body of a refusal is not read: the
/// connection is not used again.
async fn read_status<S: AsyncRead + Unpin>(stream: &mut S) -> Result<u16, ProxyError> {
    let invalid = |error| ProxyError::Response(error);
    let mut scanner = HeadScanner::default();
    let (mut head, mut examined) = (Vec::new(), 0);
    loop {
        let end = scanner
            .scan(&head[examined..])
            .map_err(|error| invalid(ResponseError::Head(error)))?;
        let Some(end) = end else {
            examined = head.len();
            if stream.read_buf(&mut head).await? == 0 {
                return Err(ProxyError::Io(io::ErrorKind::UnexpectedEof.into()));
            }
            continue;
        };
        let rest = head.split_off(examined + end);
        let response = ServerResponse::parse(&head).map_err(invalid)?;
        if !response.is_interim() {
            let status = response.status();
            let opened = matches!(status, 200..=299);
            return if opened && !rest.is_empty() {
                Err(ProxyError::Early)
            } else {
                Ok(status)
            };
        }
        (head, examined) = (rest, 0);
        scanner.next_head();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, duplex};
    use tokio::time::{sleep, timeout};

    use super::*;

    /// Opens a tunnel through a proxy that answers with these bytes, a piece of this size each
    /// second. Returns the result, and all bytes of the client.
    async fn through(answer: &[u8], piece: usize) -> (Result<(), ProxyError>, String) {
        let (mut client, mut proxy) = duplex(64 * 1024);
        let answer = answer.to_vec();
        let proxy = tokio::spawn(async move {
            let mut received = vec![0; 4096];
            let mut len = proxy.read(&mut received).await.unwrap();
            for piece in answer.chunks(piece) {
                sleep(Duration::from_secs(1)).await;
                if proxy.write_all(piece).await.is_err() {
                    break;
                }
            }
            drop(proxy.shutdown().await);
            while let Ok(more @ 1..) = proxy.read(&mut received[len..]).await {
                len += more;
            }
            String::from_utf8_lossy(&received[..len]).into_owned()
        });
        let credentials = Credentials::new("user", "pass").unwrap();
        let result = open(&mut client, "h", 443, Some(&credentials)).await;
        drop(client);
        (result, proxy.await.unwrap())
    }

    const SENT: &str =
        "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n";

    #[tokio::test(start_paused = true)]
    async fn d14_nothing_but_connect_is_sent_before_the_2xx() {
        for piece in [1, 7, 1000] {
            let (result, sent) = through(
                b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n",
                piece,
            )
            .await;
            assert!(result.is_ok(), "{result:?}");
            assert_eq!(sent, SENT);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn d14_interim_answers_and_http_1_0_are_no_refusal() {
        let (result, _) = through(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n", 3).await;
        assert!(result.is_ok(), "{result:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn d15_each_refusal_has_its_own_error() {
        type Is = fn(&ProxyError) -> bool;
        let cases: [(&[u8], Is); 7] = [
            (
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
                |error| matches!(error, ProxyError::Authentication),
            ),
            (b"HTTP/1.1 502 Bad Gateway\r\n\r\noops", |error| {
                matches!(error, ProxyError::Status(502))
            }),
            (b"HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\n", |error| {
                matches!(error, ProxyError::Status(301))
            }),
            (b"SSH-2.0-OpenSSH_9.7\r\n\r\n", |error| {
                matches!(error, ProxyError::Response(_))
            }),
            (b"\x05\x00", |error| {
                matches!(error, ProxyError::Io(_) | ProxyError::Response(_))
            }),
            (b"HTTP/1.1 200 OK\r\n\r\nx", |error| {
                matches!(error, ProxyError::Early)
            }),
            (b"HTTP/1.1 200 OK\r\nContent-", |error| {
                matches!(error, ProxyError::Io(_))
            }),
        ];
        for (answer, is_expected) in cases {
            let (result, sent) = through(answer, answer.len()).await;
            let error = result.unwrap_err();
            assert!(is_expected(&error), "{error:?}");
            assert_eq!(sent, SENT);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn d15_an_endless_head_is_cut_off() {
        let mut answer = b"HTTP/1.1 200 OK\r\nX: ".to_vec();
        answer.resize(64 * 1024, b'x');
        let (result, _) = through(&answer, 4096).await;
        assert!(matches!(result, Err(ProxyError::Response(_))), "{result:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn d15_a_silent_proxy_can_be_timed_out() {
        let (mut client, _proxy) = duplex(4096);
        let opening = open(&mut client, "h", 443, None);
        assert!(timeout(Duration::from_secs(10), opening).await.is_err());
    }

    #[test]
    fn d14_an_ipv6_host_is_written_in_brackets() {
        assert!(
            request("::1", 80, None)
                .starts_with("CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]:80\r\n\r\n")
        );
    }
}
