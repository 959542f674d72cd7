//! Conditional requests (RFC 9110, section 13, and AWS docs, "Conditional requests").

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::errors;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Request;

/// The conditions of a request.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Conditions {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
    if_modified_since: Option<Timestamp>,
    if_unmodified_since: Option<Timestamp>,
}

/// Entity tags without quotes, or any.
#[derive(Debug, Clone, PartialEq)]
enum Tags {
    Any,
    Some(Vec<String>),
}

impl Tags {
    fn read(text: &str) -> Self {
        let tags: Vec<String> = text
            .split(',')
            .map(|tag| tag.trim())
            // S3 compares weak tags as strong ones.
            .map(|tag| tag.strip_prefix("W/").unwrap_or(tag))
            .map(|tag| tag.trim_matches('"').to_owned())
            .collect();
        if tags.iter().any(|tag| tag == "*") {
            return Self::Any;
        }
        Self::Some(tags)
    }

    fn have(&self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Some(tags) => tags.iter().any(|tag| tag == etag),
        }
    }
}

/// What the conditions of a GET or HEAD come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Answer it.
    Proceed,
    /// 304.
    NotModified,
    /// 412; the condition that did not hold.
    Failed(&'static str),
}

impl Conditions {
    /// Those of the headers. A date that cannot be read is as if absent (RFC 9110).
    pub fn read(request: &Request) -> Self {
        let tags = |name| request.header(name).map(Tags::read);
        let date = |name| {
            let parser = rfc2822::DateTimeParser::new();
            parser.parse_timestamp(request.header(name)?).ok()
        };
        Self {
            if_match: tags("if-match"),
            if_none_match: tags("if-none-match"),
            if_modified_since: date("if-modified-since"),
            if_unmodified_since: date("if-unmodified-since"),
        }
    }

    /// For a GET or HEAD of an object with this ETag (without quotes).
    pub fn on_read(&self, etag: &str, modified: Timestamp) -> Outcome {
        // Dates in headers have no fractions.
        let modified = modified.as_second();
        match (&self.if_match, self.if_unmodified_since) {
            (Some(tags), _) if !tags.have(etag) => return Outcome::Failed("If-Match"),
            (None, Some(since)) if modified > since.as_second() => {
                return Outcome::Failed("If-Unmodified-Since");
            }
            _ => {}
        }
        match (&self.if_none_match, self.if_modified_since) {
            (Some(tags), _) if tags.have(etag) => Outcome::NotModified,
            (None, Some(since)) if modified <= since.as_second() => Outcome::NotModified,
            _ => Outcome::Proceed,
        }
    }

    /// For a PUT or DELETE over what is there: the ETag of the current object, if any.
    ///
    /// # Errors
    /// `PreconditionFailed`; `NoSuchKey` for an `If-Match` on nothing; `NotImplemented`, as
    /// on AWS, for an `If-None-Match` with a tag.
    pub fn on_write(&self, key: &str, current: Option<&str>) -> ServiceResult<()> {
        match &self.if_none_match {
            Some(Tags::Any) if current.is_some() => {
                return Err(errors::precondition_failed("If-None-Match"));
            }
            Some(Tags::Some(_)) => {
                return Err(ServiceError::new(
                    501,
                    "NotImplemented",
                    "A header you provided implies functionality that is not implemented",
                )
                .with("Header", "If-None-Match"));
            }
            _ => {}
        }
        match (&self.if_match, current) {
            (Some(_), None) => Err(errors::no_such_key(key)),
            (Some(tags), Some(etag)) if !tags.have(etag) => {
                Err(errors::precondition_failed("If-Match"))
            }
            _ => Ok(()),
        }
    }
}

/// A time as in `Last-Modified`.
pub fn http_date(time: Timestamp) -> String {
    rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&time)
        // Only years before 0 or after 9999 have no such form.
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderName, HeaderValue, Method};

    const MODIFIED: &str = "2026-01-31T12:00:00.7Z";

    fn conditions(headers: &[(&str, &str)]) -> Conditions {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        Conditions::read(&Request {
            method: Method::GET,
            path: String::new(),
            query: Vec::new(),
            headers: map,
            body: bytes::Bytes::new(),
        })
    }

    fn read(headers: &[(&str, &str)]) -> Outcome {
        conditions(headers).on_read("aa", MODIFIED.parse().unwrap())
    }

    const BEFORE: &str = "Sat, 31 Jan 2026 11:59:59 GMT";
    const THEN: &str = "Sat, 31 Jan 2026 12:00:00 GMT";

    #[test]
    fn reads() {
        use Outcome::{Failed, NotModified, Proceed};
        for (headers, expected) in [
            (&[][..], Proceed),
            (&[("if-match", "\"aa\"")][..], Proceed),
            (&[("if-match", "aa")][..], Proceed),
            (&[("if-match", "*")][..], Proceed),
            (&[("if-match", "\"bb\", W/\"aa\"")][..], Proceed),
            (&[("if-match", "\"bb\"")][..], Failed("If-Match")),
            (&[("if-none-match", "\"aa\"")][..], NotModified),
            (&[("if-none-match", "*")][..], NotModified),
            (&[("if-none-match", "\"bb\"")][..], Proceed),
            (&[("if-modified-since", BEFORE)][..], Proceed),
            (&[("if-modified-since", THEN)][..], NotModified),
            (&[("if-modified-since", "yesterday")][..], Proceed),
            (
                &[("if-unmodified-since", BEFORE)][..],
                Failed("If-Unmodified-Since"),
            ),
            (&[("if-unmodified-since", THEN)][..], Proceed),
            // The tag counts, not the date, where both are given.
            (
                &[("if-match", "aa"), ("if-unmodified-since", BEFORE)][..],
                Proceed,
            ),
            (
                &[("if-none-match", "aa"), ("if-modified-since", BEFORE)][..],
                NotModified,
            ),
            (
                &[("if-none-match", "bb"), ("if-modified-since", THEN)][..],
                Proceed,
            ),
        ] {
            assert_eq!(read(headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn writes() {
        let write = |name, value, current| {
            conditions(&[(name, value)])
                .on_write("k", current)
                .map_err(|error| error.code.into_owned())
        };
        let code = |code: &str| Err(code.to_owned());
        assert_eq!(write("if-none-match", "*", None), Ok(()));
        assert_eq!(
            write("if-none-match", "*", Some("aa")),
            code("PreconditionFailed")
        );
        assert_eq!(
            write("if-none-match", "\"aa\"", None),
            code("NotImplemented")
        );
        assert_eq!(write("if-match", "\"aa\"", Some("aa")), Ok(()));
        assert_eq!(
            write("if-match", "\"bb\"", Some("aa")),
            code("PreconditionFailed")
        );
        assert_eq!(write("if-match", "\"aa\"", None), code("NoSuchKey"));
    }

    #[test]
    fn dates_have_the_form_of_http() {
        assert_eq!(http_date(MODIFIED.parse().unwrap()), THEN);
    }
}
