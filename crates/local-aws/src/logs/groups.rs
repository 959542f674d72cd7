//! Log groups and streams as values; the lines are in files ([`super::lines`]).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::metric_filters::MetricFilter;
use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::rows::{AnyRows, Rows};

/// What the service keeps.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Groups by name.
    #[serde(skip)]
    pub(super) groups: Rows<Group>,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "logs";

    fn collections(&mut self) -> Vec<(String, &mut dyn AnyRows)> {
        vec![("groups".to_owned(), &mut self.groups)]
    }
}

/// A log group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Name of its folder; a group that is made again gets another.
    pub folder: String,
    /// When it was made.
    pub created: Timestamp,
    /// Days; `None`: lines never expire.
    pub retention_in_days: Option<u32>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Streams by name.
    pub streams: BTreeMap<String, Stream>,
    /// Metric filters by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::logs) metric_filters: BTreeMap<String, MetricFilter>,
}

/// A log stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// Name of its file.
    pub file: String,
    /// When it was made.
    pub created: Timestamp,
    /// Time of the first event.
    pub first_event: Option<Timestamp>,
    /// Time of the last event.
    pub last_event: Option<Timestamp>,
    /// When the last event came in.
    pub last_ingestion: Option<Timestamp>,
}

/// The retentions that CloudWatch Logs knows, in days (AWS docs, `PutRetentionPolicy`).
pub const RETENTIONS: &[u32] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// A group keeps the streams that were written to last.
const STREAMS_PER_GROUP: usize = 200;

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "InvalidParameterException", message)
}

pub(super) fn pattern_violation(value: &str, at: &str, constraint: &str) -> ServiceError {
    invalid(constraint::message(Shown::Value(&value), at, constraint))
}

fn exists_already(what: &str) -> ServiceError {
    ServiceError::new(
        400,
        "ResourceAlreadyExistsException",
        format!("The specified {what} already exists"),
    )
}

pub(super) fn missing(what: &str) -> ServiceError {
    ServiceError::new(
        400,
        "ResourceNotFoundException",
        format!("The specified {what} does not exist."),
    )
}

pub(super) fn check_group_name(name: &str) -> ServiceResult<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_/#".contains(c);
    if (1..=512).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(pattern_violation(
        name,
        "logGroupName",
        r"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+ and have a length of 1 to 512",
    ))
}

pub(super) fn check_stream_name(name: &str) -> ServiceResult<()> {
    if (1..=512).contains(&name.chars().count()) && !name.contains([':', '*']) {
        return Ok(());
    }
    Err(pattern_violation(
        name,
        "logStreamName",
        "Member must satisfy regular expression pattern: [^:*]* and have a length of 1 to 512",
    ))
}

pub(super) fn check_retention(days: i64) -> ServiceResult<u32> {
    u32::try_from(days)
        .ok()
        .filter(|days| RETENTIONS.contains(days))
        .ok_or_else(|| {
            let known: Vec<String> = RETENTIONS.iter().map(u32::to_string).collect();
            invalid(constraint::message(
                Shown::Value(&days),
                "retentionInDays",
                format_args!("Member must satisfy enum value set: [{}]", known.join(", ")),
            ))
        })
}

/// The tags of one request, before anything is looked up.
pub(super) fn check_given_tags(tags: &BTreeMap<String, String>) -> ServiceResult<()> {
    if tags.len() > 50 {
        return Err(pattern_violation(
            "",
            "tags",
            "Member must have length less than or equal to 50",
        ));
    }
    check_tags(tags)
}

/// The keys of tags to remove.
pub(super) fn check_tag_keys(keys: &[String]) -> ServiceResult<()> {
    let good = |key: &String| (1..=128).contains(&key.chars().count());
    if keys.len() <= 50 && keys.iter().all(good) {
        return Ok(());
    }
    Err(pattern_violation(
        "",
        "tagKeys",
        "Member must have at most 50 keys of 1 to 128 characters",
    ))
}

