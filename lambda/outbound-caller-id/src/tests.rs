//! The function with a list in memory: every choice, every failure, every event.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::cache::{Cache, Patience};
use crate::handler::handle;
use crate::store::{Answer, Fetched, Store, StoreError};

/// The list as it is delivered, and the customers that are called.
const DELIVERED: &str = include_str!("../../../solutions/outbound-caller-id/country-routing.json");
const SAMPLE: &str = include_str!("../tests/data/sample-list.json");
const UNKNOWN_RANGES: &str = include_str!("../tests/data/unknown-ranges.json");
const SCHEMA: &str =
    include_str!("../../../solutions/outbound-caller-id/country-routing.schema.json");
const CUSTOMERS: &str = include_str!("../tests/data/customers.json");

/// What the store answers next.
#[derive(Clone)]
enum Holds {
    Object { etag: &'static str, text: String },
    Error(StoreError),
    Silence,
}

/// A store in memory that notes what it is asked.
#[derive(Clone)]
struct MemoryStore(Arc<Mutex<(Holds, Vec<Option<String>>)>>);

impl MemoryStore {
    fn new(holds: Holds) -> Self {
        Self(Arc::new(Mutex::new((holds, Vec::new()))))
    }

    fn object(etag: &'static str, text: &str) -> Self {
        Self::new(object(etag, text))
    }

    fn holds(&self, holds: Holds) {
        self.0.lock().unwrap().0 = holds;
    }

    /// The entity tags it was asked with since the last time.
    fn asked(&self) -> Vec<Option<String>> {
        std::mem::take(&mut self.0.lock().unwrap().1)
    }
}

fn object(etag: &'static str, text: &str) -> Holds {
    let text = text.to_owned();
    Holds::Object { etag, text }
}

fn gone() -> Holds {
    Holds::Error(StoreError::Service {
        code: "NoSuchKey".to_owned(),
        message: "The specified key does not exist.".to_owned(),
    })
}

impl Store for MemoryStore {
    fn fetch<'call>(&'call self, known: Option<&'call str>) -> Answer<'call> {
        Box::pin(async move {
            let holds = {
                let mut state = self.0.lock().unwrap();
                state.1.push(known.map(str::to_owned));
                state.0.clone()
            };
            match holds {
                Holds::Silence => std::future::pending().await,
                Holds::Error(error) => Err(error),
                Holds::Object { etag, .. } if known == Some(etag) => Ok(Fetched::Unchanged),
                Holds::Object { etag, text } => Ok(Fetched::New {
                    etag: Some(etag.to_owned()),
                    bytes: text.into_bytes(),
                }),
            }
        })
    }
}

/// A function that has been started.
struct Function {
    store: MemoryStore,
    cache: Cache<MemoryStore>,
}

impl Function {
    fn start(store: MemoryStore) -> Self {
        // A store in memory answers at once or never.
        let patience = Patience {
            first: Duration::from_millis(3),
            refresh: Duration::from_millis(2),
        };
        Self {
            cache: Cache::new(store.clone(), patience),
            store,
        }
    }

    fn with_list(text: &str) -> Self {
        Self::start(MemoryStore::object("\"1\"", text))
    }

    fn invoke(&self, event: &Value) -> (Result<Value, String>, Value) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let (answer, line) = runtime.block_on(handle(event, &self.cache));
        let line = serde_json::from_str(&line.to_json()).unwrap();
        (answer.map_err(|error| error.to_string()), line)
    }

    fn call(&self, customer: impl Into<Value>, queue: Value) -> (Map<String, Value>, Value) {
        let (answer, line) = self.invoke(&call(customer.into(), queue));
        let answer = answer.unwrap();
        (answer.as_object().unwrap().clone(), line)
    }

    /// The number shown, where it came from, and why.
    fn shown(&self, customer: impl Into<Value>, queue: Value) -> (String, String, String) {
        let (answer, line) = self.call(customer, queue);
        let reasons: Vec<_> = line["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reason| reason.as_str().unwrap())
            .collect();
        (
            answer["outbound_number"].as_str().unwrap().to_owned(),
            line["source"].as_str().unwrap().to_owned(),
            reasons.join(" "),
        )
    }
}

fn call(customer: Value, queue: Value) -> Value {
    json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "Parameters": {},
            "ContactData": {
                "Channel": "VOICE",
                "InitiationMethod": "OUTBOUND",
                "CustomerEndpoint": { "Address": customer, "Type": "TELEPHONE_NUMBER" },
                "SystemEndpoint": { "Address": "+18005550100", "Type": "TELEPHONE_NUMBER" },
                "Queue": queue
            }
        }
    })
}

