//! What of a flow a problem of Connect's validation is about.

use connect_flow::Route;
use connect_flow::route::Step;
use serde_json::Value;

/// The part of the content (JSON) that a problem's `Path:` leads to, as JSON: as far as the
/// path leads, because Connect ends some with words. `None`: the problem names no place, or
/// one that is not there.
pub fn part_of(problem: &str, content: &str) -> Option<String> {
    let route = Route::in_message(problem)?;
    let content: Value = serde_json::from_str(content).ok()?;
    let mut part = &content;
    let mut led = false;
    for step in route.steps() {
        let next = match step {
            Step::Key(key) => part.get(key),
            Step::Index(index) => part.get(index),
        };
        match next {
            Some(next) => part = next,
            None => break,
        }
        led = true;
    }
    led.then(|| part.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_leads_to_the_value_that_it_is_about() {
        let content = r#"{"Actions":[{"Type":"T","Parameters":{"LambdaFunctionARN":"arn:f"}}]}"#;
        let part = |problem| part_of(problem, content);
        assert_eq!(
            part("Invalid value. Path: Actions[0].Parameters.LambdaFunctionARN").as_deref(),
            Some("\"arn:f\"")
        );
        let with_words = "Invalid value. Path: Actions[0].Parameters.LambdaFunctionARN. Lambda \
                          function not found";
        assert_eq!(part(with_words).as_deref(), Some("\"arn:f\""));
        assert_eq!(
            part("Path: Actions[0].Type").as_deref(),
            Some("\"T\""),
            "another member of the same action"
        );
        assert_eq!(part("Path: Nothing[0]"), None);
        assert_eq!(part("arn:f is wrong"), None);
        assert_eq!(part_of("Path: Actions[0]", "no JSON"), None);
    }
}
