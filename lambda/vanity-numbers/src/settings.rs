//! What the function is told beside its table.

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// Why a setting cannot be used. The probe says so, and no version with it goes live.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} is {value:?}, and must be {must_be}")]
pub struct BadSetting {
    name: &'static str,
    value: String,
    must_be: &'static str,
}

/// The settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    /// How many days after its last call a number is forgotten; `None` for never.
    pub keep_days: Option<u32>,
    /// Whether a number that is looked up over the web is stored.
    pub store_web_lookups: bool,
}

impl Settings {
    /// Reads `KEEP_DAYS` (0, empty or absent: for ever) and `STORE_WEB_LOOKUPS` (`true` or `false`;
    /// absent: `false`) through `variable`.
    ///
    /// # Errors
    /// [`BadSetting`] for the first that is something else.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, BadSetting> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let bad = |name, value: &str, must_be| BadSetting {
            name,
            value: value.to_owned(),
            must_be,
        };
        let keep_days = match given("KEEP_DAYS") {
            None => None,
            Some(days) => match days.parse() {
                Ok(0) => None,
                Ok(days) => Some(days),
                Err(_) => return Err(bad("KEEP_DAYS", &days, "a number of days")),
            },
        };
        let store_web_lookups = match given("STORE_WEB_LOOKUPS").as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => return Err(bad("STORE_WEB_LOOKUPS", other, "true or false")),
        };
        Ok(Self {
            keep_days,
            store_web_lookups,
        })
    }

    /// When an item that is written at `now` (milliseconds since 1970) may be forgotten, in seconds
    /// since 1970.
    #[must_use]
    pub fn expiry(self, now: u64) -> Option<u64> {
        Some(now / 1000 + u64::from(self.keep_days?) * SECONDS_OF_A_DAY)
    }

    /// Who called last before this (milliseconds since 1970) is forgotten at `now`.
    #[must_use]
    pub fn kept_since(self, now: u64) -> u64 {
        let kept = self
            .keep_days
            .map_or(u64::MAX, |days| u64::from(days) * SECONDS_OF_A_DAY * 1000);
        now.saturating_sub(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(days: &'static str, store: &'static str) -> Result<Settings, String> {
        let variable = |name: &str| match name {
            "KEEP_DAYS" => Some(days.to_owned()),
            "STORE_WEB_LOOKUPS" => Some(store.to_owned()),
            _ => None,
        };
        Settings::read(variable).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_said_is_for_ever_and_no() {
        assert_eq!(Settings::read(|_| None), Ok(Settings::default()));
        assert_eq!(read("0", ""), Ok(Settings::default()));
        let said = Settings {
            keep_days: Some(30),
            store_web_lookups: true,
        };
        assert_eq!(read("30", "true"), Ok(said));
    }

    #[test]
    fn what_cannot_be_meant_is_an_error() {
        assert_eq!(
            read("a month", "true").unwrap_err(),
            "the environment variable KEEP_DAYS is \"a month\", and must be a number of days"
        );
        assert!(read("-1", "").is_err() && read("99999999999", "").is_err());
        assert!(read("30", "yes").unwrap_err().contains("true or false"));
    }

    #[test]
    fn expiry_is_in_seconds() {
        let settings = Settings {
            keep_days: Some(2),
            ..Settings::default()
        };
        assert_eq!(settings.expiry(5_999), Some(5 + 2 * 86_400));
        assert_eq!(Settings::default().expiry(5_999), None);
        assert_eq!(settings.kept_since(2 * 86_400_000 + 7), 7);
        assert_eq!(settings.kept_since(7), 0);
        assert_eq!(Settings::default().kept_since(u64::MAX - 1), 0);
    }
}
