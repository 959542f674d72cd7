//! A message: what it must be, and the MD5s by which a client sees that it came through whole.

use std::collections::BTreeMap;

use base64::Engine;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::invalid;
use crate::core::error::{ServiceError, ServiceResult};

/// Attributes a message may have (AWS docs, "Amazon SQS message quotas").
const ATTRIBUTES: usize = 10;

/// The attributes of a message, by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// An attribute of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Attribute {
    /// Text, of the types `String` and `Number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// Base64, of the type `Binary`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
    /// In the model, and on AWS of no use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    string_list_values: Vec<String>,
    /// In the model, and on AWS of no use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    binary_list_values: Vec<String>,
    /// `String`, `Number` or `Binary`, with a label after a dot if one likes.
    pub data_type: String,
}

/// A message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The body.
    pub body: String,
    /// The attributes.
    pub attributes: Attributes,
    /// `AWSTraceHeader`, if given.
    pub system_attributes: Attributes,
    /// Held back for so long, seconds; `None`: as the queue says.
    pub delay: Option<i64>,
}

fn base(data_type: &str) -> &str {
    data_type
        .split_once('.')
        .map_or(data_type, |(base, _)| base)
}

impl Attribute {
    fn bytes(&self) -> Vec<u8> {
        match (&self.string_value, &self.binary_value) {
            (Some(text), _) => text.as_bytes().to_vec(),
            (None, Some(text)) => base64::engine::general_purpose::STANDARD
                .decode(text)
                .unwrap_or_default(),
            (None, None) => Vec::new(),
        }
    }
}

impl Message {
    /// Checks it against what the queue takes.
    ///
    /// # Errors
    /// `InvalidMessageContents`, `InvalidParameterValue`, `MissingParameter`.
    pub fn check(&self, maximum_size: usize) -> ServiceResult<()> {
        if self.body.is_empty() {
            return Err(super::missing("MessageBody"));
        }
        if !is_text(&self.body) {
            return Err(ServiceError::new(
                400,
                "InvalidMessageContents",
                "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
            ));
        }
        if let Some(delay) = self.delay
            && !(0..=900).contains(&delay)
        {
            return Err(invalid(format!(
                "Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
            )));
        }
        if self.attributes.len() > ATTRIBUTES {
            return Err(invalid(format!(
                "Number of message attributes [{}] exceeds the allowed maximum [{ATTRIBUTES}].",
                self.attributes.len()
            )));
        }
        for (name, attribute) in &self.attributes {
            check_attribute_name(name)?;
            check_attribute(name, attribute)?;
        }
        for (name, attribute) in &self.system_attributes {
            if name != "AWSTraceHeader" {
                return Err(invalid(format!(
                    "Message system attribute name '{name}' is invalid."
                )));
            }
            check_attribute(name, attribute)?;
            if base(&attribute.data_type) != "String" {
                return Err(invalid(
                    "The message system attribute 'AWSTraceHeader' must be of type String.",
                ));
            }
        }
        if self.size() > maximum_size {
            return Err(invalid(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {maximum_size} bytes."
            )));
        }
        Ok(())
    }

    /// Bytes that count against the quota: the body, and names, types and values of attributes.
    pub fn size(&self) -> usize {
        let attributes: usize = self
            .attributes
            .iter()
            .map(|(name, attribute)| {
                name.len() + attribute.data_type.len() + attribute.bytes().len()
            })
            .sum();
        self.body.len() + attributes
    }
}

/// The characters of XML 1.0.
fn is_text(text: &str) -> bool {
    text.chars().all(|letter| {
        matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
    })
}

fn check_attribute_name(name: &str) -> ServiceResult<()> {
    let lower = name.to_ascii_lowercase();
    let ok = (1..=256).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !lower.starts_with("aws.")
        && !lower.starts_with("amazon.");
    if ok {
        return Ok(());
    }
    Err(invalid(format!(
        "The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters; it cannot start or end with a period, have two in a row, or start with AWS. or Amazon."
    )))
}

fn check_attribute(name: &str, attribute: &Attribute) -> ServiceResult<()> {
    if !attribute.string_list_values.is_empty() || !attribute.binary_list_values.is_empty() {
        return Err(ServiceError::new(
            400,
            "UnsupportedOperation",
            "Message attribute list values in SendMessage operation are not supported.",
        ));
    }
    let data_type = attribute.data_type.as_str();
    if data_type.is_empty() {
        return Err(invalid(format!(
            "The message attribute '{name}' must contain a non-empty message attribute type."
        )));
    }
    let empty = || {
        invalid(format!(
            "The message attribute '{name}' must contain a non-empty message attribute value for message attribute type '{data_type}'."
        ))
    };
    if attribute.string_value.is_some() && attribute.binary_value.is_some() {
        return Err(invalid(format!(
            "Message attribute '{name}' has multiple values."
        )));
    }
    match base(data_type) {
        kind @ ("String" | "Number") => {
            let text = attribute
                .string_value
                .as_deref()
                .filter(|text| !text.is_empty())
                .ok_or_else(empty)?;
            if !is_text(text) {
                return Err(invalid(format!(
                    "The message attribute '{name}' has an invalid message attribute value: invalid characters found."
                )));
            }
            if kind == "Number" && !text.parse::<f64>().is_ok_and(f64::is_finite) {
                return Err(invalid(format!(
                    "Can't cast the value of message (user) attribute '{name}' to a number."
                )));
            }
            Ok(())
        }
        "Binary" => {
            let text = attribute
                .binary_value
                .as_deref()
                .filter(|text| !text.is_empty())
                .ok_or_else(empty)?;
            base64::engine::general_purpose::STANDARD
                .decode(text)
                .map(|_| ())
                .map_err(|_| {
                    ServiceError::new(400, "SerializationException", "a blob is not Base64")
                })
        }
        _ => Err(invalid(format!(
            "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
        ))),
    }
}

