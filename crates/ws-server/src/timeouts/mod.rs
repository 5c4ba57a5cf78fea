//! Timeouts of connections. Time is an input.
//!
//! [`TimeoutQueues`] has one timeout for each connection: of its request, its answer, silence (the
//! idle ping), a Pong, a peer that takes nothing, or a Close. [`MessageTimeouts`] and [`Lifetimes`]
//! run beside it. Connections arm and expire them in `connection/timeouts/`; their lengths are in
//! `config/timeouts.rs`.

mod lifetimes;
mod messages;
mod moment;
mod queues;

pub(crate) use self::{
    lifetimes::Lifetimes,
    messages::MessageTimeouts,
    moment::{Moment, millis},
    queues::{KINDS, Kind, TimeoutQueues},
};
