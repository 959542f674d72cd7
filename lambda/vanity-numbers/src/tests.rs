//! The function with a table in memory: hits, misses, failures, slowness, every event.

mod choices;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use vanity::WORD_LIST_VERSION;

use crate::handler::{Context, handle};
use crate::lookup::Patience;
use crate::settings::{BadSetting, Settings};
use crate::table::{Answer, Caller, Stored, Table, TableError, Written};

/// A table in memory that counts what is asked of it, and fails or dawdles on request.
#[derive(Default)]
struct MemoryTable {
    items: Mutex<BTreeMap<String, Stored>>,
    calls: Mutex<Vec<&'static str>>,
    /// What others write between a read and the update after it, last first.
    meanwhile: Mutex<Vec<Stored>>,
    failing: bool,
    /// Fails at updates alone.
    read_only: bool,
    silent: bool,
}

impl MemoryTable {
    async fn asked(&self, call: &'static str) -> Result<(), TableError> {
        self.calls.lock().unwrap().push(call);
        if self.silent {
            std::future::pending::<()>().await;
        }
        if self.failing || (self.read_only && call == "update") {
            return Err(TableError::Service {
                code: "InternalServerError".to_owned(),
                message: "broken".to_owned(),
            });
        }
        Ok(())
    }

    fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    fn item(&self, phone_number: &str) -> Option<Stored> {
        self.items.lock().unwrap().get(phone_number).cloned()
    }

    fn with(self, phone_number: &str, item: Stored) -> Self {
        self.items
            .lock()
            .unwrap()
            .insert(phone_number.to_owned(), item);
        self
    }
}

impl Table for MemoryTable {
    fn get<'call>(&'call self, phone_number: &'call str) -> Answer<'call, Option<Stored>> {
        Box::pin(async move {
            self.asked("get").await?;
            Ok(self.item(phone_number))
        })
    }

    fn update<'call>(
        &'call self,
        phone_number: &'call str,
        wanted: &'call Stored,
        read: Option<&'call Stored>,
    ) -> Answer<'call, Written> {
        Box::pin(async move {
            self.asked("update").await?;
            let mut items = self.items.lock().unwrap();
            if let Some(meanwhile) = self.meanwhile.lock().unwrap().pop() {
                items.insert(phone_number.to_owned(), meanwhile);
            }
            let based_on = |stored: &Stored| (stored.word_list_version.clone(), stored.expires_at);
            if items.get(phone_number).map(based_on) != read.map(based_on) {
                return Ok(Written::Moved);
            }
            // What differs is written, and nothing else.
            let mut item = items.remove(phone_number).unwrap_or_default();
            let nothing = Stored::default();
            let read = read.unwrap_or(&nothing);
            macro_rules! write_what_differs {
                ($($member:ident),*) => {
                    $(if wanted.$member != read.$member {
                        item.$member = wanted.$member.clone();
                    })*
                };
            }
            write_what_differs!(
                vanity_numbers,
                word_list_version,
                called_at,
                first_contact,
                chosen_number,
                expires_at
            );
            items.insert(phone_number.to_owned(), item);
            Ok(Written::Done)
        })
    }

    fn last_callers(&self, most: usize, since: u64) -> Answer<'_, Vec<Caller>> {
        Box::pin(async move {
            self.asked("query").await?;
            let items = self.items.lock().unwrap();
            let mut callers: Vec<_> = items
                .iter()
                .filter_map(|(number, item)| Some((item.called_at?, number.clone())))
                .filter(|(called_at, _)| *called_at >= since)
                .collect();
            callers.sort_by(|one, other| other.cmp(one));
            Ok(callers
                .into_iter()
                .take(most)
                .map(|(_, phone_number)| Caller { phone_number })
                .collect())
        })
    }
}

const NOW: u64 = 1_800_000_000_000;
const DAY: u64 = 24 * 60 * 60 * 1000;

/// Handles an event at a time and checks what must hold for every log line.
fn handle_at(
    now: u64,
    event: &Value,
    table: Option<&dyn Table>,
) -> (Result<Value, String>, String) {
    handle_with(Ok(Settings::default()), now, event, table)
}

