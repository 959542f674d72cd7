//! Tags of instances, flows, flow modules, queues, hours, prompts and phone numbers.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Exchange, State, arns, errors};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::response::Response;

/// The most tags that a resource may have.
const MOST: usize = 50;

/// Checks tags by the service model's `TagMap`.
///
/// # Errors
/// What is wrong, for a person.
pub fn check(tags: &BTreeMap<String, String>) -> Result<(), String> {
    if tags.len() > MOST {
        return Err(format!("A resource has no more than {MOST} tags."));
    }
    for (key, value) in tags {
        check_key(key)?;
        if value.chars().count() > 256 {
            return Err(format!(
                "The value of the tag {key} is longer than 256 characters."
            ));
        }
    }
    Ok(())
}

/// `^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`, 1 to 128 characters.
fn check_key(key: &str) -> Result<(), String> {
    let allowed = |c: char| {
        c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
    };
    let length = key.chars().count();
    if (1..=128).contains(&length) && !key.starts_with("aws:") && key.chars().all(allowed) {
        Ok(())
    } else {
        Err(format!(
            "The tag key {key:?} does not satisfy the pattern ^(?!aws:)[\\p{{L}}\\p{{Z}}\\p{{N}}_.:/=+\\-@]*$ within 1 to 128 characters."
        ))
    }
}

impl State {
    /// The tags of a resource, by its ARN.
    ///
    /// # Errors
    /// `ResourceNotFoundException`; not implemented for other kinds of resource.
    pub fn tags(&self, arn: &str) -> ServiceResult<&BTreeMap<String, String>> {
        if let Some(id) = phone_number_id(arn) {
            let number = self
                .phone_numbers
                .get(id)
                .filter(|number| number.arn == arn);
            return number.map(|number| &number.tags).ok_or_else(|| absent(arn));
        }
        let instance = self
            .instances
            .values()
            .find(|instance| within(arn, &instance.arn))
            .ok_or_else(|| absent(arn))?;
        if arn == instance.arn {
            return Ok(&instance.tags);
        }
        let (word, id) = split(&instance.arn, arn)?;
        match word {
            "contact-flow" => instance.flows.get(id).map(|flow| &flow.tags),
            "flow-module" => instance.modules.get(id).map(|module| &module.tags),
            _ => instance
                .named(word)
                .and_then(|kind| kind.get(id))
                .map(|named| &named.tags),
        }
        .ok_or_else(|| absent(arn))
    }

    fn tags_mut(&mut self, arn: &str) -> ServiceResult<&mut BTreeMap<String, String>> {
        if let Some(id) = phone_number_id(arn) {
            let number = self
                .phone_numbers
                .get_mut(id)
                .filter(|number| number.arn == arn);
            return number
                .map(|number| &mut number.tags)
                .ok_or_else(|| absent(arn));
        }
        let instance = self
            .instances
            .values_mut()
            .find(|instance| within(arn, &instance.arn))
            .ok_or_else(|| absent(arn))?;
        if arn == instance.arn {
            return Ok(&mut instance.tags);
        }
        let (word, id) = split(&instance.arn, arn)?;
        match word {
            "contact-flow" => instance.flows.get_mut(id).map(|flow| &mut flow.tags),
            "flow-module" => instance.modules.get_mut(id).map(|module| &mut module.tags),
            _ => instance
                .named_mut(word)
                .and_then(|kind| kind.get_mut(id))
                .map(|named| &mut named.tags),
        }
        .ok_or_else(|| absent(arn))
    }

    /// Adds tags, replacing those of the same key.
    ///
    /// # Errors
    /// `ResourceNotFoundException`; `InvalidRequestException` when there would
    /// be more than fifty.
    pub fn tag(&mut self, arn: &str, tags: BTreeMap<String, String>) -> ServiceResult<()> {
        let present = self.tags(arn)?;
        let fresh = tags
            .keys()
            .filter(|key| !present.contains_key(*key))
            .count();
        if present.len() + fresh > MOST {
            return Err(errors::invalid_request(format!(
                "A resource has no more than {MOST} tags."
            )));
        }
        self.tags_mut(arn)?.extend(tags);
        Ok(())
    }

    /// Removes tags; those that are not there are not missed.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn untag(&mut self, arn: &str, keys: &[&str]) -> ServiceResult<()> {
        self.tags_mut(arn)?
            .retain(|key, _| !keys.contains(&key.as_str()));
        Ok(())
    }
}

fn phone_number_id(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5)?.strip_prefix("phone-number/")
}

