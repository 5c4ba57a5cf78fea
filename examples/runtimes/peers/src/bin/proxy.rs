//! A client behind an HTTP proxy with a password.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::{client_async_tls, tungstenite::Message};
use url::Url;

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "ws://127.0.0.1:8888/".into());
    let proxy = std::env::args()
        .nth(2)
        .or_else(|| std::env::var("https_proxy").ok());
    let proxy = Url::parse(&proxy.ok_or("no proxy")?)?;
    let opening = async {
        Ok::<_, Failure>(client_async_tls(&url, tunnel(&proxy, &Url::parse(&url)?).await?).await?)
    };
    let (mut ws, _) = timeout(Duration::from_secs(10), opening).await??;
    ws.send(Message::text("hello")).await?;
    println!("{:?}", ws.next().await.transpose()?);
    Ok(())
}

async fn tunnel(proxy: &Url, url: &Url) -> Result<TcpStream, Failure> {
    let address = (
        proxy.host_str().ok_or("no host")?,
        proxy.port_or_known_default().ok_or("no port")?,
    );
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let target = format!(
        "{}:{}",
        url.host_str().ok_or("no host")?,
        url.port_or_known_default().ok_or("no port")?
    );
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some(password) = proxy.password() {
        let credentials = STANDARD.encode(format!("{}:{password}", proxy.username()));
        request += &format!("Proxy-Authorization: Basic {credentials}\r\n");
    }
    stream.write_all((request + "\r\n").as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
        if head.len() > 16 * 1024 {
            return Err("the proxy's answer is too long".into());
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    response.parse(&head)?;
    match response.code {
        Some(200..=299) => Ok(stream),
        code => Err(format!("the proxy answered with {code:?}").into()),
    }
}
