//! Names of functions as requests give them: a name, a partial ARN or an ARN,
//! each with or without a qualifier; and the ARNs that answers give.

use super::errors;
use crate::core::constraint::Checks;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::world::ACCOUNT;

/// The unpublished version.
pub const LATEST: &str = "$LATEST";

const NAME_PATTERN: &str = "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?";

/// A function as a request names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionName {
    /// The bare name.
    pub name: String,
    /// `$LATEST`, a version's number or an alias.
    pub qualifier: Option<String>,
}

impl FunctionName {
    /// Reads `FunctionName` and the `Qualifier` beside it, for a function of
    /// this Region and account.
    ///
    /// # Errors
    /// `ValidationException` for a malformed name, `ResourceNotFoundException`
    /// for another Region, `AccessDeniedException` for another account,
    /// `InvalidParameterValueException` for qualifiers that disagree.
    pub fn read(text: &str, qualifier: Option<&str>, region: &str) -> ServiceResult<Self> {
        let mut checks = Checks::default();
        let limit = if text.starts_with("arn:") || text.contains(':') {
            256
        } else {
            64
        };
        checks.length("functionName", text, 1, limit);
        let parsed = Parts::parse(text);
        if parsed.is_none() {
            checks.pattern("functionName", text, NAME_PATTERN);
        }
        if let Some(qualifier) = qualifier {
            checks.length("qualifier", qualifier, 1, 128);
            if !(qualifier == LATEST || is_word(qualifier)) {
                checks.pattern(
                    "qualifier",
                    qualifier,
                    "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
                );
            }
        }
        checks.done()?;
        let Some(parts) = parsed else {
            return Err(ServiceError::internal("a name that is no name"));
        };
        parts.check_home(region)?;
        let derived = parts.qualifier.map(str::to_owned);
        let qualifier = match (derived, qualifier) {
            (Some(derived), Some(given)) if derived != given => {
                return Err(errors::invalid(
                    "The derived qualifier from the function name does not match the specified qualifier.",
                ));
            }
            (derived, given) => derived.or_else(|| given.map(str::to_owned)),
        };
        Ok(Self {
            name: parts.name.to_owned(),
            qualifier,
        })
    }

    /// The ARN, with the qualifier when there is one.
    pub fn arn(&self, region: &str) -> String {
        arn(region, &self.name, self.qualifier.as_deref())
    }

    /// The qualifier, or `$LATEST`.
    pub fn qualifier_or_latest(&self) -> &str {
        self.qualifier.as_deref().unwrap_or(LATEST)
    }
}

/// `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]`.
pub fn arn(region: &str, name: &str, qualifier: Option<&str>) -> String {
    let tail = qualifier.map_or(String::new(), |qualifier| format!(":{qualifier}"));
    format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{name}{tail}")
}

/// Whether a text is of `[a-zA-Z0-9-_]+`.
pub fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Whether a qualifier is a version's number.
pub fn is_version_number(qualifier: &str) -> bool {
    !qualifier.is_empty() && qualifier.bytes().all(|byte| byte.is_ascii_digit())
}

#[derive(Debug, PartialEq, Eq)]
struct Parts<'a> {
    region: Option<&'a str>,
    account: Option<&'a str>,
    name: &'a str,
    qualifier: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut rest = text;
        if let Some(after) = rest.strip_prefix("arn:") {
            let (partition, after) = after.split_once(':')?;
            let known = partition.is_empty()
                || partition.strip_prefix("aws").is_some_and(|tail| {
                    tail.bytes()
                        .all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
                });
            if !known {
                return None;
            }
            rest = after.strip_prefix("lambda:")?;
        }
        let region = take(&mut rest, is_region);
        let account = take(&mut rest, |part| {
            part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit())
        });
        take(&mut rest, |part| part == "function");
        let (name, qualifier) = match rest.split_once(':') {
            Some((name, qualifier)) => (name, Some(qualifier)),
            None => (rest, None),
        };
        let qualified = qualifier.is_none_or(|text| text == LATEST || is_word(text));
        (is_word(name) && qualified).then_some(Self {
            region,
            account,
            name,
            qualifier,
        })
    }

    fn check_home(&self, region: &str) -> ServiceResult<()> {
        if let Some(other) = self.region
            && other != region
        {
            return Err(errors::not_found(format!(
                "Functions from '{other}' are not reachable in this region ('{region}')"
            )));
        }
        match self.account {
            Some(account) if account != ACCOUNT => Err(errors::access_denied(format!(
                "functions of account {account} are not reachable from account {ACCOUNT}"
            ))),
            _ => Ok(()),
        }
    }
}

