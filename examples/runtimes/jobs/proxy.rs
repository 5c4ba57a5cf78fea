//! A client behind an HTTP or SOCKS5 proxy with a password.

use ws_tokio::{Connector, Proxy};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let values = support::values("usage: proxy URL [http://USER:PASSWORD@HOST:PORT]", 1..=2);
    let proxy = match values.get(1) {
        Some(proxy) => Some(Proxy::parse(proxy)?),
        None => Proxy::from_env()?,
    };
    let mut ws = Connector::new().proxy(proxy).connect(&values[0]).await?;
    ws.send("hello").await?;
    support::show(format_args!("{:?}", ws.next().await.transpose()?));
    Ok(())
}
