//! Whether this machine's clock is right, by the time in a service's answer: a signature holds
//! the time, and AWS tells a wrong time by the code of a wrong signature.

use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// A signature is good for so long before and after its time (IAM User Guide, "AWS Signature
/// Version 4 for API requests": five minutes).
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// How this machine's clock is wrong, in words, when it is so wrong that signatures are
/// refused: by the header `Date` of an answer that came at `now`.
pub fn fault(date: Option<&str>, now: SystemTime) -> Option<String> {
    let date = DateTime::from_str(date?, Format::HttpDate).ok()?;
    let theirs = SystemTime::try_from(date).ok()?;
    let (by, direction) = match now.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead"),
        Err(behind) => (behind.duration(), "behind"),
    };
    (by > TOLERANCE).then(|| {
        format!(
            "this machine's clock is {} {direction}: AWS has {date}",
            amount(by)
        )
    })
}

fn amount(duration: Duration) -> String {
    let minutes = duration.as_secs() / 60;
    match minutes {
        0..120 => format!("{minutes} minutes"),
        120..2880 => format!("{} hours", minutes / 60),
        _ => format!("{} days", minutes / 60 / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Tue, 29 Apr 2025 18:30:00 GMT";

    #[test]
    fn a_clock_that_is_wrong_is_told_by_how_much() {
        let theirs = SystemTime::UNIX_EPOCH + Duration::from_secs(1_745_951_400);
        let at = |date, now| fault(Some(date), now);
        let hour = Duration::from_secs(3600);
        assert_eq!(
            at(DATE, theirs + hour).unwrap(),
            "this machine's clock is 60 minutes ahead: AWS has 2025-04-29T18:30:00Z"
        );
        assert!(
            at(DATE, theirs - 5 * hour)
                .unwrap()
                .contains("5 hours behind")
        );
        assert!(
            at(DATE, theirs + 100 * hour)
                .unwrap()
                .contains("4 days ahead")
        );
        assert_eq!(at(DATE, theirs + TOLERANCE), None);
        assert_eq!(at("yesterday", theirs + hour), None);
        assert_eq!(fault(None, theirs), None);
    }
}
