//! What Lambda is told of an invocation that failed.
//!
//! Lambda's answer to a failed invocation, and its `Invoke Error` in the log, hold `errorType` and
//! `errorMessage` (Lambda Developer Guide, "Understanding retry behavior" and "Using the Lambda
//! runtime API": `ErrorRequest`). Left alone, the runtime's crate takes the path of the Rust type
//! for the first, which a rename of a module changes. What is branched on, searched for and
//! counted has to stay: an error here has a name of its own.

use lambda_runtime::Diagnostic;

/// An error that an invocation may end with.
pub trait Failure: std::error::Error {
    /// Its name for whoever invoked the function: letters and digits in PascalCase, such as
    /// `ProbeFailed`. Part of the function's interface: it stays as it is.
    fn error_type(&self) -> &'static str;
}

/// What Lambda is told of it: its name, and its message.
///
/// A handler's error needs `From<ITS TYPE> for Diagnostic`, which is this function; then `main`
/// hands the handler's result over as it is.
///
/// ```
/// use function_kit::failure::{Failure, diagnostic};
/// use lambda_runtime::Diagnostic;
///
/// #[derive(Debug, thiserror::Error)]
/// #[error("the batch is no list")]
/// struct NoBatch;
///
/// impl Failure for NoBatch {
///     fn error_type(&self) -> &'static str {
///         "NoBatch"
///     }
/// }
///
/// impl From<NoBatch> for Diagnostic {
///     fn from(error: NoBatch) -> Self {
///         diagnostic(&error)
///     }
/// }
///
/// assert_eq!(Diagnostic::from(NoBatch).error_type, "NoBatch");
/// ```
#[must_use]
pub fn diagnostic(error: &impl Failure) -> Diagnostic {
    Diagnostic {
        error_type: error.error_type().to_owned(),
        error_message: error.to_string(),
    }
}
