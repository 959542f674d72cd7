//! What a new instance is born with.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::State;
use super::default_flows;
use super::flows::Flow;
use super::instances::{Instance, LOCAL_INSTANCE_ALIAS, LOCAL_INSTANCE_ID};
use super::lookups::Named;
use super::phone_numbers::PhoneNumber;
use super::phone_numbers::inventory;
use super::values::{ClaimStatus, FlowState, InstanceStatus};
use crate::core::ports::Ids;

/// The prompts of every instance.
const PROMPTS: &[&str] = &[
    "Beep.wav",
    "CustomerHold.wav",
    "CustomerQueue.wav",
    "Music_Jazz_MyTimetoFly_Inst.wav",
    "Music_Pop_ThisAndThatIsLife_Inst.wav",
    "Music_Pop_ThrowYourselfInFrontOfIt_Inst.wav",
    "Music_Rock_EverywhereTheSunShines_Inst.wav",
];

/// The numbers on which the first instance can be called: a toll-free and a
/// local one, both from the range kept for fiction (555-0100 to 555-0199).
pub const LOCAL_NUMBERS: [&str; 2] = ["+18005550199", "+12065550100"];

/// Gives a new instance its queue, hours, prompts and default flows.
pub fn furnish(instance: &mut Instance, ids: &Ids, now: Timestamp) {
    let named = |name: &str, description: Option<&str>| {
        let named = Named {
            id: ids.uuid(),
            name: name.to_owned(),
            description: description.map(str::to_owned),
            modified: now,
            tags: BTreeMap::new(),
        };
        (named.id.clone(), named)
    };
    instance.hours.extend([named("Basic Hours", None)]);
    instance
        .queues
        .extend([named("BasicQueue", Some("A simple, basic voice queue."))]);
    instance
        .prompts
        .extend(PROMPTS.iter().map(|name| named(name, None)));
    let prompt = |name: &str| {
        let id = instance
            .prompts
            .values()
            .find(|prompt| prompt.name == name)
            .map_or("", |prompt| prompt.id.as_str());
        format!("{}/prompt/{id}", instance.arn)
    };
    let flows: Vec<Flow> = default_flows::all(prompt)
        .into_iter()
        .map(|flow| Flow {
            id: ids.uuid(),
            name: flow.name.to_owned(),
            flow_type: flow.flow_type,
            description: None,
            state: FlowState::Active,
            published: Some(flow.content),
            draft: None,
            tags: BTreeMap::new(),
            before: None,
            default: true,
            modified: now,
            saved: None,
        })
        .collect();
    instance
        .flows
        .extend(flows.into_iter().map(|flow| (flow.id.clone(), flow)));
}

impl State {
    /// Whether it has had its first instance.
    pub fn is_born(&self) -> bool {
        self.born
    }

    /// Makes the first instance and its numbers in a state that has never had one.
    /// Says whether it did.
    pub fn be_born(&mut self, region: &str, ids: &Ids, now: Timestamp) -> bool {
        if self.born {
            return false;
        }
        self.born = true;
        let mut instance = Instance::new(LOCAL_INSTANCE_ID, LOCAL_INSTANCE_ALIAS, region, now);
        furnish(&mut instance, ids, now);
        instance.status = InstanceStatus::Active;
        for number in LOCAL_NUMBERS {
            if let Some(offer) = inventory::offer(number) {
                let mut number = PhoneNumber::new(ids.uuid(), offer, &instance);
                number.status = ClaimStatus::Claimed;
                self.phone_numbers.insert(number.id.clone(), number);
            }
        }
        self.instances.insert(instance.id.clone(), instance);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::{content, fixture};
    use super::*;

    #[test]
    fn a_state_is_born_once() {
        let mut state = fixture::state();
        assert!(!state.be_born("us-east-1", &Ids::seeded(1), fixture::now()));
        state
            .delete_instance(LOCAL_INSTANCE_ID, fixture::now())
            .unwrap();
        assert!(!state.be_born("us-east-1", &Ids::seeded(1), fixture::now()));
        assert!(state.instances.is_empty());
    }

    #[test]
    fn the_first_instance_has_what_connect_gives() {
        let state = fixture::state();
        let instance = fixture::instance(&state);
        let mut names: Vec<&str> = instance.flows.values().map(|f| f.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "Default agent hold",
                "Default agent transfer",
                "Default agent whisper",
                "Default customer hold",
                "Default customer queue",
                "Default customer whisper",
                "Default outbound",
                "Default queue transfer",
            ]
        );
        assert_eq!(instance.prompts.len(), 7);
        assert_eq!(instance.queues.values().next().unwrap().name, "BasicQueue");
        assert_eq!(instance.hours.values().next().unwrap().name, "Basic Hours");
        let mut numbers: Vec<&str> = state
            .phone_numbers
            .values()
            .map(|number| number.number.as_str())
            .collect();
        numbers.sort_unstable();
        assert_eq!(numbers, ["+12065550100", "+18005550199"]);
    }

    #[test]
    fn the_default_flows_are_valid() {
        let state = fixture::state();
        for flow in fixture::instance(&state).flows.values() {
            let checked = content::check_flow(flow.content(), flow.flow_type);
            assert!(
                checked.is_ok(),
                "{}: {:?}",
                flow.name,
                checked.unwrap_err().members
            );
        }
    }
}
