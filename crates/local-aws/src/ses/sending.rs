//! What becomes of an e-mail.

use jiff::Timestamp;

use super::message::ToSend;
use super::state::State;
use crate::core::error::{ServiceError, ServiceResult};

/// The recipients that get nothing: those on the suppression list. SES accepts what goes to
/// them, does not send it, and counts it all the same (AWS docs, "Using the Amazon SES
/// account-level suppression list").
///
/// # Errors
/// `MessageRejected`, `TooManyRequestsException`.
pub(super) fn decide(
    state: &State,
    email: &ToSend,
    region: &str,
    now: Timestamp,
) -> ServiceResult<Vec<String>> {
    let senders = [Some(&email.from), email.return_path.as_ref()];
    let senders = senders.into_iter().flatten();
    let mut unverified: Vec<&str> = senders
        .filter(|sender| !state.identities.is_verified(sender))
        .map(|sender| sender.given.as_str())
        .collect();
    if state.account.is_in_sandbox() {
        let recipients = email.recipients();
        let strangers = recipients.filter(|recipient| !state.identities.may_get(recipient));
        unverified.extend(strangers.map(|recipient| recipient.given.as_str()));
    }
    if !unverified.is_empty() {
        // The words of SES (AWS knowledge center, "Message rejected"; the Region in capitals, as
        // users report it).
        return Err(ServiceError::new(
            400,
            "MessageRejected",
            format!(
                "Email address is not verified. The following identities failed the check in region {}: {}",
                region.to_uppercase(),
                unverified.join(", ")
            ),
        ));
    }
    state.account.check_quota(now)?;
    Ok(email
        .recipients()
        .filter(|recipient| state.suppression.has(&recipient.address))
        .map(|recipient| recipient.given.clone())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ses::account::AccountChange;
    use crate::ses::addresses::Address;
    use crate::ses::identities::{Verification, identity};
    use crate::ses::suppression::Reason;

    fn now() -> Timestamp {
        "2026-01-31T12:00:00Z".parse().unwrap()
    }

    fn email(from: &str, to: &[&str]) -> ToSend {
        let address = |text: &str| Address::read(text).unwrap();
        ToSend {
            from: address(from),
            to: to.iter().map(|to| address(to)).collect(),
            ..ToSend::blank()
        }
    }

    fn state() -> State {
        let mut state = State::default();
        state
            .identities
            .create("example.com", identity(Verification::Success))
            .unwrap();
        state
    }

    fn refusal(state: &State, email: &ToSend) -> String {
        decide(state, email, "us-east-1", now())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn who_is_not_verified_does_not_send() {
        let mut stranger = email("Ada <ada@example.org>", &["bob@example.net"]);
        insta::assert_snapshot!(refusal(&state(), &stranger), @"MessageRejected: Email address is not verified. The following identities failed the check in region US-EAST-1: Ada <ada@example.org>");
        stranger.from = Address::read("a@example.com").unwrap();
        assert_eq!(
            decide(&state(), &stranger, "us-east-1", now()),
            Ok(Vec::new())
        );
        stranger.return_path = Some(Address::read("bounces@example.org").unwrap());
        assert!(refusal(&state(), &stranger).ends_with(": bounces@example.org"));
    }

    #[test]
    fn in_the_sandbox_only_who_is_verified_gets_mail() {
        let mut state = state();
        state.change_account(&AccountChange::to_new_account());
        let mail = email(
            "a@example.com",
            &[
                "b@example.com",
                "c@example.org",
                "success@simulator.amazonses.com",
                "d@example.net",
            ],
        );
        insta::assert_snapshot!(refusal(&state, &mail), @"MessageRejected: Email address is not verified. The following identities failed the check in region US-EAST-1: c@example.org, d@example.net");
        let mail = email("a@example.com", &["b@example.com"]);
        assert_eq!(decide(&state, &mail, "us-east-1", now()), Ok(Vec::new()));
    }

    #[test]
    fn who_is_suppressed_is_told_apart() {
        let mut state = state();
        state
            .suppression
            .put("b@example.org", Reason::Bounce, now());
        let mail = email("a@example.com", &["B <b@Example.org>", "c@example.org"]);
        assert_eq!(
            decide(&state, &mail, "us-east-1", now()),
            Ok(vec!["B <b@Example.org>".to_owned()])
        );
    }
}
