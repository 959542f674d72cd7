//! `GetParticipantInput`: a menu, or keys to be stored.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::simulate::branch::Outcome;
use crate::simulate::call::Call;
use crate::simulate::keypad::Collector;
use crate::simulate::operators;
use crate::simulate::{
    Answer, Effect, Event, Gather, GatherMode, InputValidation, phone_number, speech,
};
use serde_json::Value;

pub(super) const BEHAVIOUR: Behaviour = Behaviour { enter, resume };

/// What silence leaves in `$.StoredCustomerInput`.
const SILENCE: &str = "Timeout";
/// More than the longest phone number.
const LONGEST_NUMBER: usize = 20;

fn enter(call: &mut Call, action: &Action) -> Turn {
    if !call.contact.is_voice() {
        return Turn::failed("keys can only be pressed in a call");
    }
    if action.parameters.get("EnableDTMFBuffer").is_some() {
        super::record::note(call, action);
        return Turn::done();
    }
    let Some(time_limit_seconds) = call.number(action, "InputTimeLimitSeconds") else {
        return Turn::malformed(action, "its InputTimeLimitSeconds is no number");
    };
    let prompt = match speech::speech(call, action, &action.parameters) {
        Ok(prompt) => prompt,
        Err(reason) => return Turn::failed(reason),
    };
    let Some(mode) = mode(action) else {
        return Turn::malformed(action, "its InputValidation is not understood");
    };
    Turn::Ask(Effect::Gather(Gather {
        prompt,
        mode,
        time_limit_seconds,
    }))
}

fn mode(action: &Action) -> Option<GatherMode> {
    let parameters = &action.parameters;
    if parameters.get("StoreInput").and_then(Value::as_str) != Some("True") {
        let branches = action.transitions.conditions.iter();
        let keys = branches.flat_map(|branch| branch.condition.operands.clone());
        return Some(GatherMode::Menu {
            keys: keys.collect(),
        });
    }
    let configuration = |key: &str| {
        let value = parameters.get("DTMFConfiguration")?.get(key)?;
        Some(operators::text(value))
    };
    Some(GatherMode::Store {
        validation: validation(parameters.get("InputValidation")?)?,
        terminator: configuration("InputTerminationSequence").unwrap_or_else(|| "#".to_owned()),
        star_clears: configuration("DisableCancelKey").as_deref() != Some("True"),
        interdigit_seconds: configuration("InterdigitTimeLimitSeconds")
            .and_then(|seconds| seconds.parse().ok())
            .unwrap_or(5),
        encrypted: parameters.get("InputEncryption").is_some(),
    })
}

fn validation(validation: &Value) -> Option<InputValidation> {
    if let Some(number) = validation.get("PhoneNumberValidation") {
        return match number.get("NumberFormat")?.as_str()? {
            "Local" => Some(InputValidation::LocalNumber {
                country: number.get("CountryCode")?.as_str()?.to_owned(),
            }),
            "E164" => Some(InputValidation::InternationalNumber),
            _ => None,
        };
    }
    let length = validation.get("CustomValidation")?.get("MaximumLength")?;
    Some(InputValidation::Digits {
        maximum_length: operators::text(length).parse().ok()?,
    })
}

fn resume(call: &mut Call, action: &Action, answer: Answer, _: u32) -> Turn {
    let keys = match answer {
        Answer::Keys(keys) => keys,
        _ => String::new(),
    };
    match mode(action) {
        Some(GatherMode::Store {
            validation,
            terminator,
            star_clears,
            encrypted,
            ..
        }) => {
            let maximum_length = match validation {
                InputValidation::Digits { maximum_length } => maximum_length,
                _ => LONGEST_NUMBER,
            };
            let collector = Collector {
                terminator: &terminator,
                star_clears,
                maximum_length,
            };
            store(call, &keys, &collector, &validation, encrypted)
        }
        _ => choose(call, &keys),
    }
}

fn choose(call: &mut Call, keys: &str) -> Turn {
    let mut pressed = keys.chars();
    let Some(key) = pressed.next() else {
        return Turn::Leave(Outcome::Failed {
            error_type: "InputTimeLimitExceeded",
            reason: "nobody pressed a key".to_owned(),
        });
    };
    ignore(call, pressed.as_str());
    Turn::Leave(Outcome::Result(key.to_string().into()))
}

fn store(
    call: &mut Call,
    keys: &str,
    collector: &Collector<'_>,
    validation: &InputValidation,
    encrypted: bool,
) -> Turn {
    if keys.is_empty() {
        // Silence is a success with this value, whatever the validation.
        return keep(call, SILENCE.to_owned(), false);
    }
    let (input, late) = collector.collect(keys);
    ignore(call, late);
    match phone_number::validate(&input, validation) {
        Ok(value) => keep(call, value, encrypted),
        Err(reason) => Turn::Leave(Outcome::Failed {
            error_type: "InvalidPhoneNumber",
            reason,
        }),
    }
}

fn keep(call: &mut Call, value: String, encrypted: bool) -> Turn {
    let shown = if encrypted {
        "•".repeat(value.chars().count())
    } else {
        value.clone()
    };
    call.stored_input = Some(value);
    call.tell(Event::InputStored { value: shown });
    Turn::done()
}

fn ignore(call: &mut Call, keys: &str) {
    if !keys.is_empty() {
        let keys = keys.to_owned();
        call.tell(Event::KeysIgnored { keys });
    }
}
