//! `AWS::Pipes::Pipe` (AWS resource reference).

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::input::{self, Input};
use super::operations::{self, word};
use super::state::{Current, Pipe as Stored};
use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};

/// `AWS::Pipes::Pipe`.
#[derive(Debug)]
pub struct Pipe;

/// The longest name of a pipe.
const LONGEST_NAME: usize = 64;

/// Members that are numbers: CloudFormation may have them as text.
const NUMBERS: &[&str] = &[
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
];

/// The properties as the API takes them.
fn as_input(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                let number = NUMBERS
                    .contains(&name.as_str())
                    .then(|| value.as_str()?.parse::<i64>().ok())
                    .flatten();
                (
                    name.clone(),
                    number.map_or_else(|| as_input(value), Value::from),
                )
            })
            .collect(),
        Value::Array(elements) => elements.iter().map(as_input).collect(),
        scalar => scalar.clone(),
    }
}

fn name(context: &Context<'_>, properties: &Map<String, Value>) -> String {
    properties
        .get("Name")
        .and_then(property::scalar)
        .unwrap_or_else(|| context.generated_name(LONGEST_NAME))
}

fn read(properties: &Map<String, Value>, without: &[&str]) -> Result<Input, ServiceError> {
    let members: Map<String, Value> = properties
        .iter()
        .filter(|(name, _)| !without.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), as_input(value)))
        .collect();
    input::read("AWS::Pipes::Pipe", members)
}

/// The tags, which are a map for this type.
fn tags(
    context: &Context<'_>,
    properties: &Map<String, Value>,
) -> Result<BTreeMap<String, String>, ServiceError> {
    match properties.get("Tags") {
        None | Some(Value::Object(_)) => Ok(context.tags(properties.get("Tags"))),
        Some(_) => Err(property::invalid(
            context.logical_id,
            "#/Tags: expected type: JSONObject",
        )),
    }
}

fn find(context: &Context<'_>, name: &str) -> Option<Stored> {
    context
        .world
        .read(|state| state.of::<crate::pipes::State>().pipes.get(name).cloned())
}

/// Waits until nothing of the pipe is in transit.
async fn settled(context: &Context<'_>, name: &str) -> Option<Stored> {
    let mut changes = context.world.handle::<crate::pipes::Changes>().watch();
    loop {
        changes.borrow_and_update();
        let pipe = find(context, name)?;
        if !pipe.current.in_transit() {
            return Some(pipe);
        }
        if changes.changed().await.is_err() {
            return Some(pipe);
        }
    }
}

fn created(context: &Context<'_>, pipe: &Stored) -> Created {
    let mut attributes = BTreeMap::from([
        (
            "Arn".to_owned(),
            json!(super::arn(context.world, &pipe.name)),
        ),
        ("CreationTime".to_owned(), json!(pipe.created.to_string())),
        ("CurrentState".to_owned(), json!(word(&pipe.current))),
        (
            "LastModifiedTime".to_owned(),
            json!(pipe.modified.to_string()),
        ),
    ]);
    attributes.insert(
        "StateReason".to_owned(),
        json!(pipe.reason.as_deref().unwrap_or_default()),
    );
    Created {
        physical_id: pipe.name.clone(),
        attributes,
    }
}

/// The words of CloudFormation for a resource that came to a bad end.
fn not_stabilized(pipe: &Stored) -> ServiceError {
    ServiceError::new(
        400,
        "NotStabilized",
        format!(
            "Resource of type 'AWS::Pipes::Pipe' with identifier '{}' did not stabilize. Status Reason is {}",
            pipe.name,
            pipe.reason.as_deref().unwrap_or_default()
        ),
    )
}

fn checked(pipe: Stored) -> Result<Stored, ServiceError> {
    match pipe.current {
        Current::CreateFailed | Current::UpdateFailed | Current::StartFailed => {
            Err(not_stabilized(&pipe))
        }
        _ => Ok(pipe),
    }
}

fn gone(name: &str) -> ServiceError {
    ServiceError::new(
        404,
        "NotFoundException",
        format!("Pipe {name} does not exist."),
    )
}

async fn remove(context: &Context<'_>, name: &str) -> Result<(), ServiceError> {
    if settled(context, name).await.is_none() {
        return Ok(());
    }
    match operations::delete(context.world, name, context.call.now) {
        Err(error) if error.code != "NotFoundException" => return Err(error),
        _ => {}
    }
    settled(context, name).await;
    Ok(())
}

