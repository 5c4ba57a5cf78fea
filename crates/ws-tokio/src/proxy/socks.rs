//! SOCKS5 (RFC 1928), with a user name and a password (RFC 1929).

use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::{Credentials, ProxyError};

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const PASSWORD: u8 = 2;

/// Asks for a connection to `host`, which the proxy resolves if it is a name.
pub(super) async fn open<S>(
    stream: &mut S,
    host: &str,
    port: u16,
    credentials: Option<&Credentials>,
) -> Result<(), ProxyError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let request = request(host, port)?;
    let methods: &[u8] = match credentials {
        Some(_) => &[VERSION, 2, NO_AUTHENTICATION, PASSWORD],
        None => &[VERSION, 1, NO_AUTHENTICATION],
    };
    stream.write_all(methods).await?;
    stream.flush().await?;
    let mut chosen = [0; 2];
    stream.read_exact(&mut chosen).await?;
    match (chosen, credentials) {
        ([VERSION, NO_AUTHENTICATION], _) => {}
        ([VERSION, PASSWORD], Some(credentials)) => sign_in(stream, credentials).await?,
        ([VERSION, _], _) => return Err(ProxyError::Authentication),
        _ => return Err(ProxyError::NotSocks),
    }
    stream.write_all(&request).await?;
    stream.flush().await?;
    read_reply(stream).await
}

/// RFC 1929 §2.
async fn sign_in<S>(stream: &mut S, credentials: &Credentials) -> Result<(), ProxyError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut message = vec![1];
    for text in [&credentials.user, &credentials.password] {
        message.push(len_byte(text)?);
        message.extend_from_slice(text.as_bytes());
    }
    stream.write_all(&message).await?;
    stream.flush().await?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer).await?;
    if answer[1] == 0 {
        Ok(())
    } else {
        Err(ProxyError::Authentication)
    }
}

