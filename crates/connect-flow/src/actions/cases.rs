//! Amazon Connect Cases.

use crate::spec::{ActionSpec, Hosts, any, choice, text};

pub(super) const ACTIONS: &[&ActionSpec] = &[&CREATE, &GET, &UPDATE];

const LINK: &[&str] = &["true", "false", "True", "False"];

const CREATE: ActionSpec = ActionSpec::new("CreateCase", Hosts::ALL)
    .parameters(&[
        choice("LinkContactToCase", LINK).required(),
        text("CaseTemplateId").required(),
        any("CaseRequestFields"),
    ])
    .optional_errors(&["ContactNotLinked", "NoMatchingError"]);

const GET: ActionSpec = ActionSpec::new("GetCase", Hosts::ALL)
    .parameters(&[
        choice("LinkContactToCase", LINK).required(),
        choice("GetLastUpdatedCase", LINK).required(),
        text("CustomerId"),
        any("CaseRequestFields"),
        any("CaseResponseFields"),
    ])
    .optional_errors(&[
        "ContactNotLinked",
        "MultipleFound",
        "NoneFound",
        "NoMatchingError",
    ]);

const UPDATE: ActionSpec = ActionSpec::new("UpdateCase", Hosts::ALL)
    .parameters(&[
        choice("LinkContactToCase", LINK).required(),
        text("CaseId").required(),
        any("CaseRequestFields"),
    ])
    .optional_errors(&["ContactNotLinked", "NoMatchingError"]);
