//! One row of the data file.

/// One row: input and expected result, which must not depend on how the bytes are cut.
#[derive(Clone, Debug)]
pub struct Row {
    /// The ID of the fault that it holds.
    pub id: String,
    /// The ID with its letter, and the variant's number: unique in the file.
    pub name: String,
    /// Title of the row.
    pub title: String,
    /// Code under test.
    pub subject: Subject,
    /// Settings of the side that reads: name and value.
    pub setup: Vec<(String, String)>,
    /// Expected verdict.
    pub verdict: Verdict,
    /// Names and values of fields that the answer holds.
    pub has: Vec<(String, Vec<u8>)>,
    /// Names of fields that the answer does not hold.
    pub lacks: Vec<String>,
    /// Values that the application must see.
    pub sees: Vec<(String, Vec<u8>)>,
    /// The bytes behind the head.
    pub left: Vec<u8>,
}

/// Code that a row tests.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A server that reads these bytes of a client.
    Server(Vec<u8>),
    /// A client that sent the request of RFC 6455 §1.3 and reads these bytes of a server.
    Client(Vec<u8>),
    /// An encoder that is given this text in this place.
    Caller(String, Vec<u8>),
}

/// Expected outcome of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The server answers 101, with this Sec-WebSocket-Accept.
    Accepted(String),
    /// The server answers with this status.
    Refused(u16),
    /// The client's connection is open.
    Open,
    /// The client has a complete answer with this status, which is not 101.
    Status(u16),
    /// The client fails, for this reason.
    Fails(String),
    /// The encoder writes.
    Written,
    /// The encoder refuses and writes nothing.
    NotWritten,
}

impl Row {
    /// The value of a setting; empty for a word without a value.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.setup
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }
}
