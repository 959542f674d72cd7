//! Whether an SMS that was accepted is delivered. `Publish` answers an id all the same: AWS
//! tells of what came after in its delivery logs and metrics alone.

use jiff::Timestamp;

use super::account::{self, Micros};
use super::publish::ToSend;
use super::settings::State;

/// Why an SMS is not delivered. Where AWS has words for it in its delivery logs, they are these
/// (AWS docs, "Viewing Amazon CloudWatch metrics and logs for SMS deliveries"; for the spend,
/// `providerResponse` as users of it report).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undelivered {
    /// The number's owner wants none.
    OptedOut,
    /// The account is in the sandbox and the number is not verified there.
    Sandbox,
    /// It costs more than the message allows.
    Price,
    /// The month's limit would be crossed.
    Spend,
}

impl Undelivered {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::OptedOut => "Phone number is opted out",
            Self::Sandbox => "The account is in the SMS sandbox and the number is not verified",
            Self::Price => "This delivery would exceed max price",
            Self::Spend => "No quota left for account",
        }
    }
}

/// What an SMS costs, if it is delivered.
///
/// # Errors
/// Why it is not.
pub(super) fn decide(state: &State, sms: &ToSend, now: Timestamp) -> Result<Micros, Undelivered> {
    if state.is_opted_out(&sms.phone_number) {
        return Err(Undelivered::OptedOut);
    }
    if state.account.is_in_sandbox() && !state.sandbox.is_verified(&sms.phone_number) {
        return Err(Undelivered::Sandbox);
    }
    let cost = state.account.cost(parts(&sms.message));
    let highest = sms.options.max_price.as_deref().and_then(|price| {
        let price: f64 = price.parse().ok()?;
        // More than anybody can spend is no limit.
        account::micros(price).ok()
    });
    if highest.is_some_and(|highest| cost > highest) {
        return Err(Undelivered::Price);
    }
    // On AWS it takes minutes until it stops; here it stops at once.
    if state.account.spent(now).saturating_add(cost) > state.spend_limit() {
        return Err(Undelivered::Spend);
    }
    Ok(cost)
}

/// Letters that GSM 03.38 has in seven bits, beside ASCII's letters, digits and space.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Letters that take two places there.
const GSM_EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How many messages a text is sent as: of 160 letters of GSM 03.38 or 70 of UCS-2 (AWS docs,
/// "Publishing SMS messages to a mobile phone"), less the header where there are more than one.
pub(super) fn parts(text: &str) -> u32 {
    let places: Option<usize> = text.chars().map(gsm_places).sum();
    let (length, whole, of_many) = match places {
        Some(places) => (places, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    if length <= whole {
        return 1;
    }
    u32::try_from(length.div_ceil(of_many)).unwrap_or(u32::MAX)
}

fn gsm_places(letter: char) -> Option<usize> {
    if letter == ' ' || letter.is_ascii_alphanumeric() || GSM.contains(letter) {
        Some(1)
    } else if GSM_EXTENSION.contains(letter) {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sns::account::AccountChange;
    use crate::sns::attributes::SmsOptions;

    const NUMBER: &str = "+15555550123";

    fn now() -> Timestamp {
        "2026-01-31T12:00:00Z".parse().unwrap()
    }

    fn sms(message: &str, max_price: Option<&str>) -> ToSend {
        ToSend {
            phone_number: NUMBER.to_owned(),
            message: message.to_owned(),
            options: SmsOptions {
                max_price: max_price.map(str::to_owned),
                ..SmsOptions::default()
            },
        }
    }

    fn changed(text: &str) -> State {
        let mut state = State::default();
        let change: AccountChange = serde_json::from_str(text).unwrap();
        state.account.change(&change, now()).unwrap();
        state
    }

    #[test]
    fn a_text_is_sent_in_parts() {
        for (text, expected) in [
            ("x".repeat(160), 1),
            ("x".repeat(161), 2),
            ("x".repeat(306), 2),
            ("x".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            ("Grüße, Ada @ 12:00 (Ωφ)".replace('φ', "Φ"), 1),
            ("й".repeat(70), 1),
            ("й".repeat(71), 2),
            ("🎉".repeat(35), 1),
            ("🎉".repeat(36), 2),
            ("x".repeat(70) + "й", 2),
        ] {
            assert_eq!(parts(&text), expected, "{text}");
        }
    }

    #[test]
    fn by_default_everything_is_delivered_and_costs() {
        let state = State::default();
        assert_eq!(decide(&state, &sms("hello", None), now()), Ok(10_000));
        assert_eq!(
            decide(&state, &sms(&"x".repeat(161), None), now()),
            Ok(20_000)
        );
    }

    #[test]
    fn in_the_sandbox_verified_numbers_are_sent_to() {
        let mut state = changed(r#"{"sandbox": true}"#);
        let hello = sms("hello", None);
        assert_eq!(decide(&state, &hello, now()), Err(Undelivered::Sandbox));
        state.sandbox.add(NUMBER, "123456", now()).unwrap();
        assert_eq!(decide(&state, &hello, now()), Err(Undelivered::Sandbox));
        state.sandbox.verify(NUMBER, "123456", now()).unwrap();
        assert_eq!(decide(&state, &hello, now()), Ok(10_000));
        state.set_opted_out(vec![NUMBER.to_owned()], now()).unwrap();
        assert_eq!(decide(&state, &hello, now()), Err(Undelivered::OptedOut));
    }

    #[test]
    fn what_costs_more_than_it_may_is_not_delivered() {
        let state = State::default();
        let two_parts = "x".repeat(161);
        for (max_price, expected) in [
            ("0.02", Ok(20_000)),
            ("0.019", Err(Undelivered::Price)),
            ("1e300", Ok(20_000)),
        ] {
            let decided = decide(&state, &sms(&two_parts, Some(max_price)), now());
            assert_eq!(decided, expected, "{max_price}");
        }
    }

    #[test]
    fn the_months_limit_is_not_crossed() {
        let state = changed(r#"{"spendQuota": 1, "spent": 0.99}"#);
        assert_eq!(decide(&state, &sms("hello", None), now()), Ok(10_000));
        let state = changed(r#"{"spendQuota": 1, "spent": 0.991}"#);
        let hello = sms("hello", None);
        assert_eq!(decide(&state, &hello, now()), Err(Undelivered::Spend));
        let next_month = "2026-02-01T00:00:00Z".parse().unwrap();
        assert_eq!(decide(&state, &hello, next_month), Ok(10_000));
        // The account's own limit, below what AWS granted.
        let mut state = changed(r#"{"spendQuota": 100, "spent": 5}"#);
        let limit = vec![("MonthlySpendLimit".to_owned(), "5".to_owned())];
        state.set_sms_attributes(limit).unwrap();
        assert_eq!(decide(&state, &hello, now()), Err(Undelivered::Spend));
    }
}
