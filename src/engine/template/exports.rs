//! The exports that a template gives (`Outputs.*.Export.Name`) and takes (`Fn::ImportValue`).

use std::collections::BTreeSet;

use serde_yaml::Value;

use super::{entries, section};

/// Names of exports; those that are put together from parameters are not known before
/// CloudFormation does it, and left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exports {
    /// What other stacks may import.
    pub given: BTreeSet<String>,
    /// What must have been exported before.
    pub taken: BTreeSet<String>,
}

impl Exports {
    /// Whether one of them takes what the other gives.
    pub fn takes_from(&self, other: &Self) -> bool {
        !self.taken.is_disjoint(&other.given)
    }
}

pub(super) fn read(template: &Value) -> Exports {
    let outputs = section(template, "Outputs");
    let given = outputs
        .into_iter()
        .flat_map(entries)
        .filter_map(|(_, output)| literal(output.get("Export")?.get("Name")?))
        .collect();
    let mut taken = BTreeSet::new();
    for part in ["Resources", "Outputs", "Conditions"] {
        if let Some(part) = template.get(part) {
            collect(part, &mut taken);
        }
    }
    Exports { given, taken }
}

fn collect(value: &Value, taken: &mut BTreeSet<String>) {
    match value {
        Value::Tagged(tagged) if tagged.tag == "ImportValue" => {
            taken.extend(literal(&tagged.value));
        }
        Value::Tagged(tagged) => collect(&tagged.value, taken),
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, taken)),
        Value::Mapping(mapping) => {
            for (key, value) in mapping {
                if key.as_str() == Some("Fn::ImportValue") {
                    taken.extend(literal(value));
                }
                collect(value, taken);
            }
        }
        _ => {}
    }
}

/// A name that is written out: plain, or with `Fn::Sub` and nothing to put in.
fn literal(value: &Value) -> Option<String> {
    let text = match value {
        Value::Tagged(tagged) if tagged.tag == "Sub" => &tagged.value,
        Value::Mapping(mapping) => mapping.get("Fn::Sub")?,
        value => value,
    };
    let text = text.as_str()?;
    (!text.contains("${")).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_written_out_are_known_in_every_form() {
        let template = serde_yaml::from_str(
            "Resources:
  A: { Type: T, Properties: { X: !ImportValue a, Y: { 'Fn::ImportValue': b }, Z: !Sub '${P}-x' } }
  B: { Type: T, Properties: { X: [!ImportValue { 'Fn::Sub': c }, !ImportValue { 'Fn::Sub': '${S}-d' }] } }
Outputs:
  One: { Value: 1, Export: { Name: e } }
  Two: { Value: 2, Export: { Name: !Sub f } }
  Three: { Value: 3, Export: { Name: !Sub '${AWS::StackName}-g' } }
  Four: { Value: !Join [',', [!ImportValue h]] }
",
        )
        .unwrap();
        let exports = read(&template);
        let names = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(names(&exports.taken), "a b c h");
        assert_eq!(names(&exports.given), "e f");
    }
}