fn handle_with(
    settings: Result<Settings, BadSetting>,
    now: u64,
    event: &Value,
    table: Option<&dyn Table>,
) -> (Result<Value, String>, String) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let context = Context {
        table,
        // A table in memory answers at once or never.
        patience: Patience {
            read: Duration::from_millis(3),
            write: Duration::from_millis(2),
        },
        settings: &settings,
        now,
    };
    let (answer, line) = runtime.block_on(handle(event, &context));
    let line = line.to_json();
    assert!(serde_json::from_str::<Value>(&line).is_ok(), "{line}");
    (answer.map_err(|error| error.to_string()), line)
}

fn ask(event: &Value, table: &MemoryTable) -> Value {
    handle_at(NOW, event, Some(table)).0.unwrap()
}

fn call_from(number: impl Into<Value>) -> Value {
    json!({
        "Name": "ContactFlowEvent",
        "Details": { "ContactData": { "CustomerEndpoint": { "Address": number.into() } }, "Parameters": {} }
    })
}

fn get(path: &str, query: Value) -> Value {
    json!({
        "version": "2.0",
        "rawPath": path,
        "requestContext": { "http": { "method": "GET" }, "stage": "$default" },
        "queryStringParameters": query
    })
}

/// A call by its contact's id.
fn contact(id: &str, number: &str) -> Value {
    let mut event = call_from(number);
    event["Details"]["ContactData"]["ContactId"] = json!(id);
    event
}

/// A choice in that call, of what an answer told.
fn choice(id: &str, number: &str, place: &str, heard: &Value) -> Value {
    let mut event = contact(id, number);
    event["Details"]["Parameters"] = json!({ "chosenNumber": place, "told": heard["Told"] });
    event
}

/// The settings of a deployment that stores what is looked up over the web.
fn storing() -> Result<Settings, BadSetting> {
    Ok(Settings {
        store_web_lookups: true,
        ..Settings::default()
    })
}

fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

#[test]
fn a_caller_hears_the_best() {
    let table = MemoryTable::default();
    let answer = ask(&call_from("+18007246837"), &table);
    assert_eq!(answer["PhoneNumber"], "+18007246837");
    assert_eq!(answer["VanityNumber1"], "+1-800-PAINTER");
    assert!(
        answer["SpokenNumber1"]
            .as_str()
            .unwrap()
            .starts_with("<speak>")
    );
    let count: usize = answer["Count"].as_str().unwrap().parse().unwrap();
    assert!(answer[format!("VanityNumber{count}")].is_string());
    assert!(answer[format!("VanityNumber{}", count + 1)].is_null());
    assert!(answer.as_object().unwrap().values().all(Value::is_string));
}

#[test]
fn a_new_number_costs_a_read_and_a_write_and_a_known_one_a_read() {
    let table = MemoryTable::default();
    let first = ask(&contact("one", "+18007246837"), &table);
    assert_eq!(table.calls(), ["get", "update"]);
    let again = ask(&contact("one", "+18007246837"), &table);
    assert_eq!(table.calls(), ["get"]);
    assert_eq!(first, again);
}

#[test]
fn a_known_number_is_told_from_the_table() {
    let item = Stored {
        vanity_numbers: vec!["+1-800-PAINTER".to_owned()],
        word_list_version: WORD_LIST_VERSION.to_owned(),
        called_at: Some(NOW),
        ..Stored::default()
    };
    let table = MemoryTable::default().with("+18007246837", item);
    let (answer, line) = handle_at(NOW, &call_from("+18007246837"), Some(&table));
    assert_eq!(answer.unwrap()["Count"], "1");
    assert!(line.contains("\"source\":\"table\""), "{line}");
}

#[test]
fn one_key_for_a_number_however_it_was_typed() {
    let table = MemoryTable::default();
    for typed in [
        "+1 (800) 724-6837",
        "8007246837",
        " 18007246837",
        "0018007246837",
        "+442079460018",
    ] {
        let event = get("/vanitynumbers", json!({ "phonenumber": typed }));
        handle_with(storing(), NOW, &event, Some(&table)).0.unwrap();
    }
    let keys: Vec<String> = table.items.lock().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["+18007246837", "+442079460018"]);
}

