//! `AWS::Scheduler::Schedule` (AWS resource reference and its schema).

use serde_json::{Map, Value, json};

use super::input::{self, Input};
use super::operations::{self, Put};
use super::{State, arn};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::{self, declare};
use crate::core::resource::{Context, Created, Declared, Known, Resource, deleted};

declare! {
    /// `AWS::Scheduler::Schedule`. What its properties hold is read as the API reads it.
    #[derive(serde::Serialize)]
    pub struct Schedule is "AWS::Scheduler::Schedule" gives ["Arn"] {
        optional description: Value => Update,
        optional end_date: Value => Update,
        required flexible_time_window: Value => Update,
        optional group_name: Value => Update,
        optional name: Value => Name,
        required schedule_expression: Value => Update,
        optional schedule_expression_timezone: Value => Update,
        optional start_date: Value => Update,
        optional state: Value => Update,
        required target: Value => Update,
    }
}

/// The longest name of a schedule.
const LONGEST_NAME: usize = 64;

/// Members that are numbers: CloudFormation may have them as text.
const NUMBERS: &[&str] = &[
    "MaximumEventAgeInSeconds",
    "MaximumRetryAttempts",
    "MaximumWindowInMinutes",
];

/// The properties as the API takes them: a number may come as text, and dates do.
fn as_input(value: &Value) -> Value {
    let Value::Object(members) = value else {
        return value.clone();
    };
    let read = |(name, value): (&String, &Value)| {
        let text = value.as_str();
        let number = text.filter(|_| NUMBERS.contains(&name.as_str()));
        let date = text.filter(|_| ["StartDate", "EndDate"].contains(&name.as_str()));
        let date = date.and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let value = match (number.and_then(|text| text.parse::<i64>().ok()), date) {
            (Some(number), _) => json!(number),
            (None, Some(date)) => json!(date.as_second()),
            (None, None) => as_input(value),
        };
        (name.clone(), value)
    };
    members.iter().map(read).collect::<Map<_, _>>().into()
}

impl Schedule {
    fn name(&self, context: &Context<'_>) -> String {
        let chosen = self.name.as_ref().and_then(property::scalar);
        context.name(chosen.as_ref(), LONGEST_NAME)
    }

    fn input(&self) -> ServiceResult<Input> {
        let Value::Object(mut members) = as_input(&json!(self)) else {
            return Err(ServiceError::internal("properties are an object"));
        };
        members.shift_remove("Name");
        input::read(Self::NAME, members)
    }

    fn named(context: &Context<'_>, name: &str) -> Created {
        Self::created(name, &[&arn(context.world, name)])
    }
}

impl Resource for Schedule {
    fn exists(state: &crate::core::state::State, name: &str) -> bool {
        state.of::<State>().schedules.contains_key(name)
    }

    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let name = self.name(context);
        operations::put(
            context.world,
            &name,
            self.input()?,
            context.call.now,
            Put::New,
        )?;
        Ok(Self::named(context, &name))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        let name = known.physical_id;
        operations::put(
            context.world,
            name,
            self.input()?,
            context.call.now,
            Put::Changed,
        )?;
        Ok(Self::named(context, name))
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let gone = operations::delete(context.world, known.physical_id);
        deleted(gone, "ResourceNotFoundException")
    }
}