fn check_tags(tags: &BTreeMap<String, String>) -> ServiceResult<()> {
    if tags.keys().filter(|key| !key.starts_with("aws:")).count() > 50 {
        return Err(ServiceError::new(
            400,
            "TooManyTagsException",
            "A resource can have no more than 50 tags.",
        ));
    }
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(pattern_violation(
                key,
                "tags",
                "Map keys must have a length of 1 to 128 and values one of 0 to 256",
            ));
        }
        if key.to_ascii_lowercase().starts_with("aws:") && !key.starts_with("aws:cloudformation:") {
            return Err(invalid("aws: prefixed tag key names are not allowed"));
        }
    }
    Ok(())
}

impl State {
    /// Creates a group. `folder` must be new.
    ///
    /// # Errors
    /// `InvalidParameterException`, `ResourceAlreadyExistsException`, `TooManyTagsException`.
    pub fn create_group(
        &mut self,
        name: &str,
        folder: String,
        tags: BTreeMap<String, String>,
        now: Timestamp,
    ) -> ServiceResult<&mut Group> {
        check_group_name(name)?;
        check_tags(&tags)?;
        if self.groups.contains_key(name) {
            return Err(exists_already("log group"));
        }
        Ok(self.groups.put(
            name.to_owned(),
            Group {
                folder,
                created: now,
                retention_in_days: None,
                tags,
                streams: BTreeMap::new(),
                metric_filters: BTreeMap::new(),
            },
        ))
    }

    /// A group by name.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn group(&self, name: &str) -> ServiceResult<&Group> {
        check_group_name(name)?;
        self.groups.get(name).ok_or_else(|| missing("log group"))
    }

    pub(super) fn group_mut(&mut self, name: &str) -> ServiceResult<&mut Group> {
        check_group_name(name)?;
        self.groups
            .get_mut(name)
            .ok_or_else(|| missing("log group"))
    }

    /// Groups whose name starts so, in the order of their names.
    pub fn groups<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a String, &'a Group)> {
        self.groups
            .iter()
            .filter(move |(name, _)| name.starts_with(prefix))
    }

    /// Deletes a group and gives it, so that its files can be removed.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn delete_group(&mut self, name: &str) -> ServiceResult<Group> {
        check_group_name(name)?;
        self.groups.remove(name).ok_or_else(|| missing("log group"))
    }

    /// Sets or removes the retention.
    ///
    /// # Errors
    /// `InvalidParameterException`, `ResourceNotFoundException`.
    pub fn set_retention(&mut self, name: &str, days: Option<i64>) -> ServiceResult<()> {
        let days = days.map(check_retention).transpose()?;
        self.group_mut(name)?.retention_in_days = days;
        Ok(())
    }

    /// Adds tags.
    ///
    /// # Errors
    /// `ResourceNotFoundException`, `InvalidParameterException`, `TooManyTagsException`.
    pub fn tag_group(&mut self, name: &str, tags: BTreeMap<String, String>) -> ServiceResult<()> {
        let group = self.group_mut(name)?;
        let mut all = group.tags.clone();
        all.extend(tags);
        check_tags(&all)?;
        group.tags = all;
        Ok(())
    }

    /// Removes tags; those that are not there are no error.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn untag_group(&mut self, name: &str, keys: &[String]) -> ServiceResult<()> {
        self.group_mut(name)?
            .tags
            .retain(|key, _| !keys.contains(key));
        Ok(())
    }
}

impl Group {
    /// Creates a stream. When the group has too many, the one that was written
    /// to longest ago is forgotten and given, so that its file can be removed.
    ///
    /// # Errors
    /// `InvalidParameterException`, `ResourceAlreadyExistsException`.
    pub fn create_stream(
        &mut self,
        name: &str,
        file: String,
        now: Timestamp,
    ) -> ServiceResult<Option<Stream>> {
        check_stream_name(name)?;
        if self.streams.contains_key(name) {
            return Err(exists_already("log stream"));
        }
        let oldest = (self.streams.len() >= STREAMS_PER_GROUP)
            .then(|| {
                self.streams
                    .iter()
                    .min_by_key(|(_, stream)| stream.last_ingestion.unwrap_or(stream.created))
                    .map(|(name, _)| name.clone())
            })
            .flatten();
        let forgotten = oldest.and_then(|name| self.streams.remove(&name));
        self.streams.insert(
            name.to_owned(),
            Stream {
                file,
                created: now,
                first_event: None,
                last_event: None,
                last_ingestion: None,
            },
        );
        Ok(forgotten)
    }