#[test]
fn an_older_word_list_is_replaced_and_the_choice_kept() {
    let old = Stored {
        vanity_numbers: vec!["+1-800-SAGOVER".to_owned()],
        word_list_version: "0.old".to_owned(),
        called_at: Some(NOW - 1),
        chosen_number: Some("+1-800-PAINTER".to_owned()),
        ..Stored::default()
    };
    let table = MemoryTable::default().with("+18007246837", old);
    let answer = ask(&call_from("+18007246837"), &table);
    assert_eq!(answer["VanityNumber1"], "+1-800-PAINTER");
    assert_eq!(answer["ChosenNumber"], "+1-800-PAINTER");
    let item = table.item("+18007246837").unwrap();
    assert_eq!(item.word_list_version, WORD_LIST_VERSION);
    assert_eq!(item.called_at, Some(NOW - 1));
}

#[test]
fn an_item_that_dials_another_number_is_not_told() {
    let edited = Stored {
        vanity_numbers: vec!["+1-800-FLOWERS".to_owned()],
        word_list_version: WORD_LIST_VERSION.to_owned(),
        ..Stored::default()
    };
    let table = MemoryTable::default().with("+18007246837", edited);
    assert_eq!(
        ask(&call_from("+18007246837"), &table)["VanityNumber1"],
        "+1-800-PAINTER"
    );
}

#[test]
fn a_failing_table_silences_nobody() {
    let table = MemoryTable {
        failing: true,
        ..MemoryTable::default()
    };
    let (answer, line) = handle_at(NOW, &call_from("+18007246837"), Some(&table));
    assert_eq!(answer.unwrap()["VanityNumber1"], "+1-800-PAINTER");
    assert_eq!(
        table.calls(),
        ["get"],
        "a table that just failed is not asked again"
    );
    assert!(line.contains("InternalServerError: broken"), "{line}");
    // The alarm is on such lines.
    assert!(line.contains("\"level\":\"ERROR\""), "{line}");
}

#[test]
fn a_slow_table_keeps_nobody_waiting() {
    let table = MemoryTable {
        silent: true,
        ..MemoryTable::default()
    };
    let (answer, line) = handle_at(NOW, &call_from("+18007246837"), Some(&table));
    assert_eq!(answer.unwrap()["VanityNumber1"], "+1-800-PAINTER");
    assert!(line.contains("no answer from the table in 3 ms"), "{line}");
}

#[test]
fn a_missing_table_name_silences_nobody() {
    let (answer, line) = handle_at(NOW, &call_from("+18007246837"), None);
    assert_eq!(answer.unwrap()["VanityNumber1"], "+1-800-PAINTER");
    assert!(line.contains("TABLE_NAME is not set"), "{line}");
}

#[test]
fn no_number_is_an_answer() {
    for (address, reason) in [
        (json!("anonymous"), "withheld"),
        (Value::Null, "withheld"),
        (json!("+1800"), "too_short"),
        (json!("+18001246837"), "impossible"),
    ] {
        let table = MemoryTable::default();
        let answer = ask(&call_from(address), &table);
        assert_eq!(
            (&answer["Count"], &answer["Reason"]),
            (&json!("0"), &json!(reason))
        );
        assert!(answer["Message"].is_string());
        assert!(answer["PhoneNumber"].is_null());
        assert!(table.calls().is_empty());
    }
}

#[test]
fn a_number_without_words_is_an_answer_and_is_remembered() {
    let table = MemoryTable::default();
    let answer = ask(&call_from("+12002000000"), &table);
    assert_eq!(answer["Pattern"], "+1-200-200-0000");
    assert_eq!(answer["PatternKind"], "repeated");
    assert_eq!(answer["PatternMeaning"], "200 twice, 0 four times");
    assert_eq!(
        (&answer["Count"], &answer["Reason"]),
        (&json!("0"), &json!("no_words"))
    );
    assert_eq!(table.calls(), ["get", "update"]);
    ask(&call_from("+12002000000"), &table);
    assert_eq!(table.calls(), ["get"]);
}

