//! Ids and ARNs: Connect takes either in most places.

use super::errors;
use crate::core::error::{ServiceError, ServiceResult};

/// The id in a reference to a resource of an instance: the id itself, or
/// `INSTANCE-ARN/WORD/ID`.
///
/// # Errors
/// `ResourceNotFoundException` for the ARN of another instance or kind.
pub fn id_of<'a>(instance_arn: &str, word: &str, reference: &'a str) -> ServiceResult<&'a str> {
    if !reference.starts_with("arn:") {
        return Ok(reference);
    }
    reference
        .strip_prefix(instance_arn)
        .and_then(|rest| rest.strip_prefix('/'))
        .and_then(|rest| rest.strip_prefix(word))
        .and_then(|rest| rest.strip_prefix('/'))
        .filter(|id| !id.is_empty() && !id.contains('/'))
        .ok_or_else(|| {
            errors::not_found(format!(
                "{reference} is no {word} of the instance {instance_arn}"
            ))
        })
}

/// A flow in a request: its id, and whether its draft is meant (`ID:$SAVED`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowReference {
    /// The flow's id.
    pub id: String,
    /// Whether `:$SAVED` follows.
    pub saved: bool,
}

impl FlowReference {
    /// Reads an id or ARN, with or without `:$SAVED`.
    ///
    /// # Errors
    /// `ResourceNotFoundException` for the ARN of another instance; not
    /// implemented for a version (`ID:3`) or another alias.
    pub fn parse(instance_arn: &str, reference: &str) -> ServiceResult<Self> {
        let rest = id_of(instance_arn, "contact-flow", reference)?;
        let (id, qualifier) = match rest.split_once(':') {
            Some((id, qualifier)) => (id, Some(qualifier)),
            None => (rest, None),
        };
        match qualifier {
            None | Some("$SAVED") => Ok(Self {
                id: id.to_owned(),
                saved: qualifier.is_some(),
            }),
            Some(other) => Err(ServiceError::not_implemented(format!(
                "flow versions and aliases other than $SAVED in connect ({other})"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTANCE: &str = "arn:aws:connect:us-east-1:000000000000:instance/i";

    #[test]
    fn an_id_and_its_arn_mean_the_same() {
        let arn = format!("{INSTANCE}/contact-flow/f");
        for (text, saved) in [
            ("f".to_owned(), false),
            (arn.clone(), false),
            ("f:$SAVED".to_owned(), true),
            (format!("{arn}:$SAVED"), true),
        ] {
            let reference = FlowReference::parse(INSTANCE, &text).unwrap();
            assert_eq!((reference.id.as_str(), reference.saved), ("f", saved));
        }
    }

    #[test]
    fn arns_of_others_are_not_found() {
        for text in [
            "arn:aws:connect:us-east-1:000000000000:instance/other/contact-flow/f",
            "arn:aws:connect:us-east-1:000000000000:instance/i/queue/f",
            "arn:aws:connect:us-east-1:000000000000:instance/i/contact-flow/",
        ] {
            let error = FlowReference::parse(INSTANCE, text).unwrap_err();
            assert_eq!(error.code, "ResourceNotFoundException", "{text}");
        }
    }

    #[test]
    fn a_version_is_not_implemented() {
        let error = FlowReference::parse(INSTANCE, "f:3").unwrap_err();
        assert_eq!(error.code, "NotImplementedByLocalAws");
    }
}
