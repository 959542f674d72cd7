//! The function with a table and an SMS service in memory: batches, failures, repetitions, crashes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::confirm::{CLAIM, Means};
use crate::handler::{Context, handle};
use crate::ports::{
    Answer, Claim, Due, Email, Failure, Key, Mark, NotSent, Page, Registrations, Sms, SmsAccount,
};
use crate::record::Registration;
use crate::settings::{Settings, SettingsError};

#[derive(Debug, Clone, Default, PartialEq)]
struct Item {
    claimed_until: Option<u64>,
    message_id: Option<String>,
    refused: bool,
    email_wanted: bool,
    email_id: Option<String>,
    email_refused: bool,
    registered_at: u64,
    registration: Option<Registration>,
}

impl Item {
    fn due(&self) -> Due {
        Due {
            sms: self.message_id.is_none() && !self.refused,
            email: self.email_wanted && self.email_id.is_none() && !self.email_refused,
        }
    }
}

/// A table and an SMS service in memory, and a clock that is set by hand.
#[derive(Default)]
struct World {
    items: Mutex<BTreeMap<(String, String), Item>>,
    sent: Mutex<Vec<(String, String)>>,
    /// Numbers whose SMS fail, now.
    failing: Mutex<BTreeSet<String>>,
    /// Numbers that take none.
    refusing: BTreeSet<String>,
    /// Numbers whose owners opted out.
    opted_out: BTreeSet<String>,
    emails: Mutex<Vec<(String, String, String)>>,
    /// Whether e-mails fail, now.
    emails_fail: AtomicBool,
    /// Addresses that take none.
    bad_addresses: BTreeSet<String>,
    sandbox: bool,
    /// How long an SMS takes, in milliseconds of the clock.
    sms_takes: u64,
    /// The table cannot be written once an SMS is out.
    no_marks: bool,
    clock: AtomicU64,
    most_at_once: Mutex<(usize, usize)>,
}

const DONE: Due = Due {
    sms: false,
    email: false,
};

fn broken() -> Failure {
    Failure::Service {
        code: "InternalError".to_owned(),
        message: "broken".to_owned(),
    }
}

fn key(registration: &Registration) -> (String, String) {
    (registration.phone.clone(), registration.event.clone())
}

impl World {
    fn with(phones: &[&str]) -> Self {
        let world = Self::default();
        for phone in phones {
            world.register(phone);
        }
        world
    }

    fn register(&self, phone: &str) {
        let registration = Registration {
            phone: phone.to_owned(),
            event: "open-house".to_owned(),
            name: "Ada Lovelace".to_owned(),
            email: Some("ada@example.com".to_owned()),
            event_name: None,
            sms_text: None,
        };
        let item = Item {
            registration: Some(registration.clone()),
            ..Item::default()
        };
        self.items.lock().unwrap().insert(key(&registration), item);
    }

    fn item(&self, phone: &str) -> Item {
        self.items.lock().unwrap()[&(phone.to_owned(), "open-house".to_owned())].clone()
    }

    fn sent_to(&self) -> Vec<String> {
        let sent = self.sent.lock().unwrap();
        let mut phones: Vec<_> = sent.iter().map(|(phone, _)| phone.clone()).collect();
        phones.sort();
        phones
    }

    fn fail(&self, phones: &[&str]) {
        *self.failing.lock().unwrap() = phones.iter().map(|phone| (*phone).to_owned()).collect();
    }

    fn change(&self, registration: &Registration, change: impl FnOnce(&mut Item)) {
        if let Some(item) = self.items.lock().unwrap().get_mut(&key(registration)) {
            change(item);
        }
    }
}

