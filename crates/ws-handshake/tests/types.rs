//! Traits and sizes of the public types.

use core::error::Error;

use ws_handshake::connect::{
    ConnectAccept, ConnectRequest, ConnectRequestError, ConnectResponse, ConnectSetting, Malformed,
    SettingError,
};
use ws_handshake::extension::deflate::{
    DeflateOffer, DeflateServer, PerMessageDeflate, WindowBits,
};
use ws_handshake::extension::{
    Extension, ExtensionParameter, ExtensionParameters, Extensions, ParameterValue,
};
use ws_handshake::{
    Accept, Accepted, Agreed, Backoff, ClientRequest, FieldError, FieldIter, Fields,
    HandshakeError, HeadError, HeadScanner, Host, Key, Limits, Offer, OriginError, OriginList,
    OriginPolicy, PlainRequest, Protocol, Protocols, Request, Response, ResponseError,
    ServerResponse, Upgrade, Url, UrlError, Values,
};

#[test]
fn all_types_go_between_threads() {
    const fn go<T: Send + Sync + Unpin + Clone + core::fmt::Debug>() {}
    go::<(
        Accept<'_>,
        Accepted<'_>,
        Agreed<'_>,
        Backoff,
        ClientRequest<'_>,
        FieldIter<'_>,
        Fields<'_>,
        HeadScanner,
    )>();
    go::<(
        Host<'_>,
        Key,
        Limits,
        Offer<'_>,
        OriginList,
        OriginPolicy,
        PlainRequest<'_>,
        Protocol<'_>,
        Protocols<'_>,
    )>();
    go::<(
        Request<'_>,
        Response<'_>,
        ServerResponse<'_>,
        Upgrade<'_>,
        Url<'_>,
        Values<'_, '_>,
    )>();
    go::<(
        ConnectAccept<'_>,
        ConnectRequest<'_>,
        ConnectResponse<'_>,
        ConnectSetting,
    )>();
    go::<(DeflateOffer, DeflateServer, PerMessageDeflate, WindowBits)>();
    go::<(
        Extension<'_>,
        Extensions<'_>,
        ExtensionParameter<'_>,
        ExtensionParameters<'_>,
        ParameterValue<'_>,
    )>();
}

#[test]
fn errors_are_errors_and_small() {
    const fn error<T: Error + Send + Sync + Copy + 'static>(most: usize) {
        assert!(size_of::<T>() <= most);
    }
    error::<HandshakeError>(2);
    error::<HeadError>(1);
    error::<ResponseError>(4);
    error::<FieldError>(1);
    error::<OriginError>(1);
    error::<UrlError>(1);
    error::<ConnectRequestError>(2);
    error::<Malformed>(1);
    error::<SettingError>(1);
}

/// These types are passed by value.
#[test]
fn requests_and_answers_are_small() {
    assert!(size_of::<Upgrade<'_>>() <= 128);
    assert!(size_of::<Accept<'_>>() <= 96);
    assert!(size_of::<HeadScanner>() <= 48);
}
