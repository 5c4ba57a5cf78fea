//! A thin WebSocket server over mio.
