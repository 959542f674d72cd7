//! Access logs: one line per request in the stage's format.

use std::collections::BTreeMap;

/// The log group that an ARN names, with or without `:*` at its end.
pub(super) fn group_name(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(7, ':');
    let fixed = (parts.next()?, parts.next()?, parts.next()?);
    let (_region, _account) = (parts.next()?, parts.next()?);
    if fixed != ("arn", "aws", "logs") || parts.next()? != "log-group" {
        return None;
    }
    let name = parts.next()?;
    let name = name.strip_suffix(":*").unwrap_or(name);
    (!name.is_empty() && !name.contains(':')).then_some(name)
}

/// A line: each `$context.NAME` becomes its value, or `-` when it has none.
pub(super) fn line(format: &str, values: &BTreeMap<&str, String>) -> String {
    let mut line = String::with_capacity(format.len());
    let mut rest = format;
    while let Some(at) = rest.find("$context.") {
        line.push_str(&rest[..at]);
        rest = &rest[at + "$context.".len()..];
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_')
            .unwrap_or(rest.len());
        // A full stop at the end belongs to the sentence.
        let name = rest[..end].trim_end_matches('.');
        line.push_str(values.get(name).map_or("-", String::as_str));
        rest = &rest[name.len()..];
    }
    line.push_str(rest);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced() {
        let values = BTreeMap::from([
            ("status", "200".to_owned()),
            ("routeKey", "GET /".to_owned()),
        ]);
        assert_eq!(
            line(
                r#"{"s":"$context.status","r":"$context.routeKey","e":"$context.error.message"} $context.status."#,
                &values
            ),
            r#"{"s":"200","r":"GET /","e":"-"} 200."#
        );
        assert_eq!(line("plain $5", &values), "plain $5");
    }

    #[test]
    fn destinations_are_log_groups() {
        let arn = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/a:*";
        assert_eq!(group_name(arn), Some("/aws/vendedlogs/a"));
        assert_eq!(
            group_name(arn.trim_end_matches(":*")),
            Some("/aws/vendedlogs/a")
        );
        for wrong in ["", "arn:aws:s3:::b", "arn:aws:logs:us-east-1:0:log-group:"] {
            assert_eq!(group_name(wrong), None);
        }
    }
}