fn queue() -> Value {
    json!({
        "ARN": "arn:aws:connect:us-east-1:111122223333:instance/i/queue/q",
        "Name": "BasicQueue",
        "OutboundCallerId": { "Address": "+442079460100", "Type": "TELEPHONE_NUMBER" }
    })
}

const LIST: &str = r#"{
    "US": "+12125550142", "ca": "+14165550142", "GB": "+442079460142", "RU": "+74951234567",
    "MX": "not a number", "Default": "+18005550142"
}"#;

#[test]
fn customers_see_the_number_of_their_country() {
    let function = Function::with_list(SAMPLE);
    let customers: Vec<Value> = serde_json::from_str(CUSTOMERS).unwrap();
    let mut countries = BTreeSet::new();
    for customer in &customers {
        let (answer, line) = function.call(customer["number"].clone(), queue());
        let outbound_country = crate::number::read(customer["shown"].as_str().unwrap())
            .unwrap()
            .country
            .unwrap();
        assert_eq!(
            Value::from(answer),
            json!({
                "customer_number": customer["number"],
                "customer_country": customer["country"],
                "outbound_number": customer["shown"],
                "outbound_country": outbound_country.as_str(),
                "default_queue_outbound_number": "+442079460100",
                "default_queue_outbound_country": "GB",
            }),
            "{customer}"
        );
        assert_eq!(line["level"], "INFO", "{line}");
        countries.insert(customer["country"].as_str().unwrap().to_owned());
    }
    assert!(customers.len() >= 40 && countries.len() >= 25);
    for needed in ["CA", "JM", "JE", "KZ", ""] {
        assert!(countries.contains(needed), "{needed}");
    }
}

#[test]
fn a_neighbour_with_the_same_calling_code_is_another_country() {
    let function = Function::with_list(LIST);
    for (customer, shown) in [
        ("+12125550123", "+12125550142"),
        ("+14165550123", "+14165550142"),
        ("+18765550123", "+18005550142"),
        ("+442079460123", "+442079460142"),
        ("+441534456789", "+18005550142"),
        ("+79161234567", "+74951234567"),
        ("+77011234567", "+18005550142"),
    ] {
        assert_eq!(function.shown(customer, queue()).0, shown, "{customer}");
    }
}

#[test]
fn the_country_then_the_default_then_the_queue() {
    let shown = |list: &str, customer: Value, queue: Value| {
        let (number, source, reasons) = Function::with_list(list).shown(customer, queue);
        format!("{number} {source} {reasons}")
    };
    let us = json!("+12125550123");
    for (list, customer, queue, expected) in [
        (LIST, us.clone(), queue(), "+12125550142 country "),
        (
            LIST,
            json!("+81312345678"),
            queue(),
            "+18005550142 default country_not_listed default_toll_free_abroad",
        ),
        (
            LIST,
            json!("+525512345678"),
            queue(),
            "+18005550142 default country_entry_invalid default_toll_free_abroad",
        ),
        (
            LIST,
            json!("+80012345678"),
            queue(),
            "+18005550142 default customer_country_unknown default_toll_free_abroad",
        ),
        (
            LIST,
            json!("2125550123"),
            queue(),
            "+18005550142 default customer_number_no_plus",
        ),
        (
            LIST,
            json!("anonymous"),
            queue(),
            "+18005550142 default customer_number_malformed",
        ),
        (
            LIST,
            json!(null),
            queue(),
            "+18005550142 default customer_number_missing",
        ),
        (
            "{}",
            us.clone(),
            queue(),
            "+442079460100 queue country_not_listed no_default",
        ),
        (
            r#"{"US": 1, "Default": ""}"#,
            us.clone(),
            queue(),
            "+442079460100 queue country_entry_invalid default_entry_invalid",
        ),
        (
            "{}",
            us.clone(),
            json!(null),
            " nothing country_not_listed no_default no_queue_number",
        ),
        (
            "{}",
            us.clone(),
            json!("BasicQueue"),
            " nothing country_not_listed no_default no_queue_number",
        ),
        (
            "{}",
            us,
            json!("+442079460100"),
            "+442079460100 queue country_not_listed no_default",
        ),
    ] {
        assert_eq!(shown(list, customer.clone(), queue), expected, "{customer}");
    }
}

