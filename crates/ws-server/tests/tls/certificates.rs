//! Server names, client certificates, ALPN, reload, resumption.

use std::sync::Arc;

use rustls::HandshakeKind;
use ws_server::{Config, Server, TlsAcceptor, TlsConfigError};

use crate::{
    pki::{Pki, VERSIONS, Version, client},
    support::{Client, Running},
};

#[test]
fn l30_the_request_shows_the_server_name_alpn_and_certificates() {
    let pki = Pki::new();
    let mut tls = pki.server("localhost", true);
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let server = Running::start(tls, Config::default());
    let mut config = pki.client_with_certificate("somebody");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Client::connect(server.address, client(config, "localhost")).close();
    // A client without a certificate is refused.
    assert!(
        Client::try_connect(
            server.address,
            client(pki.client(Version::Tls13), "localhost")
        )
        .is_err()
    );
    let (seen, stats) = server.stop();
    assert_eq!(
        seen,
        [
            "request / of Some(\"localhost\"), ALPN Some(\"http/1.1\"), certificates 1",
            "Peer 1000"
        ]
    );
    assert_eq!((stats.tls.completed, stats.tls.client_certificates), (1, 1));
}

#[test]
fn l31_configurations_that_browsers_or_attackers_would_use_are_refused() {
    let pki = Pki::new();
    let address = "127.0.0.1:0";
    let mut h2 = pki.server("localhost", false);
    h2.alpn_protocols = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
    let mut early = pki.server("localhost", false);
    early.max_early_data_size = 1;
    let good = TlsAcceptor::new(&Arc::new(pki.server("localhost", false))).expect("it suits");
    for (config, wanted) in [
        (h2, TlsConfigError::Alpn),
        (early, TlsConfigError::EarlyData),
    ] {
        let config = Arc::new(config);
        assert_eq!(TlsAcceptor::new(&config).err(), Some(wanted));
        assert_eq!(good.set_config(&config), Err(wanted));
        let error =
            Server::bind_tls(address, &config, Config::default()).expect_err("it does not suit");
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), wanted.to_string());
    }
}

#[test]
fn l32_a_new_certificate_is_for_new_connections_and_open_ones_stay() {
    let pki = Pki::new();
    let server = Running::start(pki.server("localhost", false), Config::default());
    let mut old = Client::connect(
        server.address,
        client(pki.client(Version::Tls13), "localhost"),
    );
    server
        .handle
        .set_tls_config(&Arc::new(pki.server("other.test", false)))
        .expect("it suits");
    old.echo("still here");
    assert!(
        Client::try_connect(
            server.address,
            client(pki.client(Version::Tls13), "localhost")
        )
        .is_err()
    );
    let mut new = Client::connect(
        server.address,
        client(pki.client(Version::Tls13), "other.test"),
    );
    new.echo("hello");
    old.echo("and still");
    let (_, stats) = server.stop();
    assert_eq!((stats.tls.completed, stats.tls.alerts), (2, 1));
}

#[test]
fn l33_a_server_without_tls_has_nothing_to_reload() {
    let pki = Pki::new();
    let address = "127.0.0.1:0";
    let plain = Server::bind(address, Config::default()).expect("a port is free");
    let config = Arc::new(pki.server("localhost", false));
    let error = plain
        .handle()
        .set_tls_config(&config)
        .expect_err("there is no listener for it");
    assert_eq!(error.kind(), std::io::ErrorKind::NotConnected);
    let tls = Server::bind_tls(address, &config, Config::default()).expect("a port is free");
    tls.set_tls_config(&config).expect("it suits");
}

/// Also across a new certificate, since the tickets are the same.
#[test]
fn l34_sessions_resume_by_stateless_tickets() {
    for version in VERSIONS {
        let pki = Pki::new();
        let first = pki.server("localhost", false);
        let mut second = pki.server("localhost", false);
        second.ticketer = Arc::clone(&first.ticketer);
        let server = Running::start(first, Config::default());
        let config = pki.client(version);
        for round in 0..4 {
            if round == 2 {
                let renewed = server.handle.set_tls_config(&Arc::new(second.clone()));
                renewed.expect("it suits");
            }
            // A clone shares the memory of sessions.
            let mut client = Client::connect(server.address, client(config.clone(), "localhost"));
            client.echo("hello");
            let kind = client.stream.conn.handshake_kind();
            assert_eq!(
                kind == Some(HandshakeKind::Resumed),
                round > 0,
                "{version:?}, {kind:?}"
            );
            client.close();
        }
        let (seen, stats) = server.stop();
        assert_eq!(
            (stats.tls.completed, stats.tls.resumed),
            (4, 3),
            "{version:?}"
        );
        // The name is known though no certificate was sent.
        assert_eq!(
            seen.iter()
                .filter(|line| line.contains("of Some(\"localhost\")"))
                .count(),
            4
        );
    }
}
