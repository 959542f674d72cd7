//! Routes: `Actions[3].Transitions.Errors[0].NextAction`.

use std::fmt;

/// The way from the root of a document to one of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Route(Vec<Step>);

/// One step of a route.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Into an object.
    Key(String),
    /// Into a list, counted from 0.
    Index(usize),
}

impl Route {
    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether this is the document itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// One step further.
    #[must_use]
    pub fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// Into an object.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    /// Into a list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// The route that a problem's message ends with, as in
    /// `Invalid Action property value. Path: Actions[0].Parameters.Text`.
    pub fn in_message(message: &str) -> Option<Self> {
        let (_, path) = message.rsplit_once("Path: ")?;
        let path = path.trim().trim_end_matches('.');
        (!path.is_empty()).then(|| Self::from(path))
    }

    /// Amazon Connect names some places by the position of the action alone:
    /// `2.Evaluate` for its conditions and `0.Parameter` for its parameters.
    pub(crate) fn normalized(&self) -> Self {
        let [Step::Key(number), rest @ ..] = self.steps() else {
            return self.clone();
        };
        let Ok(index) = number.parse() else {
            return self.clone();
        };
        let action = Self::default().key("Actions").index(index);
        match rest {
            [Step::Key(part)] if part == "Evaluate" => action.key("Transitions").key("Conditions"),
            [Step::Key(part)] if part == "Parameter" => action.key("Parameters"),
            _ => action,
        }
    }
}

impl From<&str> for Route {
    /// Reads a route; whatever is no step by itself becomes part of a key, so
    /// that every text is some route.
    fn from(text: &str) -> Self {
        let mut steps = Vec::new();
        let mut key = String::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if next == '[' {
                if let Some((step, after)) = bracket(rest) {
                    if !key.is_empty() {
                        steps.push(Step::Key(std::mem::take(&mut key)));
                    }
                    steps.push(step);
                    rest = after.strip_prefix('.').unwrap_or(after);
                    continue;
                }
            } else if next == '.' {
                steps.push(Step::Key(std::mem::take(&mut key)));
                rest = &rest[1..];
                continue;
            }
            key.push(next);
            rest = &rest[next.len_utf8()..];
        }
        if !key.is_empty() {
            steps.push(Step::Key(key));
        }
        Self(steps)
    }
}

/// Reads `[3]` or `['a key']` at the start of the text.
fn bracket(text: &str) -> Option<(Step, &str)> {
    let inner = text.strip_prefix('[')?;
    if let Some(quoted) = inner.strip_prefix('\'') {
        let mut key = String::new();
        let mut characters = quoted.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => key.push(characters.next()?.1),
                '\'' => {
                    let after = quoted[at + 1..].strip_prefix(']')?;
                    return Some((Step::Key(key), after));
                }
                other => key.push(other),
            }
        }
        return None;
    }
    let (number, after) = inner.split_once(']')?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let index = number.parse().ok().filter(|_| digits)?;
    Some((Step::Index(index), after))
}

impl fmt::Display for Route {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(out, "[{index}]")?,
                Step::Key(key) if is_plain(key) => {
                    let dot = if position == 0 { "" } else { "." };
                    write!(out, "{dot}{key}")?;
                }
                Step::Key(key) => {
                    let key = key.replace('\\', "\\\\").replace('\'', "\\'");
                    write!(out, "['{key}']")?;
                }
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && !key.contains(['.', '[', ']', '\'', '\\'])
}
