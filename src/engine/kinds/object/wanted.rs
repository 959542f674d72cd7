//! What is wanted of an object, part by part, as a plan shows it. Its structure is taken apart
//! without `..`: a field that is added must be shown, or left out with a reason.

use crate::engine::desired::Object;
use crate::engine::values::Values;
use crate::engine::wanted::Part;

/// The parts of an object.
pub(super) fn parts(values: &Values, object: &Object) -> Vec<Part> {
    let Object {
        bucket,
        key,
        content,
        origin,
        content_type,
        // Made of the content.
        sha256: _,
        numbers: _,
    } = object;
    vec![
        Part::file("file", origin, content),
        Part::text("bucket", bucket, values),
        Part::text("key", key, values),
        Part::plain("content type", content_type),
    ]
}
