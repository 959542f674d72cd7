//! The function with a table in memory: known, unknown and withheld numbers, every failure.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use phonenumber::country;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::date;
use crate::handler::{Context, handle};
use crate::lookup::{Caller, Patience};
use crate::number::DefaultCountry;
use crate::settings::Settings;
use crate::table::{
    Answer, AttributeValue, CALL_COUNT, CONTACT_ID, Change, Changed, DATE_BEFORE, DateChange, KEY,
    LAST_CALL_DATE, Row, Table, TableError,
};

const NUMBER: &str = "+12065550101";
const US: DefaultCountry = DefaultCountry::Known(country::Id::US);

/// A table in memory that fails or dawdles on request, and may be meddled with between two changes.
#[derive(Default)]
struct MemoryTable {
    rows: Mutex<BTreeMap<String, Row>>,
    calls: Mutex<Vec<&'static str>>,
    failing_change: Option<&'static str>,
    failing_get: Option<&'static str>,
    silent: bool,
    /// Dates that somebody else writes, one before each change.
    meddling: Mutex<Vec<AttributeValue>>,
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn service(code: &str) -> TableError {
    TableError::Service {
        code: code.to_owned(),
        message: "broken".to_owned(),
    }
}

impl MemoryTable {
    fn with(attributes: &[(&str, AttributeValue)]) -> Self {
        let mut row: Row = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        row.insert(KEY.to_owned(), s(NUMBER));
        let rows = BTreeMap::from([(NUMBER.to_owned(), row)]);
        Self {
            rows: Mutex::new(rows),
            ..Self::default()
        }
    }

    fn attribute(&self, name: &str) -> Option<AttributeValue> {
        self.rows.lock().unwrap()[NUMBER].get(name).cloned()
    }

    fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    async fn asked(&self, call: &'static str, failing: Option<&str>) -> Result<(), TableError> {
        self.calls.lock().unwrap().push(call);
        if self.silent {
            std::future::pending::<()>().await;
        }
        failing.map_or(Ok(()), |code| Err(service(code)))
    }
}

/// As DynamoDB compares: nothing of different types.
fn at_most(one: &AttributeValue, other: &str) -> bool {
    matches!(one, AttributeValue::S(one) if one.as_str() <= other)
}

impl Table for MemoryTable {
    fn get<'call>(&'call self, number: &'call str) -> Answer<'call, Option<Row>> {
        Box::pin(async move {
            self.asked("get", self.failing_get).await?;
            Ok(self.rows.lock().unwrap().get(number).cloned())
        })
    }

    fn change<'call>(
        &'call self,
        number: &'call str,
        change: &'call Change,
    ) -> Answer<'call, Changed> {
        Box::pin(async move {
            self.asked("change", self.failing_change).await?;
            let mut rows = self.rows.lock().unwrap();
            let Some(row) = rows.get_mut(number) else {
                return Ok(Changed::Missing);
            };
            if let Some(date) = self.meddling.lock().unwrap().pop() {
                row.insert(LAST_CALL_DATE.to_owned(), date);
            }
            let date = row.get(LAST_CALL_DATE);
            let (holds, to) = match &change.date {
                DateChange::Leave => (true, None),
                DateChange::Advance { to } => (date.is_none_or(|date| at_most(date, to)), Some(to)),
                DateChange::Replace { to, seen } => (date == Some(seen), Some(to)),
            };
            let contact = change.contact.as_deref().map(s);
            if !holds || contact.is_some() && row.get(CONTACT_ID) == contact.as_ref() {
                return Ok(Changed::Refused(row.clone()));
            }
            let old = row.clone();
            let count = match row.get(CALL_COUNT) {
                None => 0,
                Some(count) => match count.as_n().map(|count| count.parse::<u64>()) {
                    Ok(Ok(count)) => count,
                    _ => return Err(service("ValidationException")),
                },
            };
            row.insert(CALL_COUNT.to_owned(), n(count + 1));
            if let Some(contact) = contact {
                let before = row.get(LAST_CALL_DATE).cloned().unwrap_or_else(|| s(""));
                row.insert(CONTACT_ID.to_owned(), contact);
                row.insert(DATE_BEFORE.to_owned(), before);
            }
            if let Some(to) = to {
                row.insert(LAST_CALL_DATE.to_owned(), s(to));
            }
            Ok(Changed::Done(old))
        })
    }
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const NOW: &str = "2026-03-09T14:05:07.5Z";
const WRITTEN: &str = "2026-03-09T14:05:07Z";

