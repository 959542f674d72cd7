//! Whether somebody else wrote a flow's content. Content that means the same, in whatever
//! white space, is nobody's work: nothing would be lost by writing it.

use crate::engine::desired::{Desired, TAG_DESIRED, TAG_PUBLISHED};
use crate::engine::kinds::flow::digest_of;
use crate::engine::observe::Observed;
use crate::engine::ports::{FlowVersion, ObservedFlow};
use crate::engine::values::{Values, compact};

/// Whether its content must be read to know: the service's digest is not what
/// it was after our last write, or our last write was never noted.
pub fn may_be_modified(flow: &ObservedFlow) -> bool {
    flow.tags.get(TAG_PUBLISHED) != flow.content_sha256.as_ref()
}

/// Whether two contents mean the same: the same JSON value, in whatever white space and
/// order of keys.
pub fn same_content(one: &str, other: &str) -> bool {
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    parse(one).is_some_and(|one| Some(one) == parse(other))
}

/// Whether somebody else wrote after our last noted write what means neither what we
/// wrote then nor what is wanted. It is asked of what is there now, not of what will be
/// when stacks have changed: every command sees the same.
pub(super) fn is_modified(desired: &Desired, observed: &Observed, name: &str) -> bool {
    let Some(there) = observed.flows.get(name) else {
        return false;
    };
    if !there.tags.contains_key(TAG_PUBLISHED) || !may_be_modified(there) {
        return false;
    }
    // It is read whenever it may be edited.
    let Some(live) = observed.contents.get(&there.id) else {
        return true;
    };
    !is_last_write(there, live) && !is_wanted(desired, observed, name, live)
}

/// Whether content means what our last write meant: its digest is noted.
fn is_last_write(there: &ObservedFlow, live: &str) -> bool {
    compact(live).is_ok_and(|live| {
        let digest = digest_of(&there.flow_type, &there.name, &there.description, &live);
        there.tags.get(TAG_DESIRED) == Some(&digest)
    })
}

fn is_wanted(desired: &Desired, observed: &Observed, name: &str, live: &str) -> bool {
    let values = Values::new(desired, observed);
    desired
        .flows
        .get(name)
        .and_then(|flow| {
            let wanted = flow
                .content
                .resolve_in_json(|reference| values.get(reference));
            wanted.ok()
        })
        .is_some_and(|wanted| same_content(live, &wanted))
}

/// What of a flow is saved and not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draft<'a> {
    /// What is published; `None`: it never was.
    pub published: Option<&'a FlowVersion>,
    /// What `$SAVED` stands for.
    pub saved: &'a FlowVersion,
}

impl Draft<'_> {
    /// Whether somebody saved, after the last publication, what means something else than
    /// what is published: writing the content would lose it. Something else from before is
    /// what `$SAVED` may tell when nothing is saved. Where the times are not told, it counts:
    /// nothing is lost by asking.
    pub fn is_unpublished(self) -> bool {
        self.published.is_none_or(|published| {
            let is_younger = match (self.saved.modified, published.modified) {
                (Some(saved), Some(published)) => saved > published,
                _ => true,
            };
            is_younger && !same_content(&published.content, &self.saved.content)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::desired::Flow;
    use std::time::{Duration, UNIX_EPOCH};

    use crate::engine::ports::{FlowState, FlowStatus};
    use crate::engine::text::Text;

    const OURS: &str = r#"{"Version":"1","Actions":[]}"#;

    fn observed(live: &str) -> Observed {
        let there = ObservedFlow {
            id: "id".to_owned(),
            arn: "arn".to_owned(),
            name: "Flow".to_owned(),
            flow_type: "CONTACT_FLOW".to_owned(),
            description: String::new(),
            status: FlowStatus::Published,
            state: FlowState::Active,
            tags: [
                (
                    TAG_DESIRED.to_owned(),
                    digest_of("CONTACT_FLOW", "Flow", "", OURS),
                ),
                (TAG_PUBLISHED.to_owned(), "then".to_owned()),
            ]
            .into(),
            content_sha256: Some("now".to_owned()),
        };
        let mut observed = crate::engine::wanted::tests::observed();
        observed.contents = [("id".to_owned(), live.to_owned())].into();
        observed.flows = [("f".to_owned(), there)].into();
        observed
    }

    fn desired(content: &str) -> Desired {
        let flow = Flow {
            physical: "Flow".to_owned(),
            flow_type: "CONTACT_FLOW".to_owned(),
            description: String::new(),
            content: Text::parse(content).unwrap(),
            origin: String::new(),
            file: std::path::PathBuf::new(),
            source: content.to_owned(),
        };
        Desired {
            flows: [("f".to_owned(), flow)].into_iter().collect(),
            ..Desired::default()
        }
    }

    #[test]
    fn what_means_what_was_written_or_what_is_wanted_is_no_edit() {
        let other = r#"{"Version":"2","Actions":[]}"#;
        let is_modified = |live, wanted| is_modified(&desired(wanted), &observed(live), "f");
        let spaced = "{ \"Version\": \"1\", \"Actions\": [ ] }";
        assert!(!is_modified(spaced, OURS), "white space");
        assert!(
            !is_modified(spaced, other),
            "white space, and to be replaced"
        );
        let turned = r#"{"Actions":[],"Version":"1"}"#;
        assert!(!is_modified(turned, OURS), "the order of keys");
        assert!(!is_modified(other, other), "what is wanted now");
        assert!(is_modified(other, OURS));
        assert!(is_modified("no JSON", OURS));
        // The flow left the manifest: what was written last is all there is to know.
        let gone = Desired::default();
        assert!(!super::is_modified(&gone, &observed(spaced), "f"));
        assert!(super::is_modified(&gone, &observed(other), "f"));
    }

    #[test]
    fn what_was_never_noted_or_was_noted_so_is_no_edit() {
        let mut observed = observed("{}");
        let flow = observed.flows.get_mut("f").unwrap();
        flow.content_sha256 = Some("then".to_owned());
        assert!(!is_modified(&desired(OURS), &observed, "f"));
        let flow = observed.flows.get_mut("f").unwrap();
        flow.tags.remove(TAG_PUBLISHED);
        assert!(!is_modified(&desired(OURS), &observed, "f"));
    }

    #[test]
    fn a_draft_is_what_means_something_else() {
        let at = |content: &str, seconds: Option<u64>| FlowVersion {
            content: content.to_owned(),
            modified: seconds.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds)),
        };
        let draft = |published: Option<&FlowVersion>, saved: &FlowVersion| {
            Draft { published, saved }.is_unpublished()
        };
        let published = at("{\"a\":1}", Some(20));
        assert!(!draft(Some(&published), &at("{ \"a\": 1 }", Some(30))));
        assert!(draft(Some(&published), &at("{\"a\":2}", Some(30))));
        assert!(
            !draft(Some(&published), &at("{\"a\":2}", Some(20))),
            "the same time"
        );
        assert!(
            !draft(Some(&published), &at("{\"a\":2}", Some(10))),
            "from before"
        );
        assert!(draft(Some(&published), &at("{\"a\":2}", None)), "not told");
        assert!(draft(None, &at("{}", Some(10))));
    }
}
