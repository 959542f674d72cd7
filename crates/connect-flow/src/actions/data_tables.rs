//! Data tables. Known from exports alone.

use crate::spec::{ActionSpec, Hosts, NO_MATCHING_ERROR, any, text};

pub(super) const ACTIONS: &[&ActionSpec] = &[&EVALUATE, &LIST, &UPSERT];

const EVALUATE: ActionSpec = ActionSpec::new("EvaluateDataTableValues", Hosts::ALL)
    .parameters(&[text("DataTableId").required(), any("Queries")])
    .optional_errors(NO_MATCHING_ERROR);

const LIST: ActionSpec = ActionSpec::new("ListDataTableValues", Hosts::ALL)
    .parameters(&[text("DataTableId").required(), any("PrimaryKeyGroups")])
    .optional_errors(NO_MATCHING_ERROR);

const UPSERT: ActionSpec = ActionSpec::new("UpsertDataTableValues", Hosts::ALL)
    .parameters(&[
        text("DataTableId").required(),
        any("LockVersion"),
        any("DataTableUpsertAttributes"),
    ])
    .optional_errors(NO_MATCHING_ERROR);
