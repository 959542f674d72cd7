//! Parameters: what the template declares, and the values bound to them.

use indexmap::IndexMap;
use regex::Regex;
use serde_json::Value;

use super::Template;
use super::error::TemplateError;
use crate::core::property::scalar;

/// What is shown instead of the value of a `NoEcho` parameter.
pub const NO_ECHO: &str = "****";

/// The type of a parameter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// `String`.
    #[default]
    Text,
    /// `Number`.
    Number,
    /// `List<Number>`.
    NumberList,
    /// `CommaDelimitedList`.
    List,
}

impl Kind {
    /// Its name in a template.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "String",
            Self::Number => "Number",
            Self::NumberList => "List<Number>",
            Self::List => "CommaDelimitedList",
        }
    }
}

/// A parameter as the template declares it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Declaration {
    /// `Type`.
    pub kind: Kind,
    /// `Default`.
    pub default: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// `NoEcho`.
    pub no_echo: bool,
    /// `AllowedValues`; empty when any is allowed.
    pub allowed_values: Vec<String>,
    allowed_pattern: Option<String>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    min_value: Option<f64>,
    max_value: Option<f64>,
    constraint_description: Option<String>,
}

impl Declaration {
    /// Reads one.
    ///
    /// # Errors
    /// Unknown types and members, constraints that do not fit the type.
    pub(super) fn read(key: &str, value: Value) -> Result<Self, TemplateError> {
        let Value::Object(members) = value else {
            return Err(TemplateError::Format(
                "Every Parameters member must be an object.".to_owned(),
            ));
        };
        let mut declaration = Self::default();
        let mut kind = None;
        for (name, value) in members {
            let malformed = || {
                TemplateError::Format(format!(
                    "Every {name} member of parameter {key} must be a string."
                ))
            };
            let text = || scalar(&value).ok_or_else(malformed);
            let number = || {
                scalar(&value)
                    .and_then(|text| text.parse::<f64>().ok())
                    .filter(|number| number.is_finite())
                    .ok_or_else(|| {
                        TemplateError::Format(format!(
                            "{name} of parameter {key} must be a number."
                        ))
                    })
            };
            let length = || {
                scalar(&value)
                    .and_then(|text| text.parse::<usize>().ok())
                    .ok_or_else(|| {
                        TemplateError::Format(format!(
                            "{name} of parameter {key} must be an integer."
                        ))
                    })
            };
            match name.as_str() {
                "Type" => kind = Some(text()?),
                "Default" => declaration.default = Some(text()?),
                "Description" => declaration.description = Some(text()?),
                "ConstraintDescription" => declaration.constraint_description = Some(text()?),
                "NoEcho" => declaration.no_echo = text()?.eq_ignore_ascii_case("true"),
                "AllowedPattern" => declaration.allowed_pattern = Some(text()?),
                "AllowedValues" => {
                    declaration.allowed_values = value
                        .as_array()
                        .and_then(|items| items.iter().map(scalar).collect())
                        .ok_or_else(|| {
                            TemplateError::Format(format!(
                                "AllowedValues of parameter {key} must be a list of strings."
                            ))
                        })?;
                }
                "MinLength" => declaration.min_length = Some(length()?),
                "MaxLength" => declaration.max_length = Some(length()?),
                "MinValue" => declaration.min_value = Some(number()?),
                "MaxValue" => declaration.max_value = Some(number()?),
                _ => {
                    return Err(TemplateError::Format(format!(
                        "Invalid template parameter property '{name}'"
                    )));
                }
            }
        }
        let kind = kind.ok_or_else(|| {
            TemplateError::Format("Every Parameters object must contain a Type member.".to_owned())
        })?;
        declaration.kind = match kind.as_str() {
            "String" => Kind::Text,
            "Number" => Kind::Number,
            "List<Number>" => Kind::NumberList,
            "CommaDelimitedList" => Kind::List,
            other if other.starts_with("AWS::") || other.starts_with("List<AWS::") => {
                return Err(TemplateError::NotImplemented(format!(
                    "the type {other} of parameter {key}"
                )));
            }
            other => {
                return Err(TemplateError::Format(format!(
                    "Unrecognized parameter type: {other}"
                )));
            }
        };
        if let Some(pattern) = &declaration.allowed_pattern {
            compile(key, pattern)?;
        }
        Ok(declaration)
    }