/// Handles an event at [`NOW`] and checks what must hold for every answer and log line.
fn handle_with(
    event: &Value,
    table: Option<&dyn Table>,
    default_country: &DefaultCountry,
) -> (Result<Value, String>, String) {
    let settings = Settings {
        default_country: *default_country,
        ..Settings::read(|_| None)
    };
    handle_as_set(event, table, &settings)
}

fn handle_as_set(
    event: &Value,
    table: Option<&dyn Table>,
    settings: &Settings,
) -> (Result<Value, String>, String) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let context = Context {
        table,
        settings,
        // A table in memory answers at once or never.
        patience: Patience {
            record: Duration::from_millis(3),
            read: Duration::from_millis(2),
        },
        now: instant(NOW),
    };
    let (answer, line) = runtime.block_on(handle(event, &context));
    let line = line.to_json();
    assert!(serde_json::from_str::<Value>(&line).is_ok(), "{line}");
    assert!(!line.contains(NUMBER) && !line.contains("Robin"), "{line}");
    if let Ok(answer) = &answer {
        let map = answer.as_object().unwrap();
        assert!(map.values().all(Value::is_string), "{answer}");
        assert!(answer.to_string().len() <= 32 * 1024);
    }
    (answer.map_err(|error| error.to_string()), line)
}

fn call_from(number: impl Into<Value>) -> Value {
    json!({
        "Name": "ContactFlowEvent",
        "Details": { "ContactData": { "CustomerEndpoint": { "Address": number.into() } }, "Parameters": {} }
    })
}

fn ask(table: &MemoryTable) -> Value {
    handle_with(&call_from(NUMBER), Some(table), &US).0.unwrap()
}

#[test]
fn a_customer_hears_the_date_of_the_call_before() {
    let table = MemoryTable::with(&[
        ("FirstName", s("Robin")),
        (LAST_CALL_DATE, s("2026-02-28T08:00:00Z")),
        (CALL_COUNT, n(2)),
        ("Active", AttributeValue::Bool(true)),
    ]);
    let answer = ask(&table);
    assert_eq!(
        table.calls(),
        ["change"],
        "a known customer costs one write"
    );
    assert_eq!(answer["Found"], "true");
    assert_eq!(answer["CalledNumber"], NUMBER);
    assert_eq!(answer["FirstName"], "Robin");
    assert_eq!(answer["Active"], "true");
    assert_eq!(answer["CallCount"], "2");
    assert_eq!(answer["LastCallDate"], "2026-02-28T08:00:00Z");
    assert_eq!(answer["LastCallDateSpoken"], "Saturday, February 28, 2026");
    assert_eq!(table.attribute(LAST_CALL_DATE), Some(s(WRITTEN)));
    assert_eq!(table.attribute(CALL_COUNT), Some(n(3)));
    // And the next time, the date of this one.
    assert_eq!(ask(&table)["LastCallDate"], WRITTEN);
}

fn in_contact(id: &str) -> Value {
    let mut event = call_from(NUMBER);
    event["Details"]["ContactData"]["ContactId"] = id.into();
    event
}

