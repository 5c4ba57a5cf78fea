//! On every executor, a connection is answered and another is opened while a third is flooded. The
//! test counts reads, not seconds.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use futures_util::task::LocalSpawnExt as _;
use tokio::io::duplex;
use tokio_util::compat::TokioAsyncReadCompatExt as _;
use ws_stream::{Acceptor, Builder, Error, Message, Transport, WebSocket};

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Endless messages, as fast as they are read. They end after [`MOST`] reads, so that a failing
/// test ends too.
struct Flood(Arc<AtomicUsize>);

impl Transport for Flood {
    fn poll_read(&mut self, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        if self.0.fetch_add(1, Ordering::Relaxed) >= MOST {
            return Poll::Ready(Ok(0));
        }
        let whole = buffer.len() / MESSAGE.len() * MESSAGE.len();
        for frame in buffer[..whole].chunks_exact_mut(MESSAGE.len()) {
            frame.copy_from_slice(MESSAGE);
        }
        Poll::Ready(Ok(whole))
    }

    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

async fn echo(mut socket: WebSocket<impl Transport>, over: Arc<AtomicBool>) -> Result<(), Error> {
    while !over.load(Ordering::Relaxed) {
        match socket.next().await.transpose()? {
            Some(message) if message.is_data() => socket.feed(message).await?,
            Some(_) => {}
            None => break,
        }
    }
    Ok(())
}

/// The servers of three connections, the clients of the two that are not flooded, and the number of
/// reads of the flood.
fn work() -> Result<([Task; 3], Task, Arc<AtomicUsize>), Error> {
    let reads = Arc::new(AtomicUsize::new(0));
    let over = Arc::new(AtomicBool::new(false));
    let flooded = Builder::new().server(Flood(Arc::clone(&reads)))?;
    let (near, far) = duplex(1000);
    let served = Builder::new().server(near.compat())?;
    let mut client = Builder::new().client(far.compat())?;
    let (opening, connecting) = duplex(1000);
    let end = [(); 3].map(|()| Arc::clone(&over));
    let [first, second, third] = end;
    let servers: [Task; 3] = [
        Box::pin(async { echo(flooded, first).await.unwrap_or_default() }),
        Box::pin(async { echo(served, second).await.unwrap_or_default() }),
        Box::pin(async {
            let socket = Acceptor::new()
                .upgrade(opening.compat())
                .await
                .expect("it opens");
            echo(socket, third).await.unwrap_or_default();
        }),
    ];
    let asking = Box::pin(async move {
        for number in 0..10 {
            client.send(format!("{number}")).await.expect("it is open");
            let answer = client.next().await.expect("it is open").expect("no error");
            assert_eq!(answer, Message::Text(format!("{number}")));
        }
        let opened = ws_stream::connect(connecting.compat(), "ws://localhost/").await;
        let mut opened = opened.expect("it opens while another connection is flooded");
        opened.send("hello").await.expect("it is open");
        let answer = opened.next().await.expect("it is open").expect("no error");
        assert_eq!(answer, Message::Text("hello".into()));
        over.store(true, Ordering::Relaxed);
    });
    Ok((servers, asking, reads))
}

fn check(reads: &AtomicUsize) {
    let reads = reads.load(Ordering::Relaxed);
    assert!(
        reads > 0 && reads < MOST,
        "the flood was read {reads} times"
    );
}

#[test]
fn s48_on_smol() -> Result<(), Error> {
    let (servers, asking, reads) = work()?;
    let executor = smol::Executor::new();
    for server in servers {
        executor.spawn(server).detach();
    }
    smol::block_on(executor.run(asking));
    check(&reads);
    Ok(())
}

#[test]
fn s48_on_a_local_executor() -> Result<(), Error> {
    let (servers, asking, reads) = work()?;
    let executor = smol::LocalExecutor::new();
    for server in servers {
        executor.spawn(server).detach();
    }
    smol::block_on(executor.run(asking));
    check(&reads);
    Ok(())
}

#[test]
fn s48_on_a_local_pool() -> Result<(), Error> {
    let (servers, asking, reads) = work()?;
    let mut pool = futures_executor::LocalPool::new();
    let spawner = pool.spawner();
    for server in servers {
        spawner.spawn_local(server).expect("the pool is there");
    }
    pool.run_until(asking);
    check(&reads);
    Ok(())
}

#[test]
fn s48_on_tokio() -> Result<(), Error> {
    let runtimes = [
        tokio::runtime::Builder::new_current_thread().build()?,
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()?,
    ];
    for runtime in runtimes {
        let (servers, asking, reads) = work()?;
        for server in servers {
            drop(runtime.spawn(server));
        }
        runtime
            .block_on(async { runtime.spawn(asking).await })
            .expect("it does not panic");
        check(&reads);
    }
    Ok(())
}

/// A masked message of one byte.
const MESSAGE: &[u8] = b"\x82\x81\0\0\0\0x";

/// Reads of 64 KiB: many times as many as the other connections need turns.
const MOST: usize = 5_000;
