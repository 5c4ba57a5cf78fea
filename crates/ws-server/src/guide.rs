//! Recipes: a game loop, other threads, many cores, slow peers, a proxy, and stopping.
//!
//! # Run inside your own loop
//!
//! Games, simulations and user interfaces have a loop of their own. Poll with a timeout of zero,
//! once per frame:
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
//!     server.flush(); // otherwise the messages wait for the next frame
//!     std::thread::sleep(Duration::from_millis(16));
//! #   break;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! One turn reads at most one buffer of bytes. To take everything that has arrived in one frame,
//! poll again until a turn has no events.
//!
//! # Send from another thread
//!
//! A [`Handle`](crate::Handle) sends from any thread, wakes the loop, and stops it:
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
//!             // The loop is behind: skip this price.
//!             Err(HandleError::Full) => std::thread::yield_now(),
//!             Err(_) => return, // the server has been dropped
//!         }
//!     }
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! To handle a message on another thread, move its bytes there (`into_owned` of the event's `Cow`)
//! and send the answer with a handle. [`pause`](crate::Server::pause) the connection meanwhile if
//! its messages must be handled one at a time.
//!
//! # Receive large messages
//!
//! A message that is whole in one read borrows from the buffer. The server assembles any other in
//! memory of its own, which the program then owns. Fresh memory of that size costs as much as the
//! rest of the work for the message, so give a large binary message back after use:
//!
//! ```no_run
//! # use ws_server::{Config, Event, Server};
//! # let mut server = Server::bind("0.0.0.0:8888", Config::default())?;
//! # let mut buf = vec![0; 256 * 1024];
//! # let mut turn = server.poll(&mut buf, None)?;
//! while let Some((id, event)) = server.next(&mut turn) {
//!     if let Event::Binary(picture) = event {
//!         server.send_binary(id, &picture).ok();
//!         server.recycle(picture); // the next one is assembled in the same memory
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With [`Config::streaming`](crate::Config::streaming), messages that are larger than memory come
//! in parts.
//!
//! # Use many cores
//!
//! Run one server per thread, all on one port. With
//! [`Config::reuse_port`](crate::Config::reuse_port) the system spreads the connections over them.
//! The servers share nothing and lock nothing. Use their handles for messages to the connections of
//! all of them:
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
//! Messages of one thread keep their order. Messages of two threads may come in a different order
//! on each server.
//!
//! # Handle slow peers
//!
//! Sending returns [`Queued`](crate::Delivery::Queued), [`Backlogged`](crate::Delivery::Backlogged)
//! or [`Full`](crate::SendError::Full). A server that only answers can ignore the result: above the
//! high watermark it stops reading from the peer, which then gets no further answers. A server that
//! sends on its own has three choices. It can skip messages until
//! [`Writable`](crate::Event::Writable) comes, have slow peers closed
//! ([`SlowPeers::Close`](crate::SlowPeers::Close)), or end them with
//! [`abort`](crate::Server::abort).
//!
//! # Run behind a proxy
//!
//! - All connections come from the address of the proxy: leave
//!   [`Config::max_per_address`](crate::Config::max_per_address) off.
//! - The proxy reports the client's address in a field of the request. Trust that field only if no
//!   one else can connect to the server.
//! - The proxy must pass the `Host` field on unchanged, or the server cannot recognise pages of the
//!   same host. If the proxy changes it, list the origins with
//!   [`OriginPolicy::List`](crate::OriginPolicy::List).
//! - Proxies cut silent connections, often after 60 s. The default idle ping comes earlier, after
//!   45 s.
//!
//! # Serve this machine only
//!
//! A page on the web can connect to 127.0.0.1 in its visitor's browser. The default refuses it by
//! its `Origin`. But an attacker can make a host name resolve to 127.0.0.1 (DNS rebinding): then
//! the page and the request have the same host. List your own host names with
//! [`OriginList::hosts`](crate::OriginList::hosts).
//!
//! # Stop
//!
//! ```no_run
//! # use std::time::Duration;
//! # use ws_server::{Config, Server};
//! # fn signal(_: impl FnMut() + Send + 'static) {}
//! let mut server = Server::bind("0.0.0.0:8888", Config::default())?;
//! let handle = server.handle();
//! signal(move || handle.stop()); // from a crate that handles Ctrl-C
//! let mut buf = vec![0; 256 * 1024];
//! while !server.is_stopped() {
//!     let mut turn = server.poll(&mut buf, None)?;
//!     while let Some((_id, _event)) = server.next(&mut turn) { /* as usual */ }
//! }
//! println!("{:?}", server.stop_report());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`stop_with`](crate::Server::stop_with) sets the close code: 1012 announces a restart. Clients
//! that reconnect do so at once. With thousands of clients, spread the closes with
//! [`stop_over`](crate::Server::stop_over).
//!
//! # Test without waiting
//!
//! [`Config::clock`](crate::Config::clock) replaces the clock, and
//! [`Server::new`](crate::Server::new) with [`adopt`](crate::Server::adopt) takes a scripted
//! [`Transport`](crate::Transport). The tests of this crate use both, and wait for nothing.

#[doc = include_str!("more_than_one_machine.md")]
pub mod more_than_one_machine {}
