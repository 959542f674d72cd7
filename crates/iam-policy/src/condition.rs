//! Conditions (AWS docs, "IAM JSON policy elements: Condition operators").

use jiff::Timestamp;

use super::{Context, PolicyError, Version, pattern};

/// How a key's values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    /// `ArnEquals` and `ArnLike` behave identically (AWS docs).
    Arn,
    Bool,
    Null,
    Numeric(Order),
    Date(Order),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Equals,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Over the values of a key that has many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// `ForAllValues:`; holds when the key is absent.
    All,
    /// `ForAnyValue:`; also what a plain operator does.
    Any,
}

/// A condition operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    comparison: Comparison,
    negated: bool,
    if_exists: bool,
    quantifier: Option<Quantifier>,
}

impl Operator {
    /// Reads a name such as `StringEquals`, `ForAllValues:StringLike` or
    /// `ArnLikeIfExists`.
    ///
    /// # Errors
    /// [`PolicyError::ConditionOperator`] for a name that AWS does not have,
    /// [`PolicyError::NotImplemented`] for one that it has and this has not.
    pub fn parse(name: &str) -> Result<Self, PolicyError> {
        use Comparison as C;
        let unknown = || PolicyError::ConditionOperator(name.to_owned());
        let (quantifier, rest) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (Some(Quantifier::All), rest),
            Some(("ForAnyValue", rest)) => (Some(Quantifier::Any), rest),
            Some(_) => return Err(unknown()),
            None => (None, name),
        };
        let (base, if_exists) = match rest.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let (comparison, negated) = match base {
            "StringEquals" => (C::StringEquals, false),
            "StringNotEquals" => (C::StringEquals, true),
            "StringEqualsIgnoreCase" => (C::StringEqualsIgnoreCase, false),
            "StringNotEqualsIgnoreCase" => (C::StringEqualsIgnoreCase, true),
            "StringLike" => (C::StringLike, false),
            "StringNotLike" => (C::StringLike, true),
            "ArnEquals" | "ArnLike" => (C::Arn, false),
            "ArnNotEquals" | "ArnNotLike" => (C::Arn, true),
            "Bool" => (C::Bool, false),
            "Null" if !if_exists && quantifier.is_none() => (C::Null, false),
            "NumericEquals" => (C::Numeric(Order::Equals), false),
            "NumericNotEquals" => (C::Numeric(Order::Equals), true),
            "NumericLessThan" => (C::Numeric(Order::Less), false),
            "NumericLessThanEquals" => (C::Numeric(Order::LessOrEqual), false),
            "NumericGreaterThan" => (C::Numeric(Order::Greater), false),
            "NumericGreaterThanEquals" => (C::Numeric(Order::GreaterOrEqual), false),
            "DateEquals" => (C::Date(Order::Equals), false),
            "DateNotEquals" => (C::Date(Order::Equals), true),
            "DateLessThan" => (C::Date(Order::Less), false),
            "DateLessThanEquals" => (C::Date(Order::LessOrEqual), false),
            "DateGreaterThan" => (C::Date(Order::Greater), false),
            "DateGreaterThanEquals" => (C::Date(Order::GreaterOrEqual), false),
            "IpAddress" | "NotIpAddress" | "BinaryEquals" => {
                return Err(PolicyError::NotImplemented(format!(
                    "the condition operator {name}"
                )));
            }
            _ => return Err(unknown()),
        };
        Ok(Self {
            comparison,
            negated,
            if_exists,
            quantifier,
        })
    }
}

/// One operator on one key.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The operator.
    pub operator: Operator,
    /// The key as written, e.g. `aws:SourceArn`.
    pub key: String,
    /// The values; one of them is enough, or none for a negated operator.
    pub values: Vec<String>,
}

impl Condition {
    pub(super) fn holds(&self, version: Version, context: &Context) -> bool {
        let operator = self.operator;
        let given = context
            .get(&self.key.to_ascii_lowercase())
            .filter(|given| !given.is_empty());
        if operator.comparison == Comparison::Null {
            let absent = if given.is_none() { "true" } else { "false" };
            return self
                .values
                .iter()
                .any(|value| value.eq_ignore_ascii_case(absent));
        }
        let Some(given) = given else {
            return operator.if_exists
                || match operator.quantifier {
                    Some(Quantifier::All) => true,
                    Some(Quantifier::Any) => false,
                    None => operator.negated,
                };
        };
        let one = |given: &String| {
            operator.negated
                != self
                    .values
                    .iter()
                    .any(|value| operator.comparison.holds(value, given, version, context))
        };
        match (operator.quantifier, operator.negated) {
            (Some(Quantifier::All), _) | (None, true) => given.iter().all(one),
            (Some(Quantifier::Any), _) | (None, false) => given.iter().any(one),
        }
    }
}