fn within(arn: &str, instance_arn: &str) -> bool {
    arn.strip_prefix(instance_arn)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn split<'a>(instance_arn: &str, arn: &'a str) -> ServiceResult<(&'a str, &'a str)> {
    let rest = arn.strip_prefix(instance_arn).unwrap_or_default();
    let word = rest.trim_start_matches('/').split('/').next();
    match word {
        Some(word @ ("contact-flow" | "flow-module" | "queue" | "operating-hours" | "prompt")) => {
            Ok((word, arns::id_of(instance_arn, word, arn)?))
        }
        _ => Err(ServiceError::not_implemented(format!(
            "tags of {arn} in connect"
        ))),
    }
}

fn absent(arn: &str) -> ServiceError {
    errors::not_found(format!("The resource {arn} does not exist."))
}

/// `ListTagsForResource`.
pub fn list(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    exchange.input(&[], &[])?;
    let arn = exchange.route.label("resourceArn");
    let tags = exchange
        .world
        .read(|state| state.of::<crate::connect::State>().tags(arn).cloned())?;
    Response::json(&json!({ "tags": tags }))
}

/// `TagResource`.
pub fn tag(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&["tags"], &[])?;
    let tags = input.tags("tags")?;
    if tags.is_empty() {
        return Err(input.missing("tags"));
    }
    let arn = exchange.route.label("resourceArn");
    exchange
        .world
        .write(|state| state.of_mut::<crate::connect::State>().tag(arn, tags))?;
    Ok(Response::empty(200))
}

/// `UntagResource`.
pub fn untag(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &["tagKeys"])?;
    let keys = input.query_all("tagKeys");
    if keys.is_empty() {
        return Err(input.missing("tagKeys"));
    }
    if keys.len() > MOST {
        return Err(input.invalid(format!("No more than {MOST} tag keys at once.")));
    }
    for key in &keys {
        check_key(key).map_err(|message| input.invalid(message))?;
    }
    let arn = exchange.route.label("resourceArn");
    exchange
        .world
        .write(|state| state.of_mut::<crate::connect::State>().untag(arn, &keys))?;
    Ok(Response::empty(200))
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn keys_follow_the_pattern() {
        for good in ["vanity-deploy:solution", "Größe", "a b", "x=1+2@/._-"] {
            assert!(check(&map(&[(good, "")])).is_ok(), "{good}");
        }
        for bad in ["", "aws:thing", "a*b", "tab\t", &"k".repeat(129)] {
            assert!(check(&map(&[(bad, "")])).is_err(), "{bad}");
        }
        assert!(check(&map(&[("k", &"v".repeat(257))])).is_err());
    }

    #[test]
    fn every_kind_of_resource_carries_tags() {
        let mut state = fixture::state();
        let instance = fixture::instance(&state).clone();
        let arn = &instance.arn;
        let number = state.phone_numbers.values().next().unwrap().arn.clone();
        let of = |word: &str, id: &String| format!("{arn}/{word}/{id}");
        let arns = [
            arn.clone(),
            of("contact-flow", instance.flows.keys().next().unwrap()),
            of("queue", instance.queues.keys().next().unwrap()),
            of("operating-hours", instance.hours.keys().next().unwrap()),
            of("prompt", instance.prompts.keys().next().unwrap()),
            number,
        ];
        for arn in &arns {
            state.tag(arn, map(&[("a", "1"), ("b", "2")])).unwrap();
            state.tag(arn, map(&[("a", "3")])).unwrap();
            state.untag(arn, &["b", "absent"]).unwrap();
            assert_eq!(state.tags(arn).unwrap(), &map(&[("a", "3")]), "{arn}");
        }
        let error = state
            .tags(&of("contact-flow", &"absent".to_owned()))
            .unwrap_err();
        assert_eq!(error.code, "ResourceNotFoundException");
        let error = state.tags(&of("agent", &"a".to_owned())).unwrap_err();
        assert_eq!(error.code, "NotImplementedByLocalAws");
    }

    #[test]
    fn fifty_tags_and_no_more() {
        let mut state = fixture::state();
        let arn = fixture::instance(&state).arn.clone();
        let fifty: BTreeMap<_, _> = (0..50).map(|n| (format!("k{n}"), String::new())).collect();
        state.tag(&arn, fifty.clone()).unwrap();
        state.tag(&arn, fifty).unwrap();
        let error = state.tag(&arn, map(&[("one more", "")])).unwrap_err();
        assert_eq!(error.code, "InvalidRequestException");
        assert_eq!(state.tags(&arn).unwrap().len(), 50);
    }
}
