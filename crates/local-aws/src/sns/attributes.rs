//! Message attributes: the reserved ones say how an SMS is sent (AWS docs, "Publishing SMS
//! messages to a mobile phone").

use base64::Engine;
use serde::Deserialize;

use super::invalid;
use crate::core::error::{ServiceError, ServiceResult};

/// An entry of `MessageAttributes`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Attribute {
    pub name: String,
    pub value: Given,
}

/// A value and its type.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Given {
    pub data_type: Option<String>,
    pub string_value: Option<String>,
    pub binary_value: Option<String>,
}

/// How an SMS is sent; `None`: as the account's settings say.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct SmsOptions {
    pub sender_id: Option<String>,
    pub sms_type: Option<SmsType>,
    pub max_price: Option<String>,
    pub origination_number: Option<String>,
    pub entity_id: Option<String>,
    pub template_id: Option<String>,
}

/// `AWS.SNS.SMS.SMSType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsType {
    /// Cheap rather than reliable.
    Promotional,
    /// Reliable rather than cheap.
    Transactional,
}

impl SmsType {
    /// By its name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "Promotional" => Some(Self::Promotional),
            "Transactional" => Some(Self::Transactional),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Promotional => "Promotional",
            Self::Transactional => "Transactional",
        }
    }
}

