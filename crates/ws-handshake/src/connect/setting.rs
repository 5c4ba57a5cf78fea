//! The setting that announces the extended CONNECT.

use core::fmt;

/// A client's view of
/// [`SETTINGS_ENABLE_CONNECT_PROTOCOL`](super::SETTINGS_ENABLE_CONNECT_PROTOCOL).
///
/// ```
/// # use ws_handshake::connect::ConnectSetting;
/// let mut setting = ConnectSetting::default();
/// assert!(!setting.is_enabled());
/// setting.receive(1)?;
/// assert!(setting.is_enabled());
/// assert!(setting.receive(0).is_err());
/// # Ok::<(), ws_handshake::connect::SettingError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ConnectSetting {
    enabled: bool,
}

impl ConnectSetting {
    /// Takes a value that the server sent.
    ///
    /// # Errors
    ///
    /// [`SettingError`]. The connection then ends with
    /// [`H2_PROTOCOL_ERROR`](super::H2_PROTOCOL_ERROR) or
    /// [`H3_SETTINGS_ERROR`](super::H3_SETTINGS_ERROR).
    pub const fn receive(&mut self, value: u64) -> Result<(), SettingError> {
        match value {
            0 if self.enabled => Err(SettingError::Withdrawn),
            0 => Ok(()),
            1 => {
                self.enabled = true;
                Ok(())
            }
            _ => Err(SettingError::Value),
        }
    }

    /// Returns whether the client can send an extended CONNECT.
    #[must_use]
    pub const fn is_enabled(self) -> bool {
        self.enabled
    }
}

/// A value that the setting cannot have (RFC 8441 §3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum SettingError {
    /// Neither 0 nor 1.
    Value,
    /// 0 after 1.
    Withdrawn,
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value => "the setting is neither 0 nor 1",
            Self::Withdrawn => "the setting went from 1 to 0",
        })
    }
}

impl core::error::Error for SettingError {}
