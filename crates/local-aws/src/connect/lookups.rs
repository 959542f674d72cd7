//! What flows refer to by name: queues, hours of operation, prompts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::instances::Instance;
use super::page::page;
use super::values::QueueType;
use super::{Exchange, epoch, present};
use crate::core::error::ServiceResult;
use crate::core::wire::response::Response;

/// A queue, hours of operation or a prompt.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Its id, a UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// When it was changed last.
    pub modified: Timestamp,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Instance {
    /// The resources whose ARN has this word: `queue`, `operating-hours`, `prompt`.
    pub fn named(&self, word: &str) -> Option<&BTreeMap<String, Named>> {
        match word {
            "queue" => Some(&self.queues),
            "operating-hours" => Some(&self.hours),
            "prompt" => Some(&self.prompts),
            _ => None,
        }
    }

    /// The same, to change them.
    pub fn named_mut(&mut self, word: &str) -> Option<&mut BTreeMap<String, Named>> {
        match word {
            "queue" => Some(&mut self.queues),
            "operating-hours" => Some(&mut self.hours),
            "prompt" => Some(&mut self.prompts),
            _ => None,
        }
    }

    fn named_summary(&self, word: &str, named: &Named) -> Value {
        present(json!({
            "Id": named.id,
            "Arn": format!("{}/{word}/{}", self.arn, named.id),
            "Name": named.name,
            "QueueType": (word == "queue").then_some(QueueType::Standard),
            "LastModifiedTime": epoch(named.modified),
            "LastModifiedRegion": self.region(),
        }))
    }
}

/// `ListQueues`, `ListHoursOfOperations` and `ListPrompts`: alike but for names.
fn list(
    exchange: &Exchange<'_>,
    word: &'static str,
    answer_member: &str,
    query_members: &[&str],
) -> ServiceResult<Response> {
    let input = exchange.input(&[], query_members)?;
    let instance_id = input.instance()?;
    let most = input.query_max_results(1000, 100)?;
    // Agents' own queues come with agents, of which there are none here.
    let kinds: Vec<QueueType> = input.query_choices("queueTypes", 2)?;
    let wanted = kinds.is_empty() || kinds.contains(&QueueType::Standard);
    exchange.world.read(|state| {
        let instance = state.of::<crate::connect::State>().instance(instance_id)?;
        let all: Vec<&Named> = instance
            .named(word)
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(|_| wanted)
            .collect();
        let page = page(
            exchange.route.operation,
            all,
            |named| format!("{}\n{}", named.name, named.id),
            input.query("nextToken"),
            most,
        )?;
        let items: Vec<Value> = page
            .items
            .into_iter()
            .map(|named| instance.named_summary(word, named))
            .collect();
        Response::json(&present(
            json!({ answer_member: items, "NextToken": page.next_token }),
        ))
    })
}

/// `ListQueues`.
pub fn list_queues(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let query = ["queueTypes", "nextToken", "maxResults"];
    list(exchange, "queue", "QueueSummaryList", &query)
}

/// `ListHoursOfOperations`.
pub fn list_hours(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let query = ["nextToken", "maxResults"];
    list(
        exchange,
        "operating-hours",
        "HoursOfOperationSummaryList",
        &query,
    )
}

/// `ListPrompts`.
pub fn list_prompts(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let query = ["nextToken", "maxResults"];
    list(exchange, "prompt", "PromptSummaryList", &query)
}
