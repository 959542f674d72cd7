//! What the function is told, from the environment.

use crate::message::{Template, TemplateError};
use crate::numbers;
use crate::record::Registration;

/// What the function is told to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `TABLE_NAME`: the table of the registrations.
    pub table_name: String,
    /// `EVENT_ID`: the event that registrations without a text of their own are for.
    pub event_id: String,
    /// `SMS_TEXT` for `EVENT_NAME`.
    pub template: Template,
    /// `ALLOWED_COUNTRIES`: countries (ISO 3166-1) whose numbers are texted; empty for all.
    pub allowed_countries: Vec<String>,
    /// How an SMS is sent.
    pub sms: SmsSettings,
    /// How an e-mail is sent beside it; `None` for no e-mails.
    pub email: Option<EmailSettings>,
}

/// How an SMS is sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SmsSettings {
    /// `SMS_SENDER_ID`: what is shown as the sender where countries allow it.
    pub sender_id: Option<String>,
    /// `SMS_ORIGINATION_NUMBER`: a number of the account (E.164, or a short code) that it comes from.
    pub origination_number: Option<String>,
    /// `SMS_ENTITY_ID`: the sender's registration in India.
    pub entity_id: Option<String>,
    /// `SMS_TEMPLATE_ID`: the text's registration in India.
    pub template_id: Option<String>,
}

/// How an e-mail is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailSettings {
    /// `EMAIL_SENDER`: the address that it comes from.
    pub sender: String,
    /// `EMAIL_SUBJECT`: its subject; `{event}` stands for the event.
    pub subject: String,
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
    /// The origination number is none.
    #[error(
        "SMS_ORIGINATION_NUMBER is neither a number with a plus sign before it nor a short code"
    )]
    OriginationNumber,
    /// No country is written so.
    #[error("ALLOWED_COUNTRIES: {0:?} is no country; each is two capital letters")]
    Country(String),
    /// The sender of e-mails is no address.
    #[error("EMAIL_SENDER is no e-mail address")]
    EmailSender,
    /// Without the one, the function may not send as the other.
    #[error("EMAIL_SENDER and EMAIL_IDENTITY_ARN are given together or not at all")]
    EmailIdentity,
}

/// The subject of e-mails that are given none.
const SUBJECT: &str = "You are registered for {event}";

impl Settings {
    /// Reads the settings through `variable`.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] for the first that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let needed = |name| given(name).ok_or(SettingsError::Missing(name));
        let sms = SmsSettings {
            sender_id: given("SMS_SENDER_ID"),
            origination_number: given("SMS_ORIGINATION_NUMBER"),
            entity_id: given("SMS_ENTITY_ID"),
            template_id: given("SMS_TEMPLATE_ID"),
        };
        if sms.sender_id.as_deref().is_some_and(|id| !is_sender_id(id)) {
            return Err(SettingsError::SenderId);
        }
        let number = sms.origination_number.as_deref();
        if number.is_some_and(|number| !is_origination_number(number)) {
            return Err(SettingsError::OriginationNumber);
        }
        let allowed = given("ALLOWED_COUNTRIES").unwrap_or_default();
        let allowed_countries = allowed
            .split(',')
            .filter(|country| !country.is_empty())
            .map(country)
            .collect::<Result<_, _>>()?;
        if given("EMAIL_SENDER").is_some() != given("EMAIL_IDENTITY_ARN").is_some() {
            return Err(SettingsError::EmailIdentity);
        }
        let email = given("EMAIL_SENDER").map(|sender| EmailSettings {
            sender,
            subject: given("EMAIL_SUBJECT").unwrap_or_else(|| SUBJECT.to_owned()),
        });
        if email
            .as_ref()
            .is_some_and(|email| !is_address(&email.sender))
        {
            return Err(SettingsError::EmailSender);
        }
        Ok(Self {
            table_name: needed("TABLE_NAME")?,
            event_id: needed("EVENT_ID")?,
            template: Template::new(&needed("SMS_TEXT")?, &needed("EVENT_NAME")?)?,
            allowed_countries,
            sms,
            email,
        })
    }

    /// What a registration is confirmed with: the event's name and the text that it carries, which are
    /// those of the time when the visitor registered; where it carries none, those of this function, if
    /// it is for this function's event.
    ///
    /// # Errors
    ///
    /// Why nobody knows with what. Another version of the function may.
    pub fn template_of(&self, registration: &Registration) -> Result<Template, String> {
        match (&registration.sms_text, &registration.event_name) {
            (Some(text), Some(event)) => Template::new(text, event)
                .map_err(|error| format!("the text of the registration: {error}")),
            _ if registration.event == self.event_id => Ok(self.template.clone()),
            _ => Err("it carries no text, and is not for the event of this function".to_owned()),
        }
    }

    /// Why a number is texted neither now nor later, if so.
    #[must_use]
    pub fn objection(&self, phone: &str) -> Option<&'static str> {
        if !numbers::can_exist(phone) {
            return Some("there can be no such number");
        }
        let is_allowed = self.allowed_countries.is_empty()
            || numbers::country(phone)
                .is_some_and(|country| self.allowed_countries.iter().any(|one| one == country));
        (!is_allowed).then_some("numbers of its country are not texted")
    }
}

