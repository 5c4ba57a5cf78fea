//! A client behind an HTTP or SOCKS5 proxy with a password.

use ws_tokio::{Connector, Proxy};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "ws://127.0.0.1:8888/".into());
    let proxy = match std::env::args().nth(2) {
        Some(proxy) => Some(Proxy::parse(&proxy)?), // http://user:password@host:3128
        None => Proxy::from_env()?,
    };
    let mut ws = Connector::new().proxy(proxy).connect(url).await?;
    ws.send("hello").await?;
    println!("{:?}", ws.next().await.transpose()?);
    Ok(())
}
