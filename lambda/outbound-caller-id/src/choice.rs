//! The choice: the country's number, else the default, else the queue's. Pure.

use serde_json::{Map, Value};

use crate::event::Contact;
use crate::list::{Entry, RoutingList};
use crate::number::{self, NotANumber, Number};

/// Where the number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The entry of the customer's country.
    Country,
    /// The entry `Default`.
    Default,
    /// The queue.
    Queue,
    /// There is no number.
    Nothing,
}

impl Source {
    /// A word for logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Default => "default",
            Self::Queue => "queue",
            Self::Nothing => "nothing",
        }
    }
}

/// Why it is not the number of the customer's country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The customer's number cannot be read.
    Customer(NotANumber),
    /// The customer's number does not say its country, or has none.
    NoCountry,
    /// The list has no entry for the country.
    NotListed,
    /// The entry of the country is no number in E.164.
    InvalidEntry,
    /// There is no entry `Default`.
    NoDefault,
    /// The entry `Default` is no number in E.164.
    InvalidDefault,
    /// It is `Default`, and that is a toll-free number of North America, where the customer is not:
    /// such calls may not be put through.
    TollFreeAbroad,
    /// There is no list.
    NoList,
    /// There is no queue, or it has no number.
    NoQueueNumber,
}

impl Reason {
    /// Words for logs.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Customer(why) => return format!("customer_number_{}", why.code()),
            Self::NoCountry => "customer_country_unknown",
            Self::NotListed => "country_not_listed",
            Self::InvalidEntry => "country_entry_invalid",
            Self::NoDefault => "no_default",
            Self::InvalidDefault => "default_entry_invalid",
            Self::TollFreeAbroad => "default_toll_free_abroad",
            Self::NoList => "no_list",
            Self::NoQueueNumber => "no_queue_number",
        }
        .to_owned()
    }

    /// Whether something is wrong, and not merely so.
    #[must_use]
    pub fn is_a_fault(&self) -> bool {
        matches!(
            self,
            Self::InvalidEntry | Self::InvalidDefault | Self::NoList
        )
    }
}

/// A number as it is told, and its country.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// E.164; digits alone when the `+` is missing; empty when there is none.
    pub number: String,
    /// Two letters; empty when not known.
    pub country: String,
}

impl From<&Number> for Told {
    fn from(number: &Number) -> Self {
        Self {
            number: number.e164.clone(),
            country: number
                .country
                .map(|country| country.to_string())
                .unwrap_or_default(),
        }
    }
}

impl Told {
    /// A number that somebody else wrote.
    fn of(text: Option<&str>) -> (Self, Result<Number, NotANumber>) {
        let text = text.unwrap_or_default();
        let read = number::read(text);
        let told = match &read {
            Ok(number) => Self::from(number),
            Err(_) => Self {
                number: number::digits(text).unwrap_or_default(),
                country: String::new(),
            },
        };
        (told, read)
    }
}

/// What is answered, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The customer.
    pub customer: Told,
    /// The number to show.
    pub outbound: Told,
    /// The number of the queue.
    pub queue: Told,
    /// Where the number to show comes from.
    pub source: Source,
    /// Why not from a better place, one after the other.
    pub reasons: Vec<Reason>,
}

/// Chooses the number to show. `list` is `None` when there is none to be had.
#[must_use]
pub fn choose(contact: &Contact, list: Option<&RoutingList>) -> Choice {
    let (customer, read) = Told::of(contact.customer.as_deref());
    let (queue, _) = Told::of(contact.queue.as_deref());
    let mut reasons = Vec::new();
    let (source, outbound) = match listed(&read, list, &mut reasons) {
        Some((source, number)) => (source, Told::from(number)),
        None if queue.number.is_empty() => {
            reasons.push(Reason::NoQueueNumber);
            (Source::Nothing, Told::default())
        }
        None => (Source::Queue, queue.clone()),
    };
    Choice {
        customer,
        outbound,
        queue,
        source,
        reasons,
    }
}

/// The number that the list has for the customer.
fn listed<'list>(
    customer: &Result<Number, NotANumber>,
    list: Option<&'list RoutingList>,
    reasons: &mut Vec<Reason>,
) -> Option<(Source, &'list Number)> {
    let country = match customer {
        Ok(Number {
            country: Some(country),
            ..
        }) => Some(*country),
        Ok(_) => {
            reasons.push(Reason::NoCountry);
            None
        }
        Err(why) => {
            reasons.push(Reason::Customer(*why));
            None
        }
    };
    let Some(list) = list else {
        reasons.push(Reason::NoList);
        return None;
    };
    if let Some(country) = country {
        match list.country(country) {
            Some(Entry::Number(number)) => return Some((Source::Country, number)),
            Some(Entry::Invalid) => reasons.push(Reason::InvalidEntry),
            None => reasons.push(Reason::NotListed),
        }
    }
    match list.otherwise() {
        Some(Entry::Number(number)) => {
            let is_abroad = matches!(customer, Ok(customer) if !customer.e164.starts_with("+1"));
            if number.is_toll_free() && is_abroad {
                reasons.push(Reason::TollFreeAbroad);
            }
            return Some((Source::Default, number));
        }
        Some(Entry::Invalid) => reasons.push(Reason::InvalidDefault),
        None => reasons.push(Reason::NoDefault),
    }
    None
}

impl Choice {
    /// The map that Connect takes: flat, six keys, every value a string.
    #[must_use]
    pub fn flat_map(&self) -> Map<String, Value> {
        [
            ("customer_number", &self.customer.number),
            ("customer_country", &self.customer.country),
            ("outbound_number", &self.outbound.number),
            ("outbound_country", &self.outbound.country),
            ("default_queue_outbound_number", &self.queue.number),
            ("default_queue_outbound_country", &self.queue.country),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), Value::from(value.as_str())))
        .collect()
    }
}