    /// Checks a value against type and constraints.
    ///
    /// # Errors
    /// In CloudFormation's words; `ConstraintDescription` where it is given.
    pub fn check(&self, key: &str, value: &str) -> Result<(), TemplateError> {
        let words = match &self.constraint_description {
            Some(description) => {
                format!("Parameter {key} failed to satisfy constraint: {description}")
            }
            None => String::new(),
        };
        let broken = |otherwise: String| {
            TemplateError::Parameter(if words.is_empty() {
                otherwise
            } else {
                words.clone()
            })
        };
        // AWS docs, CloudFormation quotas: 4,096 bytes.
        if value.len() > 4096 {
            return Err(TemplateError::Parameter(format!(
                "Parameter '{key}' must contain at most 4096 characters"
            )));
        }
        let items: Vec<&str> = match self.kind {
            Kind::Text | Kind::Number => vec![value],
            Kind::List | Kind::NumberList => value.split(',').map(str::trim).collect(),
        };
        for item in items {
            if matches!(self.kind, Kind::Number | Kind::NumberList) {
                let number = item
                    .trim()
                    .parse::<f64>()
                    .ok()
                    .filter(|number| number.is_finite())
                    .ok_or_else(|| {
                        TemplateError::Parameter(format!("Parameter '{key}' must be a number."))
                    })?;
                if let Some(least) = self.min_value.filter(|least| number < *least) {
                    return Err(broken(format!(
                        "Parameter '{key}' must be a number not less than {least}"
                    )));
                }
                if let Some(most) = self.max_value.filter(|most| number > *most) {
                    return Err(broken(format!(
                        "Parameter '{key}' must be a number not greater than {most}"
                    )));
                }
            }
            if !self.allowed_values.is_empty()
                && !self.allowed_values.iter().any(|allowed| allowed == item)
            {
                return Err(broken(format!(
                    "Parameter '{key}' must be one of AllowedValues"
                )));
            }
            let length = item.chars().count();
            if let Some(least) = self.min_length.filter(|least| length < *least) {
                return Err(broken(format!(
                    "Parameter '{key}' must contain at least {least} characters"
                )));
            }
            if let Some(most) = self.max_length.filter(|most| length > *most) {
                return Err(broken(format!(
                    "Parameter '{key}' must contain at most {most} characters"
                )));
            }
            if let Some(pattern) = &self.allowed_pattern
                && !compile(key, pattern)?.is_match(item)
            {
                return Err(broken(format!(
                    "Parameter '{key}' must match pattern {pattern}"
                )));
            }
        }
        Ok(())
    }

    /// The value that `Ref` gives.
    pub fn value(&self, text: &str) -> Value {
        match self.kind {
            Kind::Text | Kind::Number => Value::from(text),
            Kind::List | Kind::NumberList => text
                .split(',')
                .map(|item| Value::from(item.trim()))
                .collect(),
        }
    }

    /// The value as it may be shown.
    pub fn shown<'a>(&self, text: &'a str) -> &'a str {
        if self.no_echo { NO_ECHO } else { text }
    }
}

/// The pattern must match the whole value, as `String.matches` of Java does.
fn compile(key: &str, pattern: &str) -> Result<Regex, TemplateError> {
    Regex::new(&format!("^(?:{pattern})$")).map_err(|error| match error {
        regex::Error::Syntax(message)
            if message.contains("look-around") || message.contains("backreference") =>
        {
            TemplateError::NotImplemented(format!(
                "look-around and back references in AllowedPattern of parameter {key}"
            ))
        }
        _ => TemplateError::Format(format!(
            "AllowedPattern of parameter {key} is no valid pattern"
        )),
    })
}

/// A value given for a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// `ParameterValue`.
    Value(String),
    /// `UsePreviousValue`.
    Previous,
}