impl Comparison {
    /// Whether a value of the policy holds for a value of the request.
    fn holds(self, value: &str, given: &str, version: Version, context: &Context) -> bool {
        let expanded = || pattern::expand(value, version, context);
        match self {
            Self::StringEquals => expanded().is_some_and(|value| value == given),
            Self::StringEqualsIgnoreCase => {
                expanded().is_some_and(|value| value.to_lowercase() == given.to_lowercase())
            }
            Self::StringLike => pattern::like(value, given, version, context),
            Self::Arn => pattern::arn_like(value, given, version, context),
            Self::Bool => value.eq_ignore_ascii_case(given),
            // Decided by the presence of the key alone.
            Self::Null => false,
            Self::Numeric(order) => match (value.parse::<f64>(), given.parse::<f64>()) {
                (Ok(value), Ok(given)) => order.holds(&given, &value),
                _ => false,
            },
            Self::Date(order) => match (date(value), date(given)) {
                (Some(value), Some(given)) => order.holds(&given, &value),
                _ => false,
            },
        }
    }
}

impl Order {
    fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equals => left == right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// ISO 8601 or seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    text.parse()
        .ok()
        .or_else(|| Timestamp::from_second(text.parse().ok()?).ok())
}

#[cfg(test)]
mod tests {
    use super::super::context;
    use super::*;

    fn holds(operator: &str, values: &[&str], given: Option<&[&str]>) -> bool {
        let mut context = Context::new();
        if let Some(given) = given {
            context.insert(
                "k".to_owned(),
                given.iter().map(|value| (*value).to_owned()).collect(),
            );
        }
        Condition {
            operator: Operator::parse(operator).unwrap(),
            key: "K".to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        }
        .holds(Version::V2012, &context)
    }

    #[test]
    fn single_values() {
        let arn = "arn:aws:connect:us-east-1:1:instance/a";
        for (operator, values, given, expected) in [
            ("StringEquals", &["a", "b"][..], "b", true),
            ("StringEquals", &["a*"][..], "ab", false),
            ("StringEquals", &["A"][..], "a", false),
            ("StringEqualsIgnoreCase", &["A"][..], "a", true),
            ("StringNotEquals", &["a", "b"][..], "b", false),
            ("StringNotEquals", &["a", "b"][..], "c", true),
            ("StringLike", &["a*"][..], "ab", true),
            (
                "ArnLike",
                &["arn:aws:connect:*:1:instance/*"][..],
                arn,
                true,
            ),
            (
                "ArnEquals",
                &["arn:aws:connect:*:2:instance/*"][..],
                arn,
                false,
            ),
            ("Bool", &["true"][..], "TRUE", true),
            ("NumericLessThan", &["10"][..], "9", true),
            ("NumericLessThan", &["10"][..], "x", false),
            (
                "DateGreaterThan",
                &["2026-01-01T00:00:00Z"][..],
                "2026-02-01T00:00:00Z",
                true,
            ),
        ] {
            assert_eq!(
                holds(operator, values, Some(&[given])),
                expected,
                "{operator} {values:?} on {given}"
            );
        }
    }

    #[test]
    fn absent_keys() {
        for (operator, expected) in [
            ("StringEquals", false),
            ("StringNotEquals", true),
            ("StringEqualsIfExists", true),
            ("ForAllValues:StringEquals", true),
            ("ForAnyValue:StringEquals", false),
            ("ForAnyValue:StringNotEquals", false),
        ] {
            assert_eq!(holds(operator, &["a"], None), expected, "{operator}");
        }
        assert!(holds("Null", &["true"], None));
        assert!(!holds("Null", &["true"], Some(&["a"])));
    }

    #[test]
    fn keys_with_many_values() {
        let given = Some(&["a", "c"][..]);
        assert!(!holds("ForAllValues:StringEquals", &["a", "b"], given));
        assert!(holds("ForAllValues:StringEquals", &["a", "b", "c"], given));
        assert!(holds("ForAnyValue:StringEquals", &["a", "b"], given));
        assert!(holds("ForAnyValue:StringNotEquals", &["a", "b"], given));
        assert!(!holds("ForAllValues:StringNotEquals", &["a", "b"], given));
    }

    #[test]
    fn unknown_operators_are_refused_and_missing_ones_named() {
        assert_eq!(
            Operator::parse("StringEqual").unwrap_err().to_string(),
            "Invalid Condition type : StringEqual."
        );
        assert!(matches!(
            Operator::parse("IpAddress"),
            Err(PolicyError::NotImplemented(_))
        ));
        assert!(Operator::parse("NullIfExists").is_err());
    }

    #[test]
    fn variables_in_values() {
        let condition = Condition {
            operator: Operator::parse("StringEquals").unwrap(),
            key: "aws:SourceAccount".to_owned(),
            values: vec!["${aws:PrincipalAccount}".to_owned()],
        };
        let context = context([("aws:SourceAccount", "1"), ("aws:PrincipalAccount", "1")]);
        assert!(condition.holds(Version::V2012, &context));
        assert!(!condition.holds(Version::V2008, &context));
    }
}
