//! The event and the text, from the environment.

use crate::message::{Template, TemplateError};

/// What the function is told to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `TABLE_NAME`: the table of the registrations.
    pub table_name: String,
    /// `EVENT_ID`: the event whose registrations are confirmed.
    pub event_id: String,
    /// `SMS_TEXT` for `EVENT_NAME`.
    pub template: Template,
    /// `SMS_SENDER_ID`: what is shown as the sender where countries allow it.
    pub sender_id: Option<String>,
}

/// Why the settings cannot be worked with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A variable is not set.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// The text is not right.
    #[error("SMS_TEXT: {0}")]
    Text(#[from] TemplateError),
    /// The sender is not one that SNS takes.
    #[error("SMS_SENDER_ID is not 1 to 11 letters and digits with at least one letter")]
    SenderId,
}

impl Settings {
    /// Reads the settings through `variable`.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] for the first that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let needed = |name| given(name).ok_or(SettingsError::Missing(name));
        let sender_id = given("SMS_SENDER_ID");
        if sender_id.as_deref().is_some_and(|id| !is_sender_id(id)) {
            return Err(SettingsError::SenderId);
        }
        Ok(Self {
            table_name: needed("TABLE_NAME")?,
            event_id: needed("EVENT_ID")?,
            template: Template::new(&needed("SMS_TEXT")?, &needed("EVENT_NAME")?)?,
            sender_id,
        })
    }
}

/// AWS docs, "Publishing SMS messages to a mobile phone": `AWS.SNS.SMS.SenderID`.
fn is_sender_id(id: &str) -> bool {
    (1..=11).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && id.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(changed: &str, value: &str) -> Result<Settings, SettingsError> {
        Settings::read(|name| {
            if name == changed {
                return Some(value.to_owned());
            }
            let value = match name {
                "TABLE_NAME" => "registrations",
                "EVENT_ID" => "open-house",
                "EVENT_NAME" => "Open House",
                "SMS_TEXT" => "{name}: {event}",
                _ => return None,
            };
            Some(value.to_owned())
        })
    }

    #[test]
    fn a_sender_is_optional() {
        assert_eq!(read("", "").unwrap().sender_id, None);
        assert_eq!(read("SMS_SENDER_ID", "").unwrap().sender_id, None);
        let named = read("SMS_SENDER_ID", "OpenHouse").unwrap();
        assert_eq!(named.sender_id.as_deref(), Some("OpenHouse"));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for name in ["TABLE_NAME", "EVENT_ID", "EVENT_NAME", "SMS_TEXT"] {
            assert_eq!(read(name, ""), Err(SettingsError::Missing(name)));
        }
        for sender in ["12345", "Open House", "TwelveLetter"] {
            assert_eq!(read("SMS_SENDER_ID", sender), Err(SettingsError::SenderId));
        }
        assert_eq!(
            read("SMS_TEXT", "hello").unwrap_err().to_string(),
            "SMS_TEXT: the text does not contain {name}"
        );
    }
}
