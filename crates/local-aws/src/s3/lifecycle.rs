//! Carries out lifecycle rules (AWS docs, "Managing the lifecycle of objects"): what is due
//! is due from the midnight (UTC) after its days are over. AWS does it some time after that
//! midnight; here the day's first request to S3 does.

use jiff::Timestamp;

use super::blobs::Blobs;
use super::configuration::Rule;
use super::names::{VERSION_LENGTH, VERSION_LETTERS};
use super::state::{Bucket, Version};
use super::versions;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::world::World;

const DAY: i64 = 24 * 60 * 60;

/// Carries out the rules of all buckets, once a day.
///
/// # Errors
/// `InternalFailure` when the disk refuses.
pub(super) fn catch_up(world: &World) -> ServiceResult<()> {
    let now = world.clock.now();
    let today = now.as_second().div_euclid(DAY);
    let open = world.read(|state| {
        state.of::<crate::s3::State>().carried_out != Some(today)
            && state
                .of::<crate::s3::State>()
                .buckets()
                .any(|bucket| bucket.lifecycle.is_some())
    });
    if !open {
        return Ok(());
    }
    let obsolete = world.write(|state| {
        state.of_mut::<crate::s3::State>().carried_out = Some(today);
        let mut obsolete = Vec::new();
        for bucket in state.of_mut::<crate::s3::State>().buckets_mut() {
            let blobs = carry_out(bucket, now, || {
                world.ids.token(VERSION_LENGTH, VERSION_LETTERS)
            });
            obsolete.push((bucket.folder.clone(), blobs));
        }
        Ok::<_, ServiceError>(obsolete)
    })?;
    world.flush()?;
    let files = Blobs::below(&world.service_dir("s3"));
    for (folder, blobs) in &obsolete {
        files.remove(folder, blobs);
    }
    Ok(())
}

/// Carries out the rules of a bucket; answers the files that nothing refers to any more.
fn carry_out(
    bucket: &mut Bucket,
    now: Timestamp,
    mut marker_id: impl FnMut() -> String,
) -> Vec<String> {
    let rules = bucket
        .lifecycle
        .as_ref()
        .map_or_else(Vec::new, |lifecycle| lifecycle.rules.clone());
    let mut obsolete = Vec::new();
    for rule in rules.iter().filter(|rule| rule.enabled) {
        let keys: Vec<String> = bucket
            .objects
            .keys()
            .filter(|key| key.starts_with(&rule.prefix))
            .cloned()
            .collect();
        for key in &keys {
            let mut delete = |bucket: &mut Bucket, id: Option<&str>| {
                let deleted = versions::delete(bucket, key, id, marker_id(), now);
                obsolete.extend(deleted.obsolete);
            };
            let all = bucket.objects.get(key).map_or(&[][..], Vec::as_slice);
            for id in noncurrent(rule, all, now) {
                delete(bucket, Some(&id));
            }
            let current = bucket
                .latest(key)
                .filter(|version| version.object.is_some());
            if current.is_some_and(|version| expired(rule, version, now)) {
                delete(bucket, None);
            }
            let all = bucket.objects.get(key).map_or(&[][..], Vec::as_slice);
            if let [only] = all
                && only.object.is_none()
                && (rule.expired_delete_marker || expired(rule, only, now))
            {
                let id = only.id.clone();
                delete(bucket, Some(&id));
            }
        }
    }
    obsolete
}

fn expired(rule: &Rule, version: &Version, now: Timestamp) -> bool {
    rule.expiration_days
        .is_some_and(|days| due(version.modified, days, now))
}

/// The noncurrent versions that a rule removes, of a key's versions (the newest last).
fn noncurrent(rule: &Rule, versions: &[Version], now: Timestamp) -> Vec<String> {
    let Some(days) = rule.noncurrent_days else {
        return Vec::new();
    };
    let kept = rule
        .newer_noncurrent_versions
        .map_or(0, |count| usize::try_from(count).unwrap_or(usize::MAX));
    versions
        .windows(2)
        .rev()
        .skip(kept)
        // A version ceases to be current when the next one is made.
        .filter(|pair| due(pair[1].modified, days, now))
        .map(|pair| pair[0].id.clone())
        .collect()
}

/// Whether the midnight after so many days is over.
fn due(since: Timestamp, days: i64, now: Timestamp) -> bool {
    let over = since.as_second().saturating_add(days.saturating_mul(DAY));
    let midnight = over.div_euclid(DAY) + i64::from(over.rem_euclid(DAY) > 0);
    now.as_second().div_euclid(DAY) >= midnight
}

