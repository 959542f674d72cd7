//! What a caller has chosen, and whether they have called before: kept, told, and never only said.

use super::*;
use crate::decide::{Asker, Choice, Question, decide};

const NUMBER: &str = "+18007246837";

fn chosen_in(table: &MemoryTable) -> Option<String> {
    table.item(NUMBER).and_then(|item| item.chosen_number)
}

/// An item that an older word list made.
fn old_item() -> Stored {
    Stored {
        vanity_numbers: vec!["+1-800-RAG-OVER".to_owned(), "+1-800-PAINTER".to_owned()],
        word_list_version: "0.old".to_owned(),
        called_at: Some(NOW - 1),
        first_contact: Some("zero".to_owned()),
        ..Stored::default()
    }
}

#[test]
fn a_choice_that_is_not_stored_is_not_said_to_be() {
    for table in [
        MemoryTable {
            read_only: true,
            ..MemoryTable::default()
        },
        MemoryTable {
            failing: true,
            ..MemoryTable::default()
        },
        MemoryTable {
            silent: true,
            ..MemoryTable::default()
        },
    ] {
        let event = choice("one", NUMBER, "2", &json!({}));
        let (answer, line) = handle_at(NOW, &event, Some(&table));
        let answer = answer.unwrap();
        assert_eq!(answer["Choice"], "not_kept");
        assert!(answer["ChosenNumber"].is_null() && answer["SpokenChosenNumber"].is_null());
        assert_eq!(answer["VanityNumber1"], "+1-800-PAINTER");
        assert!(line.contains("\"choice\":\"not_kept\""), "{line}");
        assert!(line.contains("\"level\":\"ERROR\""), "{line}");
        assert_eq!(chosen_in(&table), None);
    }
    let (answer, _) = handle_at(NOW, &choice("one", NUMBER, "2", &json!({})), None);
    assert_eq!(answer.unwrap()["Choice"], "not_kept");
}

#[test]
fn what_was_chosen_before_stays_chosen_when_a_new_choice_is_not_kept() {
    let item = Stored {
        chosen_number: Some("+1-800-PAINTER".to_owned()),
        ..old_item()
    };
    let table = MemoryTable {
        read_only: true,
        ..MemoryTable::default()
    }
    .with(NUMBER, item);
    let answer = ask(&choice("one", NUMBER, "2", &json!({})), &table);
    assert_eq!(answer["Choice"], "not_kept");
    assert_eq!(answer["ChosenNumber"], "+1-800-PAINTER");
}

#[test]
fn a_stored_choice_is_told_at_the_next_call() {
    let table = MemoryTable::default();
    let heard = ask(&contact("one", NUMBER), &table);
    ask(&choice("one", NUMBER, "2", &heard), &table);
    let next = ask(&contact("two", NUMBER), &table);
    assert_eq!(next["ChosenNumber"], heard["VanityNumber2"]);
    assert_eq!(next["SpokenChosenNumber"], heard["SpokenNumber2"]);
    assert_eq!(next["CalledBefore"], "true");
    assert!(next["Choice"].is_null());
}

#[test]
fn nothing_that_dials_another_number_is_told_as_chosen() {
    for edited in ["</speak><x>", "+1-800-FLOWERS", ""] {
        let item = Stored {
            chosen_number: Some(edited.to_owned()),
            ..old_item()
        };
        let table = MemoryTable::default().with(NUMBER, item);
        let answer = ask(&contact("one", NUMBER), &table);
        assert!(answer["ChosenNumber"].is_null(), "{edited}: {answer}");
    }
}