impl Registrations for World {
    fn claim<'call>(
        &'call self,
        registration: &'call Registration,
        now: u64,
        until: u64,
        email: bool,
    ) -> Answer<'call, Result<Claim, Failure>> {
        Box::pin(async move {
            let mut items = self.items.lock().unwrap();
            let Some(item) = items.get_mut(&key(registration)) else {
                return Ok(Claim::Gone);
            };
            if item.due() == DONE {
                return Ok(if item.refused {
                    Claim::Refused
                } else {
                    Claim::Confirmed
                });
            }
            if item.claimed_until.is_some_and(|until| until >= now) {
                return Ok(Claim::Busy);
            }
            item.claimed_until = Some(until);
            item.email_wanted |= email;
            Ok(Claim::Ours(item.due()))
        })
    }

    fn mark<'call>(
        &'call self,
        registration: &'call Registration,
        _: u64,
        mark: Mark<'call>,
        last: bool,
    ) -> Answer<'call, Result<(), Failure>> {
        Box::pin(async move {
            if self.no_marks {
                return Err(broken());
            }
            self.change(registration, |item| {
                match mark {
                    Mark::Confirmed(id) => item.message_id = Some(id.to_owned()),
                    Mark::Refused(_) => item.refused = true,
                    Mark::Emailed(id) => item.email_id = Some(id.to_owned()),
                    Mark::EmailRefused(_) => item.email_refused = true,
                }
                if last {
                    item.claimed_until = None;
                }
            });
            Ok(())
        })
    }

    fn open<'call>(
        &'call self,
        before: u64,
        from: Option<&'call Key>,
    ) -> Answer<'call, Result<Page, Failure>> {
        Box::pin(async move {
            const ITEMS: usize = 5;
            if self.no_marks {
                return Err(broken());
            }
            let items = self.items.lock().unwrap();
            let from = from.map(|key| (key.phone.clone(), key.event.clone()));
            let rest: Vec<_> = items
                .iter()
                .filter(|(key, _)| from.as_ref().is_none_or(|from| *key > from))
                .collect();
            let page = &rest[..rest.len().min(ITEMS)];
            let open = page.iter().map(|(_, item)| *item);
            let open = open.filter(|item| item.due() != DONE && item.registered_at < before);
            Ok(Page {
                registrations: open.filter_map(|item| item.registration.clone()).collect(),
                malformed: 0,
                next: (rest.len() > ITEMS)
                    .then(|| page.last().unwrap().0.clone())
                    .map(|(phone, event)| Key { phone, event }),
            })
        })
    }

    fn release<'call>(
        &'call self,
        registration: &'call Registration,
        until: u64,
    ) -> Answer<'call, Result<(), Failure>> {
        Box::pin(async move {
            self.change(registration, |item| {
                if item.claimed_until == Some(until) {
                    item.claimed_until = None;
                }
            });
            Ok(())
        })
    }

    fn probe(&self) -> Answer<'_, Result<(), Failure>> {
        Box::pin(async move { if self.no_marks { Err(broken()) } else { Ok(()) } })
    }
}

impl Sms for World {
    fn send<'call>(
        &'call self,
        phone: &'call str,
        text: &'call str,
    ) -> Answer<'call, Result<String, NotSent>> {
        Box::pin(async move {
            {
                let mut at_once = self.most_at_once.lock().unwrap();
                at_once.0 += 1;
                at_once.1 = at_once.1.max(at_once.0);
            }
            tokio::task::yield_now().await;
            self.clock.fetch_add(self.sms_takes, Ordering::Relaxed);
            self.most_at_once.lock().unwrap().0 -= 1;
            if self.refusing.contains(phone) {
                return Err(NotSent::Refused {
                    code: "OptedOut".to_owned(),
                    message: format!("{phone} has opted out"),
                });
            }
            if self.failing.lock().unwrap().contains(phone) {
                return Err(broken().into());
            }
            let mut sent = self.sent.lock().unwrap();
            sent.push((phone.to_owned(), text.to_owned()));
            Ok(format!("message-{}", sent.len()))
        })
    }

    fn has_opted_out<'call>(
        &'call self,
        phone: &'call str,
    ) -> Answer<'call, Result<bool, Failure>> {
        Box::pin(async move { Ok(self.opted_out.contains(phone)) })
    }

    fn account(&self) -> Answer<'_, Result<SmsAccount, Failure>> {
        Box::pin(async move {
            Ok(SmsAccount {
                is_in_sandbox: self.sandbox,
                monthly_spend_limit: Some("50".to_owned()).filter(|_| !self.sandbox),
            })
        })
    }
}

impl Email for World {
    fn send<'call>(
        &'call self,
        address: &'call str,
        subject: &'call str,
        text: &'call str,
    ) -> Answer<'call, Result<String, NotSent>> {
        Box::pin(async move {
            if self.emails_fail.load(Ordering::Relaxed) {
                return Err(broken().into());
            }
            if self.bad_addresses.contains(address) {
                return Err(NotSent::Refused {
                    code: "BadRequestException".to_owned(),
                    message: "Invalid domain name".to_owned(),
                });
            }
            let mut emails = self.emails.lock().unwrap();
            emails.push((address.to_owned(), subject.to_owned(), text.to_owned()));
            Ok(format!("email-{}", emails.len()))
        })
    }
}

