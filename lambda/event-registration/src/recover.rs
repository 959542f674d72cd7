//! Recovery: what the pipe gave up, or never saw, is found in the table and confirmed.
//!
//! A dead-letter queue of a pipe holds places in the stream, which forgets after a day. The table
//! forgets nothing: whoever is neither confirmed nor refused is confirmed now, through the same claim,
//! so that nobody is told twice. What is done is not found again, so that a run that ends before the
//! table does has come further all the same.

use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use crate::confirm::{CLAIM, Means, confirm};
use crate::handler::AT_ONCE;
use crate::ports::{Failure, Key, Page};
use crate::tally::Tally;

/// The name that it is asked for by.
pub const NAME: &str = "event-registration.recover";
/// How old a registration is before it is looked after, in seconds, unless the event says another
/// age: the pipe is at younger ones.
const AGE: u64 = 600;
/// How long before the invocation's end none is begun any more, in milliseconds: what is done under
/// a claim ends in time.
const REST: u64 = CLAIM + 5_000;

/// What is asked for: `{"Name": …, "olderThanSeconds": …, "next": …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The least age, in seconds.
    older_than: u64,
    /// Where an earlier answer ended.
    from: Option<Key>,
}

impl Request {
    /// Reads an event of that name; `None`: it is no request for this.
    #[must_use]
    pub fn read(event: &Value) -> Option<Self> {
        if event["Name"] != NAME {
            return None;
        }
        let from = &event["next"];
        let part = |name: &str| from[name].as_str().map(str::to_owned);
        Some(Self {
            older_than: event["olderThanSeconds"].as_u64().unwrap_or(AGE),
            from: part("phone")
                .zip(part("event"))
                .map(|(phone, event)| Key { phone, event }),
        })
    }
}

/// Confirms what is found, until there is no more or `deadline` (milliseconds since 1970) is near.
/// The answer counts; `complete` says whether the whole table was looked at, and `next` from where
/// another invocation goes on if not.
///
/// # Errors
///
/// [`Failure`] when the table cannot be read. What was confirmed before stays so.
pub async fn recover(
    request: Request,
    means: Means<'_>,
    deadline: u64,
    tally: &mut Tally,
) -> Result<Value, Failure> {
    let before = (means.now)().saturating_sub(request.older_than.saturating_mul(1_000));
    let stop = deadline.saturating_sub(REST);
    let mut from = request.from;
    let mut found = 0;
    let complete = loop {
        if (means.now)() >= stop {
            break false;
        }
        let page = means.registrations.open(before, from.as_ref()).await?;
        found += page.registrations.len() + page.malformed;
        let (ended_early, next) = work(page, means, stop, tally).await;
        if ended_early {
            break false;
        }
        from = next;
        if from.is_none() {
            break true;
        }
    };
    let mut answer = tally.counts();
    answer["found"] = found.into();
    answer["complete"] = complete.into();
    if !complete {
        answer["next"] = from.map_or_else(
            || json!({}),
            |key| json!({ "phone": key.phone, "event": key.event }),
        );
    }
    Ok(answer)
}

/// Confirms what is on a page; says whether some of it was not begun, and where the next page is.
async fn work(page: Page, means: Means<'_>, stop: u64, tally: &mut Tally) -> (bool, Option<Key>) {
    for _ in 0..page.malformed {
        tally.malformed(None, "an item of the table is no registration");
    }
    let mut outcomes = stream::iter(page.registrations)
        .map(|registration| async move {
            if (means.now)() >= stop {
                return None;
            }
            let outcome = confirm(&registration, means).await;
            Some((registration, outcome))
        })
        .buffer_unordered(AT_ONCE);
    let mut ended_early = false;
    while let Some(done) = outcomes.next().await {
        match done {
            Some((registration, outcome)) => tally.add(&registration, &[], &outcome),
            None => ended_early = true,
        }
    }
    (ended_early, page.next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_may_say_an_age_and_where_to_go_on() {
        assert_eq!(Request::read(&json!({ "Name": "other" })), None);
        let plain = Request::read(&json!({ "Name": NAME })).unwrap();
        assert_eq!((plain.older_than, plain.from), (AGE, None));
        let next = json!({ "phone": "+14155550123", "event": "open-house" });
        let event = json!({ "Name": NAME, "olderThanSeconds": 0, "next": next });
        let further = Request::read(&event).unwrap();
        assert_eq!(further.older_than, 0);
        assert_eq!(further.from.unwrap().event, "open-house");
    }
}
