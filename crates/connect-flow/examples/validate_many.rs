//! How long it takes to validate 1,000 flows of 20 actions.
//!
//!     cargo run --release -p connect-flow --example validate_many
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it measures, and says what"
)]

use std::fmt::Write as _;
use std::time::Instant;

use connect_flow::{Document, FlowType, Route, validate};

const FLOWS: usize = 1_000;
const ACTIONS: usize = 20;
const ROUNDS: usize = 10;

fn main() {
    let flows: Vec<String> = (0..FLOWS).map(flow).collect();
    let best = |work: &dyn Fn(&str) -> bool| {
        let rounds = (0..ROUNDS).map(|_| {
            let begun = Instant::now();
            let good = flows.iter().filter(|flow| work(flow)).count();
            assert_eq!(good, FLOWS, "every flow is valid");
            begun.elapsed()
        });
        rounds.min().unwrap_or_default()
    };
    let validated = best(&|text| validate(text, FlowType::ContactFlow).is_empty());
    let located = best(&|text| {
        let route = Route::from("Actions[7].Parameters.Text");
        Document::parse(text).is_ok_and(|document| document.locate(&route).exact)
    });
    println!("{FLOWS} flows of {ACTIONS} actions, best of {ROUNDS}:");
    println!("  validated  {:.1} ms", validated.as_secs_f64() * 1e3);
    println!(
        "  read, and a place asked for  {:.1} ms",
        located.as_secs_f64() * 1e3
    );
}

/// Announcements, one after the other, as an export writes them.
fn flow(number: usize) -> String {
    let mut actions = String::new();
    for at in 0..ACTIONS - 1 {
        let next = at + 1;
        let _ = write!(
            actions,
            r#"
    {{
      "Identifier": "a{at}",
      "Type": "MessageParticipant",
      "Parameters": {{ "Text": "Flow {number} says \"{at}\" to $.CustomerEndpoint.Address" }},
      "Transitions": {{
        "NextAction": "a{next}",
        "Errors": [{{ "NextAction": "a{next}", "ErrorType": "NoMatchingError" }}],
        "Conditions": []
      }}
    }},"#
        );
    }
    format!(
        r#"{{
  "Version": "2019-10-30",
  "StartAction": "a0",
  "Metadata": {{ "entryPointPosition": {{ "x": 20, "y": 20 }} }},
  "Actions": [{actions}
    {{ "Identifier": "a{}", "Type": "DisconnectParticipant", "Parameters": {{}}, "Transitions": {{}} }}
  ]
}}"#,
        ACTIONS - 1
    )
}
