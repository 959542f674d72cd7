//! The functions of `$util`, and how Java writes values.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::TemplateError;

/// A value as Java's `toString` writes it.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => match (number.is_f64(), number.as_f64()) {
            (true, Some(number)) => double(number),
            _ => number.to_string(),
        },
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(key, value)| format!("{key}={}", plain(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

fn double(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{number:?}");
    }
    let text = format!("{number:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

/// A text as JSON writes it, with the quotes.
pub(in crate::apigateway::rest) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// `$util.escapeJavaScript`: also `'` and `/`, and what is not ASCII.
pub(super) fn escape_java_script(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\'' | '"' | '\\' | '/' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04X}"));
                }
            }
        }
    }
    out
}

/// One of the functions of `$util`.
pub(super) fn util(name: &str, argument: &Value) -> Result<Value, TemplateError> {
    let text = plain(argument);
    let failed = |problem: String| TemplateError::Failed(format!("$util.{name}: {problem}"));
    Ok(match name {
        "escapeJavaScript" => escape_java_script(&text).into(),
        "parseJson" => serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?,
        "urlEncode" => form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .into(),
        "urlDecode" => url_decode(&text).into(),
        "base64Encode" => STANDARD.encode(text).into(),
        "base64Decode" => {
            let bytes = STANDARD
                .decode(text)
                .map_err(|error| failed(error.to_string()))?;
            String::from_utf8_lossy(&bytes).into_owned().into()
        }
        _ => return Err(TemplateError::NotImplemented(format!("$util.{name}"))),
    })
}

fn url_decode(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_encoding::percent_decode_str(&text)
        .decode_utf8_lossy()
        .into_owned()
}
