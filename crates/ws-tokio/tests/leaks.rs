//! Leaks: 10,000 connections that end in every way, in a process of its own, so that its tasks,
//! descriptors and bytes can be counted.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use tokio::net::UnixStream;
use tokio::runtime::Handle;
use ws_tokio::{
    Acceptor, Bounds, CloseCode, Config, Connector, Error, Outgoing, Shutdown, WebSocket,
};

const CONNECTIONS: usize = 10_000;
/// Bytes that the runtime may keep: less than four bytes for each connection.
const MAX_BYTES: i64 = 32 * 1024;

#[test]
fn d61_ten_thousand_connections_leave_no_task_no_descriptor_and_no_memory() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let bounds = Bounds::new();
    let shutdown = Shutdown::new();
    let ends = runtime.block_on(async { Ends::new(&bounds, &shutdown) });
    runtime.block_on(connections(&ends, 500)); // what is made once is not counted
    let descriptors = descriptors();
    let left = allocation_counter::measure(|| {
        runtime.block_on(connections(&ends, CONNECTIONS));
    });
    assert!(
        left.bytes_current <= MAX_BYTES,
        "{} bytes in {} blocks are left",
        left.bytes_current,
        left.count_current
    );
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
    assert_eq!(self::descriptors(), descriptors);
    assert_eq!((bounds.connections(), bounds.assembling()), (0, 0));
    assert_eq!(shutdown.connections(), 0);
}

/// The two ends, with everything that a connection can be entered into.
struct Ends {
    connector: Connector,
    acceptor: Acceptor,
}

impl Ends {
    fn new(bounds: &Bounds, shutdown: &Shutdown) -> Self {
        let config = Config::new()
            .bounds(bounds)
            .idle_timeout(Duration::from_millis(500));
        Self {
            connector: Connector::new().config(config.clone()).shutdown(shutdown),
            acceptor: Acceptor::new().config(config).shutdown(shutdown),
        }
    }
}

/// Opens and ends connections one after the other, and waits until their tasks have ended.
async fn connections(ends: &Ends, count: usize) {
    for number in 0..count {
        connection(ends, number).await;
    }
    while Handle::current().metrics().num_alive_tasks() > 0 {
        tokio::task::yield_now().await;
    }
}

async fn connection(ends: &Ends, number: usize) {
    let (near, far) = UnixStream::pair().unwrap();
    let acceptor = ends.acceptor.clone();
    tokio::spawn(async move {
        match acceptor.upgrade(far).await {
            Ok(ws) => serve(ws, number).await.unwrap_or_default(),
            Err(error) => assert!(number % 6 == 5, "{error}"),
        }
    });
    let opening = ends.connector.connect_over("ws://h/", near);
    if number % 6 == 5 {
        // Dropped in the middle of the handshake.
        tokio::select! { biased; _ = opening => {} () = tokio::task::yield_now() => {} }
        return;
    }
    use_up(opening.await.unwrap(), number)
        .await
        .unwrap_or_default();
}

/// The server echoes; in one case it leaves at once.
async fn serve(mut ws: WebSocket, number: usize) -> Result<(), Error> {
    if number % 6 == 4 {
        return Ok(());
    }
    while let Some(message) = ws.next().await.transpose()? {
        if message.is_data() {
            ws.feed(message).await?;
        }
    }
    Ok(())
}

/// The client ends the connection in one of several ways.
async fn use_up(mut ws: WebSocket, number: usize) -> Result<(), Error> {
    ws.send("hello").await?;
    match number % 6 {
        // In order.
        0 => {
            ws.next().await.transpose()?;
            ws.close(CloseCode::NORMAL, "").await
        }
        // With an echo under way.
        1 => ws.feed(vec![7; 100_000]).await,
        // Split, with a task for each half; the one that sends outlives the one that receives.
        2 => {
            let (sender, mut receiver) = ws.split();
            let sending = tokio::spawn(async move {
                for _ in 0..3 {
                    sender.send(vec![7; 1000]).await?;
                }
                sender.ping(b"").await
            });
            receiver.next().await.transpose()?;
            drop(receiver);
            sending.await.unwrap()
        }
        // In the middle of a fragmented message.
        3 => {
            let part = ws_tokio::Part::new("part".to_owned(), true, false);
            ws.send(Outgoing::from(ws_tokio::Message::TextPart(part)))
                .await
        }
        // While it waits, with its timer set.
        _ => {
            let waiting = ws.next();
            tokio::select! { biased; _ = waiting => {} () = tokio::task::yield_now() => {} }
            Ok(())
        }
    }
}

/// The number of open descriptors of this process.
fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}
