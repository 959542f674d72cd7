//! What the intrinsic functions give.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::error::TemplateError;
use super::functions::{Part, call, error, get_att_parts, sub_parts, sub_text, unknown_function};
use crate::core::property::scalar;

/// Where the pseudo parameters come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::AccountId`.
    pub account: String,
    /// `AWS::StackName`.
    pub stack_name: String,
    /// `AWS::StackId`.
    pub stack_id: String,
}

impl Environment {
    /// A pseudo parameter; `None` when there is none of that name. `AWS::NoValue`
    /// is not among them.
    pub fn pseudo(&self, name: &str) -> Option<Value> {
        Some(match name {
            "AWS::Region" => Value::from(self.region.clone()),
            "AWS::AccountId" => Value::from(self.account.clone()),
            "AWS::StackName" => Value::from(self.stack_name.clone()),
            "AWS::StackId" => Value::from(self.stack_id.clone()),
            "AWS::Partition" => Value::from("aws"),
            "AWS::URLSuffix" => Value::from("amazonaws.com"),
            "AWS::NotificationARNs" => Value::Array(Vec::new()),
            _ => return None,
        })
    }
}

/// The names of all pseudo parameters.
pub const PSEUDO: &[&str] = &[
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// What is outside the template: the stack's resources and others' exports.
pub trait Lookup {
    /// What `Ref` of a resource gives.
    fn physical_id(&self, logical_id: &str) -> Option<Value>;
    /// What `Fn::GetAtt` gives.
    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value>;
    /// What `Fn::ImportValue` gives.
    fn import(&self, name: &str) -> Option<Value>;
}

/// Nothing is outside: for conditions.
pub struct Nothing;

impl Lookup for Nothing {
    fn physical_id(&self, _: &str) -> Option<Value> {
        None
    }
    fn attribute(&self, _: &str, _: &str) -> Option<Value> {
        None
    }
    fn import(&self, _: &str) -> Option<Value> {
        None
    }
}

/// Everything that functions are resolved against.
pub struct Scope<'a> {
    /// Values of parameters, lists as lists.
    pub parameters: &'a IndexMap<String, Value>,
    /// The mappings.
    pub mappings: &'a Map<String, Value>,
    /// The pseudo parameters.
    pub environment: &'a Environment,
    /// Outside the template.
    pub lookup: &'a dyn Lookup,
}