#[cfg(test)]
mod tests {
    use super::super::configuration::Lifecycle;
    use super::super::state::Versioning;
    use super::super::versions::tests::object;
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn bucket(versioning: Option<Versioning>, rule: Rule) -> Bucket {
        let mut bucket = Bucket::new("b", "f".to_owned(), time("2026-01-01T00:00:00Z"));
        bucket.versioning = versioning;
        bucket.lifecycle = Some(Lifecycle {
            rules: vec![Rule {
                enabled: true,
                ..rule
            }],
        });
        bucket
    }

    fn put(bucket: &mut Bucket, key: &str, blob: &str, day: &str) {
        let now = time(&format!("2026-01-{day}T10:00:00Z"));
        versions::put(bucket, key, object(blob), format!("v{blob}"), now);
    }

    fn carried(bucket: &mut Bucket, now: &str) -> Vec<String> {
        carry_out(bucket, time(now), || "m".to_owned())
    }

    #[test]
    fn days_are_over_at_the_next_midnight() {
        let since = time("2026-01-01T10:00:00Z");
        assert!(!due(since, 1, time("2026-01-02T23:59:59Z")));
        assert!(due(since, 1, time("2026-01-03T00:00:00Z")));
        let midnight = time("2026-01-01T00:00:00Z");
        assert!(due(midnight, 1, time("2026-01-02T00:00:00Z")));
    }

    #[test]
    fn current_objects_expire_under_their_prefix() {
        let rule = Rule {
            prefix: "a/".to_owned(),
            expiration_days: Some(2),
            ..Rule::default()
        };
        let mut plain = bucket(None, rule.clone());
        put(&mut plain, "a/old", "1", "01");
        put(&mut plain, "a/new", "2", "03");
        put(&mut plain, "b/old", "3", "01");
        assert_eq!(carried(&mut plain, "2026-01-04T00:00:00Z"), ["1"]);
        assert_eq!(plain.objects.len(), 2);

        let mut versioned = bucket(Some(Versioning::Enabled), rule);
        put(&mut versioned, "a/old", "1", "01");
        assert!(carried(&mut versioned, "2026-01-04T00:00:00Z").is_empty());
        assert!(versioned.current("a/old").is_none());
        assert_eq!(versioned.objects["a/old"].len(), 2);
        // Carried out again it makes no second marker.
        assert!(carried(&mut versioned, "2026-01-05T00:00:00Z").is_empty());
        assert_eq!(versioned.objects["a/old"].len(), 2);
    }

    #[test]
    fn noncurrent_versions_go_but_for_the_newest() {
        let rule = Rule {
            noncurrent_days: Some(1),
            newer_noncurrent_versions: Some(1),
            ..Rule::default()
        };
        let mut bucket = bucket(Some(Versioning::Enabled), rule);
        for (blob, day) in [("1", "01"), ("2", "02"), ("3", "03"), ("4", "04")] {
            put(&mut bucket, "k", blob, day);
        }
        // 1 ceased to be current on the 2nd, 2 on the 3rd; 3 is the newest noncurrent one.
        assert_eq!(carried(&mut bucket, "2026-01-04T12:00:00Z"), ["1"]);
        assert_eq!(carried(&mut bucket, "2026-01-30T00:00:00Z"), ["2"]);
        assert_eq!(bucket.objects["k"].len(), 2);
    }

    #[test]
    fn a_marker_with_nothing_behind_it_goes() {
        let rule = Rule {
            noncurrent_days: Some(1),
            expired_delete_marker: true,
            ..Rule::default()
        };
        let mut bucket = bucket(Some(Versioning::Enabled), rule);
        put(&mut bucket, "k", "1", "01");
        let now = time("2026-01-01T11:00:00Z");
        versions::delete(&mut bucket, "k", None, "m".to_owned(), now);
        assert!(carried(&mut bucket, "2026-01-02T00:00:00Z").is_empty());
        assert_eq!(carried(&mut bucket, "2026-01-03T00:00:00Z"), ["1"]);
        assert!(bucket.objects.is_empty());
    }

    #[test]
    fn a_disabled_rule_does_nothing() {
        let rule = Rule {
            expiration_days: Some(1),
            ..Rule::default()
        };
        let mut bucket = bucket(None, rule);
        if let Some(lifecycle) = &mut bucket.lifecycle {
            lifecycle.rules[0].enabled = false;
        }
        put(&mut bucket, "k", "1", "01");
        assert!(carried(&mut bucket, "2026-01-30T00:00:00Z").is_empty());
    }
}