#[test]
fn numbers_are_told_as_far_as_they_are_known() {
    let function = Function::with_list(LIST);
    let told = |customer: &str| {
        let (answer, _) = function.call(customer, Value::Null);
        format!(
            "{} {}",
            answer["customer_number"].as_str().unwrap(),
            answer["customer_country"].as_str().unwrap()
        )
    };
    assert_eq!(told(" +1 (416) 555-0123"), "+14165550123 CA");
    assert_eq!(told("(416) 555-0123"), "4165550123 ");
    assert_eq!(told("anonymous"), " ");
    assert_eq!(told(&"+1".repeat(50_000)), " ");
}

#[test]
fn without_a_list_the_queue_is_known() {
    for (holds, problem) in [
        (
            gone(),
            "the list cannot be read: NoSuchKey: The specified key does not exist.",
        ),
        (Holds::Silence, "the list cannot be read: no answer in 3 ms"),
        (
            Holds::Error(StoreError::NotConfigured("BUCKET_NAME")),
            "the list cannot be read: the environment variable BUCKET_NAME is not set",
        ),
        (
            object("\"1\"", "{"),
            "the list is none: it is no JSON: EOF while parsing an object at line 1 column 1",
        ),
        (
            object("\"1\"", "[]"),
            "the list is none: it is no JSON object",
        ),
    ] {
        let function = Function::start(MemoryStore::new(holds));
        for _ in 0..2 {
            let (answer, line) = function.call("+14165550123", queue());
            assert_eq!(answer["outbound_number"], "+442079460100");
            assert_eq!(answer["outbound_country"], "GB");
            assert_eq!(answer["customer_country"], "CA");
            assert_eq!(line["level"], "ERROR");
            assert_eq!(line["problem"], problem);
            assert_eq!(line["list"], "none");
        }
    }
}

