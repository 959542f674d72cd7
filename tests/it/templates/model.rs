//! A CloudFormation template as rules look at it.

use serde_json::{Map, Value, json};

/// A template, short tags in their long form: `!Sub x` is `{"Fn::Sub": "x"}`.
pub struct Template(Value);

/// A resource of a template.
#[derive(Clone, Copy)]
pub struct Resource<'a> {
    pub id: &'a str,
    pub kind: &'a str,
    pub whole: &'a Value,
}

impl Template {
    /// Reads YAML.
    pub fn read(text: &str) -> Self {
        let yaml: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
        Self(plain(yaml))
    }

    /// A section such as `Parameters`, in its order; empty when it is absent.
    pub fn section(&self, name: &str) -> impl Iterator<Item = (&str, &Value)> {
        let members = self.0[name].as_object();
        members
            .into_iter()
            .flatten()
            .map(|(id, value)| (id.as_str(), value))
    }

    pub fn description(&self) -> &Value {
        &self.0["Description"]
    }

    pub fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        self.section("Resources").map(|(id, whole)| Resource {
            id,
            kind: whole["Type"].as_str().unwrap_or_default(),
            whole,
        })
    }

    /// The resources of a type.
    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = Resource<'a>> {
        self.resources()
            .filter(move |resource| resource.kind == kind)
    }
}

impl<'a> Resource<'a> {
    /// A property by its path, `A/B`; null when it is absent or given as nothing. An `Fn::If` is
    /// judged by what it gives when its condition holds.
    pub fn get(self, path: &str) -> &'a Value {
        get(&self.whole["Properties"], path)
    }
}

/// See [`Resource::get`].
pub fn get<'a>(value: &'a Value, path: &str) -> &'a Value {
    let inner = path
        .split('/')
        .fold(value, |value, key| &when_held(value)[key]);
    when_held(inner)
}

fn when_held(value: &Value) -> &Value {
    let value = match value.get("Fn::If") {
        Some(choice) => when_held(&choice[1]),
        None => value,
    };
    if value["Ref"] == "AWS::NoValue" {
        &Value::Null
    } else {
        value
    }
}

/// The members of a list, or the one value that stands for a list of one.
pub fn listed(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

/// A value as the text that it becomes, references as `${Name}`.
pub fn text(value: &Value) -> String {
    let reference = |inner: &str| format!("${{{inner}}}");
    if let Value::String(text) = value {
        return text.clone();
    }
    if let Some(name) = value["Ref"].as_str() {
        return reference(name);
    }
    match &value["Fn::GetAtt"] {
        Value::String(path) => return reference(path),
        Value::Array(path) => {
            return reference(&path.iter().map(text).collect::<Vec<_>>().join("."));
        }
        _ => {}
    }
    match &value["Fn::Sub"] {
        Value::String(template) => return template.clone(),
        // What is put in is looked at as well.
        Value::Array(parts) => return parts.iter().map(text).collect(),
        _ => {}
    }
    if let Some([delimiter, parts]) = value["Fn::Join"].as_array().map(Vec::as_slice) {
        let parts: Vec<_> = listed(parts).iter().map(text).collect();
        return parts.join(&text(delimiter));
    }
    value.to_string()
}

fn plain(yaml: serde_yaml::Value) -> Value {
    use serde_yaml::Value as Yaml;
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => value.into(),
        Yaml::Number(number) => serde_json::to_value(number).unwrap(),
        Yaml::String(text) => text.into(),
        Yaml::Sequence(values) => values.into_iter().map(plain).collect(),
        Yaml::Mapping(members) => members
            .into_iter()
            .map(|(key, value)| {
                let key = match plain(key) {
                    Value::String(key) => key,
                    other => other.to_string(),
                };
                (key, plain(value))
            })
            .collect::<Map<_, _>>()
            .into(),
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let value = plain(tagged.value);
            match tag.trim_start_matches('!') {
                "Ref" => json!({ "Ref": value }),
                "Condition" => json!({ "Condition": value }),
                function => json!({ format!("Fn::{function}"): value }),
            }
        }
    }
}

#[test]
fn tags_and_texts_are_read() {
    let template = Template::read(
        "
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub ${AWS::StackName}-q
      KmsMasterKeyId: !If [HasKey, !GetAtt Key.Arn, !Ref AWS::NoValue]
      Tags: !If [HasKey, !Ref AWS::NoValue, []]
      Other: !Join ['/', [a, !Ref B]]
",
    );
    let queue = template.of("AWS::SQS::Queue").next().unwrap();
    assert_eq!(text(queue.get("QueueName")), "${AWS::StackName}-q");
    assert_eq!(text(queue.get("KmsMasterKeyId")), "${Key.Arn}");
    assert_eq!(queue.get("Tags"), &Value::Null);
    assert_eq!(queue.get("No/Such/Thing"), &Value::Null);
    assert_eq!(text(queue.get("Other")), "a/${B}");
}