/// Values for every declared parameter: what was given, else the default.
///
/// # Errors
/// Parameters that are not declared, have no value or break a constraint.
pub fn bind(
    template: &Template,
    given: &IndexMap<String, Given>,
    previous: &IndexMap<String, String>,
) -> Result<IndexMap<String, String>, TemplateError> {
    let unknown: Vec<String> = given
        .keys()
        .filter(|key| !template.parameters.contains_key(*key))
        .cloned()
        .collect();
    if !unknown.is_empty() {
        return Err(TemplateError::UnknownParameters(unknown));
    }
    let mut bound = IndexMap::new();
    let mut missing = Vec::new();
    for (key, declaration) in &template.parameters {
        let value = match given.get(key) {
            Some(Given::Value(value)) => Some(value),
            Some(Given::Previous) => match previous.get(key) {
                Some(value) => Some(value),
                None => {
                    return Err(TemplateError::Parameter(format!(
                        "Invalid input for parameter key {key}. Cannot specify usePreviousValue as true for a parameter key not in the previous template"
                    )));
                }
            },
            None => declaration.default.as_ref(),
        };
        match value {
            Some(value) => {
                bound.insert(key.clone(), value.clone());
            }
            None => missing.push(key.clone()),
        }
    }
    if !missing.is_empty() {
        return Err(TemplateError::MissingParameters(missing));
    }
    for (key, value) in &bound {
        template.parameters[key].check(key, value)?;
    }
    Ok(bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn template(parameters: Value) -> Template {
        super::super::shape::shape(
            json!({"Parameters": parameters, "Resources": {"A": {"Type": "X"}}}),
        )
        .unwrap()
    }

    fn bound(parameters: Value, given: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let given = given
            .iter()
            .map(|(key, value)| ((*key).to_owned(), Given::Value((*value).to_owned())))
            .collect();
        bind(&template(parameters), &given, &IndexMap::new())
            .map(|bound| bound.into_values().collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_given_wins_over_the_default() {
        let parameters =
            json!({"A": {"Type": "String", "Default": "x"}, "B": {"Type": "Number", "Default": 3}});
        assert_eq!(bound(parameters.clone(), &[]).unwrap(), ["x", "3"]);
        assert_eq!(bound(parameters, &[("A", "y")]).unwrap(), ["y", "3"]);
    }

    #[test]
    fn previous_values_are_used_when_asked_for() {
        let template = template(json!({"A": {"Type": "String", "Default": "x"}}));
        let given = IndexMap::from([("A".to_owned(), Given::Previous)]);
        let previous = IndexMap::from([("A".to_owned(), "old".to_owned())]);
        let values = bind(&template, &given, &previous).unwrap();
        assert_eq!(values["A"], "old");
        let error = bind(&template, &given, &IndexMap::new()).unwrap_err();
        assert!(error.to_string().contains("usePreviousValue"), "{error}");
    }

    #[test]
    fn values_that_are_missing_or_not_declared_are_refused() {
        insta::assert_snapshot!(bound(json!({"A": {"Type": "String"}, "B": {"Type": "String"}}), &[]).unwrap_err(), @"Parameters: [A, B] must have values");
        insta::assert_snapshot!(bound(json!({}), &[("Z", "1")]).unwrap_err(), @"Parameters: [Z] do not exist in the template");
    }

    #[test]
    fn constraints_are_checked() {
        let refused = |declaration: Value, value: &str| {
            bound(json!({ "P": declaration }), &[("P", value)]).unwrap_err()
        };
        insta::assert_snapshot!(refused(json!({"Type": "String", "AllowedValues": ["a", "b"]}), "c"), @"Parameter 'P' must be one of AllowedValues");
        insta::assert_snapshot!(refused(json!({"Type": "String", "AllowedPattern": "[a-z]+"}), "ab1"), @"Parameter 'P' must match pattern [a-z]+");
        insta::assert_snapshot!(refused(json!({"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "small letters"}), "A"), @"Parameter P failed to satisfy constraint: small letters");
        insta::assert_snapshot!(refused(json!({"Type": "String", "MinLength": "2"}), "é"), @"Parameter 'P' must contain at least 2 characters");
        insta::assert_snapshot!(refused(json!({"Type": "String", "MaxLength": 2}), "abc"), @"Parameter 'P' must contain at most 2 characters");
        insta::assert_snapshot!(refused(json!({"Type": "Number"}), "many"), @"Parameter 'P' must be a number.");
        insta::assert_snapshot!(refused(json!({"Type": "Number", "MinValue": 3}), "2"), @"Parameter 'P' must be a number not less than 3");
        insta::assert_snapshot!(refused(json!({"Type": "Number", "MaxValue": 3}), "3.5"), @"Parameter 'P' must be a number not greater than 3");
        insta::assert_snapshot!(refused(json!({"Type": "CommaDelimitedList", "AllowedValues": ["a"]}), "a, b"), @"Parameter 'P' must be one of AllowedValues");
    }

    #[test]
    fn types_that_are_not_there_are_told_from_those_not_implemented() {
        let refused = |kind: &str| {
            super::super::shape::shape(json!({"Parameters": {"P": {"Type": kind}}}))
                .unwrap_err()
                .to_string()
        };
        insta::assert_snapshot!(refused("Text"), @"Template format error: Unrecognized parameter type: Text");
        insta::assert_snapshot!(refused("AWS::SSM::Parameter::Value<String>"), @"the embedded AWS does not implement the type AWS::SSM::Parameter::Value<String> of parameter P");
    }

    #[test]
    fn a_list_is_split_and_trimmed() {
        let template = template(json!({"P": {"Type": "CommaDelimitedList"}}));
        assert_eq!(
            template.parameters["P"].value("a, b,c"),
            json!(["a", "b", "c"])
        );
    }
}
