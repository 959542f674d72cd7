//! Customer Profiles.

use crate::spec::{ActionSpec, Hosts, NO_MATCHING_ERROR, any, text};

pub(super) const ACTIONS: &[&ActionSpec] = &[
    &GET,
    &CREATE,
    &UPDATE,
    &ASSOCIATE,
    &GET_OBJECT,
    &CALCULATED_ATTRIBUTES,
];

const GET: ActionSpec = ActionSpec::new("GetCustomerProfile", Hosts::ALL)
    .parameters(&[
        // Identifier and value, or search criteria; old exports name the
        // identifier itself (`PhoneNumber`).
        any("ProfileRequestData").required(),
        any("ProfileResponseData"),
    ])
    .errors(&["MultipleFoundError", "NoneFoundError", "NoMatchingError"]);

const CREATE: ActionSpec = ActionSpec::new("CreateCustomerProfile", Hosts::ALL)
    .parameters(&[
        any("ProfileRequestData").required(),
        any("ProfileResponseData"),
    ])
    .errors(NO_MATCHING_ERROR);

const UPDATE: ActionSpec = ActionSpec::new("UpdateCustomerProfile", Hosts::ALL)
    .parameters(&[
        any("ProfileRequestData").required(),
        any("ProfileResponseData"),
    ])
    .errors(NO_MATCHING_ERROR);

const ASSOCIATE: ActionSpec = ActionSpec::new("AssociateContactToCustomerProfile", Hosts::ALL)
    .parameters(&[
        any("ProfileRequestData"),
        text("ProfileId"),
        text("ContactId"),
    ])
    .errors(NO_MATCHING_ERROR);

const GET_OBJECT: ActionSpec = ActionSpec::new("GetCustomerProfileObject", Hosts::ALL)
    .parameters(&[
        any("ProfileRequestData"),
        any("ProfileResponseData"),
        text("ProfileId"),
        text("ObjectType"),
        any("UseLatest"),
        text("IdentifierName"),
        text("IdentifierValue"),
    ])
    .optional_errors(&["NoneFoundError", "MultipleFoundError", "NoMatchingError"]);

const CALCULATED_ATTRIBUTES: ActionSpec =
    ActionSpec::new("GetCalculatedAttributesForCustomerProfile", Hosts::ALL)
        .parameters(&[
            any("ProfileRequestData"),
            any("ProfileResponseData"),
            text("ProfileId"),
        ])
        .optional_errors(&["NoneFoundError", "NoMatchingError"]);