/// Takes the part before the next colon when it is what is looked for.
fn take<'a>(rest: &mut &'a str, wanted: impl Fn(&str) -> bool) -> Option<&'a str> {
    let (part, after) = rest.split_once(':')?;
    wanted(part).then(|| {
        *rest = after;
        part
    })
}

/// `[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lower = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let number = |part: &str| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        [land, area, last] => land.len() == 2 && lower(land) && lower(area) && number(last),
        [land, kind, area, last] => {
            let iso = kind
                .strip_prefix("iso")
                .is_some_and(|tail| tail.is_empty() || (tail.len() == 1 && lower(tail)));
            land.len() == 2 && lower(land) && (*kind == "gov" || iso) && lower(area) && number(last)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<(String, Option<String>), String> {
        FunctionName::read(text, None, "us-east-1")
            .map(|name| (name.name, name.qualifier))
            .map_err(|error| error.code.into_owned())
    }

    #[test]
    fn every_form_of_a_name_is_understood() {
        for text in [
            "greet",
            "function:greet",
            "000000000000:greet",
            "000000000000:function:greet",
            "us-east-1:000000000000:function:greet",
            "arn:aws:lambda:us-east-1:000000000000:function:greet",
        ] {
            assert_eq!(read(text), Ok(("greet".to_owned(), None)), "{text}");
            assert_eq!(
                read(&format!("{text}:live")),
                Ok(("greet".to_owned(), Some("live".to_owned()))),
                "{text}:live"
            );
        }
        assert_eq!(
            read("greet:$LATEST"),
            Ok(("greet".to_owned(), Some(LATEST.to_owned())))
        );
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "a b",
            "greet:",
            "greet:live:more",
            "arn:aws:sqs:us-east-1:000000000000:queue",
            "arn:gcp:lambda:us-east-1:000000000000:function:greet",
            "greet:$LATES",
        ] {
            assert_eq!(read(text), Err("ValidationException".to_owned()), "{text}");
        }
        assert_eq!(read(&"a".repeat(65)), Err("ValidationException".to_owned()));
    }

    #[test]
    fn other_regions_and_accounts_are_out_of_reach() {
        assert_eq!(
            read("arn:aws:lambda:eu-west-2:000000000000:function:greet"),
            Err("ResourceNotFoundException".to_owned())
        );
        assert_eq!(
            read("111122223333:function:greet"),
            Err("AccessDeniedException".to_owned())
        );
    }

    #[test]
    fn two_qualifiers_must_agree() {
        let both = |given| FunctionName::read("greet:live", Some(given), "us-east-1");
        assert_eq!(both("live").unwrap().qualifier.as_deref(), Some("live"));
        assert_eq!(
            both("other").unwrap_err().code,
            "InvalidParameterValueException"
        );
    }

    proptest! {
        #[test]
        fn an_arn_reads_back_as_what_it_was_made_of(
            name in "[a-zA-Z0-9_-]{1,64}",
            qualifier in proptest::option::of("[a-zA-Z0-9_-]{1,20}"),
        ) {
            let text = arn("us-east-1", &name, qualifier.as_deref());
            let read = FunctionName::read(&text, None, "us-east-1").unwrap();
            prop_assert_eq!(read.arn("us-east-1"), text);
            prop_assert_eq!(read.name, name);
            prop_assert_eq!(read.qualifier, qualifier);
        }
    }
}
