//! What is known of a metric of AWS's services, by who publishes it.

/// A metric, by its namespace, its name and its dimensions in the order of their names.
#[derive(Debug, Clone, Copy)]
pub struct Metric<'a> {
    /// E.g. `AWS/Lambda`.
    pub namespace: &'a str,
    /// E.g. `Errors`.
    pub name: &'a str,
    /// Names and values.
    pub dimensions: &'a [(&'a str, &'a str)],
}

impl Metric<'_> {
    /// Whether it is one of these, by one of these sets of dimensions.
    pub fn is_one_of(&self, names: &[&str], dimensions: &[&[&str]]) -> bool {
        let own: Vec<&str> = self.dimensions.iter().map(|(name, _)| *name).collect();
        names.contains(&self.name) && dimensions.contains(&own.as_slice())
    }

    /// The value of a dimension.
    pub fn dimension(&self, name: &str) -> Option<&str> {
        let found = self.dimensions.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value)
    }
}

/// What is known of a metric.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// It is recorded as it happens.
    Recorded,
    /// It stands at this value now.
    Measured(f64),
    /// There is nothing to measure, and why.
    No(String),
}
