//! What clap says about a command line: its words are ours, the arguments in them are not.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};

use crate::ui::lines::Lines;
use crate::ui::{foreign, guard};

/// Help, version, or what is wrong with the command line.
pub(super) fn lines(mut error: clap::Error) -> Lines {
    let shown: Vec<(ContextKind, ContextValue)> = error
        .context()
        // The usage has several lines, and no argument's value in it.
        .filter(|(kind, _)| *kind != ContextKind::Usage)
        .map(|(kind, value)| (kind, one_line(value)))
        .collect();
    for (kind, value) in shown {
        error.insert(kind, value);
    }
    Lines::of(&error.render().ansi().to_string())
}

fn one_line(value: &ContextValue) -> ContextValue {
    // These are painted by clap already: what is not its paint is written out.
    let styled = |text: &StyledStr| StyledStr::from(guard::line(&text.ansi().to_string()));
    match value {
        ContextValue::String(text) => ContextValue::String(foreign::line(text)),
        ContextValue::Strings(texts) => {
            ContextValue::Strings(texts.iter().map(foreign::line).collect())
        }
        ContextValue::StyledStr(text) => ContextValue::StyledStr(styled(text)),
        ContextValue::StyledStrs(texts) => {
            ContextValue::StyledStrs(texts.iter().map(styled).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::arguments::Arguments;
    use super::*;

    fn seen(arguments: &[&str]) -> String {
        let all = std::iter::once(&"vanity-deploy").chain(arguments);
        let text = lines(Arguments::try_parse_from(all).unwrap_err()).to_string();
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn an_argument_stays_in_its_line() {
        const BAD: &str = "x\u{1b}[31m\n::stop-commands::x";
        const SHOWN: &str = "x\\u{1b}[31m\\n::stop-commands::x";
        for (arguments, reported) in [
            (vec![BAD], "unrecognized subcommand"),
            (vec!["up", &format!("--{BAD}")], "unexpected argument"),
            (vec!["numbers", "1", BAD], "unexpected argument"),
            (vec!["up", "--param", BAD], "invalid value"),
            (vec!["local", "--port", BAD], "invalid value"),
            (vec!["up", "--color", BAD], "invalid value"),
            (
                vec!["up", "--quiet", "--quiet", BAD, "--local", "--local"],
                "cannot be used",
            ),
        ] {
            let seen = seen(&arguments);
            assert!(seen.contains(reported), "{arguments:?}: {seen}");
            assert!(
                seen.contains(SHOWN) || reported == "cannot be used",
                "{seen}"
            );
            assert!(!seen.lines().any(guard::is_command), "{seen}");
        }
    }

    #[test]
    fn help_is_as_clap_has_it() {
        let seen = seen(&["--help"]);
        assert!(seen.contains("\nUsage: vanity-deploy"), "{seen}");
        assert!(!seen.contains('\\'), "{seen}");
    }
}
