//! How objects stand.

use crate::engine::desired::Desired;
use crate::engine::drift;
use crate::engine::observe::Observed;
use crate::engine::plan::{ResourceId, ResourceKind};
use crate::engine::status::Row;

/// A row for each that is wanted.
pub(in crate::engine) fn rows(desired: &Desired, observed: &Observed) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, object) in &desired.objects {
        let place = format!("s3://{}/{}", object.bucket, object.key);
        let row = Row::absent(ResourceKind::Object, name, &place);
        let Some(seen) = observed.objects.get(name) else {
            rows.push(row);
            continue;
        };
        let row = Row {
            physical: format!("s3://{}/{}", seen.bucket, seen.key),
            ..row
        };
        rows.push(match &seen.object {
            Some(there) => {
                let resource = ResourceId::new(ResourceKind::Object, name);
                let drifted = !drift::of(desired, observed, &resource).is_empty();
                Row {
                    state: if drifted {
                        "replaced in its bucket".to_owned()
                    } else {
                        format!("{} bytes", there.size)
                    },
                    ok: !drifted,
                    drifted,
                    ..row
                }
            }
            None => row,
        });
    }
    rows
}