fn settings(by_email: bool) -> Settings {
    Settings::read(|name| {
        let value = match name {
            "EMAIL_SENDER" if by_email => "events@example.com",
            "EMAIL_IDENTITY_ARN" if by_email => {
                "arn:aws:ses:us-east-1:000000000000:identity/example.com"
            }
            "TABLE_NAME" => "registrations",
            "EVENT_ID" => "open-house",
            "EVENT_NAME" => "Open House",
            "SMS_TEXT" => "Thank you, {name}! You are registered for {event}.",
            _ => return None,
        };
        Some(value.to_owned())
    })
    .unwrap()
}

fn run(event: &Value, world: &World) -> (Result<Value, String>, String) {
    run_with(event, world, &settings(false))
}

fn run_with(event: &Value, world: &World, settings: &Settings) -> (Result<Value, String>, String) {
    let now = || world.clock.load(Ordering::Relaxed);
    let context = Context {
        means: Means {
            settings,
            registrations: world,
            sms: world,
            email: world,
            now: &now,
        },
        deadline: world.clock.load(Ordering::Relaxed) + 120_000,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (answer, lines) = runtime.block_on(handle(event, Ok(context)));
    let lines: Vec<_> = lines
        .iter()
        .map(function_kit::log::LogLine::to_json)
        .collect();
    for line in &lines {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
    (answer.map_err(|error| error.to_string()), lines.join("\n"))
}

/// The ids that are to be tried again, and the log.
fn again(event: &Value, world: &World) -> (Vec<String>, String) {
    again_with(event, world, &settings(false))
}

fn again_with(event: &Value, world: &World, settings: &Settings) -> (Vec<String>, String) {
    let (answer, log) = run_with(event, world, settings);
    let answer = answer.unwrap();
    let ids = answer["batchItemFailures"].as_array().unwrap().iter();
    let ids = ids.map(|one| one["itemIdentifier"].as_str().unwrap().to_owned());
    (ids.collect(), log)
}

fn record(name: &str, id: &str, phone: &str) -> Value {
    json!({
        "eventID": id, "eventName": name, "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "SequenceNumber": "1", "StreamViewType": "NEW_IMAGE",
            "Keys": { "phone": { "S": phone }, "event": { "S": "open-house" } },
            "NewImage": {
                "phone": { "S": phone }, "event": { "S": "open-house" },
                "name": { "S": "Ada Lovelace" }, "email": { "S": "ada@example.com" },
                "rollNumber": { "S": "R-1815" }, "year": { "N": "2" }
            }
        }
    })
}

fn insert(id: &str, phone: &str) -> Value {
    record("INSERT", id, phone)
}

const A: &str = "+14155550101";
const B: &str = "+14155550102";
const C: &str = "+14155550103";

#[test]
fn everybody_in_a_batch_is_thanked_by_name_for_the_event() {
    let world = World::with(&[A, B, C]);
    let batch = json!([insert("1", A), insert("2", B), insert("3", C)]);
    let (again, log) = again(&batch, &world);
    assert!(again.is_empty());
    assert_eq!(world.sent_to(), [A, B, C]);
    assert_eq!(
        world.sent.lock().unwrap()[0].1,
        "Thank you, Ada Lovelace! You are registered for Open House."
    );
    assert_eq!(
        log,
        r#"{"level":"INFO","event":"batch","records":3,"confirmed":3,"alreadyConfirmed":0,"ignored":0,"permanent":0,"again":0,"emailed":0}"#
    );
}

#[test]
fn only_what_failed_is_tried_again_and_nobody_is_told_twice() {
    let world = World::with(&[A, B, C]);
    let batch = json!([insert("1", A), insert("2", B), insert("3", C)]);
    world.fail(&[B]);
    assert_eq!(again(&batch, &world).0, ["2"]);
    assert_eq!(world.sent_to(), [A, C]);
    // The pipe goes back to the lowest that failed: what is behind it comes again.
    let rest = json!([insert("2", B), insert("3", C)]);
    assert_eq!(again(&rest, &world).0, ["2"]);
    world.fail(&[]);
    let (ids, log) = again(&rest, &world);
    assert!(ids.is_empty());
    assert_eq!(world.sent_to(), [A, B, C]);
    assert!(
        log.contains(r#""confirmed":1,"alreadyConfirmed":1"#),
        "{log}"
    );
}

#[test]
fn changes_and_removals_send_nothing() {
    let world = World::with(&[A]);
    let batch = json!([record("MODIFY", "1", A), record("REMOVE", "2", A)]);
    let (again, log) = again(&batch, &world);
    assert!(again.is_empty() && world.sent_to().is_empty());
    assert!(log.contains(r#""ignored":2"#), "{log}");
}

#[test]
fn a_registration_that_is_twice_in_a_batch_is_confirmed_once() {
    let world = World::with(&[A]);
    let (ids, log) = again(&json!([insert("1", A), insert("2", A)]), &world);
    assert!(ids.is_empty());
    assert_eq!(world.sent_to(), [A]);
    assert!(
        log.contains(r#""confirmed":1,"alreadyConfirmed":1"#),
        "{log}"
    );
}

#[test]
fn one_that_is_twice_in_a_batch_and_fails_is_reported_twice() {
    let world = World::with(&[A]);
    world.fail(&[A]);
    assert_eq!(
        again(&json!([insert("1", A), insert("2", A)]), &world).0,
        ["1", "2"]
    );
}

#[test]
fn a_number_that_takes_no_sms_is_not_tried_again() {
    let world = World {
        refusing: BTreeSet::from([B.to_owned()]),
        ..World::with(&[A, B])
    };
    let batch = json!([insert("1", A), insert("2", B)]);
    let (ids, log) = again(&batch, &world);
    assert!(ids.is_empty());
    assert!(
        log.contains("number refused") && log.contains("••••••••0102"),
        "{log}"
    );
    assert!(!log.contains(B), "{log}");
    assert!(world.item(B).refused);
    assert!(again(&batch, &world).0.is_empty());
    assert_eq!(world.sent_to(), [A]);
}

#[test]
fn malformed_records_are_counted_and_not_tried_again() {
    let world = World::with(&[A]);
    let mut no_id = insert("x", A);
    no_id.as_object_mut().unwrap().remove("eventID");
    let batch = json!([null, 1, [], {}, { "eventName": "INSERT", "eventID": "5" }, insert("6", "0123"), no_id]);
    let (ids, log) = again(&batch, &world);
    assert!(ids.is_empty() && world.sent_to().is_empty());
    assert!(log.contains(r#""permanent":7"#), "{log}");
}

#[test]
fn a_deleted_registration_is_not_texted() {
    let world = World::with(&[A]);
    let (ids, log) = again(&json!([insert("2", B)]), &world);
    assert!(ids.is_empty() && world.sent_to().is_empty());
    assert!(log.contains("registration deleted"), "{log}");
}

/// The API moves to another event, or the function does: whoever registered before is told of what
/// they registered for.
#[test]
fn a_registration_is_confirmed_for_the_event_that_it_names() {
    let world = World::with(&[A, B]);
    let mut winter = insert("1", A);
    let image = &mut winter["dynamodb"]["NewImage"];
    image["eventName"] = json!({ "S": "Winter Fair" });
    image["smsText"] = json!({ "S": "Hi {name}: {event}" });
    image["event"]["S"] = "winter".into();
    let item = world.item(A);
    let key = (A.to_owned(), "winter".to_owned());
    world.items.lock().unwrap().insert(key, item);
    let (ids, _) = again(&json!([winter, insert("2", B)]), &world);
    assert!(ids.is_empty());
    let sent = world.sent.lock().unwrap().clone();
    let to = |phone: &str| &sent.iter().find(|(to, _)| to == phone).unwrap().1;
    assert_eq!(to(A), "Hi Ada Lovelace: Winter Fair");
    assert!(to(B).ends_with("Open House."));
}

#[test]
fn an_event_that_nobody_knows_is_tried_again_and_seen() {
    let world = World::with(&[A]);
    let mut other = insert("1", A);
    other["dynamodb"]["NewImage"]["event"]["S"] = "closing-party".into();
    let item = world.item(A);
    let key = (A.to_owned(), "closing-party".to_owned());
    world.items.lock().unwrap().insert(key.clone(), item);
    let (ids, log) = again(&json!([other]), &world);
    assert_eq!(ids, ["1"]);
    assert!(world.sent_to().is_empty());
    assert!(
        log.contains(r#""level":"ERROR","event":"unknown event""#),
        "{log}"
    );
    assert_eq!(world.items.lock().unwrap()[&key].claimed_until, None);
}

#[test]
fn a_number_that_cannot_exist_is_refused_before_it_costs_anything() {
    let nobody = "+11111111111";
    let world = World::with(&[nobody]);
    let (ids, log) = again(&json!([insert("1", nobody)]), &world);
    assert!(ids.is_empty() && world.sent_to().is_empty());
    assert!(world.item(nobody).refused);
    assert!(log.contains("there can be no such number"), "{log}");
}

#[test]
fn an_e_mail_goes_beside_the_sms() {
    let world = World::with(&[A]);
    let batch = json!([insert("1", A)]);
    assert!(again_with(&batch, &world, &settings(true)).0.is_empty());
    assert!(again_with(&batch, &world, &settings(true)).0.is_empty());
    assert_eq!(world.sent_to(), [A]);
    assert_eq!(
        *world.emails.lock().unwrap(),
        [(
            "ada@example.com".to_owned(),
            "You are registered for Open House".to_owned(),
            "Thank you, Ada Lovelace! You are registered for Open House.".to_owned()
        )]
    );
}

#[test]
fn what_fails_of_sms_and_e_mail_repeats_not_the_other() {
    let world = World::with(&[A]);
    let batch = json!([insert("1", A)]);
    let settings = settings(true);
    world.emails_fail.store(true, Ordering::Relaxed);
    assert_eq!(again_with(&batch, &world, &settings).0, ["1"]);
    assert_eq!(world.sent_to(), [A]);
    assert_eq!(world.item(A).claimed_until, None);
    world.emails_fail.store(false, Ordering::Relaxed);
    assert!(again_with(&batch, &world, &settings).0.is_empty());
    assert_eq!(world.sent_to(), [A]);
    assert_eq!(world.emails.lock().unwrap().len(), 1);

    let world = World::with(&[B]);
    let batch = json!([insert("1", B)]);
    world.fail(&[B]);
    assert_eq!(again_with(&batch, &world, &settings).0, ["1"]);
    assert_eq!(again_with(&batch, &world, &settings).0, ["1"]);
    assert_eq!(world.emails.lock().unwrap().len(), 1);
    world.fail(&[]);
    assert!(again_with(&batch, &world, &settings).0.is_empty());
    assert_eq!(world.sent_to(), [B]);
    assert_eq!(world.emails.lock().unwrap().len(), 1);
}

#[test]
fn whoever_opted_out_of_sms_is_told_by_e_mail_alone() {
    let world = World {
        opted_out: BTreeSet::from([A.to_owned()]),
        ..World::with(&[A])
    };
    let batch = json!([insert("1", A)]);
    let (ids, log) = again_with(&batch, &world, &settings(true));
    assert!(ids.is_empty() && world.sent_to().is_empty());
    assert!(
        world.item(A).refused && log.contains(r#""emailed":true"#),
        "{log}"
    );
    assert_eq!(world.emails.lock().unwrap().len(), 1);
    assert_eq!(world.item(A).claimed_until, None);
}

#[test]
fn an_address_that_takes_no_e_mail_holds_nobody_up() {
    let world = World {
        bad_addresses: BTreeSet::from(["ada@example.com".to_owned()]),
        ..World::with(&[A])
    };
    let (ids, _) = again_with(&json!([insert("1", A)]), &world, &settings(true));
    assert!(ids.is_empty());
    assert_eq!(world.sent_to(), [A]);
    assert_eq!(world.item(A).due(), DONE);
}

/// A sender that is named later writes to nobody who was confirmed without one.
#[test]
fn an_e_mail_is_wanted_from_the_beginning_or_never() {
    let world = World::with(&[A]);
    let batch = json!([insert("1", A)]);
    again(&batch, &world);
    assert!(again_with(&batch, &world, &settings(true)).0.is_empty());
    assert!(world.emails.lock().unwrap().is_empty());
}

fn recovery() -> Value {
    json!({ "Name": crate::recover::NAME })
}

#[test]
fn the_recovery_confirms_once_what_is_open_and_old_enough() {
    let phones: Vec<String> = (0..23).map(|at| format!("+1415555{at:04}")).collect();
    let world = World::with(&phones.iter().map(String::as_str).collect::<Vec<_>>());
    world.clock.store(700_000, Ordering::Relaxed);
    let young = (phones[22].clone(), "open-house".to_owned());
    world
        .items
        .lock()
        .unwrap()
        .get_mut(&young)
        .unwrap()
        .registered_at = 690_000;
    again(&json!([insert("1", &phones[3])]), &world);
    world.fail(&[&phones[7]]);
    let (answer, log) = run(&recovery(), &world);
    let answer = answer.unwrap();
    assert_eq!(
        answer,
        json!({ "confirmed": 20, "alreadyConfirmed": 0, "permanent": 0, "again": 1, "emailed": 0,
                "found": 21, "complete": true })
    );
    assert!(log.contains(r#""event":"recovery","records":21"#), "{log}");
    world.fail(&[]);
    let everybody = json!({ "Name": crate::recover::NAME, "olderThanSeconds": 0 });
    assert_eq!(run(&everybody, &world).0.unwrap()["confirmed"], 2);
    assert_eq!(run(&everybody, &world).0.unwrap()["found"], 0);
    assert_eq!(world.sent_to(), phones);
}

#[test]
fn the_recovery_ends_in_time_and_goes_on_where_it_ended() {
    let phones: Vec<String> = (0..60).map(|at| format!("+1415555{at:04}")).collect();
    let world = World {
        sms_takes: 4_000,
        ..World::with(&phones.iter().map(String::as_str).collect::<Vec<_>>())
    };
    world.clock.store(700_000, Ordering::Relaxed);
    let mut event = recovery();
    let mut rounds = 0;
    loop {
        let began = world.clock.load(Ordering::Relaxed);
        let answer = run(&event, &world).0.unwrap();
        let took = world.clock.load(Ordering::Relaxed) - began;
        assert!(took <= 120_000, "{took}");
        rounds += 1;
        if answer["complete"] == true {
            break;
        }
        event["next"] = answer["next"].clone();
        assert!(rounds < 20, "{answer}");
    }
    assert!(rounds > 1);
    assert_eq!(run(&recovery(), &world).0.unwrap()["found"], 0);
    assert_eq!(world.sent_to(), phones);
}

#[test]
fn a_recovery_that_cannot_read_is_an_error_with_a_name() {
    let world = World {
        no_marks: true,
        ..World::with(&[A])
    };
    world.clock.store(700_000, Ordering::Relaxed);
    let (answer, log) = run(&recovery(), &world);
    assert_eq!(
        answer.unwrap_err(),
        "registrations cannot be read: InternalError: broken"
    );
    assert!(log.contains(r#""level":"ERROR","event":"failed""#), "{log}");
}

#[test]
fn the_probe_warns_of_an_account_that_reaches_nobody() {
    let probe = serde_json::from_str(include_str!("../probe.json")).unwrap();
    let new = World {
        sandbox: true,
        ..World::default()
    };
    let (answer, log) = run(&probe, &new);
    let answer = answer.unwrap();
    assert_eq!(answer["ok"], "true");
    assert_eq!(answer["warnings"].as_array().unwrap().len(), 2);
    assert!(log.contains("SMS sandbox") && log.contains("WARN"), "{log}");
    assert_eq!(
        run(&probe, &World::default()).0.unwrap(),
        json!({ "ok": "true" })
    );
}

#[test]
fn a_failed_probe_is_no_alarms_business_and_errors_have_names() {
    use lambda_runtime::Diagnostic;
    let probe: Value = serde_json::from_str(include_str!("../probe.json")).unwrap();
    let broken = World {
        no_marks: true,
        ..World::default()
    };
    let (_, log) = run(&probe, &broken);
    assert!(log.contains(r#""level":"ERROR","event":"probe""#), "{log}");
    let error = crate::handler::HandlerError::from(SettingsError::Missing("TABLE_NAME"));
    assert_eq!(Diagnostic::from(error).error_type, "BadSetting");
}

#[test]
fn a_claim_that_somebody_died_with_is_taken_over_when_it_has_run_out() {
    let world = World::with(&[A]);
    let died_at = 1_000;
    world
        .items
        .lock()
        .unwrap()
        .values_mut()
        .next()
        .unwrap()
        .claimed_until = Some(died_at + CLAIM);
    let batch = json!([insert("1", A)]);
    world.clock.store(died_at + CLAIM, Ordering::Relaxed);
    assert_eq!(again(&batch, &world).0, ["1"]);
    assert!(world.sent_to().is_empty());
    world.clock.store(died_at + CLAIM + 1, Ordering::Relaxed);
    assert!(again(&batch, &world).0.is_empty());
    assert_eq!(world.sent_to(), [A]);
    assert_eq!(world.item(A).message_id.as_deref(), Some("message-1"));
}

#[test]
fn an_sms_that_is_out_is_not_reported_as_failed() {
    let world = World {
        no_marks: true,
        ..World::with(&[A])
    };
    let (ids, log) = again(&json!([insert("1", A)]), &world);
    assert!(ids.is_empty());
    assert!(log.contains("sent but not marked"), "{log}");
}

#[test]
fn a_batch_is_worked_side_by_side_within_a_bound() {
    let phones: Vec<String> = (0..100).map(|at| format!("+1415555{at:04}")).collect();
    let world = World::with(&phones.iter().map(String::as_str).collect::<Vec<_>>());
    let batch: Vec<_> = phones.iter().map(|phone| insert(phone, phone)).collect();
    assert!(again(&Value::from(batch), &world).0.is_empty());
    assert_eq!(world.sent_to(), phones);
    assert_eq!(
        world.most_at_once.lock().unwrap().1,
        crate::handler::AT_ONCE
    );
}

#[test]
fn the_probe_checks_that_registrations_can_be_written_and_sends_nothing() {
    let world = World::with(&[A]);
    let probe = serde_json::from_str(include_str!("../probe.json")).unwrap();
    assert_eq!(run(&probe, &world).0.unwrap()["ok"], "true");
    assert!(world.sent_to().is_empty());
    let broken = World {
        no_marks: true,
        ..World::default()
    };
    let error = run(&probe, &broken).0.unwrap_err();
    assert_eq!(
        error,
        "registrations cannot be written to: InternalError: broken"
    );
}

#[test]
fn what_is_no_batch_is_an_error() {
    for event in [json!({}), json!({ "Records": [] }), json!(null), json!("x")] {
        assert!(run(&event, &World::default()).0.is_err(), "{event}");
    }
}

#[test]
fn without_settings_nothing_is_swallowed() {
    let error = SettingsError::Missing("TABLE_NAME");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (answer, lines) = runtime.block_on(handle(&json!([]), Err(&error)));
    assert_eq!(
        answer.unwrap_err().to_string(),
        "the environment variable TABLE_NAME is not set"
    );
    assert!(lines[0].to_json().contains("ERROR"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("INSERT")),
        Just(json!(A)),
        Just(json!("open-house")),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let key = prop_oneof![
            any::<String>(),
            prop::sample::select(vec![
                "eventID",
                "eventName",
                "dynamodb",
                "NewImage",
                "phone",
                "event",
                "name",
                "S"
            ])
            .prop_map(ToOwned::to_owned),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(key, inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_array_is_answered(records in prop::collection::vec(any_json(), 0..8)) {
        let world = World::with(&[A]);
        let (again, _) = again(&Value::from(records), &world);
        prop_assert!(again.is_empty());
    }

    /// Whatever fails whenever, and whatever comes again: once all works, everybody was told once.
    #[test]
    fn everybody_is_told_once(rounds in prop::collection::vec((0usize..12, 0usize..12, prop::collection::btree_set(0usize..12, 0..5)), 0..12)) {
        let phones: Vec<String> = (0..12).map(|at| format!("+1415555{at:04}")).collect();
        let world = World::with(&phones.iter().map(String::as_str).collect::<Vec<_>>());
        let batch = |from: usize, to: usize| {
            Value::from((from..to.max(from)).map(|at| insert(&at.to_string(), &phones[at])).collect::<Vec<_>>())
        };
        for (from, to, failing) in rounds {
            world.fail(&failing.iter().map(|at| phones[*at].as_str()).collect::<Vec<_>>());
            again(&batch(from, to), &world);
        }
        world.fail(&[]);
        prop_assert!(again(&batch(0, 12), &world).0.is_empty());
        prop_assert_eq!(world.sent_to(), phones);
    }
}
