//! Wildcards and variables.

use super::{Context, Version};

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Many,
}

/// Reads `*`, `?` and, in the newer version, `${key}`, `${key, 'default'}`,
/// `${*}`, `${?}` and `${$}`. `None` when a variable has no value here: then
/// nothing matches (AWS docs, "Policy variables").
fn compile(pattern: &str, version: Version, context: &Context) -> Option<Vec<Token>> {
    let mut tokens = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        if version == Version::V2012
            && let Some(inside) = rest.strip_prefix("${")
            && let Some((name, after)) = inside.split_once('}')
        {
            tokens.extend(variable(name, context)?.chars().map(Token::Literal));
            rest = after;
            continue;
        }
        tokens.push(match character {
            '*' => Token::Many,
            '?' => Token::One,
            other => Token::Literal(other),
        });
        rest = &rest[character.len_utf8()..];
    }
    Some(tokens)
}

/// A variable's value; its wildcards are plain characters.
fn variable(name: &str, context: &Context) -> Option<String> {
    if matches!(name, "*" | "?" | "$") {
        return Some(name.to_owned());
    }
    let (key, default) = match name.split_once(',') {
        Some((key, default)) => (key, Some(default.trim().trim_matches('\''))),
        None => (name, None),
    };
    match context.get(&key.trim().to_ascii_lowercase()) {
        // A key with many values is no variable.
        Some(values) if values.len() == 1 => values.first().cloned(),
        _ => default.map(str::to_owned),
    }
}

/// Greedy matching with one place to come back to: linear in practice, never
/// exponential.
fn matches(tokens: &[Token], text: &[char]) -> bool {
    let (mut token, mut position) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while position < text.len() {
        match tokens.get(token) {
            Some(Token::Many) => {
                back = Some((token, position));
                token += 1;
            }
            Some(Token::One) => {
                token += 1;
                position += 1;
            }
            Some(Token::Literal(character)) if *character == text[position] => {
                token += 1;
                position += 1;
            }
            _ => match back {
                Some((star, from)) => {
                    back = Some((star, from + 1));
                    token = star + 1;
                    position = from + 1;
                }
                None => return false,
            },
        }
    }
    tokens[token..].iter().all(|token| *token == Token::Many)
}

/// `StringLike`: the whole text against the pattern.
pub(super) fn like(pattern: &str, text: &str, version: Version, context: &Context) -> bool {
    compile(pattern, version, context)
        .is_some_and(|tokens| matches(&tokens, &text.chars().collect::<Vec<_>>()))
}

/// The text of a value with its variables, for exact comparison: `*` and `?`
/// are plain characters there.
pub(super) fn expand(value: &str, version: Version, context: &Context) -> Option<String> {
    compile(value, version, context).map(|tokens| {
        tokens
            .into_iter()
            .map(|token| match token {
                Token::Literal(character) => character,
                Token::One => '?',
                Token::Many => '*',
            })
            .collect()
    })
}

/// Actions: case-insensitive, no variables.
pub(super) fn action(pattern: &str, action: &str) -> bool {
    like(
        &pattern.to_ascii_lowercase(),
        &action.to_ascii_lowercase(),
        Version::V2008,
        &Context::new(),
    )
}

/// `ArnLike` and resources: each of the six parts on its own, so that `*` does
/// not span parts; the last part may contain colons.
pub(super) fn arn_like(pattern: &str, arn: &str, version: Version, context: &Context) -> bool {
    if pattern == "*" {
        return true;
    }
    let Some(tokens) = compile(pattern, version, context) else {
        return false;
    };
    let text: Vec<char> = arn.chars().collect();
    let patterns = parts(&tokens, |token| *token == Token::Literal(':'));
    let texts = parts(&text, |character| *character == ':');
    patterns.len() == texts.len()
        && patterns
            .iter()
            .zip(&texts)
            .all(|(pattern, text)| matches(pattern, text))
}

fn parts<T>(items: &[T], separator: impl Fn(&T) -> bool) -> Vec<&[T]> {
    items.splitn(6, separator).collect()
}

/// A resource of a statement. An ARN with fewer than six parts is completed
/// with `*` (AWS docs, "Resource": incomplete ARNs).
pub(super) fn resource(pattern: &str, arn: &str, version: Version, context: &Context) -> bool {
    let missing = 6_usize.saturating_sub(pattern.split(':').count());
    if pattern == "*" || missing == 0 {
        return arn_like(pattern, arn, version, context);
    }
    arn_like(
        &format!("{pattern}{}", ":*".repeat(missing)),
        arn,
        version,
        context,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(pattern: &str, text: &str) -> bool {
        like(pattern, text, Version::V2012, &Context::new())
    }

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*b", "xxaxxab", true),
            ("a**", "a", true),
            ("", "a", false),
            ("é?", "éé", true),
        ] {
            assert_eq!(plain(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn many_stars_are_not_exponential() {
        let pattern = "*a".repeat(60);
        assert!(!plain(&pattern, &"a".repeat(59)));
    }

    #[test]
    fn actions_ignore_case() {
        assert!(action("dynamodb:get*", "dynamodb:GetItem"));
        assert!(action("DynamoDB:GetItem", "dynamodb:GetItem"));
        assert!(!action("dynamodb:Get", "dynamodb:GetItem"));
    }

    #[test]
    fn stars_do_not_span_the_parts_of_an_arn() {
        let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/a";
        let on = |pattern| resource(pattern, arn, Version::V2012, &Context::new());
        assert!(on("arn:aws:dynamodb:*:*:table/*"));
        assert!(on("*"));
        assert!(on("arn:aws:dynamodb"));
        assert!(on("arn:aws:*"));
        assert!(!on("arn:aws:*:table/a:x:y"));
        assert!(!on("arn:aws:dynamodb:*:*:table/A"));
        assert!(!on("arn:aws:dynamodb:*:*:table/a/index/*"));
    }

    #[test]
    fn variables_are_literal_and_must_have_a_value() {
        let context = super::super::context([("aws:PrincipalAccount", "0*0")]);
        let on = |pattern, text, version| like(pattern, text, version, &context);
        assert!(on("t-${aws:principalaccount}", "t-0*0", Version::V2012));
        assert!(!on("t-${aws:principalaccount}", "t-000", Version::V2012));
        assert!(!on("t-${aws:username}", "t-", Version::V2012));
        assert!(on("t-${aws:username, 'x'}", "t-x", Version::V2012));
        assert!(on("a${*}", "a*", Version::V2012));
        assert!(!on("a${*}", "ab", Version::V2012));
        assert!(on("${aws:username}", "${aws:username}", Version::V2008));
    }
}