/// A function with a new word list and one with the old one write at the same time.
#[test]
fn a_race_after_a_new_word_list_loses_no_choice() {
    let heard = ask(&contact("zero", NUMBER), &MemoryTable::default());
    let current = Stored {
        word_list_version: WORD_LIST_VERSION.to_owned(),
        ..old_item()
    };
    // What was read, and what is there when the choice is to be written.
    for (read, meanwhile) in [
        (None, old_item()),
        (None, current.clone()),
        (Some(old_item()), current.clone()),
        (Some(current), old_item()),
    ] {
        let table = MemoryTable::default();
        let table = match read {
            Some(item) => table.with(NUMBER, item),
            None => table,
        };
        table.meanwhile.lock().unwrap().push(meanwhile);
        let answer = ask(&choice("one", NUMBER, "2", &heard), &table);
        assert_eq!(answer["Choice"], "kept");
        assert_eq!(answer["ChosenNumber"], heard["VanityNumber2"]);
        assert_eq!(
            chosen_in(&table).as_deref(),
            heard["VanityNumber2"].as_str()
        );
        let item = table.item(NUMBER).unwrap();
        assert_eq!(item.word_list_version, WORD_LIST_VERSION);
        assert_eq!(item.called_at, Some(NOW - 1), "what others wrote stays");
    }
}

#[test]
fn an_item_that_never_rests_is_not_said_to_be_written() {
    let table = MemoryTable::default();
    let others = (0..9).map(|at| Stored {
        expires_at: Some(NOW + at),
        ..old_item()
    });
    table.meanwhile.lock().unwrap().extend(others);
    let event = choice("one", NUMBER, "2", &json!({}));
    let (answer, line) = handle_at(NOW, &event, Some(&table));
    assert_eq!(answer.unwrap()["Choice"], "not_kept");
    assert!(line.contains("changed 4 times"), "{line}");
}

#[test]
fn a_key_stands_for_what_was_heard() {
    // Heard of the old list; the new one has another order.
    let heard = json!({ "Told": "+1-800-RAG-OVER +1-800-PAINTER" });
    let table = MemoryTable::default().with(NUMBER, old_item());
    let answer = ask(&choice("one", NUMBER, "1", &heard), &table);
    assert_eq!(answer["ChosenNumber"], "+1-800-RAG-OVER");
    assert_eq!(answer["VanityNumber1"], "+1-800-PAINTER");
    assert_eq!(chosen_in(&table).as_deref(), Some("+1-800-RAG-OVER"));
    // What nobody can have heard for this number is as if not given.
    for nonsense in ["+1-800-FLOWERS", "</speak>", "+1-800-PAINTER </speak>", " "] {
        let heard = json!({ "Told": nonsense });
        let answer = ask(&choice("one", NUMBER, "1", &heard), &table);
        assert_eq!(answer["ChosenNumber"], "+1-800-PAINTER", "{nonsense}");
    }
    // A place that was not heard is none.
    let answer = ask(&choice("one", NUMBER, "3", &heard), &table);
    assert_eq!(answer["Choice"], "unknown");
}

#[test]
fn to_choose_the_same_again_writes_nothing_and_is_kept() {
    let table = MemoryTable::default();
    let heard = ask(&contact("one", NUMBER), &table);
    ask(&choice("one", NUMBER, "2", &heard), &table);
    table.calls();
    let again = ask(&choice("one", NUMBER, "2", &heard), &table);
    assert_eq!(again["Choice"], "kept");
    assert_eq!(table.calls(), ["get"]);
}

#[test]
fn a_contact_is_the_same_call_however_often_it_asks() {
    let table = MemoryTable::default();
    for (at, id, before) in [
        (0, "one", "false"),
        (1, "one", "false"),
        (2, "two", "true"),
        (3, "two", "true"),
        (DAY, "three", "true"),
        (DAY + 1, "three", "true"),
    ] {
        let (answer, _) = handle_at(NOW + at, &contact(id, NUMBER), Some(&table));
        assert_eq!(answer.unwrap()["CalledBefore"], before, "{id} at {at}");
    }
    // An item of before there were contacts in it has called.
    let item = Stored {
        first_contact: None,
        ..old_item()
    };
    let table = MemoryTable::default().with(NUMBER, item);
    assert_eq!(ask(&contact("one", NUMBER), &table)["CalledBefore"], "true");
    // A table that fails knows nobody.
    let table = MemoryTable {
        failing: true,
        ..MemoryTable::default()
    };
    assert_eq!(
        ask(&contact("one", NUMBER), &table)["CalledBefore"],
        "false"
    );
}

