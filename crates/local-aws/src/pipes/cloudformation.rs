//! `AWS::Pipes::Pipe` (AWS resource reference).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::input::{self, Input};
use super::operations::{self, word};
use super::state::{Current, Pipe as Stored, State};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::{self, declare};
use crate::core::resource::{Context, Created, Declared, Known, Resource, deleted};

declare! {
    /// `AWS::Pipes::Pipe`. What its properties hold is read as the API reads it.
    #[derive(serde::Serialize)]
    pub struct Pipe is "AWS::Pipes::Pipe"
        gives ["Arn", "CreationTime", "CurrentState", "LastModifiedTime", "StateReason"]
    {
        optional description: Value => Update,
        optional desired_state: Value => Update,
        optional log_configuration: Value => Update,
        optional name: Value => Name,
        required role_arn: Value => Update,
        required source: Value => Replace,
        optional source_parameters: Value => Conditional,
        optional tags: Value => Update,
        required target: Value => Update,
        optional target_parameters: Value => Update,
    }
}

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

impl Pipe {
    fn name(&self, context: &Context<'_>) -> String {
        let chosen = self.name.as_ref().and_then(property::scalar);
        context.name(chosen.as_ref(), LONGEST_NAME)
    }

    /// The properties as the API takes them, without those that are told otherwise.
    fn input(&self, without: &[&str]) -> ServiceResult<Input> {
        let Value::Object(mut members) = as_input(&json!(self)) else {
            return Err(ServiceError::internal("properties are an object"));
        };
        members.retain(|name, _| !without.contains(&name.as_str()));
        input::read(Self::NAME, members)
    }

    /// What an update asks for: what a template no longer says falls back to its default, and
    /// where a pipe begins cannot change.
    fn changed(mut self) -> Self {
        for (property, default) in [
            (&mut self.description, json!("")),
            (&mut self.desired_state, json!("RUNNING")),
            (&mut self.log_configuration, json!({ "Level": "OFF" })),
            (&mut self.target_parameters, json!({})),
        ] {
            property.get_or_insert(default);
        }
        if let Some(stream) = self
            .source_parameters
            .as_mut()
            .and_then(|parameters| parameters.get_mut("DynamoDBStreamParameters"))
            .and_then(Value::as_object_mut)
        {
            stream.shift_remove("StartingPosition");
        }
        self
    }

    /// The tags, which are a map for this type.
    fn all_tags(&self, context: &Context<'_>) -> ServiceResult<BTreeMap<String, String>> {
        match &self.tags {
            None | Some(Value::Object(_)) => Ok(context.tags(self.tags.as_ref())),
            Some(_) => Err(property::invalid(
                context.logical_id,
                "#/Tags: expected type: JSONObject",
            )),
        }
    }

    fn stored(context: &Context<'_>, pipe: &Stored) -> Created {
        Self::created(
            &pipe.name,
            &[
                &super::arn(context.world, &pipe.name),
                &pipe.created.to_string(),
                &word(&pipe.current),
                &pipe.modified.to_string(),
                pipe.reason.as_deref().unwrap_or_default(),
            ],
        )
    }
}

fn find(context: &Context<'_>, name: &str) -> Option<Stored> {
    context
        .world
        .read(|state| state.of::<State>().pipes.get(name).cloned())
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
    let result = operations::delete(context.world, name, context.call.now);
    deleted(result, "NotFoundException")?;
    settled(context, name).await;
    Ok(())
}

impl Resource for Pipe {
    /// Only another position to begin at makes another pipe.
    fn replaces(before: Option<&Value>, after: Option<&Value>) -> bool {
        let position = |value: Option<&Value>| {
            value.map(|value| value["DynamoDBStreamParameters"]["StartingPosition"].clone())
        };
        position(before) != position(after)
    }

    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let name = self.name(context);
        let input = self.input(&["Name", "Tags"])?;
        let tags = self.all_tags(context)?;
        operations::create_tagged(context.world, &name, input, tags, context.call.now)?;
        let pipe = settled(context, &name).await.ok_or_else(|| gone(&name))?;
        match checked(pipe) {
            Ok(pipe) => Ok(Self::stored(context, &pipe)),
            Err(error) => {
                // Nothing stays of a create that failed.
                remove(context, &name).await?;
                Err(error)
            }
        }
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        let name = self.name(context);
        let pipe = settled(context, &name).await;
        let Some(pipe) = pipe.filter(|pipe| context.owns(&pipe.tags)) else {
            return Ok(None);
        };
        if checked(pipe.clone()).is_err() {
            remove(context, &name).await?;
            return Ok(None);
        }
        Ok(Some(Self::stored(context, &pipe)))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        let name = known.physical_id;
        let tags = self.all_tags(context)?;
        let input = self.changed().input(&["Name", "Source", "Tags"])?;
        let there = settled(context, name).await;
        there.ok_or_else(|| gone(name))?;
        operations::update(context.world, name, input, context.call.now)?;
        context.world.write(|state| {
            let pipe = state.of_mut::<State>().pipes.get_mut(name);
            pipe.ok_or_else(|| gone(name))?.tags = tags;
            Ok::<_, ServiceError>(())
        })?;
        let pipe = settled(context, name).await.ok_or_else(|| gone(name))?;
        checked(pipe).map(|pipe| Self::stored(context, &pipe))
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        remove(context, known.physical_id).await
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
        let replaces = |before: Value, after: Value| Pipe::replaces(Some(&before), Some(&after));
        assert!(!replaces(parameters("LATEST", 1), parameters("LATEST", 2)));
        assert!(replaces(
            parameters("LATEST", 1),
            parameters("TRIM_HORIZON", 1)
        ));
    }
}
