//! What names, ARNs and tags look like (botocore, pipes/2015-10-07).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::core::constraint::Checks;

pub(super) const NAME: &str = "[\\.\\-_A-Za-z0-9]+";
pub(super) const ARN: &str = "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-]+):([a-z]{2,4}((-gov)|(-de)|(-iso([a-z]?)))?-[a-z]+(-\\d{1})?)?:(\\d{12})?:(.+)";
pub(super) const ROLE_ARN: &str = "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z0-9+=,.@\\-_/]+";
pub(super) const PIPE_ARN: &str =
    "arn:aws([a-z]|\\-)*:([a-zA-Z0-9\\-]+):([a-z]|\\d|\\-)*:([0-9]{12})?:(.+)";
pub(super) const GROUP_ARN: &str = "arn:aws([a-z]|\\-)*:logs:([a-z]{2,4}((-gov)|(-de)|(-iso([a-z]?)))?-[a-z]+(-\\d{1})?):(\\d{12}):log-group:[\\.\\-_/#A-Za-z0-9]{1,512}(:\\*)?";

/// Whole values of a pattern of the service model.
fn whole(pattern: &str) -> Regex {
    #[allow(clippy::expect_used, reason = "constants that a test reads")]
    Regex::new(&format!("^(?:{pattern})$")).expect("a regular expression")
}

pub(super) static NAME_SHAPE: LazyLock<Regex> = LazyLock::new(|| whole(NAME));
pub(super) static ARN_SHAPE: LazyLock<Regex> = LazyLock::new(|| whole(ARN));
pub(super) static ROLE_SHAPE: LazyLock<Regex> = LazyLock::new(|| whole(ROLE_ARN));
pub(super) static PIPE_SHAPE: LazyLock<Regex> = LazyLock::new(|| whole(PIPE_ARN));
pub(super) static GROUP_SHAPE: LazyLock<Regex> = LazyLock::new(|| whole(GROUP_ARN));

/// Checks a length and a pattern.
pub(super) fn shaped(
    checks: &mut Checks,
    member: &str,
    value: &str,
    most: usize,
    shape: (&Regex, &str),
) {
    checks.length(member, value, 1, most);
    if !shape.0.is_match(value) {
        checks.pattern(member, value, shape.1);
    }
}

/// Checks a pipe's name.
pub(super) fn check_name(checks: &mut Checks, member: &str, name: &str) {
    shaped(checks, member, name, 64, (&NAME_SHAPE, NAME));
}

/// Checks the ARN of a tagged resource.
pub(super) fn check_arn(checks: &mut Checks, arn: &str) {
    shaped(checks, "resourceArn", arn, 1600, (&PIPE_SHAPE, PIPE_ARN));
}

/// Checks tags.
pub(super) fn check_tags(checks: &mut Checks, tags: &BTreeMap<String, String>) {
    for (key, value) in tags {
        checks.length("tags.key", key, 1, 128);
        checks.length("tags.value", value, 0, 256);
    }
}
