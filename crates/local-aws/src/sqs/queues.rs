//! The queues.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::attributes::Attributes;
use super::invalid;
use crate::core::error::{ServiceError, ServiceResult};

/// Tags a queue may have (AWS docs, "Amazon SQS cost allocation tags").
const TAGS: usize = 50;

/// What SQS keeps beside the messages.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    queues: BTreeMap<String, Queue>,
    deleted: BTreeMap<String, Timestamp>,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "sqs";
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// What its messages are kept under; another for a later queue of the same name.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// When its attributes were last changed.
    pub modified: Timestamp,
    /// When it was last purged.
    pub purged: Option<Timestamp>,
    /// Its attributes.
    pub attributes: Attributes,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// `QueueDoesNotExist` (400).
pub(super) fn no_such_queue() -> ServiceError {
    ServiceError::new(
        400,
        "QueueDoesNotExist",
        "The specified queue does not exist.",
    )
}

/// Whether a queue may have that name.
///
/// # Errors
/// `InvalidParameterValue`; FIFO queues are not implemented.
pub(super) fn check_name(name: &str) -> ServiceResult<()> {
    let plain = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    if name.strip_suffix(".fifo").is_some_and(plain) && name.len() <= 80 {
        return Err(ServiceError::not_implemented("FIFO queues"));
    }
    if (1..=80).contains(&name.len()) && plain(name) {
        return Ok(());
    }
    Err(invalid(
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    ))
}

fn check_tags(tags: &BTreeMap<String, String>) -> ServiceResult<()> {
    for (key, value) in tags {
        if !(1..=128).contains(&key.chars().count()) {
            return Err(invalid(
                "Tag keys must be between 1 and 128 characters in length.",
            ));
        }
        if value.chars().count() > 256 {
            return Err(invalid(
                "Tag values must be between 0 and 256 characters in length.",
            ));
        }
    }
    if tags.len() > TAGS {
        return Err(invalid(format!("Too many tags: at most {TAGS}.")));
    }
    Ok(())
}

impl State {
    /// The queue of that name.
    ///
    /// # Errors
    /// `QueueDoesNotExist`.
    pub fn queue(&self, name: &str) -> ServiceResult<&Queue> {
        self.queues.get(name).ok_or_else(no_such_queue)
    }

    fn queue_mut(&mut self, name: &str) -> ServiceResult<&mut Queue> {
        self.queues.get_mut(name).ok_or_else(no_such_queue)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.queues.keys()
    }

    /// Whether a queue of that name was deleted within the last minute, which AWS does not
    /// let its name be used again in.
    ///
    /// # Errors
    /// `QueueDeletedRecently`.
    pub(super) fn check_not_deleted_recently(
        &self,
        name: &str,
        now: Timestamp,
    ) -> ServiceResult<()> {
        if self
            .deleted
            .get(name)
            .is_some_and(|deleted| now < *deleted + 60.seconds())
        {
            return Err(ServiceError::new(
                400,
                "QueueDeletedRecently",
                "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
            ));
        }
        Ok(())
    }

    /// `CreateQueue`; one that is there already as it is wanted is as good.
    ///
    /// # Errors
    /// `QueueNameExists`, and those of a wrong name, attribute or tag.
    pub(super) fn create(
        &mut self,
        name: &str,
        id: String,
        given: &BTreeMap<String, String>,
        tags: BTreeMap<String, String>,
        now: Timestamp,
    ) -> ServiceResult<()> {
        check_name(name)?;
        let attributes = Attributes::default().with(given)?;
        check_tags(&tags)?;
        if let Some(queue) = self.queues.get(name) {
            return match queue.attributes.differs(given) {
                None => Ok(()),
                Some(attribute) => Err(ServiceError::new(
                    400,
                    "QueueNameExists",
                    format!(
                        "A queue already exists with the same name and a different value for attribute {attribute}"
                    ),
                )),
            };
        }
        self.check_target(&attributes)?;
        self.deleted.remove(name);
        self.queues.insert(
            name.to_owned(),
            Queue {
                id,
                created: now,
                modified: now,
                purged: None,
                attributes,
                tags,
            },
        );
        Ok(())
    }

