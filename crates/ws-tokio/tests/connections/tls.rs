//! TLS: certificates, resumption, ALPN, endings.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CertificateError, ClientConfig, HandshakeKind, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use ws_tokio::{
    Acceptor, CloseCode, ConnectError, Connector, Error, Message, Proxy, Stage, WebSocket,
};

/// A certificate authority, with servers and clients that use it.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
}

impl Authority {
    fn new() -> Self {
        Self::named("test authority")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().der().clone();
        Self {
            issuer: Issuer::new(params, key),
            root,
        }
    }

    fn server(&self, change: impl FnOnce(&mut CertificateParams)) -> ServerConfig {
        let mut params = CertificateParams::new(vec!["server.example".to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }

    fn client(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }
}

async fn open(
    connector: &Connector,
    acceptor: &Acceptor,
) -> (Result<WebSocket, ConnectError>, Result<WebSocket, Error>) {
    let (near, far) = duplex(64 * 1024);
    tokio::join!(
        connector.connect_over("wss://server.example/", near),
        acceptor.upgrade(far)
    )
}

async fn exchange(client: &mut WebSocket, server: &mut WebSocket) {
    client.send("hello").await.unwrap();
    assert_eq!(
        server.next().await.unwrap().unwrap(),
        Message::Text("hello".into())
    );
    let (sent, received) = tokio::join!(server.send(vec![7; 100_000]), client.next());
    sent.unwrap();
    assert_eq!(received.unwrap().unwrap().payload().len(), 100_000);
}

#[tokio::test]
async fn d50_sessions_are_resumed_and_alpn_is_http_1_1() {
    let authority = Authority::new();
    // ALPN lists that would select HTTP/2 are replaced.
    let mut config = authority.server(|_| {});
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = Acceptor::new().tls(Arc::new(config));
    let mut config = authority.client();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = Connector::new().tls(Arc::new(config));
    let mut kinds = Vec::new();
    for _ in 0..3 {
        let (client, server) = open(&connector, &acceptor).await;
        let (mut client, mut server) = (client.unwrap(), server.unwrap());
        exchange(&mut client, &mut server).await;
        let state = client.get_ref().tls_state().unwrap();
        assert_eq!(state.alpn_protocol(), Some(&b"http/1.1"[..]));
        kinds.push(state.handshake_kind().unwrap());
        assert!(client.get_ref().is_tls() && server.get_ref().is_tls());
        let (closed, ended) = tokio::join!(client.close(CloseCode::NORMAL, ""), async {
            while server.next().await.transpose().unwrap().is_some() {}
        });
        closed.unwrap();
        let () = ended;
    }
    assert_eq!(
        kinds,
        [
            HandshakeKind::Full,
            HandshakeKind::Resumed,
            HandshakeKind::Resumed
        ]
    );
}

#[tokio::test]
async fn d51_the_error_names_what_is_wrong_with_a_certificate() {
    let authority = Authority::new();
    let year = |year| rcgen::date_time_ymd(year, 1, 1);
    let expired = authority.server(|params| {
        (params.not_before, params.not_after) = (year(2020), year(2021));
    });
    let misnamed = authority.server(|params| {
        *params = CertificateParams::new(vec!["other.example".to_owned()]).unwrap();
    });
    let stranger = Authority::named("another").server(|_| {});
    let error = rejected(&authority, expired, "expired").await;
    assert!(matches!(error, CertificateError::ExpiredContext { .. }));
    let error = rejected(&authority, misnamed, "not valid for name").await;
    assert!(matches!(
        error,
        CertificateError::NotValidForNameContext { .. }
    ));
    let error = rejected(&authority, stranger, "UnknownIssuer").await;
    assert!(matches!(error, CertificateError::UnknownIssuer));
}

/// The fault that a client which trusts `trusted` finds in the certificate of a server. The error's
/// text contains `word`.
async fn rejected(trusted: &Authority, config: ServerConfig, word: &str) -> CertificateError {
    let connector = Connector::new().tls(Arc::new(trusted.client()));
    let acceptor = Acceptor::new().tls(Arc::new(config));
    let (client, server) = open(&connector, &acceptor).await;
    let error = client.unwrap_err();
    assert!(error.to_string().contains(word), "{error}");
    assert_eq!(
        (error.stage(), error.is_transient()),
        (Some(Stage::Tls), false)
    );
    let stage = match server {
        Err(Error::Opening { stage, .. }) => Some(stage),
        _ => None,
    };
    assert_eq!(stage, Some(Stage::Tls));
    error.certificate_error().unwrap().clone()
}

#[tokio::test]
async fn d52_other_protocols_on_either_port_end_in_an_error() {
    let authority = Authority::new();
    let tls = Acceptor::new().tls(Arc::new(authority.server(|_| {})));
    for bytes in [crate::raw::REQUEST, &[0xFF; 600], b"\x16\x03\x01", b""] {
        let (mut near, far) = duplex(64 * 1024);
        near.write_all(bytes).await.unwrap();
        near.shutdown().await.unwrap();
        let error = tls.accept(far).await.unwrap_err();
        assert!(
            matches!(
                error,
                Error::Opening {
                    stage: Stage::Tls,
                    ..
                }
            ),
            "{error:?}"
        );
    }
    // A TLS hello on the port without TLS.
    let connector = Connector::new().tls(Arc::new(authority.client()));
    let (client, server) = open(&connector, &Acceptor::new()).await;
    assert!(matches!(client, Err(ConnectError::Tls(_))), "{client:?}");
    assert!(matches!(server, Err(Error::Request(_))), "{server:?}");
}

#[tokio::test(start_paused = true)]
async fn d52_a_client_silent_in_tls_is_cut_off() {
    let acceptor = Acceptor::new().tls(Arc::new(Authority::new().server(|_| {})));
    let (_near, far) = duplex(1024);
    let error = acceptor.accept(far).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Timeout(ws_tokio::Timeout::Opening(Stage::Tls))
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn d53_a_new_certificate_needs_no_restart() {
    let (old, new) = (Authority::named("old"), Authority::named("new"));
    let acceptor = Acceptor::new().tls(Arc::new(old.server(|_| {})));
    let (to_old, to_new) = (
        Connector::new().tls(Arc::new(old.client())),
        Connector::new().tls(Arc::new(new.client())),
    );
    let (client, server) = open(&to_old, &acceptor).await;
    let (mut client, mut server) = (client.unwrap(), server.unwrap());
    assert!(open(&to_new, &acceptor.clone()).await.0.is_err());
    acceptor.clone().reload_tls(Arc::new(new.server(|_| {})));
    assert!(open(&to_new, &acceptor).await.0.is_ok());
    exchange(&mut client, &mut server).await; // what is open stays
}

#[tokio::test]
async fn d54_an_end_without_close_and_close_notify_is_not_clean() {
    let authority = Authority::new();
    let acceptor = Acceptor::new().tls(Arc::new(authority.server(|_| {})));
    let connector = Connector::new().tls(Arc::new(authority.client()));
    // A wire that the test can cut.
    let (near, mut wire_near) = duplex(64 * 1024);
    let (mut wire_far, far) = duplex(64 * 1024);
    let wire = tokio::spawn(async move {
        drop(tokio::io::copy_bidirectional(&mut wire_near, &mut wire_far).await);
    });
    let (client, server) = tokio::join!(
        connector.connect_over("wss://server.example/", near),
        acceptor.upgrade(far)
    );
    let (mut client, mut server) = (client.unwrap(), server.unwrap());
    exchange(&mut client, &mut server).await;
    wire.abort();
    for ws in [&mut client, &mut server] {
        let error = ws.next().await.unwrap().unwrap_err();
        assert!(matches!(error, Error::Vanished | Error::Io(_)), "{error:?}");
        assert!(ws.next().await.is_none());
    }
}

#[tokio::test]
async fn d55_wss_through_a_proxy_is_tls_end_to_end() {
    let authority = Authority::new();
    let acceptor = Acceptor::new().tls(Arc::new(authority.server(|_| {})));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let len = stream.read(&mut request).await.unwrap();
        assert!(request[..len].starts_with(b"CONNECT server.example:443 HTTP/1.1\r\n"));
        assert!(
            request[..len].ends_with(b"\r\n\r\n"),
            "nothing follows before the 2xx"
        );
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        acceptor.upgrade(stream).await
    };
    let connector = Connector::new()
        .tls(Arc::new(authority.client()))
        .proxy(Proxy::parse(&proxy).unwrap());
    let (client, server) = tokio::join!(connector.connect("wss://server.example/"), serving);
    exchange(&mut client.unwrap(), &mut server.unwrap()).await;
}
