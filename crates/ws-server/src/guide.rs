//! How to: in a game loop, with threads, on many cores, behind a proxy, with slow peers, and how to
//! stop.
//!
//! # In a loop of your own
//!
//! A game, a simulation, a user interface has its own loop. Poll with a timeout of zero, once per
//! frame:
//!
//! ```no_run
//! use std::time::Duration;
//! use ws_server::{Config, Event, Message, Prepared, Server};
//!
//! # struct World; impl World { fn step(&mut self) -> Vec<u8> { vec![] } fn input(&mut self, _: u64, _: &[u8]) {} }
//! # let mut world = World;
//! let mut server = Server::bind("0.0.0.0:8888", Config::default())?;
//! let mut buf = vec![0; 256 * 1024];
//! loop {
//!     let mut turn = server.poll(&mut buf, Some(Duration::ZERO))?;
//!     while let Some((id, event)) = server.next(&mut turn) {
//!         match event {
//!             Event::Request(upgrade) => { server.accept(id, upgrade.accept()).ok(); }
//!             Event::Binary(keys) => world.input(id.to_u64(), &keys),
//!             _ => {}
//!         }
//!     }
//!     let state = world.step();
//!     server.broadcast(&Prepared::new(Message::Binary(&state)));
//!     server.flush(); // or what was sent waits for the next frame
//!     std::thread::sleep(Duration::from_millis(16));
//! #   break;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! One turn reads at most what the buffer holds. A frame that must take all that has come polls
//! again until a turn has no events.
//!
//! # Other threads
//!
//! A [`Handle`](crate::Handle) sends from anywhere, wakes the loop, and stops it:
//!
//! ```no_run
//! use ws_server::{Config, HandleError, Message, Prepared, Server};
//!
//! let server = Server::bind("0.0.0.0:8888", Config::default())?;
//! let handle = server.handle();
//! std::thread::spawn(move || {
//!     for price in 0.. {
//!         let text = format!("price {price}");
//!         match handle.publish("prices", &Prepared::new(Message::Text(&text))) {
//!             Ok(()) => {}
//!             // The loop is behind: this price is left out.
//!             Err(HandleError::Full) => std::thread::yield_now(),
//!             Err(_) => return,                                   // the server has ended
//!         }
//!     }
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! To have work done elsewhere, move what an event owns there (`into_owned` of its `Cow`),
//! [`pause`](crate::Server::pause) the connection if its messages are to be taken one by one, and
//! have the answer sent with a handle.
//!
//! # Large messages
//!
//! A message that is whole in one read is borrowed from the buffer; any other is put together in
//! memory of its own, which the program then owns. Fresh memory of that size costs as much as all
//! else about the message, so give a large binary one back when you have done with it:
//!
//! ```no_run
//! # use ws_server::{Config, Event, Server};
//! # let mut server = Server::bind("0.0.0.0:8888", Config::default())?;
//! # let mut buf = vec![0; 256 * 1024];
//! # let mut turn = server.poll(&mut buf, None)?;
//! while let Some((id, event)) = server.next(&mut turn) {
//!     if let Event::Binary(picture) = event {
//!         server.send_binary(id, &picture).ok();
//!         server.recycle(picture); // the next one is put together where this one was
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is larger than memory comes in parts ([`Config::streaming`](crate::Config::streaming)).
//!
//! # Many cores
//!
//! One server per thread, all on one port: with [`Config::reuse_port`](crate::Config::reuse_port)
//! the system spreads the connections over them. Nothing is shared, so nothing is locked. What is
//! for all of them goes round by their handles:
//!
//! ```no_run
//! use ws_server::{Config, Event, Handle, Message, Prepared, Server};
//!
//! let servers: Vec<Server> = (0..4)
//!     .map(|_| Server::bind("0.0.0.0:8888", Config::new().reuse_port(true)))
//!     .collect::<Result<_, _>>()?;
//! let handles: Vec<Handle> = servers.iter().map(Server::handle).collect();
//! for mut server in servers {
//!     let handles = handles.clone();
//!     std::thread::spawn(move || -> std::io::Result<()> {
//!         let mut buf = vec![0; 256 * 1024];
//!         while !server.is_stopped() {
//!             let mut turn = server.poll(&mut buf, None)?;
//!             while let Some((id, event)) = server.next(&mut turn) {
//!                 match event {
//!                     Event::Request(upgrade) => {
//!                         server.accept(id, upgrade.accept()).ok();
//!                         server.subscribe(id, "news").ok();
//!                     }
//!                     Event::Text(text) => {
//!                         let news = Prepared::new(Message::Text(&text)); // encoded once, for all
//!                         for handle in &handles {
//!                             handle.publish("news", &news).ok();
//!                         }
//!                     }
//!                     _ => {}
//!                 }
//!             }
//!         }
//!         Ok(())
//!     });
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The order of what two threads publish may differ from server to server; that of one thread is
//! kept.
//!
//! # Slow peers
//!
//! Sending returns [`Queued`](crate::Delivery::Queued), [`Backlogged`](crate::Delivery::Backlogged)
//! or [`Full`](crate::SendError::Full). A server that only answers can ignore it: above the high
//! watermark it does not read from the peer, which then asks no more. A server that sends by itself
//! has three ways. It leaves messages out until [`Writable`](crate::Event::Writable) comes, has
//! slow peers closed ([`SlowPeers::Close`](crate::SlowPeers::Close)), or ends them with
//! [`abort`](crate::Server::abort).
//!
//! # Behind a proxy
//!
//! The proxy's address is every peer's, so
//! [`Config::max_per_address`](crate::Config::max_per_address) stays off. What the proxy says about
//! the client is a field of the request, to be believed only where nobody else can connect. The
//! host that the client asked for must reach the server unchanged, or pages of the same host are
//! not recognised; if it does not, list the origins with
//! [`OriginPolicy::List`](crate::OriginPolicy::List). Proxies cut silent connections, often after
//! 60 s: the default ping comes before.
//!
//! # A server on this machine only
//!
//! A page on the web can connect to 127.0.0.1 in its visitor's browser. The default refuses it by
//! its `Origin`, but a name that is made to lead to 127.0.0.1 is the page's host and the request's:
//! list your own names ([`OriginList::hosts`](crate::OriginList::hosts)).
//!
//! # Stopping
//!
//! ```no_run
//! # use std::time::Duration;
//! # use ws_server::{Config, Server};
//! # fn signal(_: impl FnMut() + Send + 'static) {}
//! let mut server = Server::bind("0.0.0.0:8888", Config::default())?;
//! let handle = server.handle();
//! signal(move || handle.stop()); // of whatever crate handles Ctrl-C
//! let mut buf = vec![0; 256 * 1024];
//! while !server.is_stopped() {
//!     let mut turn = server.poll(&mut buf, None)?;
//!     while let Some((_id, _event)) = server.next(&mut turn) { /* as ever */ }
//! }
//! println!("{:?}", server.stop_report());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`stop_with`](crate::Server::stop_with) chooses the close code: 1012 says that the server
//! restarts. Clients that come back come back at once. With thousands of them,
//! [`stop_over`](crate::Server::stop_over) spreads the closes.
//!
//! # Tests of your own
//!
//! [`Config::clock`](crate::Config::clock) invents the time, [`Server::new`](crate::Server::new)
//! with [`adopt`](crate::Server::adopt) takes a [`Transport`](crate::Transport) that does as it is
//! told: this crate's own tests do not wait for anything.

#[doc = include_str!("more_than_one_machine.md")]
pub mod more_than_one_machine {}
