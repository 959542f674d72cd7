//! A template's text as one JSON value, with short tags in their long form:
//! `!Sub x` becomes `{"Fn::Sub": "x"}`.

use serde_json::{Map, Number, Value};
use serde_yaml::Value as Yaml;

use super::error::TemplateError;
use super::{bounds, json};

/// Reads a template. Text that starts with `{` is JSON, other text is YAML. A byte order mark
/// is none of it.
///
/// # Errors
/// What is not well-formed or nested too deeply, keys given twice, null values, keys that are no
/// text, aliases and unknown tags.
pub fn parse(text: &str) -> Result<Value, TemplateError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value = if text.trim_start().starts_with('{') {
        parse_json(text)?
    } else {
        parse_yaml(text)?
    };
    if !value.is_object() {
        return Err(TemplateError::UnsupportedStructure);
    }
    refuse_null(&value, "")?;
    Ok(value)
}

fn parse_json(text: &str) -> Result<Value, TemplateError> {
    json::parse(text).map_err(|error| {
        let (language, line, column) = ("JSON", error.line(), error.column());
        let message = error.to_string();
        match message.strip_prefix(json::DUPLICATE) {
            Some(rest) => TemplateError::DuplicateKey {
                language,
                what: rest.split(" at line ").next().unwrap_or(rest).to_owned(),
                line,
                column,
            },
            None => TemplateError::NotWellFormed {
                language,
                line,
                column,
            },
        }
    })
}

fn parse_yaml(text: &str) -> Result<Value, TemplateError> {
    bounds::check(text)?;
    let yaml: Yaml = serde_yaml::from_str(text).map_err(|error| yaml_error(&error))?;
    convert(yaml, "")
}

fn yaml_error(error: &serde_yaml::Error) -> TemplateError {
    let (line, column) = error
        .location()
        .map_or((1, 1), |at| (at.line(), at.column()));
    let language = "YAML";
    let message = error.to_string();
    match message.find("duplicate entry with key ") {
        Some(start) => {
            let what = &message[start + "duplicate entry with key ".len()..];
            TemplateError::DuplicateKey {
                language,
                what: what.split(" at line ").next().unwrap_or(what).to_owned(),
                line,
                column,
            }
        }
        None => TemplateError::NotWellFormed {
            language,
            line,
            column,
        },
    }
}

fn convert(yaml: Yaml, path: &str) -> Result<Value, TemplateError> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => Value::Bool(flag),
        Yaml::Number(number) => {
            if let Some(whole) = number.as_i64() {
                Value::from(whole)
            } else if let Some(whole) = number.as_u64() {
                Value::from(whole)
            } else {
                number
                    .as_f64()
                    .and_then(Number::from_f64)
                    .map(Value::Number)
                    .ok_or_else(|| TemplateError::At {
                        path: path.to_owned(),
                        problem: format!("{number} is no number of JSON"),
                    })?
            }
        }
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(
            items
                .into_iter()
                .enumerate()
                .map(|(index, item)| convert(item, &format!("{path}/{index}")))
                .collect::<Result<_, _>>()?,
        ),
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = key_text(key, path)?;
                let value = convert(value, &format!("{path}/{key}"))?;
                map.insert(key, value);
            }
            Value::Object(map)
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let tag = tag.trim_start_matches('!');
            let value = convert(tagged.value, path)?;
            function(tag, value, path)?
        }
    })
}

fn key_text(key: Yaml, path: &str) -> Result<String, TemplateError> {
    let received = match key {
        Yaml::String(text) => return Ok(text),
        Yaml::Number(number) => format!("numeric [{number}]"),
        Yaml::Bool(flag) => format!("boolean [{flag}]"),
        _ => "another type".to_owned(),
    };
    Err(TemplateError::At {
        path: path.to_owned(),
        problem: format!("map keys must be strings; received {received} instead"),
    })
}

/// A short tag in its long form. Whether the function exists is looked at where
/// functions are.
fn function(tag: &str, value: Value, path: &str) -> Result<Value, TemplateError> {
    let name = match tag {
        "Ref" | "Condition" => tag.to_owned(),
        "And" | "Base64" | "Cidr" | "Contains" | "EachMemberEquals" | "EachMemberIn" | "Equals"
        | "FindInMap" | "ForEach" | "GetAZs" | "GetAtt" | "GetStackOutput" | "If"
        | "ImportValue" | "Join" | "Length" | "Not" | "Or" | "RefAll" | "Select" | "Split"
        | "Sub" | "ToJsonString" | "Transform" | "ValueOf" | "ValueOfAll" => format!("Fn::{tag}"),
        _ => {
            return Err(TemplateError::At {
                path: path.to_owned(),
                problem: format!("unknown tag !{tag}"),
            });
        }
    };
    let value = match (tag, value) {
        ("GetAtt", Value::String(text)) => match text.split_once('.') {
            Some((resource, attribute)) => Value::from(vec![resource, attribute]),
            None => Value::String(text),
        },
        (_, value) => value,
    };
    Ok(Value::Object(Map::from_iter([(name, value)])))
}