#[test]
fn a_caller_may_choose() {
    let table = MemoryTable::default();
    let heard = ask(&call_from("+18007246837"), &table);
    table.calls();
    let mut choice = call_from("+18007246837");
    choice["Details"]["Parameters"]["chosenNumber"] = json!("2");
    let answer = ask(&choice, &table);
    assert_eq!(heard["Choice"], Value::Null);
    assert_eq!(answer["Choice"], "kept");
    assert_eq!(answer["ChosenNumber"], heard["VanityNumber2"]);
    assert_eq!(answer["SpokenChosenNumber"], heard["SpokenNumber2"]);
    assert_eq!(table.calls(), ["get", "update"]);
    assert_eq!(
        table.item("+18007246837").unwrap().chosen_number.as_deref(),
        heard["VanityNumber2"].as_str()
    );
    // A key that stands for nothing changes nothing.
    choice["Details"]["Parameters"]["chosenNumber"] = json!("9");
    let answer = ask(&choice, &table);
    assert_eq!(answer["Choice"], "unknown");
    assert_eq!(answer["ChosenNumber"], heard["VanityNumber2"]);
    assert_eq!(table.calls(), ["get"]);
}

#[test]
fn http_answers_with_the_same_map_but_what_the_caller_did() {
    let table = MemoryTable::default();
    let heard = ask(&call_from("+18007246837"), &table);
    let mut called = ask(&choice("two", "+18007246837", "1", &heard), &table);
    let answer = ask(
        &get("/vanitynumbers", json!({ "phonenumber": " 18007246837" })),
        &table,
    );
    assert_eq!(answer["statusCode"], 200);
    assert_eq!(answer["headers"]["Access-Control-Allow-Origin"], "*");
    for key in [
        "CalledBefore",
        "Told",
        "Choice",
        "ChosenNumber",
        "SpokenChosenNumber",
    ] {
        assert!(
            called.as_object_mut().unwrap().remove(key).is_some(),
            "{key}"
        );
    }
    assert_eq!(body(&answer), called);
}

#[test]
fn a_lookup_over_the_web_writes_only_where_that_is_asked_for() {
    let table = MemoryTable::default();
    let event = get("/vanitynumbers", json!({ "phonenumber": "+18007246837" }));
    ask(&event, &table);
    assert_eq!(table.calls(), ["get"]);
    handle_with(storing(), NOW, &event, Some(&table)).0.unwrap();
    assert_eq!(table.calls(), ["get", "update"]);
    assert_eq!(table.item("+18007246837").unwrap().called_at, None);
    // And then the number has not called.
    let answer = ask(&contact("one", "+18007246837"), &table);
    assert_eq!(answer["CalledBefore"], "false");
}

#[test]
fn a_pattern_is_offered_only_where_words_are_too_few() {
    let table = MemoryTable::default();
    let keys = |number: &str| {
        let answer = ask(&call_from(number), &table);
        let spoken = answer["SpokenPattern"].as_str().map(str::to_owned);
        (answer["Count"].clone(), answer["Pattern"].clone(), spoken)
    };
    // One word, and a pattern; the same when it comes from the table.
    for _ in 0..2 {
        let (count, pattern, spoken) = keys("+18002000046");
        assert_eq!((count, pattern), (json!("1"), json!("+1-800-2-0000-46")));
        let spoken = spoken.unwrap();
        assert!(spoken.starts_with("<speak>") && spoken.ends_with(" four times.</speak>"));
    }
    // No words and no pattern.
    let (count, pattern, spoken) = keys("+18002001301");
    assert_eq!((count, pattern, spoken), (json!("0"), Value::Null, None));
    // A weak pattern, and three words.
    let (count, pattern, spoken) = keys("+18007246666");
    assert_eq!((pattern, spoken), (Value::Null, None), "{count}");
}