/// A sender id: 1 to 11 letters and digits, at least one of them a letter.
pub(super) fn is_sender_id(text: &str) -> bool {
    (1..=11).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// What `DestinationCountryParameterValue` may be.
fn is_registered_id(text: &str) -> bool {
    (1..=64).contains(&text.chars().count()) && !text.contains(char::is_whitespace)
}

/// Reads the attributes of a message.
///
/// # Errors
/// `ParameterValueInvalid` for a value that is not of its type, `InvalidParameter` for a
/// reserved attribute that cannot be so; a reserved one that is not known here is not
/// implemented. Attributes of the sender's own are of no effect on an SMS, as on AWS.
pub(super) fn read(attributes: &[Attribute]) -> ServiceResult<SmsOptions> {
    let mut options = SmsOptions::default();
    for attribute in attributes {
        let name = attribute.name.as_str();
        let value = plain(attribute)?;
        let refused = |reason: &str| {
            invalid(format_args!(
                "{name} Reason: {} {reason}",
                value.as_deref().unwrap_or("a value of this type")
            ))
        };
        let text = |kind: &str| match (&value, attribute.value.data_type.as_deref()) {
            (Some(value), Some(given)) if given == kind => Ok(value.clone()),
            _ => Err(refused(&format!("is not of the data type {kind}"))),
        };
        match name {
            "AWS.SNS.SMS.SenderID" => {
                let id = text("String")?;
                if !is_sender_id(&id) {
                    return Err(refused(
                        "is no sender ID: 1 to 11 letters and digits, at least one letter",
                    ));
                }
                options.sender_id = Some(id);
            }
            "AWS.SNS.SMS.SMSType" => {
                let kind = SmsType::parse(&text("String")?)
                    .ok_or_else(|| refused("is neither Promotional nor Transactional"))?;
                options.sms_type = Some(kind);
            }
            "AWS.SNS.SMS.MaxPrice" => {
                let price = text("Number")?;
                if price.parse::<f64>().is_ok_and(f64::is_sign_negative) {
                    return Err(refused("is no price"));
                }
                options.max_price = Some(price);
            }
            "AWS.MM.SMS.OriginationNumber" => {
                let number = text("String")?;
                let digits = number.strip_prefix('+').unwrap_or(&number);
                let ok = (5..=14).contains(&digits.len())
                    && digits.bytes().all(|byte| byte.is_ascii_digit());
                if !ok {
                    return Err(refused("is no origination number: 5 to 14 digits"));
                }
                options.origination_number = Some(number);
            }
            // What a regulatory body gave the sender and the text, as India's does; what they may
            // be is said by the model of the service that sends SMS for SNS
            // (pinpoint-sms-voice-v2, `DestinationCountryParameterValue`).
            "AWS.MM.SMS.EntityId" | "AWS.MM.SMS.TemplateId" => {
                let id = text("String")?;
                if !is_registered_id(&id) {
                    return Err(refused(
                        "is no ID of a registration: 1 to 64 characters, none of them a space",
                    ));
                }
                if name == "AWS.MM.SMS.EntityId" {
                    options.entity_id = Some(id);
                } else {
                    options.template_id = Some(id);
                }
            }
            // Not a name of SNS, though it looks like one: AWS passes over it, and the SMS
            // goes out from another number than was meant.
            "AWS.SNS.SMS.OriginationNumber" => {
                return Err(refused(
                    "has no effect: the attribute is named AWS.MM.SMS.OriginationNumber",
                ));
            }
            other if other.starts_with("AWS.") => {
                return Err(ServiceError::not_implemented(format!(
                    "the message attribute {other}"
                )));
            }
            _ => {}
        }
    }
    Ok(options)
}

/// A value that is of its type; `None` for bytes.
fn plain(attribute: &Attribute) -> ServiceResult<Option<String>> {
    let Attribute { name, value } = attribute;
    let wrong = |message: String| ServiceError::new(400, "ParameterValueInvalid", message);
    let name_ok = (1..=256).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..");
    if !name_ok {
        return Err(wrong(format!(
            "The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters; it cannot start or end with a period, or have two in a row."
        )));
    }
    let Some(data_type) = value.data_type.as_deref() else {
        return Err(wrong(format!(
            "The message attribute '{name}' must contain non-empty message attribute type."
        )));
    };
    let empty = || {
        wrong(format!(
            "The message attribute '{name}' must contain non-empty message attribute value for message attribute type '{data_type}'."
        ))
    };
    let text = || value.string_value.clone().filter(|text| !text.is_empty());
    match data_type
        .split_once('.')
        .map_or(data_type, |(base, _)| base)
    {
        "String" => text().map(Some).ok_or_else(empty),
        "Number" => {
            let number = text().ok_or_else(empty)?;
            if number.parse::<f64>().is_ok_and(f64::is_finite) {
                return Ok(Some(number));
            }
            Err(wrong(format!(
                "Could not cast message attribute '{name}' value to number."
            )))
        }
        "Binary" => {
            let bytes = value.binary_value.as_deref().ok_or_else(empty)?;
            base64::engine::general_purpose::STANDARD
                .decode(bytes)
                .map_err(|_| empty())?;
            Ok(None)
        }
        _ => Err(wrong(format!(
            "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(name: &str, data_type: &str, value: &str) -> Attribute {
        Attribute {
            name: name.to_owned(),
            value: Given {
                data_type: Some(data_type.to_owned()),
                string_value: Some(value.to_owned()),
                binary_value: None,
            },
        }
    }

    #[test]
    fn the_reserved_ones_say_how_it_is_sent() {
        let options = read(&[
            attribute("AWS.SNS.SMS.SenderID", "String", "Campus1"),
            attribute("AWS.SNS.SMS.SMSType", "String", "Transactional"),
            attribute("AWS.SNS.SMS.MaxPrice", "Number", "0.50"),
            attribute("AWS.MM.SMS.OriginationNumber", "String", "+15555550100"),
            attribute("AWS.MM.SMS.EntityId", "String", "1201159123456789012"),
            attribute("AWS.MM.SMS.TemplateId", "String", "1107159123456789012"),
            attribute("my.own", "Number.int", "7"),
        ])
        .unwrap();
        assert_eq!(
            options,
            SmsOptions {
                sender_id: Some("Campus1".to_owned()),
                sms_type: Some(SmsType::Transactional),
                max_price: Some("0.50".to_owned()),
                origination_number: Some("+15555550100".to_owned()),
                entity_id: Some("1201159123456789012".to_owned()),
                template_id: Some("1107159123456789012".to_owned()),
            }
        );
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (name, data_type, value, code) in [
            (
                "AWS.SNS.SMS.SenderID",
                "String",
                "TwelveLetters",
                "InvalidParameter",
            ),
            (
                "AWS.SNS.SMS.SenderID",
                "String",
                "12345",
                "InvalidParameter",
            ),
            ("AWS.SNS.SMS.SenderID", "String", "a b", "InvalidParameter"),
            ("AWS.SNS.SMS.SenderID", "Number", "1", "InvalidParameter"),
            (
                "AWS.SNS.SMS.SMSType",
                "String",
                "transactional",
                "InvalidParameter",
            ),
            ("AWS.SNS.SMS.MaxPrice", "String", "0.5", "InvalidParameter"),
            ("AWS.SNS.SMS.MaxPrice", "Number", "-0.5", "InvalidParameter"),
            (
                "AWS.SNS.SMS.MaxPrice",
                "Number",
                "cheap",
                "ParameterValueInvalid",
            ),
            (
                "AWS.MM.SMS.OriginationNumber",
                "String",
                "1234",
                "InvalidParameter",
            ),
            (
                "AWS.SNS.SMS.OriginationNumber",
                "String",
                "12345",
                "InvalidParameter",
            ),
            ("AWS.MM.SMS.EntityId", "String", "1 2", "InvalidParameter"),
            ("AWS.MM.SMS.TemplateId", "Number", "12", "InvalidParameter"),
            (
                "AWS.MM.SMS.Keyword",
                "String",
                "1",
                "NotImplementedByLocalAws",
            ),
            ("a", "Text", "x", "ParameterValueInvalid"),
            ("a", "String", "", "ParameterValueInvalid"),
            ("a b", "String", "x", "ParameterValueInvalid"),
            ("a..b", "String", "x", "ParameterValueInvalid"),
            ("a", "Binary", "x", "ParameterValueInvalid"),
        ] {
            let error = read(&[attribute(name, data_type, value)]).unwrap_err();
            assert_eq!(error.code, code, "{name} {data_type} {value}: {error}");
        }
    }
}