fn refuse_null(value: &Value, path: &str) -> Result<(), TemplateError> {
    match value {
        Value::Null => Err(TemplateError::At {
            path: path.to_owned(),
            problem: "'null' values are not allowed in templates".to_owned(),
        }),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| refuse_null(item, &format!("{path}/{index}"))),
        Value::Object(map) => map
            .iter()
            .try_for_each(|(key, item)| refuse_null(item, &format!("{path}/{key}"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn short_tags_become_functions_also_inside_each_other() {
        let value = parse(
            "A: !Ref B\nC: !GetAtt D.E.F\nG: !GetAtt [D, E]\nH: !Join ['-', [!Ref B, !Sub '${X}']]\nI: !If [Yes1, !Base64 {'Fn::Sub': x}, 1]\nJ: !Condition K\n",
        )
        .unwrap();
        assert_eq!(
            value,
            json!({
                "A": {"Ref": "B"},
                "C": {"Fn::GetAtt": ["D", "E.F"]},
                "G": {"Fn::GetAtt": ["D", "E"]},
                "H": {"Fn::Join": ["-", [{"Ref": "B"}, {"Fn::Sub": "${X}"}]]},
                "I": {"Fn::If": ["Yes1", {"Fn::Base64": {"Fn::Sub": "x"}}, 1]},
                "J": {"Condition": "K"},
            })
        );
    }

    #[test]
    fn json_and_yaml_keep_the_order_of_keys() {
        for text in ["{\"Z\": 1, \"A\": 2}", "Z: 1\nA: 2\n"] {
            let value = parse(text).unwrap();
            let keys: Vec<_> = value.as_object().unwrap().keys().collect();
            assert_eq!(keys, ["Z", "A"]);
        }
    }

    #[test]
    fn dates_versions_and_account_ids_stay_text() {
        let value = parse("A: 2010-09-09\nB: 2012-10-17\nC: '012345678901'\n").unwrap();
        assert_eq!(
            value,
            json!({"A": "2010-09-09", "B": "2012-10-17", "C": "012345678901"})
        );
    }

    #[test]
    fn what_is_not_well_formed_is_told_with_its_place() {
        insta::assert_snapshot!(refused("{\"A\": }"), @"Template format error: JSON not well-formed. (line 1, column 7)");
        insta::assert_snapshot!(refused("A: [1,\nB: 2\n"), @"Template format error: YAML not well-formed. (line 2, column 1)");
        insta::assert_snapshot!(refused("just text"), @"Template format error: unsupported structure.");
        insta::assert_snapshot!(refused(""), @"Template format error: unsupported structure.");
    }

    #[test]
    fn a_key_given_twice_is_refused() {
        insta::assert_snapshot!(refused("{\"A\": 1, \"A\": 2}"), @r#"Template format error: JSON not well-formed. Duplicate key: "A" (line 1, column 12)"#);
        insta::assert_snapshot!(refused("A:\n  B: 1\n  B: 2\n"), @r#"Template format error: YAML not well-formed. Duplicate key: "B" (line 2, column 3)"#);
    }

    #[test]
    fn null_and_keys_that_are_no_text_are_refused() {
        insta::assert_snapshot!(refused("Resources:\n  A:\n"), @"Template format error: [/Resources/A] 'null' values are not allowed in templates");
        insta::assert_snapshot!(refused("Mappings:\n  M:\n    12: {A: b}\n"), @"Template format error: [/Mappings/M] map keys must be strings; received numeric [12] instead");
        insta::assert_snapshot!(refused("A: !Sum [1]\n"), @"Template format error: [/A] unknown tag !Sum");
    }

    #[test]
    fn aliases_are_refused_and_text_that_looks_like_one_is_not() {
        insta::assert_snapshot!(refused("A: &x {B: 1}\nC: *x\n"), @"Template error: YAML aliases are not allowed in CloudFormation templates");
        assert!(parse("A: |\n  &x and *x\nB: 'a *x'\n").is_ok());
    }

    #[test]
    fn what_is_nested_without_end_is_refused() {
        // Read on a small stack: whoever walked it would overflow that long before its end.
        let read = |text: String| {
            let reader = std::thread::Builder::new().stack_size(512 * 1024);
            let reader = reader.spawn(move || refused(&text)).unwrap();
            reader.join().unwrap()
        };
        let levels = 100_000;
        for text in [
            format!("A: {}", "[".repeat(levels)),
            format!("A: {}", "{a: ".repeat(levels)),
            format!("A:\n{}x", "- ".repeat(levels)),
            "{\"a\":".repeat(levels),
        ] {
            let refused = read(text);
            assert!(refused.starts_with("Template format error: "), "{refused}");
        }
        let nested = |levels: usize| format!("A: {}1{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(&nested(99)).is_ok());
        insta::assert_snapshot!(read(nested(100)), @"Template format error: YAML nested deeper than 100 levels. (line 1, column 103)");
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_template() {
        for text in ["{\"A\": 1}", "A: 1\n"] {
            assert_eq!(parse(&format!("\u{feff}{text}")), parse(text));
            assert!(parse(text).is_ok());
        }
    }

    #[test]
    fn utf_16_is_refused() {
        for text in ["{\"A\": 1}", "A: 1\n"] {
            // As a form or a JSON document brings it here.
            let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            for mark in [&b"\xff\xfe"[..], b""] {
                let text = String::from_utf8_lossy(&[mark, &bytes].concat()).into_owned();
                let refused = refused(&text);
                assert!(refused.contains("not well-formed"), "{refused}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}") {
            let _ = parse(&text);
        }
    }
}
