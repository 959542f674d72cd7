//! Properties of a resource type, each declared once: from its one line come its field, its
//! name in a template, whether it must be given, how it is read, and what a change of it does.

use serde::de::value::Error as ValueError;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};

use crate::core::resource::{OnChange, Property};

/// What a declaration says of a property beside its name and its type.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Whether a template must give it.
    pub required: bool,
    /// What a change of it does.
    pub on_change: OnChange,
    /// Whether it names the resource.
    pub names: bool,
}

/// The fields of `T`, which is a struct that derives `Deserialize`, with the rules of its
/// declaration, which are as many and in the same order.
pub fn properties<T: DeserializeOwned>(rules: &[Rule]) -> Vec<Property> {
    let fields = fields::<T>();
    debug_assert_eq!(fields.len(), rules.len());
    fields
        .iter()
        .zip(rules)
        .map(|(name, rule)| Property {
            name,
            required: rule.required,
            on_change: rule.on_change,
            names: rule.names,
        })
        .collect()
}

/// The names that serde knows the fields by, in the order of their declaration.
fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    // It reads nothing: the error says so and is no news.
    let _ = T::deserialize(Fields(&mut fields));
    fields
}

/// Keeps the names that a struct asks for, and gives it nothing.
struct Fields<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Fields<'_> {
    type Error = ValueError;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, ValueError> {
        *self.0 = fields;
        Err(ValueError::custom("names alone"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, ValueError> {
        Err(ValueError::custom("no struct"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// A struct that is read from a template: the resource type itself, or (without a name of a
/// type and without rules) an object in one of its properties.
///
/// A line is `NEED FIELD: TYPE => RULE`. The need is `required`, `optional` (the field is an
/// `Option` of the type) or `defaulted` (the type's default when it is absent). The rule is
/// `Update`, `Replace`, `Conditional`, or `Name`: what names the resource, which is replaced by
/// another of another name. The name in a template is the field's in PascalCase, or what
/// `#[serde(rename)]` says. After the type's name stand the attributes that `Fn::GetAtt` knows.
macro_rules! declare {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident is $type_name:literal gives [$($attribute:literal),*] {
            $($lines:tt)*
        }
    ) => {
        $crate::core::property::declare! {
            @fields [$(#[$meta])* $visibility struct $name] {} {} $($lines)*
        }

        impl $crate::core::resource::Declared for $name {
            const NAME: &'static str = $type_name;
            const ATTRIBUTES: &'static [&'static str] = &[$($attribute),*];

            fn properties() -> &'static [$crate::core::resource::Property] {
                static PROPERTIES: std::sync::LazyLock<Vec<$crate::core::resource::Property>> =
                    std::sync::LazyLock::new(|| {
                        $crate::core::property::declaration::properties::<$name>(
                            $crate::core::property::declare!(@rules {} $($lines)*),
                        )
                    });
                &PROPERTIES
            }
        }
    };
    ($(#[$meta:meta])* $visibility:vis struct $name:ident { $($lines:tt)* }) => {
        $crate::core::property::declare! {
            @fields [$(#[$meta])* $visibility struct $name] {} {} $($lines)*
        }

        impl $crate::core::property::PropertyValue for $name {}
    };

    // The fields, one after the other, with what serde must know of each.
    (@fields $head:tt {$($done:tt)*} {$($meta:tt)*} #[$next:meta] $($rest:tt)*) => {
        $crate::core::property::declare! { @fields $head {$($done)*} {$($meta)* #[$next]} $($rest)* }
    };
    (
        @fields $head:tt {$($done:tt)*} {$($meta:tt)*}
        required $field:ident: $type:ty $(=> $rule:ident)?, $($rest:tt)*
    ) => {
        $crate::core::property::declare! { @fields $head {
            $($done)*
            $($meta)*
            #[serde(deserialize_with = "crate::core::property::required")]
            $field: $type,
        } {} $($rest)* }
    };
    (
        @fields $head:tt {$($done:tt)*} {$($meta:tt)*}
        optional $field:ident: $type:ty $(=> $rule:ident)?, $($rest:tt)*
    ) => {
        $crate::core::property::declare! { @fields $head {
            $($done)*
            $($meta)*
            #[serde(default, deserialize_with = "crate::core::property::optional")]
            $field: Option<$type>,
        } {} $($rest)* }
    };
    (
        @fields $head:tt {$($done:tt)*} {$($meta:tt)*}
        defaulted $field:ident: $type:ty $(=> $rule:ident)?, $($rest:tt)*
    ) => {
        $crate::core::property::declare! { @fields $head {
            $($done)*
            $($meta)*
            #[serde(default, deserialize_with = "crate::core::property::required")]
            $field: $type,
        } {} $($rest)* }
    };
    (@fields [$($head:tt)*] {$($fields:tt)*} {}) => {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "PascalCase")]
        $($head)* {
            $($fields)*
        }
    };

    // The rules, in the same order.
    (@rules {$($done:tt)*} #[$meta:meta] $($rest:tt)*) => {
        $crate::core::property::declare!(@rules {$($done)*} $($rest)*)
    };
    (@rules {$($done:tt)*} $need:ident $field:ident: $type:ty => $rule:ident, $($rest:tt)*) => {
        $crate::core::property::declare!(
            @rules { $($done)* $crate::core::property::declare!(@rule $need $rule), } $($rest)*
        )
    };
    (@rules {$($rules:tt)*}) => { &[$($rules)*] };
    (@rule $need:ident Name) => {
        $crate::core::property::declaration::Rule {
            names: true,
            ..$crate::core::property::declare!(@rule $need Replace)
        }
    };
    (@rule required $on_change:ident) => {
        $crate::core::property::declaration::Rule {
            required: true,
            on_change: $crate::core::resource::OnChange::$on_change,
            names: false,
        }
    };
    (@rule $need:ident $on_change:ident) => {
        $crate::core::property::declaration::Rule {
            required: false,
            ..$crate::core::property::declare!(@rule required $on_change)
        }
    };
}

pub(crate) use declare;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;
    use crate::core::property::read;
    use crate::core::resource::Declared;

    declare! {
        /// A type with one property of every sort.
        #[derive(Debug, PartialEq)]
        struct Lamp is "AWS::Test::Lamp" gives ["Arn"] {
            #[serde(rename = "AWSColour")]
            optional colour: String => Update,
            required lamp_name: String => Name,
            required lumen: i64 => Conditional,
            defaulted rooms: Vec<String> => Replace,
            optional shade: Shade => Update,
        }
    }

    declare! {
        #[derive(Debug, PartialEq)]
        struct Shade {
            required on: bool,
            defaulted sizes: BTreeMap<String, f64>,
        }
    }

    #[test]
    fn a_line_says_all_of_a_property() {
        let declared: Vec<_> = Lamp::properties()
            .iter()
            .map(|property| {
                (
                    property.name,
                    property.required,
                    property.on_change,
                    property.names,
                )
            })
            .collect();
        assert_eq!(
            declared,
            [
                ("AWSColour", false, OnChange::Update, false),
                ("LampName", true, OnChange::Replace, true),
                ("Lumen", true, OnChange::Conditional, false),
                ("Rooms", false, OnChange::Replace, false),
                ("Shade", false, OnChange::Update, false),
            ]
        );
        assert_eq!(
            (Lamp::NAME, Lamp::ATTRIBUTES),
            ("AWS::Test::Lamp", &["Arn"][..])
        );
    }

    fn lamp(value: &Value) -> Result<Lamp, String> {
        read("L", value.as_object().unwrap()).map_err(|error| {
            let (_, problem) = error.message.split_once('\n').unwrap();
            problem.to_owned()
        })
    }

    #[test]
    fn a_template_is_read_into_the_fields() {
        let full = json!({
            "AWSColour": 7, "LampName": "l", "Lumen": "40", "Rooms": ["a"],
            "Shade": {"On": "true"},
        });
        let expected = Lamp {
            colour: Some("7".to_owned()),
            lamp_name: "l".to_owned(),
            lumen: 40,
            rooms: vec!["a".to_owned()],
            shade: Some(Shade {
                on: true,
                sizes: BTreeMap::new(),
            }),
        };
        assert_eq!(lamp(&full), Ok(expected));
        let least = lamp(&json!({"LampName": "l", "Lumen": 4})).unwrap();
        assert_eq!(
            (least.colour, least.rooms, least.shade),
            (None, vec![], None)
        );
    }

    #[test]
    fn what_does_not_fit_is_refused_by_its_name() {
        let refused = |value: Value| lamp(&value).unwrap_err();
        insta::assert_snapshot!(refused(json!({"LampName": "l"})), @"#: required key [Lumen] not found");
        insta::assert_snapshot!(refused(json!({"Colour": "l"})), @"#: extraneous key [Colour] is not permitted");
        insta::assert_snapshot!(refused(json!({"Lumen": "bright"})), @r#"#: expected type: Integer, found: "bright""#);
        insta::assert_snapshot!(refused(json!({"AWSColour": null})), @"#: expected type: String, found: null");
        insta::assert_snapshot!(refused(json!({"Shade": {"On": "maybe"}})), @r#"#: expected type: Boolean, found: "maybe""#);
        insta::assert_snapshot!(refused(json!({"Shade": {}})), @"#: required key [On] not found");
    }
}
