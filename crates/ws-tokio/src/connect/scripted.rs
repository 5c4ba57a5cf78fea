//! A scripted network: addresses with a fate, and servers that are futures.

use std::collections::HashMap;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::time::sleep;

use super::dial::{Connecting, Sockets};
use super::{Connector, Resolver, Resolving};
use crate::stream::Plain;

type Server = Arc<dyn Fn(DuplexStream) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Result of attempts to connect to an address.
#[derive(Clone)]
enum Fate {
    Refuses,
    Silent,
    Serves(Server),
}

/// A scripted network: names, addresses, servers.
#[derive(Clone, Default)]
pub(crate) struct Network {
    fates: HashMap<SocketAddr, Fate>,
    names: HashMap<String, (Duration, Vec<SocketAddr>)>,
    connected: Arc<Mutex<Vec<SocketAddr>>>,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Network")
    }
}

impl Network {
    pub(crate) fn refuses(mut self, address: &str) -> Self {
        self.fates.insert(address.parse().unwrap(), Fate::Refuses);
        self
    }

    pub(crate) fn silent(mut self, address: &str) -> Self {
        self.fates.insert(address.parse().unwrap(), Fate::Silent);
        self
    }

    pub(crate) fn serves<F>(
        mut self,
        address: &str,
        server: impl Fn(DuplexStream) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let server: Server = Arc::new(move |stream| Box::pin(server(stream)));
        self.fates
            .insert(address.parse().unwrap(), Fate::Serves(server));
        self
    }

    /// A name that is resolved after some seconds.
    pub(crate) fn name(mut self, name: &str, seconds: u64, addresses: &[&str]) -> Self {
        let addresses = addresses
            .iter()
            .map(|address| address.parse().unwrap())
            .collect();
        self.names
            .insert(name.to_owned(), (Duration::from_secs(seconds), addresses));
        self
    }

    pub(crate) fn connector(&self) -> Connector {
        Connector::new()
            .sockets(Arc::new(self.clone()))
            .resolver(self.clone())
    }

    /// The addresses that were tried, in their order.
    pub(crate) fn tried(&self) -> Vec<String> {
        self.connected
            .lock()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect()
    }
}

impl Resolver for Network {
    fn resolve<'a>(&'a self, host: &'a str, _: u16) -> Resolving<'a> {
        Box::pin(async move {
            let (delay, addresses) = self.names.get(host).ok_or(io::ErrorKind::NotFound)?;
            sleep(*delay).await;
            Ok(addresses.clone())
        })
    }
}

impl Sockets for Network {
    fn connect(&self, address: SocketAddr) -> Connecting<'_> {
        self.connected.lock().unwrap().push(address);
        Box::pin(async move {
            match self.fates.get(&address) {
                Some(Fate::Serves(server)) => {
                    let (near, far) = duplex(64 * 1024);
                    tokio::spawn(server(far));
                    Ok(Plain::Other(Box::new(near)))
                }
                Some(Fate::Silent) => pending().await,
                Some(Fate::Refuses) | None => Err(io::ErrorKind::ConnectionRefused.into()),
            }
        })
    }
}

/// Accepts a connection, says `hello`, and waits until the client has closed it.
pub(crate) async fn greets(stream: DuplexStream) {
    let mut ws = crate::Acceptor::new().upgrade(stream).await.unwrap();
    ws.send("hello").await.unwrap();
    while let Some(Ok(_)) = ws.next().await {}
}

/// Answers the first request with these bytes and ends its side.
pub(crate) async fn answers(mut stream: DuplexStream, answer: &[u8]) {
    read_head(&mut stream).await;
    stream.write_all(answer).await.unwrap_or_default();
    stream.shutdown().await.unwrap_or_default();
}

/// Reads up to an empty line.
pub(crate) async fn read_head(stream: &mut DuplexStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}
