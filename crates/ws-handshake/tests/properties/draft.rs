//! Valid requests of every look, as drafts that can still be changed.

use proptest::prelude::*;
use proptest::sample::select;

/// A request that has not been written yet.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) before: &'static str,
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) version: &'static str,
    pub(crate) fields: Vec<Field>,
    /// The effective authority.
    pub(crate) authority: String,
    /// The text of the key.
    pub(crate) key: String,
    /// The offered subprotocols.
    pub(crate) protocols: Vec<String>,
}

/// One field line of a draft.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// The text between name and value, colon included.
    pub(crate) colon: String,
    pub(crate) value: Vec<u8>,
    pub(crate) space: String,
}

impl Draft {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!(
            "{}{} {} {}\r\n",
            self.before, self.method, self.target, self.version
        )
        .into_bytes();
        for field in &self.fields {
            bytes.extend([field.name.as_bytes(), field.colon.as_bytes(), &field.value].concat());
            bytes.extend([field.space.as_bytes(), b"\r\n"].concat());
        }
        bytes.extend(b"\r\n");
        bytes
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.fields
            .retain(|field| !field.name.eq_ignore_ascii_case(name));
    }

    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.fields.push(Field::new(name, value));
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.add(name, value);
    }
}

impl Field {
    pub(crate) fn new(name: &str, value: &str) -> Self {
        let (name, value) = (name.to_owned(), value.as_bytes().to_vec());
        Self {
            name,
            colon: ": ".into(),
            value,
            space: String::new(),
        }
    }
}

/// A request without a fault.
pub(crate) fn valid() -> impl Strategy<Value = Draft> {
    let start = (address(), key(), select(vec!["", "\r\n"]));
    (start, protocols(), other_fields()).prop_flat_map(
        |((address, key, before), protocols, others)| {
            let mut fields = required_fields(&address, &key);
            if !protocols.is_empty() {
                fields.push(Field::new("Sec-WebSocket-Protocol", &protocols.join(", ")));
            }
            fields.extend(others);
            let looks = proptest::collection::vec(look(), fields.len());
            (Just(fields).prop_shuffle(), looks).prop_map(move |(fields, looks)| Draft {
                before,
                method: "GET",
                target: address.target.clone(),
                version: "HTTP/1.1",
                fields: fields
                    .into_iter()
                    .zip(looks)
                    .map(|(field, look)| dress(field, &look))
                    .collect(),
                authority: address.authority.clone(),
                key: key.clone(),
                protocols: protocols.clone(),
            })
        },
    )
}

fn required_fields(address: &Address, key: &str) -> Vec<Field> {
    vec![
        Field::new("Host", &address.host),
        Field::new("Sec-WebSocket-Key", key),
        Field::new("Sec-WebSocket-Version", "13"),
    ]
}

fn protocols() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::btree_set(token(), 0..4).prop_map(|set| set.into_iter().collect())
}

/// Lists that may be spread over several fields, and fields that no rule names.
fn other_fields() -> impl Strategy<Value = Vec<Field>> {
    let extra = proptest::collection::vec(extra_field(), 0..8);
    (upgrades(), connections(), extensions(), extra).prop_map(
        |(upgrades, connections, extensions, extra)| {
            let named = [
                ("Upgrade", upgrades),
                ("Connection", connections),
                ("Sec-WebSocket-Extensions", extensions),
            ];
            named
                .into_iter()
                .flat_map(|(name, values)| values.into_iter().map(move |v| Field::new(name, v)))
                .chain(extra)
                .collect()
        },
    )
}

#[derive(Clone, Debug)]
struct Address {
    target: String,
    host: String,
    authority: String,
}

/// Origin-form or absolute-form, and the Host that goes with it.
fn address() -> impl Strategy<Value = Address> {
    let host = prop_oneof![
        "[a-z0-9]([a-z0-9_.-]{0,20}[a-z0-9])?(:[1-9][0-9]{0,3})?",
        Just("[::1]:8080".to_owned()),
        Just("[2001:db8::1]".to_owned()),
        Just("127.0.0.1".to_owned()),
    ];
    let path = "/[!-\"$-~]{0,40}";
    let absolute = (
        select(vec!["", "http://", "https://", "HTTP://"]),
        "[a-z]{1,9}(:[1-9][0-9]{0,2})?",
    );
    (host, path, absolute).prop_map(|(host, path, (scheme, other))| {
        if scheme.is_empty() {
            Address {
                target: path,
                authority: host.clone(),
                host,
            }
        } else {
            Address {
                target: format!("{scheme}{other}{path}"),
                host,
                authority: other,
            }
        }
    })
}

/// The base64 of 16 bytes, with any trailing bits.
fn key() -> impl Strategy<Value = String> {
    "[A-Za-z0-9+/]{22}==".prop_map(String::from)
}

fn upgrades() -> impl Strategy<Value = Vec<&'static str>> {
    select(vec![
        vec!["websocket"],
        vec!["WebSocket"],
        vec!["h2c, WEBSOCKET"],
        vec!["h2c", "websocket"],
        vec![",websocket,,"],
        vec!["websocket, foo/1", ""],
    ])
}

fn connections() -> impl Strategy<Value = Vec<&'static str>> {
    select(vec![
        vec!["Upgrade"],
        vec!["upgrade"],
        vec!["keep-alive, Upgrade"],
        vec!["keep-alive", "UPGRADE"],
        vec!["\t, Upgrade ,"],
        vec!["Upgrade", "close"],
    ])
}

fn extensions() -> impl Strategy<Value = Vec<&'static str>> {
    select(vec![
        vec![],
        vec!["permessage-deflate; client_max_window_bits"],
        vec!["x-other; a=\"b\"; c , permessage-deflate"],
        vec!["x-other", ",permessage-deflate; server_max_window_bits=10,"],
        vec!["permessage-deflate; unknown"],
    ])
}

pub(crate) fn token() -> impl Strategy<Value = String> {
    "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}".prop_map(String::from)
}

/// A field without a meaning here. The X in front keeps its name from being one that has a meaning.
fn extra_field() -> impl Strategy<Value = Field> {
    let value = proptest::collection::vec(
        prop_oneof![0x20_u8..0x7f, 0x80_u8..=0xff, Just(b'\t')],
        0..40,
    );
    (token(), value).prop_map(|(name, value)| {
        let value = value.trim_ascii().to_vec();
        Field {
            name: format!("X{name}"),
            colon: ":".into(),
            value,
            space: String::new(),
        }
    })
}

/// Letters whose case changes, and the white space around the value.
type Look = (u64, &'static str, &'static str);

fn look() -> impl Strategy<Value = Look> {
    let space = || select(vec!["", " ", "\t", " \t  "]);
    (any::<u64>(), space(), space())
}

fn dress(field: Field, (case, before, behind): &Look) -> Field {
    let letters = field
        .name
        .bytes()
        .enumerate()
        .map(|(n, byte)| match case >> (n % 64) & 1 {
            0 => char::from(byte),
            _ if byte.is_ascii_lowercase() => char::from(byte.to_ascii_uppercase()),
            _ => char::from(byte.to_ascii_lowercase()),
        });
    Field {
        name: letters.collect(),
        colon: format!(":{before}"),
        value: field.value,
        space: (*behind).into(),
    }
}