/// A flow may ask again, and Connect may try again what took too long.
#[test]
fn asked_again_in_one_contact_it_tells_the_same_and_counts_once() {
    let before = s("2026-02-28T08:00:00Z");
    let known = MemoryTable::with(&[(LAST_CALL_DATE, before), (CALL_COUNT, n(2))]);
    let new = MemoryTable::with(&[]);
    // A date of the future is left, and one that cannot be compared replaced.
    let later = MemoryTable::with(&[(LAST_CALL_DATE, s("2030-01-01T00:00:00Z"))]);
    let odd = MemoryTable::with(&[(LAST_CALL_DATE, s("yesterday"))]);
    for (table, count) in [(known, 3), (new, 1), (later, 1), (odd, 1)] {
        let ask = |id| handle_with(&in_contact(id), Some(&table), &US).0.unwrap();
        let first = ask("one");
        assert!(first.get(CONTACT_ID).is_none() && first.get(DATE_BEFORE).is_none());
        for _ in 0..3 {
            assert_eq!(ask("one"), first);
        }
        assert_eq!(table.attribute(CALL_COUNT), Some(n(count)));
        // The next contact is another call.
        let kept = table.attribute(LAST_CALL_DATE).unwrap();
        assert_eq!(ask("two")["LastCallDate"], kept.as_s().unwrap().as_str());
        assert_eq!(table.attribute(CALL_COUNT), Some(n(count + 1)));
    }
}

#[test]
fn a_write_whose_answer_was_lost_is_recognized() {
    let mut table = MemoryTable::with(&[(LAST_CALL_DATE, s("2026-02-28T08:00:00Z"))]);
    let first = handle_with(&in_contact("one"), Some(&table), &US).0;
    table.failing_change = Some("InternalServerError");
    let (again, line) = handle_with(&in_contact("one"), Some(&table), &US);
    assert_eq!(again, first);
    assert!(!line.contains("notRecorded"), "{line}");
    let (_, line) = handle_with(&in_contact("two"), Some(&table), &US);
    assert!(line.contains("notRecorded"), "{line}");
}

#[test]
fn the_day_is_that_of_the_zone() {
    let table = MemoryTable::with(&[(LAST_CALL_DATE, s("2026-03-10T03:30:00Z"))]);
    let settings =
        |zone: &'static str| Settings::read(|name| (name == "TIME_ZONE").then(|| zone.to_owned()));
    let (answer, _) = handle_as_set(
        &call_from(NUMBER),
        Some(&table),
        &settings("America/Chicago"),
    );
    assert_eq!(
        answer.unwrap()["LastCallDateSpoken"],
        "Monday, March 9, 2026"
    );
    let probe = json!({ "Name": "vanity-deploy.probe" });
    let (answer, _) = handle_as_set(&probe, Some(&table), &settings("America/Chicaco"));
    assert!(answer.unwrap_err().contains("TIME_ZONE"));
    // A call is answered all the same, in UTC.
    let (answer, _) = handle_as_set(&call_from(NUMBER), Some(&table), &settings("Mars"));
    assert_eq!(answer.unwrap()["Found"], "true");
}