#[test]
fn what_has_expired_is_forgotten_before_the_table_deletes_it() {
    let settings = Ok(Settings {
        keep_days: Some(30),
        ..Settings::default()
    });
    let table = MemoryTable::default();
    let at = |now: u64, event: &Value| {
        let (answer, _) = handle_with(settings.clone(), now, event, Some(&table));
        answer.unwrap()
    };
    let heard = at(NOW, &contact("one", NUMBER));
    at(NOW, &choice("one", NUMBER, "2", &heard));
    assert_eq!(
        table.item(NUMBER).unwrap().expires_at,
        Some(NOW / 1000 + 30 * 86_400)
    );
    let later = at(NOW + 30 * DAY - 1000, &contact("two", NUMBER));
    assert_eq!(later["ChosenNumber"], heard["VanityNumber2"]);
    // That call has renewed it.
    let later = at(NOW + 59 * DAY, &contact("three", NUMBER));
    assert_eq!(later["CalledBefore"], "true");
    let page = |now| at(now, &get("/", Value::Null))["body"].to_string();
    assert!(page(NOW + 88 * DAY).contains("6837</li>"));
    assert!(page(NOW + 90 * DAY).contains("Nobody has called yet."));
    let forgotten = at(NOW + 89 * DAY, &contact("four", NUMBER));
    assert_eq!(forgotten["CalledBefore"], "false");
    assert!(forgotten["ChosenNumber"].is_null());
    let item = table.item(NUMBER).unwrap();
    assert_eq!(item.chosen_number, None);
    assert_eq!(item.first_contact.as_deref(), Some("four"));
}

fn any_item() -> impl Strategy<Value = Stored> {
    let numbers = prop::collection::vec("(\\+1-800-PAINTER|\\+1-800-RAG-OVER|junk)", 0..7);
    let version = prop::sample::select(vec![WORD_LIST_VERSION, "0.old", ""]);
    let time = prop::option::of(NOW - 2 * DAY..NOW + 2 * DAY);
    let contact = prop::option::of("(one|two)");
    let chosen = prop::option::of("(\\+1-800-PAINTER|\\+1-800-FLOWERS|</speak>)");
    let expiry = prop::option::of(NOW / 1000 - 5..NOW / 1000 + 5);
    (numbers, version, time, contact, chosen, expiry).prop_map(
        |(vanity_numbers, version, called_at, first_contact, chosen_number, expires_at)| Stored {
            vanity_numbers,
            word_list_version: version.to_owned(),
            called_at,
            first_contact,
            chosen_number,
            expires_at,
        },
    )
}

proptest! {
    #[test]
    fn what_is_wanted_is_all_that_is_wanted(
        read in prop::option::of(any_item()),
        id in prop::option::of("(one|two)"),
        place in prop::option::of("[0-9#]{1,2}"),
        days in prop::option::of(1u32..400),
    ) {
        let number = vanity::PhoneNumber::parse(NUMBER).unwrap();
        let question = Question {
            number: &number,
            asker: Asker::Caller {
                contact: id.as_deref(),
                choice: place.as_deref().map(|place| Choice { place, told: None }),
            },
            now: NOW,
            settings: Settings { keep_days: days, store_web_lookups: false },
        };
        let decision = decide(read.as_ref(), &question);
        let told = |one: &String| vanity::dials(one, &number);
        prop_assert!(decision.vanity_numbers.iter().all(told));
        prop_assert!(decision.chosen_before.iter().all(told));
        prop_assert!(decision.chosen_now.iter().flatten().all(told));
        let stored = decision.wanted.clone().or(read).unwrap();
        // Once it is stored there is nothing more to store, and the same is told.
        let again = decide(Some(&stored), &question);
        prop_assert_eq!(&again.wanted, &None);
        prop_assert_eq!(&again.vanity_numbers, &decision.vanity_numbers);
        prop_assert_eq!(&again.chosen_now, &decision.chosen_now);
        // Without an id one call cannot be told from the next.
        if id.is_some() {
            prop_assert_eq!(again.called_before, decision.called_before);
        }
        if let Some(Some(chosen)) = &decision.chosen_now {
            prop_assert_eq!(stored.chosen_number.as_ref(), Some(chosen));
        }
    }
}
