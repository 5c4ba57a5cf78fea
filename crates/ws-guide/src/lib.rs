//! Guides: one page for each thing that a program wants from WebSocket.
//!
//! Every program on the pages compiles, and most of them run as tests.
//!
//! | to | read |
//! |---|---|
//! | choose a crate | [`which_crate`] |
//! | see what there is, beside other libraries | [`features`] |
//! | check who connects | [`authentication`] |
//! | know a client's address behind a proxy | [`client_address`] |
//! | deploy behind nginx, haproxy or another proxy | [`nginx_and_haproxy`] |
//! | serve and connect over TLS | [`tls`] |
//! | send to a room, from any thread | [`rooms_and_broadcast`] |
//! | bound memory, and treat slow clients | [`overload`] |
//! | test a handler | [`testing`] |
//! | come back after a connection is lost | [`reconnecting`] |
//! | stop, restart, deploy | [`shutting_down`] |
//! | run more than one process | [`more_than_one_machine`] |
//! | serve on localhost or in a private network | [`localhost`] |
//! | know how many connections fit | [`memory`] |
//! | see counters and log lines | [`metrics_and_logs`] |
//! | run on Windows, macOS or something small | [`platforms`] |
//! | move from tungstenite | [`coming_from_tungstenite`] |
//! | move from the C++ server | [`coming_from_cpp`] |
//!
//! The reference is in the crates: [`ws_server`], [`ws_tokio`], [`ws_stream`], [`ws_handshake`],
//! [`ws_frame`].

#[doc = include_str!("which_crate.md")]
pub mod which_crate {}

#[doc = include_str!("features.md")]
#[doc(alias = "comparison")]
pub mod features {}

#[doc = include_str!("authentication.md")]
#[doc(alias = "cookie")]
#[doc(alias = "token")]
#[doc(alias = "jwt")]
#[doc(alias = "bearer")]
#[doc(alias = "login")]
pub mod authentication {}

#[doc = include_str!("client_address.md")]
#[doc(alias = "X-Forwarded-For")]
#[doc(alias = "remote_addr")]
#[doc(alias = "client_ip")]
pub mod client_address {}

#[doc = include_str!("nginx_and_haproxy.md")]
#[doc(alias = "reverse_proxy")]
#[doc(alias = "load_balancer")]
#[doc(alias = "deploy")]
pub mod nginx_and_haproxy {}

#[doc = include_str!("tls.md")]
#[doc(alias = "wss")]
#[doc(alias = "https")]
#[doc(alias = "ssl")]
#[doc(alias = "certificate")]
pub mod tls {}

#[doc = include_str!("rooms_and_broadcast.md")]
#[doc(alias = "pubsub")]
#[doc(alias = "topic")]
pub mod rooms_and_broadcast {}

#[doc = include_str!("overload.md")]
#[doc(alias = "backpressure")]
#[doc(alias = "rate_limit")]
#[doc(alias = "slow_clients")]
pub mod overload {}

#[doc = include_str!("testing.md")]
#[doc(alias = "mock")]
pub mod testing {}

#[doc = include_str!("reconnecting.md")]
#[doc(alias = "retry")]
#[doc(alias = "backoff")]
pub mod reconnecting {}

#[doc = include_str!("shutting_down.md")]
#[doc(alias = "graceful")]
#[doc(alias = "restart")]
#[doc(alias = "deploy")]
pub mod shutting_down {}

#[doc = include_str!("more_than_one_machine.md")]
#[doc(alias = "cluster")]
#[doc(alias = "redis")]
#[doc(alias = "scale")]
pub mod more_than_one_machine {}

#[doc = include_str!("localhost.md")]
#[doc(alias = "local_network_access")]
#[doc(alias = "private_network")]
#[doc(alias = "dns_rebinding")]
pub mod localhost {}

#[doc = include_str!("memory.md")]
#[doc(alias = "c10k")]
pub mod memory {}

#[doc = include_str!("metrics_and_logs.md")]
#[doc(alias = "prometheus")]
#[doc(alias = "tracing")]
#[doc(alias = "logging")]
pub mod metrics_and_logs {}

#[doc = include_str!("platforms.md")]
#[doc(alias = "windows")]
#[doc(alias = "macos")]
#[doc(alias = "wasm")]
#[doc(alias = "no_std")]
pub mod platforms {}

#[doc = include_str!("coming_from_tungstenite.md")]
#[doc(alias = "migration")]
pub mod coming_from_tungstenite {}

#[doc = include_str!("coming_from_cpp.md")]
#[doc(alias = "migration")]
pub mod coming_from_cpp {}

/// The programs in the README of the repository.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