    /// A stream by name.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn stream(&self, name: &str) -> ServiceResult<&Stream> {
        check_stream_name(name)?;
        self.streams.get(name).ok_or_else(|| missing("log stream"))
    }

    /// Notes that events came in.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn note_events(
        &mut self,
        stream: &str,
        times: impl IntoIterator<Item = Timestamp>,
        now: Timestamp,
    ) -> ServiceResult<()> {
        let stream = self
            .streams
            .get_mut(stream)
            .ok_or_else(|| missing("log stream"))?;
        for time in times {
            stream.first_event = Some(stream.first_event.map_or(time, |first| first.min(time)));
            stream.last_event = Some(stream.last_event.map_or(time, |last| last.max(time)));
        }
        stream.last_ingestion = Some(now);
        Ok(())
    }

    /// The time before which events have expired.
    pub fn expired_before(&self, now: Timestamp) -> Option<Timestamp> {
        let hours = i64::from(self.retention_in_days?) * 24;
        now.checked_sub(jiff::SignedDuration::from_hours(hours))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_769_860_800 + second).unwrap()
    }

    fn state() -> State {
        let mut state = State::default();
        state
            .create_group("/aws/lambda/f", "a".to_owned(), BTreeMap::new(), at(0))
            .unwrap();
        state
    }

    #[test]
    fn a_group_is_made_once() {
        let mut state = state();
        let error = state
            .create_group("/aws/lambda/f", "b".to_owned(), BTreeMap::new(), at(1))
            .unwrap_err();
        assert_eq!(error.code, "ResourceAlreadyExistsException");
        state.delete_group("/aws/lambda/f").unwrap();
        let error = state.delete_group("/aws/lambda/f").unwrap_err();
        assert_eq!(error.code, "ResourceNotFoundException");
    }

    #[test]
    fn names_are_checked() {
        let mut state = State::default();
        for name in ["", "a b", "a:b", &"x".repeat(513)] {
            let error = state
                .create_group(name, "a".to_owned(), BTreeMap::new(), at(0))
                .unwrap_err();
            assert_eq!(error.code, "InvalidParameterException", "{name}");
        }
    }

    #[test]
    fn only_the_retentions_of_the_service() {
        let mut state = state();
        state.set_retention("/aws/lambda/f", Some(14)).unwrap();
        for days in [0, 2, -1, 31, 4000] {
            let error = state
                .set_retention("/aws/lambda/f", Some(days))
                .unwrap_err();
            assert_eq!(error.code, "InvalidParameterException");
        }
        let group = state.group("/aws/lambda/f").unwrap();
        assert_eq!(group.retention_in_days, Some(14));
        assert_eq!(group.expired_before(at(0)), Some(at(-14 * 24 * 3600)));
        state.set_retention("/aws/lambda/f", None).unwrap();
        assert_eq!(
            state.group("/aws/lambda/f").unwrap().retention_in_days,
            None
        );
    }

    #[test]
    fn the_stream_written_to_longest_ago_makes_room() {
        let mut state = state();
        let group = state.group_mut("/aws/lambda/f").unwrap();
        for index in 0..STREAMS_PER_GROUP {
            let second = i64::try_from(index).unwrap();
            assert_eq!(
                group
                    .create_stream(&format!("s{index}"), index.to_string(), at(second))
                    .unwrap(),
                None
            );
        }
        group.note_events("s0", [at(900)], at(1000)).unwrap();
        let forgotten = group
            .create_stream("new", "n".to_owned(), at(1001))
            .unwrap()
            .unwrap();
        assert_eq!(forgotten.file, "1");
        assert!(group.stream("s0").is_ok());
        assert!(group.stream("s1").is_err());
    }
}