/// RFC 1928 §4.
fn request(host: &str, port: u16) -> Result<Vec<u8>, ProxyError> {
    let mut request = vec![VERSION, 1, 0];
    match host.parse() {
        Ok(IpAddr::V4(address)) => {
            request.push(1);
            request.extend_from_slice(&address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            request.push(4);
            request.extend_from_slice(&address.octets());
        }
        Err(_) => {
            request.extend_from_slice(&[3, len_byte(host)?]);
            request.extend_from_slice(host.as_bytes());
        }
    }
    request.extend_from_slice(&port.to_be_bytes());
    Ok(request)
}

/// RFC 1928 §6. Reads the reply and no byte behind it, which would be the server's.
async fn read_reply<S: AsyncRead + Unpin>(stream: &mut S) -> Result<(), ProxyError> {
    let mut reply = [0; 4];
    stream.read_exact(&mut reply).await?;
    let [VERSION, code, _, kind] = reply else {
        return Err(ProxyError::NotSocks);
    };
    if code != 0 {
        return Err(ProxyError::Socks(code));
    }
    let address_len = match kind {
        1 => 4,
        3 => stream.read_u8().await?.into(),
        4 => 16,
        _ => return Err(ProxyError::NotSocks),
    };
    let mut address_and_port = vec![0; address_len + 2];
    stream.read_exact(&mut address_and_port).await?;
    Ok(())
}

/// A length of RFC 1928 and RFC 1929 is one byte.
fn len_byte(text: &str) -> Result<u8, ProxyError> {
    u8::try_from(text.len()).map_err(|_| ProxyError::Url)
}

#[cfg(test)]
mod tests {
    use std::io;

    use tokio::io::duplex;

    use super::*;

    /// A step of a scripted proxy.
    enum Step {
        Expects(&'static [u8]),
        Answers(&'static [u8]),
    }
    use Step::{Answers, Expects};

    async fn through(
        host: &str,
        credentials: Option<Credentials>,
        script: Vec<Step>,
    ) -> (Result<(), ProxyError>, Vec<u8>) {
        let (mut client, mut proxy) = duplex(1024);
        let proxy = tokio::spawn(async move {
            for step in script {
                match step {
                    Expects(bytes) => {
                        let mut received = vec![0; bytes.len()];
                        proxy.read_exact(&mut received).await.unwrap();
                        assert_eq!(received, bytes);
                    }
                    Answers(bytes) => {
                        for byte in bytes {
                            proxy.write_all(&[*byte]).await.unwrap();
                            tokio::task::yield_now().await;
                        }
                    }
                }
            }
            proxy.shutdown().await.unwrap();
            let mut rest = Vec::new();
            proxy.read_to_end(&mut rest).await.unwrap();
            rest
        });
        let result = open(&mut client, host, 443, credentials.as_ref()).await;
        let mut unread = Vec::new();
        if result.is_ok() {
            client.read_to_end(&mut unread).await.unwrap();
        }
        drop(client);
        assert_eq!(
            proxy.await.unwrap(),
            b"",
            "the client sent what nobody asked for"
        );
        (result, unread)
    }

    const GREETING: Step = Expects(&[5, 1, 0]);
    const REQUEST: Step = Expects(&[5, 1, 0, 3, 1, b'h', 1, 187]);

    #[tokio::test]
    async fn d16_the_proxy_resolves_the_name_and_no_byte_of_the_server_is_lost() {
        let replies: [&'static [u8]; 3] = [
            &[5, 0, 0, 1, 1, 2, 3, 4, 0, 80, b'!'],
            &[5, 0, 0, 3, 2, b'a', b'b', 0, 80, b'!'],
            &[
                5, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 80, b'!',
            ],
        ];
        for reply in replies {
            let script = vec![GREETING, Answers(&[5, 0]), REQUEST, Answers(reply)];
            let (result, unread) = through("h", None, script).await;
            assert!(result.is_ok(), "{result:?}");
            assert_eq!(unread, b"!");
        }
    }

    #[tokio::test]
    async fn d16_addresses_are_sent_as_addresses() {
        let reply: Step = Answers(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        let v4: Step = Expects(&[5, 1, 0, 1, 127, 0, 0, 1, 1, 187]);
        let (result, _) = through(
            "127.0.0.1",
            None,
            vec![GREETING, Answers(&[5, 0]), v4, reply],
        )
        .await;
        assert!(result.is_ok(), "{result:?}");
        let reply: Step = Answers(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        let v6: Step = Expects(&[
            5, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 187,
        ]);
        let (result, _) = through("::1", None, vec![GREETING, Answers(&[5, 0]), v6, reply]).await;
        assert!(result.is_ok(), "{result:?}");
    }

    #[tokio::test]
    async fn d17_the_password_is_sent_only_when_it_is_asked_for() {
        let credentials = || Some(Credentials::new("me", "pw").unwrap());
        let offer = || Expects(&[5, 2, 0, 2]);
        let reply = || Answers(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        let password = || Expects(&[1, 2, b'm', b'e', 2, b'p', b'w']);
        let unasked = vec![offer(), Answers(&[5, 0]), REQUEST, reply()];
        assert!(through("h", credentials(), unasked).await.0.is_ok());
        let asked = vec![
            offer(),
            Answers(&[5, 2]),
            password(),
            Answers(&[1, 0]),
            REQUEST,
            reply(),
        ];
        assert!(through("h", credentials(), asked).await.0.is_ok());
        let wrong = vec![offer(), Answers(&[5, 2]), password(), Answers(&[1, 1])];
        let refused = through("h", credentials(), wrong).await.0;
        assert!(
            matches!(refused, Err(ProxyError::Authentication)),
            "{refused:?}"
        );
        let without = through("h", None, vec![GREETING, Answers(&[5, 0xFF])])
            .await
            .0;
        assert!(
            matches!(without, Err(ProxyError::Authentication)),
            "{without:?}"
        );
        let forced = through("h", None, vec![GREETING, Answers(&[5, 2])]).await.0;
        assert!(
            matches!(forced, Err(ProxyError::Authentication)),
            "{forced:?}"
        );
    }

    #[tokio::test]
    async fn d18_every_refusal_code_is_reported_with_its_meaning() {
        static REPLIES: [[u8; 4]; 9] = [
            [5, 1, 0, 1],
            [5, 2, 0, 1],
            [5, 3, 0, 1],
            [5, 4, 0, 1],
            [5, 5, 0, 1],
            [5, 6, 0, 1],
            [5, 7, 0, 1],
            [5, 8, 0, 1],
            [5, 99, 0, 1],
        ];
        for reply in &REPLIES {
            let script = vec![GREETING, Answers(&[5, 0]), REQUEST, Answers(reply)];
            let error = through("h", None, script).await.0.unwrap_err();
            assert!(
                matches!(error, ProxyError::Socks(code) if code == reply[1]),
                "{error:?}"
            );
            let is_final = matches!(reply[1], 2 | 7 | 8 | 99);
            assert_eq!(error.is_transient(), !is_final, "{error}");
        }
    }

    #[tokio::test]
    async fn d18_an_answer_that_is_not_socks_is_an_error() {
        let http = through("h", None, vec![GREETING, Answers(b"HT")]).await.0;
        assert!(matches!(http, Err(ProxyError::NotSocks)), "{http:?}");
        let script = vec![GREETING, Answers(&[5, 0]), REQUEST, Answers(&[5, 0, 0, 9])];
        let kind = through("h", None, script).await.0;
        assert!(matches!(kind, Err(ProxyError::NotSocks)), "{kind:?}");
        let cut = through("h", None, vec![GREETING, Answers(&[5])]).await.0;
        let is_eof = |error: &io::Error| error.kind() == io::ErrorKind::UnexpectedEof;
        assert!(
            matches!(&cut, Err(ProxyError::Io(error)) if is_eof(error)),
            "{cut:?}"
        );
    }

    #[test]
    fn d16_a_name_beyond_255_bytes_is_refused_before_anything_is_sent() {
        assert!(matches!(
            request(&"x".repeat(256), 80),
            Err(ProxyError::Url)
        ));
    }
}
