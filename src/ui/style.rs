//! Colours, few and always with a sign or a word beside them.

use anstyle::{AnsiColor, Style};

use super::foreign;

/// What is made or went well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What is changed, or to be careful with.
pub const CARE: Style = AnsiColor::Yellow.on_default();
/// What goes or went wrong.
pub const BAD: Style = AnsiColor::Red.on_default();
/// What matters most in a line.
pub const STRONG: Style = Style::new().bold();
/// What matters least.
pub const DIM: Style = Style::new().dimmed();
/// What a caller hears, and what can be called.
pub const VOICE: Style = AnsiColor::Cyan.on_default();

/// Text in a style: one line, whoever wrote it. It is not painted twice.
pub fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{}{style:#}", foreign::line(text))
}