#[test]
fn a_strong_pattern_is_one_of_the_three() {
    let table = MemoryTable::default();
    // The same when it comes from the table.
    for _ in 0..2 {
        let answer = ask(&call_from("+18002464646"), &table);
        let three: Vec<&str> = (1..=3)
            .filter_map(|place| answer[format!("VanityNumber{place}").as_str()].as_str())
            .collect();
        let place = three
            .iter()
            .position(|told| *told == answer["Pattern"])
            .unwrap_or_else(|| panic!("{answer}"));
        let spoken = &answer[format!("SpokenNumber{}", place + 1).as_str()];
        assert_eq!(*spoken, answer["SpokenPattern"]);
    }
}

#[test]
fn http_says_what_is_wrong() {
    let table = MemoryTable::default();
    for (path, query, status, reason) in [
        ("/vanitynumbers", Value::Null, 400, "missing"),
        (
            "/vanitynumbers",
            json!({ "phonenumber": "" }),
            400,
            "missing",
        ),
        (
            "/vanitynumbers",
            json!({ "phonenumber": "hello" }),
            400,
            "not_a_number",
        ),
        (
            "/vanitynumbers",
            json!({ "phonenumber": "+12002000000" }),
            404,
            "no_words",
        ),
        ("/elsewhere", Value::Null, 404, "not_found"),
    ] {
        let answer = ask(&get(path, query.clone()), &table);
        assert_eq!(answer["statusCode"], status, "{path} {query}");
        assert_eq!(answer["headers"]["Access-Control-Allow-Origin"], "*");
        assert_eq!(body(&answer)["Reason"], reason, "{path} {query}");
        assert!(body(&answer)["Message"].is_string());
    }
}

#[test]
fn only_get_is_answered_and_a_preflight() {
    let table = MemoryTable::default();
    for (method, status) in [
        ("POST", 405),
        ("DELETE", 405),
        ("OPTIONS", 204),
        ("HEAD", 200),
    ] {
        let event = json!({
            "httpMethod": method,
            "path": "/vanitynumbers",
            "requestContext": { "stage": "prod" },
            "queryStringParameters": { "phonenumber": "+18007246837" }
        });
        assert_eq!(ask(&event, &table)["statusCode"], status, "{method}");
    }
}

#[test]
fn the_first_system_s_path_answers_as_well() {
    let table = MemoryTable::default();
    let query = json!({ "phonenumber": "+18007246837" });
    let old = ask(&get("/prod/vanitynumbers", query.clone()), &table);
    assert_eq!(old["statusCode"], 200);
    assert_eq!(old, ask(&get("/vanitynumbers", query), &table));
}

#[test]
fn the_page_shows_callers_latest_first_and_nobody_from_the_web() {
    let table = MemoryTable::default();
    handle_at(NOW, &call_from("+18007246837"), Some(&table))
        .0
        .unwrap();
    handle_at(NOW + 1, &call_from("+18003569377"), Some(&table))
        .0
        .unwrap();
    ask(
        &get("/vanitynumbers", json!({ "phonenumber": "+18004384357" })),
        &table,
    );
    let answer = ask(&get("/", Value::Null), &table);
    assert_eq!(answer["statusCode"], 200);
    let policy = answer["headers"]["Content-Security-Policy"].as_str();
    assert!(policy.unwrap().starts_with("default-src 'none'; "));
    let page = answer["body"].as_str().unwrap();
    assert!(page.find("9377").unwrap() < page.find("6837</li>").unwrap());
    assert!(!page.contains("4357"));
}

#[test]
fn the_page_is_there_without_its_table() {
    let table = MemoryTable {
        failing: true,
        ..MemoryTable::default()
    };
    let answer = ask(&get("/", Value::Null), &table);
    assert_eq!(answer["statusCode"], 200);
    assert!(
        answer["body"]
            .as_str()
            .unwrap()
            .contains("cannot be shown just now")
    );
}