impl Scope<'_> {
    /// Resolves every function in a pruned value.
    ///
    /// # Errors
    /// Functions of a wrong form, and names that nothing has.
    pub fn resolve(&self, value: &Value) -> Result<Value, TemplateError> {
        if let Some((name, argument)) = call(value) {
            return self.function(name, argument);
        }
        Ok(match value {
            Value::Array(items) => items
                .iter()
                .map(|item| self.resolve(item))
                .collect::<Result<_, _>>()?,
            Value::Object(map) => Value::Object(
                map.iter()
                    .map(|(key, item)| Ok((key.clone(), self.resolve(item)?)))
                    .collect::<Result<_, _>>()?,
            ),
            plain => plain.clone(),
        })
    }

    fn function(&self, name: &str, argument: &Value) -> Result<Value, TemplateError> {
        match name {
            "Ref" => {
                let target = argument
                    .as_str()
                    .ok_or_else(|| error("every Ref object must have a single String value."))?;
                self.reference(target)
            }
            "Fn::GetAtt" => {
                let (resource, attribute) = get_att_parts(argument)?;
                let attribute = self.text(&attribute, "Fn::GetAtt")?;
                self.attribute(&resource, &attribute)
            }
            "Fn::Sub" => self.sub(argument),
            "Fn::Join" => self.join(argument),
            "Fn::Select" => self.select(argument),
            "Fn::Split" => self.split(argument),
            "Fn::Base64" => {
                use base64::Engine;
                let text = self.text(argument, "Fn::Base64")?;
                Ok(Value::from(
                    base64::engine::general_purpose::STANDARD.encode(text),
                ))
            }
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::ImportValue" => {
                let name = self.text(argument, "Fn::ImportValue")?;
                self.lookup.import(&name).ok_or_else(|| {
                    TemplateError::Validation(format!("No export named {name} found"))
                })
            }
            other => Err(unknown_function(other)),
        }
    }

    fn reference(&self, name: &str) -> Result<Value, TemplateError> {
        self.parameters
            .get(name)
            .cloned()
            .or_else(|| self.environment.pseudo(name))
            .or_else(|| self.lookup.physical_id(name))
            .ok_or_else(|| TemplateError::Unresolved {
                names: vec![name.to_owned()],
                section: "Resources",
            })
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Result<Value, TemplateError> {
        self.lookup.attribute(resource, attribute).ok_or_else(|| {
            TemplateError::Validation(format!(
                "Attribute '{attribute}' does not exist for resource '{resource}'"
            ))
        })
    }

    fn text(&self, value: &Value, function: &str) -> Result<String, TemplateError> {
        let resolved = self.resolve(value)?;
        scalar(&resolved).ok_or_else(|| {
            error(&format!(
                "{function} expression does not resolve to a string"
            ))
        })
    }

    fn list(&self, value: &Value) -> Result<Option<Vec<Value>>, TemplateError> {
        Ok(match self.resolve(value)? {
            Value::Array(items) => Some(items),
            _ => None,
        })
    }

    fn sub(&self, argument: &Value) -> Result<Value, TemplateError> {
        let (text, variables) = sub_parts(argument)?;
        let mut result = String::new();
        for part in sub_text(text)? {
            match part {
                Part::Text(text) => result.push_str(&text),
                Part::Variable(name) => {
                    let own = variables.and_then(|map| map.get(&name));
                    let value = match (own, name.split_once('.')) {
                        (Some(expression), _) => self.resolve(expression)?,
                        (None, Some((resource, attribute))) => {
                            self.attribute(resource, attribute)?
                        }
                        (None, None) => self.reference(&name)?,
                    };
                    let text = scalar(&value)
                        .ok_or_else(|| error("Fn::Sub expression does not resolve to a string"))?;
                    result.push_str(&text);
                }
            }
        }
        Ok(Value::String(result))
    }

    fn join(&self, argument: &Value) -> Result<Value, TemplateError> {
        let words = "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.";
        let Some([Value::String(delimiter), list]) = argument.as_array().map(Vec::as_slice) else {
            return Err(error(words));
        };
        let items = self.list(list)?.ok_or_else(|| error(words))?;
        let texts: Option<Vec<String>> = items.iter().map(scalar).collect();
        Ok(Value::String(
            texts.ok_or_else(|| error(words))?.join(delimiter),
        ))
    }

    fn select(&self, argument: &Value) -> Result<Value, TemplateError> {
        let words =
            "Fn::Select requires a list argument with two elements: an integer index and a list";
        let Some([index, list]) = argument.as_array().map(Vec::as_slice) else {
            return Err(error(words));
        };
        let index: usize = self
            .text(index, "Fn::Select")?
            .parse()
            .map_err(|_| error(words))?;
        let items = self.list(list)?.ok_or_else(|| error(words))?;
        items.get(index).cloned().ok_or_else(|| {
            error(&format!(
                "Fn::Select cannot select nonexistent value at index {index}"
            ))
        })
    }

    fn split(&self, argument: &Value) -> Result<Value, TemplateError> {
        let words = "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.";
        let Some([Value::String(delimiter), source]) = argument.as_array().map(Vec::as_slice)
        else {
            return Err(error(words));
        };
        if delimiter.is_empty() {
            return Err(error(words));
        }
        let source = self.text(source, "Fn::Split")?;
        Ok(source.split(delimiter.as_str()).map(Value::from).collect())
    }

    fn find_in_map(&self, argument: &Value) -> Result<Value, TemplateError> {
        let Some([map, key, attribute]) = argument.as_array().map(Vec::as_slice) else {
            return Err(error(
                "every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value",
            ));
        };
        let map = self.text(map, "Fn::FindInMap")?;
        let key = self.text(key, "Fn::FindInMap")?;
        let attribute = self.text(attribute, "Fn::FindInMap")?;
        let keys = self.mappings.get(&map).ok_or_else(|| {
            error(&format!(
                "Mapping named '{map}' is not present in the 'Mappings' section of template."
            ))
        })?;
        keys.get(&key)
            .and_then(|attributes| attributes.get(&attribute))
            .cloned()
            .ok_or_else(|| {
                error(&format!(
                    "Unable to get mapping for {map}::{key}::{attribute}"
                ))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct World;

    impl Lookup for World {
        fn physical_id(&self, logical_id: &str) -> Option<Value> {
            (logical_id == "Table").then(|| json!("table-1"))
        }
        fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
            (logical_id == "Table" && attribute == "A.B").then(|| json!("arn"))
        }
        fn import(&self, name: &str) -> Option<Value> {
            (name == "net-id").then(|| json!("n-1"))
        }
    }

    fn resolved(expression: Value) -> Result<Value, String> {
        let parameters = IndexMap::from([
            ("Env".to_owned(), json!("dev")),
            ("Subnets".to_owned(), json!(["a", "b"])),
        ]);
        let mappings = json!({"M": {"dev": {"Size": 1}}});
        let environment = Environment {
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            stack_name: "s".to_owned(),
            stack_id: "arn:s".to_owned(),
        };
        Scope {
            parameters: &parameters,
            mappings: mappings.as_object().unwrap(),
            environment: &environment,
            lookup: &World,
        }
        .resolve(&expression)
        .map_err(|error| error.to_string())
    }

    #[test]
    fn references_give_parameters_pseudo_parameters_and_resources() {
        assert_eq!(resolved(json!({"Ref": "Env"})), Ok(json!("dev")));
        assert_eq!(resolved(json!({"Ref": "Subnets"})), Ok(json!(["a", "b"])));
        assert_eq!(resolved(json!({"Ref": "Table"})), Ok(json!("table-1")));
        assert_eq!(resolved(json!({"Ref": "AWS::Partition"})), Ok(json!("aws")));
        assert_eq!(
            resolved(json!({"Fn::GetAtt": "Table.A.B"})),
            Ok(json!("arn"))
        );
        assert_eq!(
            resolved(json!({"Fn::GetAtt": ["Table", "A", "B"]})),
            Ok(json!("arn"))
        );
    }

    #[test]
    fn sub_takes_variables_from_everywhere() {
        assert_eq!(
            resolved(
                json!({"Fn::Sub": "${Env}-${AWS::Region}-${Table}-${Table.A.B}-${!Keep}-$x ${open"})
            ),
            Ok(json!("dev-us-east-1-table-1-arn-${Keep}-$x ${open"))
        );
        assert_eq!(
            resolved(
                json!({"Fn::Sub": ["${A}${Env}", {"A": {"Fn::Select": [1, {"Ref": "Subnets"}]}}]})
            ),
            Ok(json!("bdev"))
        );
        insta::assert_snapshot!(resolved(json!({"Fn::Sub": "${A b}"})).unwrap_err(), @"Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons");
        insta::assert_snapshot!(resolved(json!({"Fn::Sub": "${Subnets}"})).unwrap_err(), @"Template error: Fn::Sub expression does not resolve to a string");
        insta::assert_snapshot!(resolved(json!({"Fn::Sub": [1]})).unwrap_err(), @"Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string");
    }

    #[test]
    fn functions_work_inside_each_other() {
        assert_eq!(
            resolved(json!({"Fn::Join": ["/", {"Fn::Split": [",", "a,b"]}]})),
            Ok(json!("a/b"))
        );
        assert_eq!(
            resolved(json!({"Fn::Join": ["-", [{"Ref": "Env"}, 1, true]]})),
            Ok(json!("dev-1-true"))
        );
        assert_eq!(
            resolved(json!({"Fn::FindInMap": ["M", {"Ref": "Env"}, "Size"]})),
            Ok(json!(1))
        );
        assert_eq!(
            resolved(json!({"Fn::Base64": {"Fn::Sub": "${Env}"}})),
            Ok(json!("ZGV2"))
        );
        assert_eq!(
            resolved(json!({"Fn::ImportValue": {"Fn::Sub": "net-id"}})),
            Ok(json!("n-1"))
        );
    }

    #[test]
    fn functions_of_a_wrong_form_are_refused_in_their_own_words() {
        insta::assert_snapshot!(resolved(json!({"Fn::Select": [5, {"Ref": "Subnets"}]})).unwrap_err(), @"Template error: Fn::Select cannot select nonexistent value at index 5");
        insta::assert_snapshot!(resolved(json!({"Fn::FindInMap": ["M", "prod", "Size"]})).unwrap_err(), @"Template error: Unable to get mapping for M::prod::Size");
        insta::assert_snapshot!(resolved(json!({"Fn::FindInMap": ["N", "prod", "Size"]})).unwrap_err(), @"Template error: Mapping named 'N' is not present in the 'Mappings' section of template.");
        insta::assert_snapshot!(resolved(json!({"Fn::Join": ["-", "ab"]})).unwrap_err(), @"Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.");
        insta::assert_snapshot!(resolved(json!({"Fn::ImportValue": "x"})).unwrap_err(), @"No export named x found");
        insta::assert_snapshot!(resolved(json!({"Fn::GetAZs": ""})).unwrap_err(), @"the embedded AWS does not implement the function Fn::GetAZs");
        insta::assert_snapshot!(resolved(json!({"Fn::Foo": ""})).unwrap_err(), @"Template error: Encountered unsupported function: Fn::Foo");
    }

    proptest::proptest! {
        #[test]
        fn text_without_a_dollar_is_what_sub_gives(text in "[^$]{0,50}") {
            proptest::prop_assert_eq!(resolved(json!({"Fn::Sub": &text})), Ok(json!(&text)));
        }

        #[test]
        fn join_after_split_gives_the_text_back(text in "[a-c,]{0,20}") {
            proptest::prop_assert_eq!(
                resolved(json!({"Fn::Join": [",", {"Fn::Split": [",", &text]}]})),
                Ok(json!(&text))
            );
        }
    }
}
