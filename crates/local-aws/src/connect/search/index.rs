//! The index that `SearchContactFlows` looks into. It follows what is done to flows, each
//! kind of change after a while of its own, deletions last (the documentation of AWS calls
//! the search eventually consistent; nobody tells how late it is).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::connect::flows::Flow;
use crate::connect::instances::Instance;
use crate::core::consistency::{Lag, Model, Settling, begin};
use crate::core::error::ServiceResult;
use crate::core::state::State;
use crate::core::world::World;

/// The flows as they are searched, by instance and id.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Index {
    /// By instance.
    instances: BTreeMap<String, BTreeMap<String, Entry>>,
}

/// A flow in the index.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Whether it is found.
    found: bool,
    /// As it is found.
    shown: Flow,
    /// As it was when the index was last told; `None`: it was told that it is no more.
    told: Option<Flow>,
    /// What is on its way.
    coming: Vec<(Timestamp, Change)>,
}

/// What happens to an entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Change {
    /// It is found.
    Created,
    /// All but its tags is as this.
    Content(Box<Flow>),
    /// Its tags are these.
    Tags(BTreeMap<String, String>),
    /// It is not found any more.
    Deleted,
}

impl Change {
    fn lag(&self) -> Lag {
        match self {
            Self::Created => Lag::SearchCreation,
            Self::Content(_) => Lag::SearchContent,
            Self::Tags(_) => Lag::SearchTags,
            Self::Deleted => Lag::SearchDeletion,
        }
    }
}

impl Entry {
    fn apply(&mut self, now: Timestamp) {
        self.coming.sort_by_key(|(at, _)| *at);
        while self.coming.first().is_some_and(|(at, _)| *at <= now) {
            match self.coming.remove(0).1 {
                Change::Created => self.found = true,
                Change::Deleted => {
                    self.found = false;
                    self.coming.clear();
                }
                Change::Tags(tags) => self.shown.tags = tags,
                Change::Content(flow) => {
                    let tags = std::mem::take(&mut self.shown.tags);
                    self.shown = Flow { tags, ..*flow };
                }
            }
        }
    }

    fn is_over(&self) -> bool {
        self.told.is_none() && !self.found && self.coming.is_empty()
    }
}

impl Index {
    /// The flows of an instance that are found now, as they are found.
    pub fn found(&self, instance: &str, now: Timestamp) -> Vec<Flow> {
        let entries = self.instances.get(instance).into_iter();
        let entries = entries.flat_map(|entries| entries.values().cloned());
        entries
            .filter_map(|mut entry| {
                entry.apply(now);
                entry.found.then_some(entry.shown)
            })
            .collect()
    }

    /// What the index was not told yet of an instance.
    fn news(&self, instance: &Instance) -> Vec<(String, Change)> {
        let empty = BTreeMap::new();
        let entries = self.instances.get(&instance.id).unwrap_or(&empty);
        let mut news = Vec::new();
        for (id, flow) in instance.flows.iter() {
            match entries.get(id).and_then(|entry| entry.told.as_ref()) {
                None => news.push((id.clone(), Change::Created)),
                Some(told) => {
                    if told.tags != flow.tags {
                        news.push((id.clone(), Change::Tags(flow.tags.clone())));
                    }
                    let same = Flow {
                        tags: flow.tags.clone(),
                        ..told.clone()
                    };
                    if same != *flow {
                        news.push((id.clone(), Change::Content(Box::new(flow.clone()))));
                    }
                }
            }
        }
        let gone = entries
            .iter()
            .filter(|(id, entry)| entry.told.is_some() && !instance.flows.contains_key(*id));
        news.extend(gone.map(|(id, _)| (id.clone(), Change::Deleted)));
        news
    }

    fn tell(&mut self, instance: &Instance, id: String, change: Change, at: Timestamp) {
        let entries = self.instances.entry(instance.id.clone()).or_default();
        let flow = instance.flows.get(&id).cloned();
        if let Some(flow) = &flow {
            entries.entry(id.clone()).or_insert_with(|| Entry {
                found: false,
                shown: flow.clone(),
                told: None,
                coming: Vec::new(),
            });
        }
        if let Some(entry) = entries.get_mut(&id) {
            entry.told = flow;
            entry.coming.push((at, change));
        }
    }

    fn settle(&mut self, now: Timestamp) {
        for entries in self.instances.values_mut() {
            entries.values_mut().for_each(|entry| entry.apply(now));
            entries.retain(|_, entry| !entry.is_over());
        }
    }
}

/// Tells the index what happened since it was told last. What an instance had before the
/// index knew of it is found at once.
///
/// # Errors
/// None of AWS.
pub fn follow(world: &World, now: Timestamp) -> ServiceResult<()> {
    let news = world.read(|state| {
        if state.of::<Settling>().model() == Model::Immediate {
            return Vec::new();
        }
        let connect = state.of::<crate::connect::State>();
        let instances = connect.instances.values();
        instances
            .map(|instance| (instance.id.clone(), connect.index.news(instance)))
            .filter(|(_, news)| !news.is_empty())
            .collect()
    });
    if news.is_empty() {
        return Ok(());
    }
    world.write(|state| {
        for (instance, news) in news {
            record(state, &instance, news, now)?;
        }
        Ok(())
    })
}

fn record(
    state: &mut State,
    instance: &str,
    news: Vec<(String, Change)>,
    now: Timestamp,
) -> ServiceResult<()> {
    let mut index = std::mem::take(&mut state.of_mut::<crate::connect::State>().index);
    let is_new = !index.instances.contains_key(instance);
    let mut timed = Vec::new();
    for (id, change) in news {
        let until = match is_new {
            true => None,
            false => begin(state, change.lag(), &id, now),
        };
        timed.push((id, change, until.unwrap_or(now)));
    }
    let connect = state.of_mut::<crate::connect::State>();
    if let Ok(instance) = connect.instance(instance) {
        for (id, change, at) in timed {
            index.tell(instance, id, change, at);
        }
    }
    index.settle(now);
    connect.index = index;
    Ok(())
}
