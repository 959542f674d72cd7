//! What parameters may be, and what they are.

use std::path::PathBuf;

use super::*;
use crate::manifest::load;

const MANIFEST: &str = "\
version: 1
solutions:
  events:
    parameters:
      EventName: { type: string, pattern: '[A-Z].{0,20}' }
      Size: { type: string, default: small, allowed: [small, large] }
      Burst:
        type: number
        default: 1.50
        min: 1
        max: 100
      Debug: { type: boolean, default: false }
      Token: { type: secret, default: 'secretsmanager:token:key' }
      Caller: { type: string, default: +18005550100 }
  other:
    parameters:
      Region: { type: string }
environments:
  prod:
    parameters: { EventName: Open House, Burst: 20 }
    solutions:
      events: { parameters: { Burst: 30 } }
";

fn loaded(text: &str) -> Result<Manifest, SourceError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.yaml");
    std::fs::write(&path, text).unwrap();
    load(&path, &[]).map_err(|faults| {
        let mut error = faults.into_iter().next().unwrap();
        error.path = PathBuf::from("m.yaml");
        error
    })
}

fn reported(text: &str) -> String {
    loaded(text).unwrap_err().to_string()
}

fn of(environment: &str, given: &[(&str, &str)]) -> Result<BTreeMap<String, String>, SourceError> {
    let manifest = loaded(MANIFEST).unwrap();
    let given = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let values = values(&manifest, "events", environment, &given, Missing::Refused)
        .map_err(|faults| faults.into_iter().next().unwrap())?;
    Ok(values
        .into_iter()
        .map(|(name, parameter)| (name, parameter.value.unwrap()))
        .collect())
}

#[test]
fn the_nearest_to_the_command_line_wins() {
    let prod = of("prod", &[]).unwrap();
    assert_eq!(prod["EventName"], "Open House");
    assert_eq!(prod["Burst"], "30");
    // As written: not 1.5, not a number without its plus.
    let dev = of("default", &[("EventName", "Gala")]).unwrap();
    assert_eq!(dev["Burst"], "1.50");
    assert_eq!(dev["Caller"], "+18005550100");
    assert_eq!(
        dev["Token"],
        "{{resolve:secretsmanager:token:SecretString:key}}"
    );
    assert_eq!(of("prod", &[("Burst", "7")]).unwrap()["Burst"], "7");
}

#[test]
fn without_a_value_it_is_an_error_where_it_is_declared() {
    let error = of("default", &[]).unwrap_err();
    assert_eq!(error.line_column(), Some((5, 7)));
    assert_eq!(
        error.message,
        "the parameter EventName of events has no value"
    );
    let manifest = loaded(MANIFEST).unwrap();
    let tolerated = values(
        &manifest,
        "events",
        "default",
        &BTreeMap::new(),
        Missing::Tolerated,
    );
    assert_eq!(tolerated.unwrap()["EventName"].value, None);
}

#[test]
fn wrong_values_are_told() {
    let reason = |name: &str, value: &str| {
        let given = [("EventName", "Gala"), (name, value)];
        of("default", &given).unwrap_err().message
    };
    assert_eq!(
        reason("EventName", "gala"),
        "--param EventName: `gala` does not match `[A-Z].{0,20}`"
    );
    // The whole value, not a part of it.
    assert!(reason("EventName", &"G".repeat(30)).contains("does not match"));
    assert_eq!(
        reason("Size", "smal"),
        "--param Size: `smal` is not allowed; did you mean `small`?"
    );
    assert_eq!(
        reason("Burst", "101"),
        "--param Burst: 101 is too large: 100 at most"
    );
    assert_eq!(
        reason("Burst", "0.5"),
        "--param Burst: 0.5 is too small: 1 at least"
    );
    for wrong in ["", "many", "NaN", "inf", "1_000", " 1"] {
        assert!(reason("Burst", wrong).ends_with("is no number"), "{wrong}");
    }
    assert!(reason("Debug", "yes").ends_with("is no boolean: true or false"));
}