#[test]
fn the_list_is_read_again_only_when_it_has_changed() {
    let function = Function::with_list(LIST);
    let shown = || function.shown("+12125550123", queue()).0;
    assert_eq!(shown(), "+12125550142");
    assert_eq!(shown(), "+12125550142");
    let tag = |tag: &str| Some(tag.to_owned());
    assert_eq!(function.store.asked(), [None, tag("\"1\"")]);

    function
        .store
        .holds(object("\"2\"", r#"{"US": "+12125550199"}"#));
    assert_eq!(shown(), "+12125550199");
    assert_eq!(shown(), "+12125550199");
    assert_eq!(function.store.asked(), [tag("\"1\""), tag("\"2\"")]);
}

#[test]
fn the_last_good_list_counts_while_there_is_no_other() {
    let function = Function::with_list(LIST);
    function.call("+12125550123", queue());
    for holds in [gone(), Holds::Silence, object("\"2\"", "{")] {
        function.store.holds(holds);
        for _ in 0..2 {
            let (answer, line) = function.call("+12125550123", queue());
            assert_eq!(answer["outbound_number"], "+12125550142");
            assert_eq!(line["list"], "stale");
            assert_eq!(line["level"], "WARN");
            assert!(line["problem"].is_string());
        }
    }
    // A bad version is not read twice, and a good one ends it.
    function.store.asked();
    function.call("+12125550123", queue());
    assert_eq!(function.store.asked(), [Some("\"2\"".to_owned())]);
    function.store.holds(object("\"3\"", "{}"));
    let (answer, line) = function.call("+12125550123", queue());
    assert_eq!(answer["outbound_number"], "+442079460100");
    assert_eq!(line.get("list"), None);
}

#[test]
fn a_probe_wants_a_list_without_fault() {
    let probe = json!({ "Name": "vanity-deploy.probe" });
    let asked = |store: MemoryStore| Function::start(store).invoke(&probe).0;
    assert_eq!(
        asked(MemoryStore::object("\"1\"", SAMPLE)),
        Ok(json!({ "ok": "true", "entries": "9" }))
    );
    // Nothing is cut before somebody has put in numbers of their own.
    assert_eq!(
        asked(MemoryStore::object("\"1\"", DELIVERED)),
        Ok(json!({ "ok": "true", "entries": "0" }))
    );
    let (answer, line) =
        Function::start(MemoryStore::object("\"1\"", UNKNOWN_RANGES)).invoke(&probe);
    assert_eq!(answer, Ok(json!({ "ok": "true", "entries": "3" })));
    let line = line.to_string();
    assert!(
        line.contains("WARN") && line.contains("unknownRanges"),
        "{line}"
    );
    assert_eq!(
        asked(MemoryStore::object(
            "\"1\"",
            r#"{"US": "+1212", "Default": "+18005550142"}"#
        )),
        Err("the list has entries that are no phone numbers in E.164: US".to_owned())
    );
    assert_eq!(
        asked(MemoryStore::new(gone())),
        Err("the list cannot be read: NoSuchKey: The specified key does not exist.".to_owned())
    );
    assert!(asked(MemoryStore::object("\"1\"", "{")).is_err());
}

#[test]
fn nobodys_number_is_in_the_log() {
    let function = Function::with_list(LIST);
    for customer in ["+14165550123", "416 555 0123"] {
        let (_, line) = function.call(customer, queue());
        let line = line.to_string();
        assert!(!line.contains("555012") && line.contains("0123"), "{line}");
        assert!(!line.contains("+14165550142"), "{line}");
    }
}

#[test]
fn a_toll_free_default_abroad_is_warned_of() {
    let function = Function::with_list(r#"{"Default": "+18005550142"}"#);
    let line = |customer: &str| function.call(customer, queue()).1.to_string();
    let abroad = line("+442079460123");
    assert!(abroad.contains("default_toll_free_abroad"), "{abroad}");
    for at_home in ["+12125550123", "+14165550123"] {
        assert!(!line(at_home).contains("toll_free"), "{at_home}");
    }
    let elsewhere = Function::with_list(r#"{"Default": "+12125550142"}"#);
    let line = elsewhere.call("+442079460123", queue()).1.to_string();
    assert!(!line.contains("toll_free"), "{line}");
}

/// The file's schema takes just the countries that the function can find, in any case.
#[test]
fn the_schema_knows_the_countries() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let patterns = schema["patternProperties"].as_object().unwrap();
    let pattern = regex_automata::meta::Regex::new(patterns.keys().next().unwrap()).unwrap();
    let metadata = &phonenumber::metadata::DATABASE;
    for first in b'A'..=b'Z' {
        for second in b'A'..=b'Z' {
            let upper = String::from_utf8(vec![first, second]).unwrap();
            // The numbers of Western Sahara are in Morocco's plan too, which comes first.
            let known = metadata.by_id(upper.as_str()).is_some() && upper != "EH";
            let lower = upper.to_ascii_lowercase();
            assert_eq!(pattern.is_match(&upper), known, "{upper}");
            assert_eq!(pattern.is_match(&lower), known, "{lower}");
        }
    }
    for key in ["Default", "default", "DEFAULT"] {
        assert!(pattern.is_match(key), "{key}");
    }
    for key in ["001", "", "USA", "Defaults"] {
        assert!(!pattern.is_match(key), "{key}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just("+14165550123".to_owned()),
        Just("4165550123".to_owned()),
        Just("anonymous".to_owned()),
        Just("ContactFlowEvent".to_owned()),
        "\\+[0-9]{0,17}",
        ".*",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("Name".to_owned()),
        Just("Details".to_owned()),
        Just("ContactData".to_owned()),
        Just("CustomerEndpoint".to_owned()),
        Just("Queue".to_owned()),
        Just("OutboundCallerId".to_owned()),
        Just("Address".to_owned()),
        ".{0,4}",
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn six_strings(answer: &Value) {
    let answer = answer.as_object().unwrap();
    let keys: Vec<_> = answer.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "customer_number",
            "customer_country",
            "outbound_number",
            "outbound_country",
            "default_queue_outbound_number",
            "default_queue_outbound_country"
        ]
    );
    for (key, value) in answer {
        let value = value.as_str().unwrap();
        let digits = value.strip_prefix('+').unwrap_or(value);
        let fine = if key.ends_with("country") {
            value.is_empty() || value.len() == 2 && value.chars().all(|c| c.is_ascii_uppercase())
        } else {
            digits.len() <= 15 && digits.chars().all(|c| c.is_ascii_digit())
        };
        assert!(fine, "{key}: {value:?}");
    }
}

proptest! {
    #[test]
    fn any_event_gives_six_strings(event in any_json(), list in any_json()) {
        let function = Function::with_list(&list.to_string());
        six_strings(&function.invoke(&event).0.unwrap());
    }

    #[test]
    fn any_contact_gives_six_strings(customer in any_json(), queue in any_json(), list in ".*") {
        let function = Function::with_list(&list);
        six_strings(&function.invoke(&call(customer, queue)).0.unwrap());
    }
}
