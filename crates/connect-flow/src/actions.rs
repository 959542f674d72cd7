//! All action types of the language, one entry each, by family.
//!
//! Facts are from the Amazon Connect developer and administrator guides and,
//! where these disagree with the service, from reported answers of
//! `CreateContactFlow`. Where nobody knows, the table accepts.

mod cases;
mod contact;
mod data_tables;
mod flow_control;
mod interactions;
mod messages;
mod modules;
mod participant;
mod profiles;
mod queues;
mod recording;
mod tasks;
mod terminal;
mod voice_id;

pub use crate::spec::{
    ActionSpec, Binding, ConditionRule, Group, Host, Hosts, NextAction, Parameter, Shape,
};

/// The families, in the order in which they are searched.
const FAMILIES: [&[&ActionSpec]; 14] = [
    messages::ACTIONS,
    participant::ACTIONS,
    terminal::ACTIONS,
    flow_control::ACTIONS,
    contact::ACTIONS,
    queues::ACTIONS,
    recording::ACTIONS,
    interactions::ACTIONS,
    modules::ACTIONS,
    tasks::ACTIONS,
    cases::ACTIONS,
    profiles::ACTIONS,
    data_tables::ACTIONS,
    voice_id::ACTIONS,
];

/// Every action type.
pub fn all() -> impl Iterator<Item = &'static ActionSpec> {
    FAMILIES.into_iter().flatten().copied()
}

/// The action type of this name.
pub fn find(name: &str) -> Option<&'static ActionSpec> {
    all().find(|spec| spec.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_type_stands_in_the_table_twice() {
        let names: Vec<_> = all().map(|spec| spec.name).collect();
        let distinct: BTreeSet<_> = names.iter().collect();
        assert_eq!(names.len(), distinct.len());
        assert!(names.len() > 60, "{}", names.len());
    }

    #[test]
    fn names_of_the_old_export_format_are_no_types() {
        for name in [
            "PlayPrompt",
            "GetUserInput",
            "SetQueue",
            "SetLoggingBehavior",
            "UnTagContact",
            "UpdateRoutingCriteria",
            "TransferContactToFlow",
        ] {
            assert!(find(name).is_none(), "{name}");
        }
    }
}
