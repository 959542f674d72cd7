//! From datapoints to a state (AWS docs, "Configuring how CloudWatch alarms treat missing data").

use jiff::Timestamp;

use super::alarms::{Settings, StateValue, TreatMissingData};

/// A datapoint of a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Datapoint {
    pub time: Timestamp,
    pub value: f64,
}

/// How many periods are looked at: more than are evaluated, so that a datapoint that is late
/// or missing is made up for by an older one.
pub(super) fn range(settings: &Settings) -> i64 {
    settings.evaluation_periods + 2
}

/// What the alarm stands at by the datapoints of its range, oldest first (`None`: missing), and
/// why. `None`: it stays where it is.
pub(super) fn evaluate(
    settings: &Settings,
    points: &[Option<Datapoint>],
) -> Option<(StateValue, String)> {
    let treat = settings.treat_missing_data.unwrap_or_default();
    let periods = usize::try_from(settings.evaluation_periods).unwrap_or(usize::MAX);
    let needed = usize::try_from(settings.datapoints()).unwrap_or(usize::MAX);
    let mut known: Vec<Datapoint> = points
        .iter()
        .rev()
        .flatten()
        .take(periods)
        .copied()
        .collect();
    known.reverse();
    let missing = periods - known.len();
    let (breaching, calm): (Vec<Datapoint>, Vec<Datapoint>) = known.iter().partition(|point| {
        settings
            .comparison_operator
            .breaches(point.value, settings.threshold)
    });
    let filled = match treat {
        TreatMissingData::Breaching => missing,
        _ => 0,
    };
    let all_known_breach = calm.is_empty() && missing > 0;
    let value = match treat {
        TreatMissingData::Missing if known.is_empty() => StateValue::InsufficientData,
        TreatMissingData::Ignore if known.is_empty() => return None,
        _ if breaching.len() + filled >= needed => StateValue::Alarm,
        TreatMissingData::Missing if all_known_breach => StateValue::Alarm,
        TreatMissingData::Ignore if all_known_breach => return None,
        _ => StateValue::Ok,
    };
    let told = if value == StateValue::Alarm {
        &breaching
    } else {
        &calm
    };
    Some((value, reason(settings, value, told, known.len(), missing)))
}

