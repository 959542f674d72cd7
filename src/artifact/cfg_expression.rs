//! Whether a `cfg(…)` of cargo's configuration is true of a target: what cargo
//! does to choose among `[target.'cfg(…)']` (The Cargo Book, "Configuration";
//! The Rust Reference, "Conditional compilation"). Pure.

use std::collections::BTreeSet;

/// What `rustc --print cfg` says of a target: `unix`, `target_os="linux"`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts(BTreeSet<String>);

impl Facts {
    /// Reads the lines that rustc printed.
    pub(super) fn read(text: &str) -> Self {
        Self(text.lines().map(|line| line.trim().to_owned()).collect())
    }

    /// Whether `cfg(…)` holds; `None` when it is not understood.
    pub(super) fn satisfy(&self, expression: &str) -> Option<bool> {
        let inner = expression.trim().strip_prefix("cfg(")?;
        let mut rest = inner.strip_suffix(')')?;
        let verdict = self.one(&mut rest, 0)?;
        rest.trim().is_empty().then_some(verdict)
    }

    fn one(&self, rest: &mut &str, depth: u32) -> Option<bool> {
        const DEPTH_AT_MOST: u32 = 32;
        if depth > DEPTH_AT_MOST {
            return None;
        }
        let name = word(rest)?;
        if take(rest, "(") {
            let mut verdicts = Vec::new();
            while !take(rest, ")") {
                verdicts.push(self.one(rest, depth + 1)?);
                if !take(rest, ",") && !rest.trim_start().starts_with(')') {
                    return None;
                }
            }
            return match (name, verdicts.as_slice()) {
                ("all", all) => Some(all.iter().all(|verdict| *verdict)),
                ("any", any) => Some(any.iter().any(|verdict| *verdict)),
                ("not", [verdict]) => Some(!verdict),
                _ => None,
            };
        }
        if take(rest, "=") {
            if !take(rest, "\"") {
                return None;
            }
            let (value, after) = rest.split_once('"')?;
            *rest = after;
            return Some(self.0.contains(&format!("{name}=\"{value}\"")));
        }
        Some(match name {
            "true" => true,
            "false" => false,
            name => self.0.contains(name),
        })
    }
}

fn take(rest: &mut &str, token: &str) -> bool {
    match rest.trim_start().strip_prefix(token) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

fn word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let text = rest.trim_start();
    let end = text
        .find(|letter: char| letter != '_' && !letter.is_alphanumeric())
        .unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    *rest = after;
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_true_false_or_not_understood() {
        let facts = Facts::read("unix\ntarget_os=\"linux\"\ntarget_arch=\"x86_64\"\n");
        for (expression, verdict) in [
            ("cfg(unix)", Some(true)),
            ("cfg(windows)", Some(false)),
            ("cfg(all())", Some(true)),
            ("cfg(any())", Some(false)),
            ("cfg(target_os = \"linux\")", Some(true)),
            ("cfg(not(target_os=\"linux\"))", Some(false)),
            ("cfg(all(unix, target_arch = \"x86_64\",))", Some(true)),
            ("cfg(any(windows, all(unix, not(false))))", Some(true)),
            ("cfg(not(unix, windows))", None),
            ("cfg(most(unix))", None),
            ("cfg(all(unix)", None),
            ("cfg(unix) x", None),
            ("cfg(unix windows)", None),
            ("x86_64-unknown-linux-gnu", None),
        ] {
            assert_eq!(facts.satisfy(expression), verdict, "{expression}");
        }
        assert_eq!(facts.satisfy(&format!("cfg({}", "not(".repeat(100))), None);
    }
}