    /// `SetQueueAttributes`.
    ///
    /// # Errors
    /// `QueueDoesNotExist`, and those of a wrong attribute.
    pub(super) fn set_attributes(
        &mut self,
        name: &str,
        given: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> ServiceResult<()> {
        let attributes = self.queue(name)?.attributes.clone().with(given)?;
        self.check_target(&attributes)?;
        let queue = self.queue_mut(name)?;
        queue.attributes = attributes;
        queue.modified = now;
        Ok(())
    }

    /// The name of the dead-letter queue that attributes name.
    fn check_target(&self, attributes: &Attributes) -> ServiceResult<()> {
        let Some(redrive) = &attributes.redrive else {
            return Ok(());
        };
        if self.dead_letter_queue(&redrive.target_arn).is_some() {
            return Ok(());
        }
        Err(ServiceError::new(
            400,
            "InvalidAttributeValue",
            format!(
                "Value {} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.",
                attributes
                    .shown()
                    .remove("RedrivePolicy")
                    .unwrap_or_default()
            ),
        ))
    }

    /// The queue that an ARN names.
    pub(super) fn dead_letter_queue(&self, arn: &str) -> Option<&Queue> {
        let (_, name) = arn.strip_prefix("arn:aws:sqs:")?.rsplit_once(':')?;
        self.queues.get(name)
    }

    /// `DeleteQueue`; its messages are to be deleted after.
    ///
    /// # Errors
    /// `QueueDoesNotExist`.
    pub(super) fn delete(&mut self, name: &str, now: Timestamp) -> ServiceResult<Queue> {
        let queue = self.queues.remove(name).ok_or_else(no_such_queue)?;
        self.deleted
            .retain(|_, deleted| now < *deleted + 60.seconds());
        self.deleted.insert(name.to_owned(), now);
        Ok(queue)
    }

    /// `PurgeQueue`; the messages are to be deleted after.
    ///
    /// # Errors
    /// `QueueDoesNotExist`, `PurgeQueueInProgress` within a minute of the last purge.
    pub(super) fn purge(&mut self, name: &str, now: Timestamp) -> ServiceResult<String> {
        let queue = self.queue_mut(name)?;
        if queue.purged.is_some_and(|last| now < last + 60.seconds()) {
            return Err(ServiceError::new(
                400,
                "PurgeQueueInProgress",
                format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds."),
            ));
        }
        queue.purged = Some(now);
        Ok(queue.id.clone())
    }

    /// `TagQueue`.
    ///
    /// # Errors
    /// `QueueDoesNotExist`, `InvalidParameterValue`.
    pub(super) fn tag(&mut self, name: &str, tags: BTreeMap<String, String>) -> ServiceResult<()> {
        let queue = self.queue_mut(name)?;
        let mut all = queue.tags.clone();
        all.extend(tags);
        check_tags(&all)?;
        queue.tags = all;
        Ok(())
    }

    /// `UntagQueue`.
    ///
    /// # Errors
    /// `QueueDoesNotExist`.
    pub(super) fn untag(&mut self, name: &str, keys: &[String]) -> ServiceResult<()> {
        let queue = self.queue_mut(name)?;
        queue.tags.retain(|key, _| !keys.contains(key));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn create(state: &mut State, name: &str, attributes: &[(&str, &str)]) -> ServiceResult<()> {
        let now = at("2026-01-31T12:00:00Z");
        state.create(
            name,
            "id".to_owned(),
            &given(attributes),
            BTreeMap::new(),
            now,
        )
    }

    fn code(result: ServiceResult<()>) -> String {
        result.unwrap_err().code.into_owned()
    }

    #[test]
    fn the_same_queue_twice_is_one_and_another_is_refused() {
        let mut state = State::default();
        create(&mut state, "q", &[("VisibilityTimeout", "60")]).unwrap();
        create(&mut state, "q", &[("VisibilityTimeout", "60")]).unwrap();
        create(&mut state, "q", &[]).unwrap();
        let error = create(&mut state, "q", &[("VisibilityTimeout", "61")]).unwrap_err();
        assert_eq!(error.code, "QueueNameExists");
        assert!(error.message.ends_with("VisibilityTimeout"), "{error}");
        assert_eq!(state.names().count(), 1);
    }

    #[test]
    fn names() {
        let mut state = State::default();
        let longest = "a".repeat(80);
        for good in ["a", "A-b_9", longest.as_str()] {
            create(&mut state, good, &[]).unwrap();
        }
        let long = "a".repeat(81);
        for wrong in ["", "a b", "a.b", "é", long.as_str()] {
            let error = create(&mut state, wrong, &[]).unwrap_err();
            assert_eq!(error.code, "InvalidParameterValueException", "{wrong}");
        }
        let error = create(&mut state, "a.fifo", &[]).unwrap_err();
        assert!(error.is_not_implemented());
    }

    #[test]
    fn a_name_rests_for_a_minute_and_so_does_a_purge() {
        let mut state = State::default();
        create(&mut state, "q", &[]).unwrap();
        let now = at("2026-01-31T12:00:00Z");
        state.purge("q", now).unwrap();
        let soon = at("2026-01-31T12:00:59Z");
        let later = at("2026-01-31T12:01:00Z");
        assert_eq!(
            state.purge("q", soon).unwrap_err().code,
            "PurgeQueueInProgress"
        );
        state.purge("q", later).unwrap();
        state.delete("q", now).unwrap();
        assert_eq!(
            code(state.check_not_deleted_recently("q", soon)),
            "QueueDeletedRecently"
        );
        state.check_not_deleted_recently("q", later).unwrap();
        assert_eq!(
            state.delete("q", now).unwrap_err().code,
            "QueueDoesNotExist"
        );
    }

    #[test]
    fn a_dead_letter_queue_must_be_there() {
        let mut state = State::default();
        let redrive =
            r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:d","maxReceiveCount":2}"#;
        let attributes = [("RedrivePolicy", redrive)];
        assert_eq!(
            code(create(&mut state, "q", &attributes)),
            "InvalidAttributeValue"
        );
        create(&mut state, "d", &[]).unwrap();
        create(&mut state, "q", &attributes).unwrap();
    }

    #[test]
    fn tags_are_bounded() {
        let mut state = State::default();
        create(&mut state, "q", &[]).unwrap();
        state.tag("q", given(&[("a", "1"), ("b", "2")])).unwrap();
        state.untag("q", &["a".to_owned()]).unwrap();
        assert_eq!(state.queue("q").unwrap().tags, given(&[("b", "2")]));
        let many = (0..50).map(|n| (format!("k{n}"), String::new())).collect();
        assert_eq!(code(state.tag("q", many)), "InvalidParameterValueException");
        assert_eq!(
            code(state.tag("q", given(&[("", "1")]))),
            "InvalidParameterValueException"
        );
    }
}
