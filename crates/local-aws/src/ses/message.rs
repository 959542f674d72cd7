//! `SendEmail`: what an e-mail must be (AWS API reference, `SendEmail` and its types).

use serde::Deserialize;
use serde_json::Value;

use super::addresses::Address;
use super::bad_request;
use crate::core::error::{ServiceError, ServiceResult};

/// Recipients of one e-mail (AWS docs, "Service quotas in Amazon SES").
const RECIPIENTS: usize = 50;
/// Headers of one's own (service model, `MessageHeaderList`).
const HEADERS: usize = 15;

/// `SendEmail` of the service model. What is not here is not implemented.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct SendEmail {
    from_email_address: Option<String>,
    #[serde(default)]
    destination: Destination,
    #[serde(default)]
    reply_to_addresses: Vec<String>,
    feedback_forwarding_email_address: Option<String>,
    content: Content,
    #[serde(default)]
    email_tags: Vec<Pair>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase", default)]
struct Destination {
    to_addresses: Vec<String>,
    cc_addresses: Vec<String>,
    bcc_addresses: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Content {
    simple: Option<Simple>,
    raw: Option<Value>,
    template: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Simple {
    subject: Text,
    body: Body,
    #[serde(default)]
    headers: Vec<Pair>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Body {
    text: Option<Text>,
    html: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Text {
    data: String,
    charset: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Pair {
    name: String,
    value: String,
}

/// An e-mail to send.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ToSend {
    pub from: Address,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub bcc: Vec<Address>,
    pub reply_to: Vec<Address>,
    /// Where bounces are told, if not to the sender.
    pub return_path: Option<Address>,
    pub subject: String,
    pub text: Option<String>,
    pub html: Option<String>,
    pub headers: Vec<(String, String)>,
    pub tags: Vec<(String, String)>,
}

impl ToSend {
    /// Everybody who gets it.
    pub(super) fn recipients(&self) -> impl Iterator<Item = &Address> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }

    #[cfg(test)]
    pub(super) fn blank() -> Self {
        Self {
            from: Address {
                given: String::new(),
                address: String::new(),
            },
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            reply_to: Vec::new(),
            return_path: None,
            subject: String::new(),
            text: None,
            html: None,
            headers: Vec::new(),
            tags: Vec::new(),
        }
    }
}

impl SendEmail {
    /// Checks everything there is to check without looking at the account.
    ///
    /// # Errors
    /// `BadRequestException`; not implemented for what is no simple e-mail.
    pub(super) fn check(self) -> ServiceResult<ToSend> {
        let Content {
            simple,
            raw,
            template,
        } = self.content;
        let kinds = [simple.is_some(), raw.is_some(), template.is_some()];
        if kinds.into_iter().filter(|given| *given).count() != 1 {
            return Err(bad_request(
                "Exactly one of Simple, Raw and Template must be given in Content.",
            ));
        }
        let Some(simple) = simple else {
            let kind = if raw.is_some() { "Raw" } else { "Template" };
            return Err(ServiceError::not_implemented(format!(
                "the content {kind} of ses:SendEmail: use Simple"
            )));
        };
        let Some(from) = self.from_email_address else {
            return Err(bad_request("FromEmailAddress must be given."));
        };
        let addresses = |given: &[String]| -> ServiceResult<Vec<Address>> {
            given.iter().map(|given| Address::read(given)).collect()
        };
        let (text, html) = (simple.body.text, simple.body.html);
        if text.is_none() && html.is_none() {
            return Err(bad_request("Body must have Text or Html."));
        }
        let subject = letters("Subject", simple.subject)?;
        if subject.contains(['\r', '\n']) {
            return Err(bad_request("Subject must be one line."));
        }
        let email = ToSend {
            from: Address::read(&from)?,
            to: addresses(&self.destination.to_addresses)?,
            cc: addresses(&self.destination.cc_addresses)?,
            bcc: addresses(&self.destination.bcc_addresses)?,
            reply_to: addresses(&self.reply_to_addresses)?,
            return_path: self
                .feedback_forwarding_email_address
                .map(|given| Address::read(&given))
                .transpose()?,
            subject,
            text: text.map(|text| letters("Text", text)).transpose()?,
            html: html.map(|html| letters("Html", html)).transpose()?,
            headers: headers(simple.headers)?,
            tags: tags(self.email_tags)?,
        };
        match email.recipients().count() {
            0 => Err(bad_request("Destination must have a recipient.")),
            1..=RECIPIENTS => Ok(email),
            _ => Err(bad_request(format!(
                "Recipient count exceeds {RECIPIENTS}."
            ))),
        }
    }
}

/// The letters of a part. Without a `Charset` it is 7-bit ASCII (AWS API reference, `Content`):
/// others have to name theirs.
fn letters(part: &str, text: Text) -> ServiceResult<String> {
    let Some(charset) = text.charset else {
        if text.data.is_ascii() {
            return Ok(text.data);
        }
        return Err(bad_request(format!(
            "{part} has characters beyond 7-bit ASCII and no Charset."
        )));
    };
    let upper = charset.to_ascii_uppercase();
    if !matches!(upper.as_str(), "UTF-8" | "US-ASCII" | "ASCII") {
        return Err(ServiceError::not_implemented(format!(
            "the Charset {charset} of ses:SendEmail: use UTF-8"
        )));
    }
    if upper != "UTF-8" && !text.data.is_ascii() {
        return Err(bad_request(format!(
            "{part} has characters beyond its Charset {charset}."
        )));
    }
    Ok(text.data)
}

/// Service model, `MessageHeader`.
fn headers(given: Vec<Pair>) -> ServiceResult<Vec<(String, String)>> {
    if given.len() > HEADERS {
        return Err(bad_request(format!(
            "There are more than {HEADERS} Headers."
        )));
    }
    given
        .into_iter()
        .map(|Pair { name, value }| {
            let name_ok = (1..=126).contains(&name.len())
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && byte != b':');
            let value_ok = (1..=995).contains(&value.len())
                && value
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() || byte == b' ');
            if name_ok && value_ok && name.len() + value.len() <= 996 {
                Ok((name, value))
            } else {
                Err(bad_request(format!("The header {name} is invalid.")))
            }
        })
        .collect()
}

/// AWS API reference, `MessageTag`.
fn tags(given: Vec<Pair>) -> ServiceResult<Vec<(String, String)>> {
    let ok = |text: &str| {
        (1..256).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    given
        .into_iter()
        .map(|Pair { name, value }| {
            if ok(&name) && ok(&value) {
                Ok((name, value))
            } else {
                Err(bad_request(format!(
                    "The tag {name}={value} is invalid: letters, digits, _ and - alone."
                )))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn whole() -> Value {
        json!({
            "FromEmailAddress": "Campus <events@example.com>",
            "Destination": { "ToAddresses": ["ada@example.org"] },
            "Content": { "Simple": {
                "Subject": { "Data": "Thank you" },
                "Body": { "Text": { "Data": "Grüße", "Charset": "UTF-8" } },
            } },
        })
    }

    fn check(pointer: &str, value: &Value) -> ServiceResult<ToSend> {
        let mut input = whole();
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        let Some(Value::Object(object)) = input.pointer_mut(parent) else {
            panic!("{pointer}");
        };
        if value.is_null() {
            object.remove(member);
        } else {
            object.insert(member.to_owned(), value.clone());
        }
        serde_json::from_value::<SendEmail>(input).unwrap().check()
    }

    #[test]
    fn a_simple_email() {
        let email = check("/ReplyToAddresses", &json!(["Help <help@example.com>"])).unwrap();
        assert_eq!(email.from.address, "events@example.com");
        assert_eq!(email.subject, "Thank you");
        assert_eq!(email.text.as_deref(), Some("Grüße"));
        assert_eq!(email.reply_to[0].given, "Help <help@example.com>");
        assert_eq!(email.recipients().count(), 1);
    }

    #[test]
    fn what_is_no_email_is_refused() {
        let many: Vec<String> = (0..51).map(|n| format!("a{n}@example.org")).collect();
        let headers: Vec<Value> = (0..16)
            .map(|_| json!({"Name": "X", "Value": "y"}))
            .collect();
        for (pointer, value) in [
            ("/FromEmailAddress", json!(null)),
            ("/FromEmailAddress", json!("events")),
            ("/Destination", json!(null)),
            ("/Destination", json!({})),
            ("/Destination/ToAddresses", json!([""])),
            ("/Destination/ToAddresses", json!(many)),
            ("/Content/Simple/Subject", json!({"Data": "Grüße"})),
            (
                "/Content/Simple/Subject",
                json!({"Data": "a\r\nBcc: b@example.org"}),
            ),
            ("/Content/Simple/Body", json!({})),
            (
                "/Content/Simple/Body",
                json!({"Text": {"Data": "ü", "Charset": "US-ASCII"}}),
            ),
            ("/Content/Simple/Headers", json!(headers)),
            (
                "/Content/Simple/Headers",
                json!([{"Name": "X:", "Value": "y"}]),
            ),
            (
                "/Content/Simple/Headers",
                json!([{"Name": "X", "Value": "a\nb"}]),
            ),
            ("/EmailTags", json!([{"Name": "a b", "Value": "c"}])),
            ("/Content", json!({})),
        ] {
            let error = check(pointer, &value).unwrap_err();
            assert_eq!(
                error.code, "BadRequestException",
                "{pointer} {value}: {error}"
            );
        }
    }

    #[test]
    fn what_is_not_implemented_says_so() {
        for (pointer, value) in [
            ("/Content", json!({"Raw": {"Data": "aGVsbG8="}})),
            ("/Content", json!({"Template": {"TemplateName": "t"}})),
            (
                "/Content/Simple/Subject",
                json!({"Data": "a", "Charset": "ISO-8859-1"}),
            ),
        ] {
            let error = check(pointer, &value).unwrap_err();
            assert!(error.is_not_implemented(), "{pointer} {value}: {error}");
        }
    }
}
