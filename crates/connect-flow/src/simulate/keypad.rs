//! What becomes of the keys that a caller presses.

/// Whether a telephone has this key.
pub(super) const fn is_key(key: char) -> bool {
    matches!(key, '0'..='9' | '*' | '#')
}

/// How a stored input is collected.
pub(super) struct Collector<'a> {
    /// Keys that end the input and are not part of it.
    pub(super) terminator: &'a str,
    /// Whether `*` clears what was typed before it.
    pub(super) star_clears: bool,
    /// The input is complete with so many keys.
    pub(super) maximum_length: usize,
}

impl Collector<'_> {
    /// The input, and the keys that came too late to be part of it.
    pub(super) fn collect<'k>(&self, keys: &'k str) -> (String, &'k str) {
        let mut input = String::new();
        for (at, key) in keys.char_indices() {
            let rest = &keys[at + key.len_utf8()..];
            input.push(key);
            if !self.terminator.is_empty() && input.ends_with(self.terminator) {
                input.truncate(input.len() - self.terminator.len());
                return (input, rest);
            }
            if key == '*' && self.star_clears {
                input.clear();
            }
            if input.chars().count() >= self.maximum_length {
                // The key that ends an input which is already complete is no
                // stray key to be warned of.
                return (input, rest.strip_prefix(self.terminator).unwrap_or(rest));
            }
        }
        (input, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(terminator: &str, star_clears: bool, keys: &str) -> (String, String) {
        let collector = Collector {
            terminator,
            star_clears,
            maximum_length: 6,
        };
        let (input, rest) = collector.collect(keys);
        (input, rest.to_owned())
    }

    #[test]
    fn an_input_ends_with_its_terminator_or_its_length() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(collected("#", true, "123"), pair("123", ""));
        assert_eq!(collected("#", true, "123#45"), pair("123", "45"));
        assert_eq!(collected("#", true, "12345678"), pair("123456", "78"));
        assert_eq!(collected("#", true, "123456#"), pair("123456", ""));
        assert_eq!(collected("##", true, "1#2##3"), pair("1#2", "3"));
        assert_eq!(collected("#", true, "12*34#"), pair("34", ""));
        assert_eq!(collected("#", false, "12*34#"), pair("12*34", ""));
        assert_eq!(collected("*", false, "12*34#"), pair("12", "34#"));
        assert_eq!(collected("#", true, "#"), pair("", ""));
        assert_eq!(collected("#", true, ""), pair("", ""));
    }
}
