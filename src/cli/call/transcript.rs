//! A call as it happens, in words.

use std::time::Duration;

use connect_flow::simulate::{Contact, End, Endpoint, Event, FunctionAnswer, Speech};

use crate::engine::observe::Observed;
use crate::ui::lines::Lines;
use crate::ui::style::{BAD, CARE, DIM, GOOD, STRONG, VOICE, paint};
use crate::ui::{Ui, foreign};

/// Writes the call down, line by line.
pub(super) struct Transcript<'a> {
    ui: &'a Ui,
    observed: &'a Observed,
}

impl<'a> Transcript<'a> {
    pub(super) fn new(ui: &'a Ui, observed: &'a Observed) -> Self {
        Self { ui, observed }
    }

    /// What a queue or hours of operation are called on the instance, where that is known.
    pub(super) fn named<'n>(&'n self, arn: &'n str) -> &'n str {
        self.observed
            .lookups
            .values()
            .flatten()
            .find(|(_, known)| *known == arn)
            .map_or(arn, |(name, _)| name)
    }

    fn line(&self, sign: &str, text: &str) {
        self.ui.data(&format!("  {sign}  {text}"));
    }

    pub(super) fn begins(&self, contact: &Contact) {
        let number = |endpoint: &Option<Endpoint>| {
            endpoint
                .as_ref()
                .map(|endpoint| endpoint.address.clone())
                .filter(|address| !address.is_empty())
        };
        let customer = number(&contact.customer_endpoint);
        let customer = customer.as_deref().unwrap_or("a withheld number");
        let line = if contact.initiation_method == "OUTBOUND" {
            let queue = contact.queue.as_ref();
            let of = match queue.and_then(|queue| queue.name.as_deref()) {
                Some(name) => format!(" for the queue {name}"),
                None => String::new(),
            };
            let shows = match queue.and_then(|queue| queue.outbound_caller_id.as_deref()) {
                Some(number) => format!(", which shows {number}"),
                None => String::new(),
            };
            format!("Call to {customer}{of}{shows}")
        } else {
            let to = number(&contact.system_endpoint)
                .map(|to| format!(" to {to}"))
                .unwrap_or_default();
            format!("Call from {customer}{to}")
        };
        self.ui.data(&paint(STRONG, line));
    }

    pub(super) fn says(&self, speech: &Speech) {
        self.ui.data(&spoken(&speech.plain));
    }

    pub(super) fn presses(&self, keys: &str) {
        self.line("presses ", &paint(GOOD, keys));
    }

    pub(super) fn presses_nothing(&self, seconds: u32) {
        self.line(
            "        ",
            &paint(DIM, format!("nobody presses a key for {seconds} s")),
        );
    }

    pub(super) fn assumes(&self, what: &str) {
        self.line("        ", &paint(CARE, format!("assumed: {what}")));
    }

    pub(super) fn invoked(&self, arn: &str, took: Duration, answer: &FunctionAnswer) {
        let name = arn.split(':').skip(6).collect::<Vec<_>>().join(":");
        let took = format!("{:.1} ms", took.as_secs_f64() * 1e3);
        let (style, how) = match answer {
            FunctionAnswer::Returned { .. } => (DIM, String::new()),
            FunctionAnswer::Failed { error } => (BAD, format!(" failed: {error}")),
            FunctionAnswer::TimedOut => (BAD, " took too long".to_owned()),
            FunctionAnswer::Unreachable { reason } => (BAD, format!(" was not reached: {reason}")),
        };
        self.line(
            "invokes ",
            &format!(
                "{}{}",
                foreign::line(name),
                paint(style, format!("  {took}{how}"))
            ),
        );
    }

    pub(super) fn event(&self, event: &Event) {
        match event {
            Event::FlowEntered { name, .. } => self.ui.data(&format!("  {}", paint(STRONG, name))),
            Event::AttributesSet { attributes } => {
                for (name, value) in attributes {
                    self.line("sets    ", &paint(DIM, format!("{name} = {value}")));
                }
            }
            Event::InputStored { value } => self.line("stores  ", &paint(DIM, value)),
            Event::KeysIgnored { keys } => {
                self.line("        ", &paint(CARE, format!("ignored: {keys}")));
            }
            Event::PathUnresolved { identifier, path } => self.line(
                "        ",
                &paint(CARE, format!("{path} leads to nothing in {identifier}")),
            ),
            Event::CallerIdChosen { number } => {
                self.line("shows   ", &paint(VOICE, number));
            }
            Event::CallerIdKept { number } => {
                let number = number.as_deref().unwrap_or("no number that is known");
                let whose = paint(DIM, "(of the queue)");
                self.line("shows   ", &format!("{} {whose}", paint(VOICE, number)));
            }
            Event::Waited { seconds } => {
                self.line("waits   ", &paint(DIM, format!("{seconds} s")));
            }
            _ => {}
        }
    }

    pub(super) fn ended(&self, end: &End) {
        let how = match end {
            End::Disconnected => "the flow hung up".to_owned(),
            End::HungUp => "the caller hung up".to_owned(),
            End::FlowEnded => "the flow ended".to_owned(),
            End::TransferredToQueue { queue } => {
                format!("the call waits in the queue {}", self.named(queue))
            }
            End::MessagesRepeated => "messages are repeated until somebody answers".to_owned(),
            End::Stopped { .. } => return,
        };
        self.ui
            .data(&format!("  {}", paint(STRONG, format!("Ended: {how}."))));
    }
}

/// What a caller hears. Further lines of it are marked: a line of the transcript has no
/// bar, so none of them passes for one.
fn spoken(text: &str) -> Lines {
    let mut lines = foreign::lines(text).into_iter();
    let first = lines.next().unwrap_or_default();
    let mut spoken = Lines::from(format!("  says      {}", paint(VOICE, first)));
    spoken.extend(lines.map(|line| format!("          {}{}", foreign::QUOTE, paint(VOICE, line))));
    spoken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_forges_no_line_of_the_transcript() {
        let text = "Hi\u{1b}[31m\n  Ended: the flow hung up.\r\n::debug::x";
        let seen = anstream::adapter::strip_str(&spoken(text).to_string()).to_string();
        insta::assert_snapshot!(seen, @r"
          says      Hi\u{1b}[31m
                  |   Ended: the flow hung up.
                  | ::debug::x
        ");
        assert_eq!(
            anstream::adapter::strip_str(&spoken("").to_string()).to_string(),
            "  says      "
        );
    }
}
