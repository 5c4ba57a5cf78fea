//! A chat room. Admission is decided before the upgrade, and everybody gets every message.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, interval_at, timeout};
use tokio_tungstenite::accept_hdr_async_with_config;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::{
    CloseFrame, WebSocketConfig, frame::coding::CloseCode,
};
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const IDLE: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8888".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on ws://{}", listener.local_addr()?);
    let room = broadcast::Sender::new(64);
    let (stop, stopped) = watch::channel(false);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            signal = tokio::signal::ctrl_c() => break signal?,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                eprintln!("{error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let (room, stopped) = (room.clone(), stopped.clone());
        tokio::spawn(async move {
            if let Err(error) = talk(stream, room, stopped).await {
                eprintln!("{error}");
            }
        });
    }
    drop(stopped);
    stop.send(true).ok();
    timeout(Duration::from_secs(30), stop.closed()).await.ok();
    Ok(())
}

#[expect(clippy::result_large_err, reason = "the callback's signature")]
fn judge(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let cookies = header("Cookie").unwrap_or_default();
    let mut cookies = cookies
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='));
    if header("Authorization") != Some("Bearer secret")
        && !cookies.any(|pair| pair == ("token", "secret"))
    {
        let mut refusal = ErrorResponse::new(None);
        *refusal.status_mut() = StatusCode::UNAUTHORIZED;
        return Err(refusal);
    }
    let offered = header("Sec-WebSocket-Protocol").unwrap_or_default();
    if offered.split(',').any(|name| name.trim() == "chat") {
        response
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", HeaderValue::from_static("chat"));
    }
    Ok(response)
}

async fn talk(
    stream: TcpStream,
    room: broadcast::Sender<Utf8Bytes>,
    mut stopped: watch::Receiver<bool>,
) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().max_message_size(Some(64 * 1024));
    let opening = accept_hdr_async_with_config(stream, judge, Some(config));
    let mut ws = timeout(Duration::from_secs(10), opening).await??;
    let mut messages = room.subscribe();
    let mut pings = interval_at(Instant::now() + IDLE, IDLE);
    let mut alive = true;
    loop {
        tokio::select! {
            received = ws.next() => {
                alive = true;
                match received.transpose()? {
                    Some(Message::Text(text)) => drop(room.send(text)),
                    Some(_) => {}
                    None => return Ok(()),
                }
            }
            message = messages.recv() => match message {
                Ok(text) => timeout(IDLE, ws.send(Message::Text(text))).await??,
                Err(_) => {
                    let frame = CloseFrame { code: CloseCode::Again, reason: "too slow".into() };
                    return Ok(ws.close(Some(frame)).await?);
                }
            },
            _ = pings.tick() => {
                if !std::mem::replace(&mut alive, false) {
                    return Err("the client does not answer".into());
                }
                timeout(IDLE, ws.send(Message::Ping(Bytes::new()))).await??;
            }
            _ = stopped.changed() => {
                let frame = CloseFrame { code: CloseCode::Restart, reason: "back soon".into() };
                ws.close(Some(frame)).await?;
                let ending = async { while let Some(Ok(_)) = ws.next().await {} };
                return Ok(timeout(Duration::from_secs(10), ending).await?);
            }
        }
    }
}