#[test]
fn a_secret_is_never_repeated() {
    let given = [("EventName", "Gala"), ("Token", "hunter2")];
    let error = of("default", &given).unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"));
    let literal = MANIFEST.replace("secretsmanager:token:key", "hünter2");
    let error = loaded(&literal).unwrap_err();
    assert_eq!(error.line_column(), Some((13, 39)));
    assert!(!format!("{error:?}").contains("nter2"), "{error:?}");
    assert_eq!(error.text.len(), literal.len());
    // Whatever else is wrong in its line, and where its type cannot be read.
    for (from, to) in [
        ("default: 'h", "defautl: 1, default: 'h"),
        ("type: secret", "type: secrte"),
    ] {
        let error = loaded(&literal.replace(from, to)).unwrap_err();
        assert!(!format!("{error:?}").contains("nter2"), "{error:?}");
    }
}

#[test]
fn what_is_declared_wrongly_is_told_at_its_place() {
    let with = |from: &str, to: &str| reported(&MANIFEST.replace(from, to));
    assert_eq!(
        with("default: 1.50", "default: 0"),
        "m.yaml:9:18: the parameter Burst: 0 is too small: 1 at least"
    );
    assert_eq!(
        with("min: 1\n", "min: 200\n"),
        "m.yaml:10:9: the parameter Burst: min 200 is more than max 100"
    );
    assert_eq!(
        with("default: small", "min: 3"),
        "m.yaml:6:29: the parameter Size: `min` is nothing for a string"
    );
    assert!(with("[A-Z]", "[A-Z").contains("the pattern is none: unclosed"));
    assert_eq!(
        with("Burst:\n", "7up:\n"),
        "m.yaml:7:7: `7up` cannot be the name of a parameter"
    );
    assert!(with("type: boolean", "type: bolean").contains("`bolean` is none of them"));
    assert!(with("allowed: [small, large]", "allowed: []").contains("no value at all"));
}

#[test]
fn what_an_environment_gives_must_be_of_some_solution() {
    let with = |from: &str, to: &str| reported(&MANIFEST.replace(from, to));
    assert_eq!(
        with("Burst: 20", "Brust: 20"),
        "m.yaml:20:42: no solution has a parameter `Brust`; did you mean `Burst`?"
    );
    assert_eq!(
        with("Burst: 30", "Region: x"),
        "m.yaml:22:31: events has no parameter `Region`; there is EventName, Size, Burst, \
         Debug, Token, Caller"
    );
    assert!(with("      events: { p", "      evnts: { p").contains("did you mean `events`?"));
}

#[test]
fn a_pattern_is_held_against_the_values_of_the_solution_that_is_meant() {
    let refused = |from: &str, to: &str, solution: &str| {
        let manifest = loaded(&MANIFEST.replace(from, to)).unwrap();
        let given = BTreeMap::new();
        values(&manifest, solution, "prod", &given, Missing::Tolerated)
            .err()
            .map(|faults| faults.into_iter().next().unwrap())
            .map(|error| (error.line_column(), error.message))
    };
    let wrong = ("EventName: Open House", "EventName: open house");
    assert_eq!(
        refused(wrong.0, wrong.1, "events"),
        Some((
            Some((20, 30)),
            "the parameter EventName: `open house` does not match `[A-Z].{0,20}`".to_owned()
        ))
    );
    assert_eq!(refused(wrong.0, wrong.1, "other"), None);
    let defaulted = (
        "default: small, allowed: [small, large]",
        "default: small, pattern: '[A-Z]+'",
    );
    assert_eq!(
        refused(defaulted.0, defaulted.1, "events").map(|(place, _)| place),
        Some(Some((6, 38)))
    );
    let large = refused("{0,20}", "{0,900}{0,900}", "events").unwrap();
    assert!(large.1.contains("is too large"), "{}", large.1);
}

#[test]
fn the_command_line_is_checked_against_what_is_selected() {
    let manifest = loaded(MANIFEST).unwrap();
    let check = |selected: &[&str], name: &str| {
        let selected: Vec<String> = selected.iter().map(|one| (*one).to_owned()).collect();
        let given = BTreeMap::from([(name.to_owned(), String::new())]);
        check_command_line(&manifest, &selected, &given)
            .map_err(|faults| faults.into_iter().next().unwrap())
            .map_err(|error| (error.message, error.help))
    };
    assert_eq!(check(&["events", "other"], "Region"), Ok(()));
    let (message, help) = check(&["events"], "Region").unwrap_err();
    assert!(message.starts_with("--param Region: events has no parameter `Region`"));
    assert_eq!(help.unwrap(), "it is one of other, which is not selected");
    let (message, help) = check(&["events"], "EventNme").unwrap_err();
    assert!(message.ends_with("did you mean `EventName`?"), "{message}");
    assert_eq!(help, None);
}