/// MD5 of a body, in hexadecimal.
pub fn md5_of_body(body: &str) -> String {
    const_hex::encode(Md5::digest(body))
}

/// MD5 of attributes, in hexadecimal: of name, type and value in the order of the names, each
/// with its length before it, and between type and value 1 for text or 2 for bytes (AWS docs,
/// "Calculating the MD5 message digest for message attributes"). `None` without any.
pub fn md5_of_attributes<'a>(
    attributes: impl IntoIterator<Item = (&'a String, &'a Attribute)>,
) -> Option<String> {
    let mut pieces: Vec<_> = attributes.into_iter().collect();
    if pieces.is_empty() {
        return None;
    }
    pieces.sort_by_key(|(name, _)| *name);
    let mut buffer = Vec::new();
    for (name, attribute) in pieces {
        put(&mut buffer, name.as_bytes());
        put(&mut buffer, attribute.data_type.as_bytes());
        buffer.push(if attribute.string_value.is_some() {
            1
        } else {
            2
        });
        put(&mut buffer, &attribute.bytes());
    }
    Some(const_hex::encode(Md5::digest(buffer)))
}

/// The length in four bytes, then the bytes.
fn put(buffer: &mut Vec<u8>, bytes: &[u8]) {
    // Far below 4 GiB: the quota is a megabyte.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    buffer.extend(length.to_be_bytes());
    buffer.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(data_type: &str, value: &str) -> Attribute {
        Attribute {
            string_value: Some(value.to_owned()),
            binary_value: None,
            string_list_values: Vec::new(),
            binary_list_values: Vec::new(),
            data_type: data_type.to_owned(),
        }
    }

    fn bytes(value: &str) -> Attribute {
        Attribute {
            string_value: None,
            binary_value: Some(value.to_owned()),
            ..text("Binary", "")
        }
    }

    fn message(body: &str, attributes: &[(&str, Attribute)]) -> Message {
        Message {
            body: body.to_owned(),
            attributes: attributes
                .iter()
                .map(|(name, attribute)| ((*name).to_owned(), attribute.clone()))
                .collect(),
            system_attributes: Attributes::new(),
            delay: None,
        }
    }

    fn code(message: &Message) -> String {
        message.check(1024).unwrap_err().code.into_owned()
    }

    #[test]
    fn the_digest_of_a_body_is_its_md5() {
        // RFC 1321, A.5.
        assert_eq!(md5_of_body("abc"), "900150983cd24fb0d6963f7d28e17f72");
    }

    #[test]
    fn the_digest_of_attributes_is_of_their_lengths_and_bytes_in_order() {
        let given = message("x", &[("b", bytes("AQI=")), ("a", text("String", "v"))]);
        let expected: &[u8] = b"\0\0\0\x01a\0\0\0\x06String\x01\0\0\0\x01v\
            \0\0\0\x01b\0\0\0\x06Binary\x02\0\0\0\x02\x01\x02";
        assert_eq!(
            md5_of_attributes(&given.attributes),
            Some(const_hex::encode(Md5::digest(expected)))
        );
        assert_eq!(md5_of_attributes(&Attributes::new()), None);
    }

    #[test]
    fn the_quota_counts_attributes_too() {
        assert_eq!(message(&"x".repeat(1024), &[]).check(1024), Ok(()));
        let more = message(&"x".repeat(1020), &[("a", text("String", "v"))]);
        assert_eq!(more.size(), 1028);
        assert_eq!(code(&more), "InvalidParameterValueException");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let value = "InvalidParameterValueException";
        for (given, expected) in [
            (message("", &[]), "MissingRequiredParameterException"),
            (message("\u{7}", &[]), "InvalidMessageContents"),
            (message("\u{ffff}", &[]), "InvalidMessageContents"),
            (message("x", &[("AWS.a", text("String", "v"))]), value),
            (message("x", &[("a b", text("String", "v"))]), value),
            (message("x", &[(".a", text("String", "v"))]), value),
            (message("x", &[("a", text("String", ""))]), value),
            (message("x", &[("a", text("Number", "one"))]), value),
            (message("x", &[("a", text("Text", "v"))]), value),
            (message("x", &[("a", text("Binary", "v"))]), value),
            (message("x", &[("a", bytes("!"))]), "SerializationException"),
        ] {
            assert_eq!(code(&given), expected, "{given:?}");
        }
        let mut late = message("x", &[]);
        late.delay = Some(901);
        assert_eq!(code(&late), value);
        let mut other = message("x", &[]);
        other
            .system_attributes
            .insert("SenderId".to_owned(), text("String", "v"));
        assert_eq!(code(&other), value);
        let many: Vec<(String, Attribute)> = (0..11)
            .map(|n| (format!("a{n}"), text("String", "v")))
            .collect();
        let mut many_given = message("x", &[]);
        many_given.attributes = many.into_iter().collect();
        assert_eq!(code(&many_given), value);
    }
}