#[async_trait]
impl ResourceType for Pipe {
    fn name(&self) -> &'static str {
        "AWS::Pipes::Pipe"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("Description", OnChange::Update),
                Property::optional("DesiredState", OnChange::Update),
                Property::optional("LogConfiguration", OnChange::Update),
                Property::optional("Name", OnChange::Replace),
                Property::required("RoleArn", OnChange::Update),
                Property::required("Source", OnChange::Replace),
                Property::optional("SourceParameters", OnChange::Conditional),
                Property::optional("Tags", OnChange::Update),
                Property::required("Target", OnChange::Update),
                Property::optional("TargetParameters", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &[
            "Arn",
            "CreationTime",
            "CurrentState",
            "LastModifiedTime",
            "StateReason",
        ]
    }

    fn name_property(&self) -> Option<&'static str> {
        Some("Name")
    }

    /// Only another position to begin at makes another pipe.
    fn replaces(&self, _property: &str, before: Option<&Value>, after: Option<&Value>) -> bool {
        let position = |value: Option<&Value>| {
            value.map(|value| value["DynamoDBStreamParameters"]["StartingPosition"].clone())
        };
        position(before) != position(after)
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let name = name(context, properties);
        let input = read(properties, &["Name", "Tags"])?;
        let tags = tags(context, properties)?;
        operations::create_tagged(context.world, &name, input, tags, context.call.now)?;
        let pipe = settled(context, &name).await.ok_or_else(|| gone(&name))?;
        match checked(pipe) {
            Ok(pipe) => Ok(created(context, &pipe)),
            Err(error) => {
                // Nothing stays of a create that failed.
                remove(context, &name).await?;
                Err(error)
            }
        }
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Option<Created>, ServiceError> {
        let name = name(context, properties);
        let Some(pipe) = settled(context, &name).await else {
            return Ok(None);
        };
        let tag = |name: &str| pipe.tags.get(&format!("aws:cloudformation:{name}"));
        let ours = tag("stack-id").is_some_and(|id| id == context.stack_id)
            && tag("logical-id").is_some_and(|id| id == context.logical_id);
        if !ours {
            return Ok(None);
        }
        if checked(pipe.clone()).is_err() {
            remove(context, &name).await?;
            return Ok(None);
        }
        Ok(Some(created(context, &pipe)))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let mut after = after.clone();
        // What a template no longer says falls back to its default.
        for (name, default) in [
            ("Description", json!("")),
            ("DesiredState", json!("RUNNING")),
            ("LogConfiguration", json!({ "Level": "OFF" })),
            ("TargetParameters", json!({})),
        ] {
            after.entry(name).or_insert(default);
        }
        if let Some(stream) = after
            .get_mut("SourceParameters")
            .and_then(|parameters| parameters.get_mut("DynamoDBStreamParameters"))
            .and_then(Value::as_object_mut)
        {
            stream.shift_remove("StartingPosition");
        }
        let input = read(&after, &["Name", "Source", "Tags"])?;
        let tags = tags(context, &after)?;
        settled(context, physical_id)
            .await
            .ok_or_else(|| gone(physical_id))?;
        operations::update(context.world, physical_id, input, context.call.now)?;
        context.world.write(|state| {
            let pipe = state
                .of_mut::<crate::pipes::State>()
                .pipes
                .get_mut(physical_id);
            pipe.ok_or_else(|| gone(physical_id))?.tags = tags;
            Ok::<_, ServiceError>(())
        })?;
        let pipe = settled(context, physical_id)
            .await
            .ok_or_else(|| gone(physical_id))?;
        checked(pipe).map(|pipe| created(context, &pipe))
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _properties: &Map<String, Value>,
    ) -> Result<(), ServiceError> {
        remove(context, physical_id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_come_as_text_and_texts_stay() {
        let template = json!({
            "Description": "10",
            "SourceParameters": { "DynamoDBStreamParameters": {
                "BatchSize": "10", "MaximumRetryAttempts": -1, "StartingPosition": "LATEST",
            }},
        });
        insta::assert_snapshot!(as_input(&template).to_string(), @r#"{"Description":"10","SourceParameters":{"DynamoDBStreamParameters":{"BatchSize":10,"MaximumRetryAttempts":-1,"StartingPosition":"LATEST"}}}"#);
    }

    #[test]
    fn only_another_position_makes_another_pipe() {
        let parameters = |position: &str, size: u32| json!({ "DynamoDBStreamParameters": { "StartingPosition": position, "BatchSize": size } });
        let replaces = |before: Value, after: Value| {
            Pipe.replaces("SourceParameters", Some(&before), Some(&after))
        };
        assert!(!replaces(parameters("LATEST", 1), parameters("LATEST", 2)));
        assert!(replaces(
            parameters("LATEST", 1),
            parameters("TRIM_HORIZON", 1)
        ));
    }
}