fn reason(
    settings: &Settings,
    value: StateValue,
    told: &[Datapoint],
    known: usize,
    missing: usize,
) -> String {
    let plural = |count: usize, word: &str| {
        let ending = if count == 1 { "" } else { "s" };
        format!("{count} {word}{ending}")
    };
    if value == StateValue::InsufficientData {
        let verb = if missing == 1 { "was" } else { "were" };
        return format!(
            "Insufficient Data: {} {verb} unknown.",
            plural(missing, "datapoint")
        );
    }
    let treated = match settings.treat_missing_data.unwrap_or_default() {
        TreatMissingData::Breaching => "Breaching",
        TreatMissingData::NotBreaching => "NonBreaching",
        TreatMissingData::Ignore => "Ignore",
        TreatMissingData::Missing => "Missing",
    };
    if known == 0 {
        let verb = if missing == 1 { "was" } else { "were" };
        return format!(
            "Threshold Crossed: no datapoints were received for {} and {} {verb} treated as [{treated}].",
            plural(missing, "period"),
            plural(missing, "missing datapoint"),
        );
    }
    let list: Vec<String> = told
        .iter()
        .rev()
        .take(10)
        .map(|point| {
            format!(
                "{:?} ({})",
                point.value,
                point.time.strftime("%d/%m/%y %H:%M:%S")
            )
        })
        .collect();
    let verb = if told.len() == 1 { "was" } else { "were" };
    let (not, from, to) = match value {
        StateValue::Alarm => ("", "OK", "ALARM"),
        _ => ("not ", "ALARM", "OK"),
    };
    let needed = match value {
        StateValue::Alarm => settings.datapoints(),
        _ => settings.evaluation_periods - settings.datapoints() + 1,
    };
    format!(
        "Threshold Crossed: {} out of the last {} datapoints [{}] {verb} {not}{} the threshold ({:?}) (minimum {} for {from} -> {to} transition).",
        told.len(),
        settings.evaluation_periods,
        list.join(", "),
        settings.comparison_operator.words(),
        settings.threshold,
        plural(usize::try_from(needed).unwrap_or_default(), "datapoint"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::alarms::tests::settings;
    use super::*;
    use proptest::prelude::*;

    /// `X` breaches, `0` does not, `-` is missing.
    fn points(text: &str) -> Vec<Option<Datapoint>> {
        let start: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        text.split(' ')
            .enumerate()
            .map(|(index, letter)| {
                let value = match letter {
                    "X" => 1.0,
                    "0" => 0.0,
                    _ => return None,
                };
                let minutes = jiff::SignedDuration::from_mins(i64::try_from(index).unwrap());
                Some(Datapoint {
                    time: start + minutes,
                    value,
                })
            })
            .collect()
    }

    fn state(periods: i64, needed: i64, treat: TreatMissingData, text: &str) -> &'static str {
        let settings = Settings {
            evaluation_periods: periods,
            datapoints_to_alarm: Some(needed),
            treat_missing_data: Some(treat),
            ..settings()
        };
        evaluate(&settings, &points(text)).map_or("retain", |(value, _)| value.name())
    }

    /// The two tables of the AWS docs: for missing, ignore, breaching, not breaching.
    #[test]
    fn the_tables_of_the_documentation() {
        use TreatMissingData::{Breaching, Ignore, Missing, NotBreaching};
        let (ok, alarm, none) = ("OK", "ALARM", "INSUFFICIENT_DATA");
        for (periods, needed, text, expected) in [
            (3, 3, "0 - X - X", [ok, ok, ok, ok]),
            (3, 3, "- - - - 0", [ok, ok, ok, ok]),
            (3, 3, "- - - - -", [none, "retain", alarm, ok]),
            (3, 3, "0 X X - X", [alarm, alarm, alarm, alarm]),
            (3, 3, "- - X - -", [alarm, "retain", alarm, ok]),
            (3, 2, "0 - X - X", [alarm, alarm, alarm, alarm]),
            (3, 2, "0 0 X 0 X", [alarm, alarm, alarm, alarm]),
            (3, 2, "0 - X - -", [ok, ok, alarm, ok]),
            (3, 2, "- - - - 0", [ok, ok, alarm, ok]),
            (3, 2, "- - - X -", [alarm, "retain", alarm, ok]),
        ] {
            let found = [Missing, Ignore, Breaching, NotBreaching]
                .map(|treat| state(periods, needed, treat, text));
            assert_eq!(found, expected, "{needed} of {periods}: {text}");
        }
    }

    #[test]
    fn reasons_in_the_words_of_cloudwatch() {
        let reason = |treat, text| {
            let settings = Settings {
                treat_missing_data: Some(treat),
                ..settings()
            };
            evaluate(&settings, &points(text)).unwrap().1
        };
        use TreatMissingData::{Missing, NotBreaching};
        insta::assert_snapshot!(reason(Missing, "- - X"), @"Threshold Crossed: 1 out of the last 1 datapoints [1.0 (31/01/26 12:02:00)] was greater than the threshold (0.0) (minimum 1 datapoint for OK -> ALARM transition).");
        insta::assert_snapshot!(reason(Missing, "- - 0"), @"Threshold Crossed: 1 out of the last 1 datapoints [0.0 (31/01/26 12:02:00)] was not greater than the threshold (0.0) (minimum 1 datapoint for ALARM -> OK transition).");
        insta::assert_snapshot!(reason(NotBreaching, "- - -"), @"Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].");
        insta::assert_snapshot!(reason(Missing, "- - -"), @"Insufficient Data: 1 datapoint was unknown.");
    }

    proptest! {
        #[test]
        fn without_missing_data_only_the_counts_decide(
            values in proptest::collection::vec(any::<bool>(), 7), needed in 1_usize..=5,
        ) {
            let text: Vec<&str> = values.iter().map(|breach| if *breach { "X" } else { "0" }).collect();
            let breaching = values[2..].iter().filter(|breach| **breach).count();
            let expected = if breaching >= needed { "ALARM" } else { "OK" };
            for treat in [
                TreatMissingData::Missing, TreatMissingData::Ignore,
                TreatMissingData::Breaching, TreatMissingData::NotBreaching,
            ] {
                let found = state(5, i64::try_from(needed).unwrap(), treat, &text.join(" "));
                prop_assert_eq!(found, expected);
            }
        }
    }
}