#[test]
fn what_passes_for_the_function_s_own_is_logged() {
    let table = MemoryTable::with(&[("Reason", s("zz"))]);
    let (answer, line) = handle_with(&call_from(NUMBER), Some(&table), &US);
    assert!(answer.unwrap().get("Reason").is_none());
    assert!(line.contains(r#""reserved":["Reason"]"#), "{line}");
}

#[test]
fn the_first_call_has_no_call_before() {
    let table = MemoryTable::with(&[("FirstName", s("Robin"))]);
    let answer = ask(&table);
    assert_eq!(answer["CalledBefore"], "false");
    assert!(answer["LastCallDate"].is_null());
    assert_eq!(table.attribute(LAST_CALL_DATE), Some(s(WRITTEN)));
    assert_eq!(table.attribute(CALL_COUNT), Some(n(1)));
}

#[test]
fn a_row_is_found_however_the_number_is_written() {
    let table = MemoryTable::with(&[]);
    for number in ["(206) 555-0101", "1-206-555-0101", "+1 206 555 0101"] {
        let (answer, _) = handle_with(&call_from(number), Some(&table), &US);
        assert_eq!(answer.unwrap()["Found"], "true", "{number}");
    }
    let mut event = call_from("+12065550199");
    event["Details"]["Parameters"]["phoneNumber"] = "206.555.0101".into();
    let (answer, _) = handle_with(&event, Some(&table), &US);
    assert_eq!(answer.unwrap()["Found"], "true");
}

#[test]
fn an_unknown_caller_is_an_answer_and_no_row() {
    let table = MemoryTable::with(&[]);
    let (answer, line) = handle_with(&call_from("+12065550199"), Some(&table), &US);
    let expected =
        json!({ "Found": "false", "Reason": "not_found", "CalledNumber": "+12065550199" });
    assert_eq!(answer.unwrap(), expected);
    assert!(line.contains("INFO"), "{line}");
    assert_eq!(table.rows.lock().unwrap().len(), 1);
}

#[test]
fn without_a_number_the_table_is_not_asked() {
    let table = MemoryTable::with(&[]);
    for (number, reason) in [
        (Value::Null, "withheld"),
        ("anonymous".into(), "withheld"),
        ("nonsense".into(), "invalid_number"),
        ("+1".into(), "invalid_number"),
    ] {
        let (answer, _) = handle_with(&call_from(number), Some(&table), &US);
        assert_eq!(
            answer.unwrap(),
            json!({ "Found": "false", "Reason": reason })
        );
    }
    for event in [json!(null), json!({ "Records": [] })] {
        let (answer, _) = handle_with(&event, Some(&table), &US);
        assert_eq!(answer.unwrap()["Reason"], "unknown_event");
    }
    assert_eq!(table.calls(), [] as [&str; 0]);
}

#[test]
fn an_earlier_call_does_not_set_the_date_back_and_is_counted() {
    let later = "2026-03-09T14:05:08Z";
    let table = MemoryTable::with(&[(LAST_CALL_DATE, s(later)), (CALL_COUNT, n(5))]);
    assert_eq!(ask(&table)["LastCallDate"], later);
    assert_eq!(table.attribute(LAST_CALL_DATE), Some(s(later)));
    assert_eq!(table.attribute(CALL_COUNT), Some(n(6)));
    assert_eq!(table.calls(), ["change", "change"]);
}

#[test]
fn a_date_written_in_another_way_is_replaced() {
    for foreign in [
        s("yesterday"),
        s("2026-03-09T16:05:00+02:00"),
        n(1_773_065_100),
        AttributeValue::Null(true),
    ] {
        let table = MemoryTable::with(&[(LAST_CALL_DATE, foreign.clone())]);
        assert_eq!(ask(&table)["Found"], "true");
        assert_eq!(
            table.attribute(LAST_CALL_DATE),
            Some(s(WRITTEN)),
            "{foreign:?}"
        );
        assert_eq!(table.attribute(CALL_COUNT), Some(n(1)));
    }
}

#[test]
fn whoever_changes_the_date_at_the_same_time_the_call_is_counted_once() {
    for times in 0..8 {
        let table = MemoryTable::with(&[(LAST_CALL_DATE, s("yesterday"))]);
        *table.meddling.lock().unwrap() = (0..times).map(|at| s(&format!("x{at}"))).collect();
        assert_eq!(ask(&table)["Found"], "true");
        assert_eq!(table.attribute(CALL_COUNT), Some(n(1)), "{times} times");
    }
}

#[test]
fn a_row_that_cannot_be_written_is_read() {
    let mut table = MemoryTable::with(&[("FirstName", s("Robin"))]);
    table.failing_change = Some("ProvisionedThroughputExceededException");
    let (answer, line) = handle_with(&call_from(NUMBER), Some(&table), &US);
    assert_eq!(answer.unwrap()["FirstName"], "Robin");
    assert!(
        line.contains("ERROR") && line.contains("notRecorded"),
        "{line}"
    );
    assert_eq!(table.calls(), ["change", "get"]);
    // A count that is none, for example.
    let table = MemoryTable::with(&[("FirstName", s("Robin")), (CALL_COUNT, s("many"))]);
    let (answer, line) = handle_with(&call_from(NUMBER), Some(&table), &US);
    assert_eq!(answer.unwrap()["CallCount"], "many");
    assert!(line.contains("ValidationException"), "{line}");
}

#[test]
fn every_failure_is_an_answer_with_its_reason() {
    for (code, reason) in [
        ("ResourceNotFoundException", "table_missing"),
        ("AccessDeniedException", "access_denied"),
        ("ProvisionedThroughputExceededException", "throttled"),
        ("ThrottlingException", "throttled"),
        ("RequestLimitExceeded", "throttled"),
        ("InternalServerError", "table_error"),
    ] {
        let table = MemoryTable {
            failing_change: Some(code),
            failing_get: Some("InternalServerError"),
            ..MemoryTable::default()
        };
        let (answer, line) = handle_with(&call_from(NUMBER), Some(&table), &US);
        let expected = json!({ "Found": "false", "Reason": reason, "CalledNumber": NUMBER });
        assert_eq!(answer.unwrap(), expected);
        assert!(line.contains("ERROR") && line.contains(code), "{line}");
    }
    let silent = MemoryTable {
        silent: true,
        ..MemoryTable::default()
    };
    assert_eq!(ask(&silent)["Reason"], "timeout");
    let (answer, _) = handle_with(&call_from(NUMBER), None, &US);
    assert_eq!(answer.unwrap()["Reason"], "not_configured");
}

#[test]
fn an_unknown_number_of_a_table_that_cannot_be_written_is_unknown() {
    let table = MemoryTable {
        failing_change: Some("AccessDeniedException"),
        ..MemoryTable::default()
    };
    assert_eq!(ask(&table)["Reason"], "not_found");
}

#[test]
fn what_does_not_fit_is_left_out_and_logged() {
    let table = MemoryTable::with(&[("FirstName", s("Robin")), ("Notes", s(&"x".repeat(40_000)))]);
    let (answer, line) = handle_with(&call_from(NUMBER), Some(&table), &US);
    let answer = answer.unwrap();
    assert_eq!(answer["FirstName"], "Robin");
    assert!(answer["Notes"].is_null());
    assert!(line.contains(r#""leftOut":["Notes"]"#), "{line}");
}

#[test]
fn the_probe_needs_a_table_that_can_be_written_and_read() {
    let probe = json!({ "Name": "vanity-deploy.probe" });
    let table = MemoryTable::with(&[]);
    let (answer, _) = handle_with(&probe, Some(&table), &US);
    assert_eq!(answer, Ok(json!({ "ok": "true" })));
    assert_eq!(table.calls(), ["change", "get"]);
    let failing = |change, get| MemoryTable {
        failing_change: change,
        failing_get: get,
        ..MemoryTable::default()
    };
    let problem =
        |table: Option<&dyn Table>, country| handle_with(&probe, table, country).0.unwrap_err();
    let denied = Some("AccessDeniedException");
    let recording = problem(Some(&failing(denied, None)), &US);
    assert!(recording.starts_with("a call cannot be recorded: AccessDenied"));
    let reading = problem(Some(&failing(None, denied)), &US);
    assert!(reading.starts_with("the table cannot be read: AccessDenied"));
    assert!(problem(None, &US).contains("TABLE_NAME is not set"));
    assert!(problem(Some(&table), &DefaultCountry::Unknown).contains("DEFAULT_COUNTRY"));
}

proptest! {
    #[test]
    fn whatever_is_asked_there_is_an_answer(number in "\\PC{0,30}", name in "\\PC{0,10}", value in "\\PC{0,30}") {
        let table = MemoryTable::with(&[(&name, s(&value))]);
        let (answer, _) = handle_with(&call_from(number), Some(&table), &US);
        prop_assert!(answer.unwrap()["Found"].is_string());
    }

    #[test]
    fn in_whatever_order_calls_come_the_latest_date_stays(seconds in proptest::collection::vec(0_i64..10_000, 1..20)) {
        let table = MemoryTable::with(&[]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        for second in &seconds {
            let now = Timestamp::from_second(*second).unwrap();
            let patience = Patience::default();
            let caller = Caller { number: NUMBER, contact: None, now };
            runtime.block_on(crate::lookup::lookup(&table, patience, caller)).unwrap();
        }
        let latest = Timestamp::from_second(*seconds.iter().max().unwrap()).unwrap();
        prop_assert_eq!(table.attribute(LAST_CALL_DATE), Some(s(&date::written(latest))));
        prop_assert_eq!(table.attribute(CALL_COUNT), Some(n(seconds.len() as u64)));
    }
}
