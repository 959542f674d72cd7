//! The tests of conditions.

use serde_json::Value;

/// Whether the result of an action passes the test. Operators that the language
/// does not have pass nothing.
pub(super) fn holds(operator: &str, result: &Value, operand: &str) -> bool {
    if operator == "KeyExists" {
        return result.get(operand).is_some();
    }
    let text = text(result);
    match operator {
        // Whether the service minds case is not documented.
        "Equals" => text == operand,
        "TextStartsWith" => text.starts_with(operand),
        "TextEndsWith" => text.ends_with(operand),
        "TextContains" => text.contains(operand),
        _ => match (number(&text), number(operand)) {
            (Some(left), Some(right)) => match operator {
                "NumberGreaterThan" => left > right,
                "NumberGreaterOrEqualTo" => left >= right,
                "NumberLessThan" => left < right,
                "NumberLessOrEqualTo" => left <= right,
                _ => false,
            },
            _ => false,
        },
    }
}

/// A value as a text says it.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim()
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_and_numbers() {
        for (operator, result, operand, expected) in [
            ("Equals", "Yes", "Yes", true),
            ("Equals", "yes", "Yes", false),
            ("TextStartsWith", "+1800", "+1", true),
            ("TextEndsWith", "+1800", "00", true),
            ("TextContains", "anonymous", "nym", true),
            ("TextContains", "anonymous", "x", false),
            ("NumberGreaterThan", "10", "9", true),
            ("NumberGreaterThan", "9", "9", false),
            ("NumberGreaterOrEqualTo", "9", "9.0", true),
            ("NumberLessThan", "-1", "0", true),
            ("NumberLessOrEqualTo", "1", "0", false),
            ("NumberLessThan", "few", "9", false),
            ("NumberLessThan", "1", "many", false),
            ("NumberLessThan", "1", "inf", false),
            ("Matches", "1", "1", false),
        ] {
            assert_eq!(
                holds(operator, &json!(result), operand),
                expected,
                "{result} {operator} {operand}"
            );
        }
        assert!(holds("Equals", &json!(3), "3"));
        assert!(holds("KeyExists", &json!({"a": null}), "a"));
        assert!(!holds("KeyExists", &json!("a"), "a"));
    }
}
