//! What is answered: the flat map of strings that Amazon Connect takes, and the same over HTTP.

use serde_json::{Map, Value, json};
use vanity::{NumberError, PhoneNumber};

use crate::decide;
use crate::lookup::Lookup;

/// What is known about the number that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A number, and what was found for it (perhaps nothing).
    Found(PhoneNumber, Lookup),
    /// No number.
    NoNumber(NumberError),
}

/// The word in `Reason` when a number dials no words.
const NO_WORDS: &str = "no_words";

/// The map that Connect takes: flat, and every value a string.
///
/// `PhoneNumber`, `Count`, `VanityNumber1` to `5` and `SpokenNumber1` to `5` (as many as there
/// are). For a caller, and never over the web: `CalledBefore` (`true` or `false`), `Told` (the
/// numbers in one string, to be given back with a choice), `ChosenNumber` and `SpokenChosenNumber`
/// when one is stored as chosen, and `Choice` when one was to be chosen now: `kept`, `not_kept`, or
/// `unknown` when there is no such number. Where the digits
/// make a pattern by themselves, and there are fewer than three or it is a strong one (which then
/// is one of the first three as well): `Pattern`, `SpokenPattern`, `PatternKind` (a word to branch on) and
/// `PatternMeaning` (in words). With `Count` 0: `Reason` (a word to branch on) and `Message` (to be
/// said).
#[must_use]
pub fn flat_map(told: &Told) -> Map<String, Value> {
    let mut map = Map::new();
    let mut put = |key: String, value: &str| map.insert(key, Value::from(value));
    match told {
        Told::Found(number, lookup) => {
            put("PhoneNumber".to_owned(), &number.e164());
            put("Count".to_owned(), &lookup.vanity_numbers.len().to_string());
            for (place, displayed) in (1..).zip(&lookup.vanity_numbers) {
                put(format!("VanityNumber{place}"), displayed);
                put(
                    format!("SpokenNumber{place}"),
                    &vanity::spoken_of(number, displayed),
                );
            }
            if let Some(caller) = &lookup.caller {
                put("CalledBefore".to_owned(), yes_or_no(caller.called_before));
                if !lookup.vanity_numbers.is_empty() {
                    put("Told".to_owned(), &decide::told(&lookup.vanity_numbers));
                }
                if let Some(chosen) = &caller.chosen_number {
                    put("ChosenNumber".to_owned(), chosen);
                    put(
                        "SpokenChosenNumber".to_owned(),
                        &vanity::spoken_of(number, chosen),
                    );
                }
                if let Some(choice) = caller.choice {
                    put("Choice".to_owned(), choice.code());
                }
            }
            let few = lookup.vanity_numbers.len() < vanity::TOLD;
            if let Some(pattern) = vanity::pattern(number)
                && (few || pattern.is_strong())
            {
                put("Pattern".to_owned(), &pattern.display());
                put("PatternKind".to_owned(), pattern.kind().code());
                put("PatternMeaning".to_owned(), &pattern.meaning());
                put("SpokenPattern".to_owned(), &pattern.spoken());
            }
            if lookup.vanity_numbers.is_empty() {
                put("Reason".to_owned(), NO_WORDS);
                put("Message".to_owned(), "No words can be made of this number.");
            }
        }
        Told::NoNumber(error) => {
            put("Count".to_owned(), "0");
            put("Reason".to_owned(), error.code());
            put("Message".to_owned(), &sentence(*error));
        }
    }
    map
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "true" } else { "false" }
}

/// The error as a sentence.
fn sentence(error: NumberError) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).chain(['.']).collect()
}

/// 200 with the map, 400 without a number, 404 when the number dials no words.
#[must_use]
pub fn http(told: &Told) -> Value {
    let status = match told {
        Told::Found(_, lookup) if lookup.vanity_numbers.is_empty() => 404,
        Told::Found(..) => 200,
        Told::NoNumber(_) => 400,
    };
    http_response(
        status,
        "application/json",
        &Value::from(flat_map(told)).to_string(),
    )
}

/// An answer to API Gateway, the same for payload 1.0 and 2.0.
#[must_use]
pub fn http_response(status: u16, content_type: &str, body: &str) -> Value {
    json!({
        "statusCode": status,
        "headers": {
            "Content-Type": content_type,
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET,OPTIONS",
            "Access-Control-Allow-Headers": "Content-Type",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// A page, with its Content-Security-Policy. Its address may hold a number, which goes to no other
/// site.
#[must_use]
pub fn http_page(html: &str, policy: &str) -> Value {
    let mut response = http_response(200, "text/html; charset=utf-8", html);
    response["headers"]["Content-Security-Policy"] = policy.into();
    response["headers"]["Referrer-Policy"] = "no-referrer".into();
    response
}

/// An error that is not about a number, in the same shape.
#[must_use]
pub fn http_error(status: u16, reason: &str, message: &str) -> Value {
    let body = json!({ "Count": "0", "Reason": reason, "Message": message });
    http_response(status, "application/json", &body.to_string())
}
