//! Layers of a function, as configuration: what is in them is not here, and a function
//! that has one does not run.

use serde_json::{Value, json};

use super::errors;
use super::names::is_word;
use crate::core::constraint::Checks;
use crate::core::error::ServiceResult;
use crate::core::world::ACCOUNT;

/// Layers of a function (AWS docs, "Lambda quotas").
const LIMIT: usize = 5;

/// Characters of a layer version's ARN (botocore 1.43, which the foreign clients have; 1.44
/// says 2048).
const ARN_LIMIT: usize = 140;

/// The parts of a layer version's ARN.
struct Parts<'a> {
    region: &'a str,
    account: &'a str,
    /// The ARN without the version.
    layer: &'a str,
}

/// `arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION`.
fn parse(arn: &str) -> Option<Parts<'_>> {
    let parts: Vec<&str> = arn.split(':').collect();
    let [
        "arn",
        partition,
        "lambda",
        region,
        account,
        "layer",
        name,
        version,
    ] = parts[..]
    else {
        return None;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let known = partition.is_empty() || partition.starts_with("aws");
    let region_ok = region.contains('-') && region.ends_with(|last: char| last.is_ascii_digit());
    (known
        && region_ok
        && account.len() == 12
        && digits(account)
        && is_word(name)
        && digits(version))
    .then(|| Parts {
        region,
        account,
        layer: &arn[..arn.len() - version.len() - 1],
    })
}

/// Checks what the service model says of an ARN. Layers of AWS's own
/// (`arn:aws:lambda:::awslayer:…`) are not for callers.
pub fn check(checks: &mut Checks, arn: &str) {
    checks.length("layers", arn, 1, ARN_LIMIT);
    if parse(arn).is_none() {
        checks.pattern(
            "layers",
            arn,
            "((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+))",
        );
    }
}

/// Refuses what AWS refuses beyond the model. A layer of this account cannot be there, as
/// none can be published.
///
/// # Errors
/// `InvalidParameterValueException`.
pub fn check_values(layers: &[String], region: &str) -> ServiceResult<()> {
    if layers.len() > LIMIT {
        return Err(errors::invalid(format!(
            "Cannot reference more than {LIMIT} layers."
        )));
    }
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for arn in layers {
        // Checked before.
        let Some(parts) = parse(arn) else { continue };
        if parts.region != region {
            return Err(errors::invalid(format!(
                "Layers are not in the same region as the function. Layers are expected to be in \
                 region {region}."
            )));
        }
        if parts.account == ACCOUNT {
            return Err(errors::invalid(format!(
                "Layer version {arn} does not exist."
            )));
        }
        if let Some((_, other)) = seen.iter().find(|(layer, _)| *layer == parts.layer) {
            return Err(errors::invalid(format!(
                "Two different versions of the same layer are not allowed to be referenced in the \
                 same function. {other} and {arn}."
            )));
        }
        seen.push((parts.layer, arn));
    }
    Ok(())
}

/// `LayersReferenceList` of the service model; how large they are is not known.
pub fn to_json(layers: &[String]) -> Value {
    layers.iter().map(|arn| json!({ "Arn": arn })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(account: &str, version: u32) -> String {
        format!("arn:aws:lambda:us-east-1:{account}:layer:spy:{version}")
    }

    #[test]
    fn a_layer_is_named_by_the_arn_of_its_version() {
        for (arn, right) in [
            (layer("444455556666", 1), true),
            (
                "arn:aws:lambda:us-east-1:444455556666:layer:spy".to_owned(),
                false,
            ),
            ("spy".to_owned(), false),
            (
                "arn:aws:lambda:us-east-1:444455556666:function:spy:1".to_owned(),
                false,
            ),
        ] {
            let mut checks = Checks::default();
            check(&mut checks, &arn);
            assert_eq!(checks.done().is_ok(), right, "{arn}");
        }
    }

    #[test]
    fn five_layers_of_this_region_that_are_there_and_each_once() {
        let refused = |layers: &[String]| {
            check_values(layers, "us-east-1")
                .map_err(|error| (error.code.into_owned(), error.message))
        };
        let many: Vec<String> = (0..6)
            .map(|at| format!("arn:aws:lambda:us-east-1:444455556666:layer:l{at}:1"))
            .collect();
        assert_eq!(refused(&many[..5]), Ok(()));
        for (layers, words) in [
            (many, "more than 5 layers"),
            (
                vec![layer("444455556666", 1), layer("444455556666", 2)],
                "same layer",
            ),
            (vec![layer(ACCOUNT, 1)], "does not exist"),
            (
                vec![layer("444455556666", 1).replace("us-east-1", "eu-west-2")],
                "region",
            ),
        ] {
            let (code, message) = refused(&layers).unwrap_err();
            assert_eq!(code, "InvalidParameterValueException");
            assert!(message.contains(words), "{message}");
        }
    }
}