#[test]
fn a_caller_is_stamped_once_a_day() {
    let table = MemoryTable::default();
    for (now, stamped) in [(NOW, NOW), (NOW + DAY - 1, NOW), (NOW + DAY, NOW + DAY)] {
        handle_at(now, &call_from("+18007246837"), Some(&table))
            .0
            .unwrap();
        assert_eq!(table.item("+18007246837").unwrap().called_at, Some(stamped));
    }
}

#[test]
fn the_probe_reads_and_writes_nothing() {
    let table = MemoryTable::default();
    let probe: Value = serde_json::from_str(include_str!("../probe.json")).unwrap();
    let answer = ask(&probe, &table);
    assert_eq!(
        answer,
        json!({ "ok": "true", "wordListVersion": WORD_LIST_VERSION })
    );
    assert_eq!(table.calls(), ["get"]);
    assert!(table.items.lock().unwrap().is_empty());
}

#[test]
fn the_probe_fails_when_the_table_does_not_answer() {
    let probe = json!({ "Name": "vanity-deploy.probe" });
    let failing = MemoryTable {
        failing: true,
        ..MemoryTable::default()
    };
    let (answer, line) = handle_at(NOW, &probe, Some(&failing));
    assert_eq!(
        answer.unwrap_err(),
        "the table cannot be read: InternalServerError: broken"
    );
    assert!(line.contains("\"level\":\"ERROR\""), "{line}");
    let (answer, _) = handle_at(NOW, &probe, None);
    assert_eq!(
        answer.unwrap_err(),
        "the environment variable TABLE_NAME is not set"
    );
    let bad = Settings::read(|_| Some("a month".to_owned()));
    let (answer, _) = handle_with(bad.clone(), NOW, &probe, Some(&MemoryTable::default()));
    assert!(answer.unwrap_err().contains("KEEP_DAYS is \"a month\""));
    // A caller is answered with it all the same.
    let call = call_from("+18007246837");
    let (answer, _) = handle_with(bad, NOW, &call, Some(&MemoryTable::default()));
    assert_eq!(answer.unwrap()["VanityNumber1"], "+1-800-PAINTER");
}

#[test]
fn no_log_line_holds_a_full_number() {
    for event in [
        call_from("+18007246837"),
        get("/vanitynumbers", json!({ "phonenumber": "+18007246837" })),
    ] {
        for table in [
            MemoryTable::default(),
            MemoryTable {
                failing: true,
                ..MemoryTable::default()
            },
        ] {
            let (_, line) = handle_at(NOW, &event, Some(&table));
            assert!(line.contains("6837") && !line.contains("46837"), "{line}");
        }
    }
}

/// JSON of any shape, with the names that the events have.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[+ 0-9a-zA-Z./<>&-]{0,20}".prop_map(Value::from),
        prop::sample::select(vec![
            "ContactFlowEvent",
            "2.0",
            "1.0",
            "GET",
            "OPTIONS",
            "/",
            "/vanitynumbers",
            "+18007246837",
            "anonymous",
        ])
        .prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "Name",
        "Details",
        "ContactData",
        "CustomerEndpoint",
        "Address",
        "Parameters",
        "phoneNumber",
        "chosenNumber",
        "version",
        "rawPath",
        "path",
        "httpMethod",
        "requestContext",
        "http",
        "method",
        "stage",
        "queryStringParameters",
        "phonenumber",
    ]);
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|pairs| {
                Value::Object(
                    pairs
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_event_whatever_its_shape_is_an_error(event in any_json()) {
        let table = MemoryTable::default();
        let (answer, _) = handle_at(NOW, &event, Some(&table));
        prop_assert!(answer.is_ok());
    }

    #[test]
    fn connect_gets_a_flat_map_of_strings(parameters in any_json(), address in any_json()) {
        let event = json!({
            "Name": "ContactFlowEvent",
            "Details": { "ContactData": { "CustomerEndpoint": { "Address": address } }, "Parameters": parameters }
        });
        let answer = ask(&event, &MemoryTable::default());
        let map = answer.as_object().unwrap();
        prop_assert!(map.values().all(Value::is_string), "{:?}", map);
        prop_assert!(map.contains_key("Count"));
    }
}
