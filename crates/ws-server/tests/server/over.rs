//! Streams that the connections of a test run over: TCP, or TLS over it.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

use ws_server::{Config, Server, Transport, mio};

/// A way to serve, and to connect.
pub(crate) trait Over: 'static {
    type Transport: Transport + Send;
    type Stream: Read + Write + Send;

    fn server(address: SocketAddr, config: Config) -> Server<Self::Transport>;

    /// A stream that waits up to 20 seconds for bytes. Over TLS it shakes hands when it is used.
    fn connect(address: SocketAddr) -> Self::Stream;

    fn socket(stream: &Self::Stream) -> &TcpStream;

    /// Ends the client's side in order.
    fn end(stream: &mut Self::Stream) -> io::Result<()>;

    /// A page of the same host must be an `https` page.
    const IS_SECURE: bool;
}

/// Makes a test of each of these functions over TCP and, where that is built, over TLS.
macro_rules! over_each {
    ($($name:ident),* $(,)?) => {
        mod over_tcp {
            $(#[test] fn $name() { super::$name::<crate::over::Tcp>(); })*
        }

        #[cfg(feature = "rustls")]
        mod over_tls {
            $(#[test] fn $name() { super::$name::<crate::over::Tls>(); })*
        }
    };
}
pub(crate) use over_each;

pub(crate) struct Tcp;

impl Over for Tcp {
    type Transport = mio::net::TcpStream;
    type Stream = TcpStream;

    fn server(address: SocketAddr, config: Config) -> Server {
        Server::bind(address, config).expect("a port is free")
    }

    fn connect(address: SocketAddr) -> TcpStream {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("the option exists");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("the option exists");
        stream
    }

    fn socket(stream: &TcpStream) -> &TcpStream {
        stream
    }

    fn end(stream: &mut TcpStream) -> io::Result<()> {
        stream.shutdown(Shutdown::Write)
    }

    const IS_SECURE: bool = false;
}

#[cfg(feature = "rustls")]
pub(crate) use secure::Tls;

#[cfg(feature = "rustls")]
mod secure {
    use std::sync::{Arc, LazyLock};

    use rustls::{ClientConfig, ClientConnection, ServerConfig, StreamOwned};
    use ws_server::TlsStream;

    use super::{Config, Over, Server, SocketAddr, Tcp, TcpStream, Write as _, io};
    use crate::pki::{self, Pki, Version};

    pub(crate) struct Tls;

    static CONFIGURATIONS: LazyLock<(Arc<ServerConfig>, ClientConfig)> = LazyLock::new(|| {
        let pki = Pki::new();
        let server = Arc::new(pki.server("localhost", false));
        (server, pki.client(Version::Tls13))
    });

    impl Over for Tls {
        type Transport = TlsStream;
        type Stream = StreamOwned<ClientConnection, TcpStream>;

        fn server(address: SocketAddr, config: Config) -> Server<TlsStream> {
            Server::bind_tls(address, &CONFIGURATIONS.0, config).expect("a port is free")
        }

        fn connect(address: SocketAddr) -> Self::Stream {
            let session = pki::client(CONFIGURATIONS.1.clone(), "localhost");
            StreamOwned::new(session, Tcp::connect(address))
        }

        fn socket(stream: &Self::Stream) -> &TcpStream {
            &stream.sock
        }

        fn end(stream: &mut Self::Stream) -> io::Result<()> {
            stream.conn.send_close_notify();
            stream.flush()?;
            Tcp::end(&mut stream.sock)
        }

        const IS_SECURE: bool = true;
    }
}
