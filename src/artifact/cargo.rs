//! Runs cargo and hands on what it says. Decides nothing.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;

use super::environment::Environment;
use super::messages::Report;
use super::progress::{Progress, ProgressSink};

/// How many lines of cargo's words an error carries.
const LINES_KEPT: usize = 200;

/// How a run of cargo ended.
pub(super) struct Outcome {
    /// Whether it exited with 0.
    pub success: bool,
    /// What it told machines.
    pub report: Report,
    /// What it told people, without the lines that only say how far it is.
    pub words: String,
}

/// What a program answered at once.
pub(super) struct Answer {
    /// Whether it exited with 0.
    pub success: bool,
    /// Its standard output.
    pub text: String,
    /// What it told people.
    pub words: String,
}

/// Asks a program something, in `directory` and with exactly `environment`.
pub(super) async fn ask(
    program: &Path,
    arguments: &[&str],
    directory: &Path,
    environment: &Environment,
) -> io::Result<Answer> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .envs(environment.variables())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    Ok(Answer {
        success: output.status.success(),
        text: String::from_utf8_lossy(&output.stdout).into_owned(),
        words: anstream::adapter::strip_str(&String::from_utf8_lossy(&output.stderr))
            .to_string()
            .trim_end()
            .to_owned(),
    })
}

/// Runs `cargo` in `directory` with exactly `environment`. The process is
/// killed when the future is dropped.
pub(super) async fn run(
    cargo: &Path,
    arguments: &[String],
    directory: &Path,
    environment: &Environment,
    progress: ProgressSink<'_>,
) -> io::Result<Outcome> {
    let mut child = Command::new(cargo)
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .envs(environment.variables())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());

    let mut report = Report::default();
    let mut words = Words::default();
    let told = each_line(stdout, |line| report.read_line(line));
    let said = each_line(stderr, |line| {
        // CARGO_TERM_COLOR may paint it; the words count.
        let line = anstream::adapter::strip_str(line).to_string();
        let line = line.as_str();
        let status = is_status(line);
        progress(Progress::Cargo { line, status });
        if !status {
            words.push(line);
        }
    });
    let (told, said, status) = tokio::join!(told, said, child.wait());
    told?;
    said?;
    Ok(Outcome {
        success: status?.success(),
        report,
        words: words.into_text(),
    })
}

/// Calls `each` for every line. Bytes that are no UTF-8 are replaced, never a
/// reason to lose the rest.
async fn each_line(
    stream: Option<impl AsyncRead + Unpin>,
    mut each: impl FnMut(&str),
) -> io::Result<()> {
    let Some(stream) = stream else {
        return Ok(());
    };
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).await? != 0 {
        each(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
        line.clear();
    }
    Ok(())
}

/// Whether a line only says how far cargo is: a verb that ends in column 12,
/// as in `   Compiling serde v1.0.0`.
fn is_status(line: &str) -> bool {
    let Some((verb, rest)) = line.split_at_checked(12) else {
        return false;
    };
    let verb = verb.trim_start();
    rest.starts_with(' ')
        && verb.starts_with(|first: char| first.is_ascii_uppercase())
        && verb.chars().all(|letter| letter.is_ascii_alphabetic())
}

/// The last lines of what cargo said.
#[derive(Default)]
struct Words {
    lines: VecDeque<String>,
    left_out: usize,
}

impl Words {
    fn push(&mut self, line: &str) {
        if self.lines.len() == LINES_KEPT {
            self.lines.pop_front();
            self.left_out += 1;
        }
        self.lines.push_back(line.to_owned());
    }

    fn into_text(self) -> String {
        let mut lines = Vec::from(self.lines);
        if self.left_out > 0 {
            lines.insert(0, format!("({} earlier lines left out)", self.left_out));
        }
        lines.join("\n").trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_lines_are_told_from_diagnostics() {
        for status in [
            "   Compiling serde v1.0.0",
            "    Finished `dev` profile [unoptimized] target(s) in 0.1s",
            "    Blocking waiting for file lock on build directory",
        ] {
            assert!(is_status(status), "{status}");
        }
        for words in [
            "error[E0308]: mismatched types",
            "warning: unused variable: `x`",
            "  --> src/main.rs:2:18",
            "   |     ^^^^^ expected `i32`, found `&str`",
            "Caused by:",
            "",
            "            Indented",
            "größergrößer x",
        ] {
            assert!(!is_status(words), "{words}");
        }
    }

    #[test]
    fn the_last_words_are_kept_and_the_rest_is_counted() {
        let mut words = Words::default();
        for number in 0..LINES_KEPT + 3 {
            words.push(&number.to_string());
        }
        let text = words.into_text();
        assert!(
            text.starts_with("(3 earlier lines left out)\n3\n"),
            "{text}"
        );
        assert!(text.ends_with("\n202"), "{text}");
    }
}
