//! What a caller hears.

use super::call::Call;
use super::ssml;
use crate::document::Action;
use serde::Serialize;
use serde_json::Value;

/// Most characters of a text that are spoken (and billed).
const MAXIMUM_BILLED: usize = 3_000;
/// Most characters of a text with its SSML tags.
const MAXIMUM_TOTAL: usize = 6_000;

/// Something to be heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Speech {
    /// What `content` is.
    pub kind: SpeechKind,
    /// The text or SSML, paths resolved; the id of a prompt; the URI of a medium.
    pub content: String,
    /// The same in plain words.
    pub plain: String,
}

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SpeechKind {
    /// Text, to be spoken.
    Text,
    /// SSML, to be spoken.
    Ssml,
    /// A recorded prompt of the instance.
    Prompt,
    /// An audio file.
    Media,
}

/// The speech that the parameters of an action (or one of its messages) ask for.
/// `Ok(None)` when there is none, `Err` with the reason when it cannot be spoken.
pub(super) fn speech(
    call: &mut Call,
    action: &Action,
    parameters: &Value,
) -> Result<Option<Speech>, String> {
    let text = |key: &str| parameters.get(key).and_then(Value::as_str);
    if let Some(text) = text("Text") {
        let content = call.fill(action, text);
        return spoken(SpeechKind::Text, content.clone(), content).map(Some);
    }
    if let Some(ssml) = text("SSML") {
        let content = call.fill(action, ssml);
        let plain = ssml::plain(&content).map_err(|error| error.to_string())?;
        return spoken(SpeechKind::Ssml, content, plain).map(Some);
    }
    if let Some(prompt) = text("PromptId") {
        let content = call.fill(action, prompt);
        return Ok(Some(played(SpeechKind::Prompt, content, "prompt")));
    }
    let uri = parameters.get("Media").and_then(|media| media.get("Uri"));
    if let Some(uri) = uri.and_then(Value::as_str) {
        let content = call.fill(action, uri);
        return Ok(Some(played(SpeechKind::Media, content, "audio")));
    }
    Ok(None)
}

fn spoken(kind: SpeechKind, content: String, plain: String) -> Result<Speech, String> {
    let (billed, total) = (plain.chars().count(), content.chars().count());
    if billed > MAXIMUM_BILLED || total > MAXIMUM_TOTAL {
        return Err(format!(
            "the text has {billed} characters to be spoken and {total} in all; \
             at most {MAXIMUM_BILLED} and {MAXIMUM_TOTAL} are allowed"
        ));
    }
    Ok(Speech {
        kind,
        content,
        plain,
    })
}

fn played(kind: SpeechKind, content: String, word: &str) -> Speech {
    Speech {
        kind,
        plain: format!("[{word} {content}]"),
        content,
    }
}