/// AWS docs, "Publishing SMS messages to a mobile phone": `AWS.SNS.SMS.SenderID`.
fn is_sender_id(id: &str) -> bool {
    (1..=11).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && id.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// AWS docs, "Publishing SMS messages to a mobile phone": `AWS.MM.SMS.OriginationNumber`, 5 to 14
/// digits in the service's words; a number in E.164 has up to fifteen and its plus sign.
fn is_origination_number(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or(number);
    (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_address(address: &str) -> bool {
    address.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.contains('@')
    }) && address.bytes().all(|byte| byte.is_ascii_graphic())
}

fn country(id: &str) -> Result<String, SettingsError> {
    let id = id.trim();
    if id.len() == 2 && id.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(id.to_owned())
    } else {
        Err(SettingsError::Country(id.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(changed: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::read(|name| {
            if let Some((_, value)) = changed.iter().find(|(given, _)| *given == name) {
                return Some((*value).to_owned());
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

    fn registration(event: &str, own: Option<(&str, &str)>) -> Registration {
        Registration {
            phone: "+14155550123".to_owned(),
            event: event.to_owned(),
            name: "Ada".to_owned(),
            email: None,
            event_name: own.map(|(name, _)| name.to_owned()),
            sms_text: own.map(|(_, text)| text.to_owned()),
        }
    }

    #[test]
    fn what_is_optional_may_be_left_out() {
        let plain = read(&[("SMS_SENDER_ID", "")]).unwrap();
        assert_eq!((plain.sms, plain.email), (SmsSettings::default(), None));
        let named = read(&[
            ("SMS_SENDER_ID", "OpenHouse"),
            ("SMS_ORIGINATION_NUMBER", "+12065550100"),
            ("EMAIL_SENDER", "events@example.com"),
            (
                "EMAIL_IDENTITY_ARN",
                "arn:aws:ses:us-east-1:000000000000:identity/example.com",
            ),
        ])
        .unwrap();
        assert_eq!(named.sms.sender_id.as_deref(), Some("OpenHouse"));
        assert_eq!(named.email.unwrap().subject, SUBJECT);
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for name in ["TABLE_NAME", "EVENT_ID", "EVENT_NAME", "SMS_TEXT"] {
            assert_eq!(read(&[(name, "")]), Err(SettingsError::Missing(name)));
        }
        for sender in ["12345", "Open House", "TwelveLetter"] {
            let read = read(&[("SMS_SENDER_ID", sender)]);
            assert_eq!(read, Err(SettingsError::SenderId));
        }
        for number in ["OpenHouse", "+1 206", "1234"] {
            let read = read(&[("SMS_ORIGINATION_NUMBER", number)]);
            assert_eq!(read, Err(SettingsError::OriginationNumber));
        }
        assert_eq!(
            read(&[("SMS_TEXT", "hello")]).unwrap_err().to_string(),
            "SMS_TEXT: the text does not contain {name}"
        );
        assert_eq!(
            read(&[("ALLOWED_COUNTRIES", "US,usa")]).unwrap_err(),
            SettingsError::Country("usa".to_owned())
        );
        let alone = read(&[("EMAIL_SENDER", "events@example.com")]);
        assert_eq!(alone, Err(SettingsError::EmailIdentity));
        let no_address = read(&[("EMAIL_SENDER", "events"), ("EMAIL_IDENTITY_ARN", "a")]);
        assert_eq!(no_address, Err(SettingsError::EmailSender));
    }

    #[test]
    fn a_registration_is_confirmed_with_what_it_carries() {
        let settings = read(&[]).unwrap();
        let write = |registration: &Registration| {
            settings
                .template_of(registration)
                .map(|template| template.write("Ada"))
        };
        let own = Some(("Winter", "Hi {name}, {event}"));
        assert_eq!(
            write(&registration("winter", own)).unwrap(),
            "Hi Ada, Winter"
        );
        assert_eq!(
            write(&registration("open-house", own)).unwrap(),
            "Hi Ada, Winter"
        );
        assert_eq!(
            write(&registration("open-house", None)).unwrap(),
            "Ada: Open House"
        );
        assert!(write(&registration("winter", None)).is_err());
        assert!(write(&registration("winter", Some(("Winter", "Hi")))).is_err());
    }

    #[test]
    fn numbers_of_other_countries_are_objected_to() {
        let settings = read(&[("ALLOWED_COUNTRIES", "US, GB")]).unwrap();
        assert_eq!(settings.objection("+14155550123"), None);
        assert_eq!(settings.objection("+447700900123"), None);
        assert!(settings.objection("+14165550123").is_some());
        assert!(settings.objection("+11111111111").is_some());
        assert_eq!(read(&[]).unwrap().objection("+14165550123"), None);
    }
}
