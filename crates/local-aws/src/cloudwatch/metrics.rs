//! The datapoints: a SQLite database of their own, one row a minute of a metric.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, params};

use super::alarms::Statistic;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::world::World;

const SCHEMA: &str = "
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS datapoints (
    series TEXT NOT NULL,
    minute INTEGER NOT NULL,
    count INTEGER NOT NULL,
    sum REAL NOT NULL,
    minimum REAL NOT NULL,
    maximum REAL NOT NULL,
    PRIMARY KEY (series, minute)
) WITHOUT ROWID, STRICT;
";

/// How long datapoints of a minute are kept (AWS docs, "Metrics retention"): 15 days.
const MINUTES_KEPT: i64 = 15 * 24 * 60;

/// The datapoints.
pub struct Metrics {
    path: PathBuf,
    connection: Mutex<Option<Connection>>,
}

/// What the datapoints of some time come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Statistics {
    count: f64,
    sum: f64,
    minimum: f64,
    maximum: f64,
}

impl Statistics {
    pub fn value(self, statistic: Statistic) -> f64 {
        match statistic {
            Statistic::SampleCount => self.count,
            Statistic::Average => self.sum / self.count,
            Statistic::Sum => self.sum,
            Statistic::Minimum => self.minimum,
            Statistic::Maximum => self.maximum,
        }
    }
}

/// Records values of metrics now, e.g. one error of a function, under each of these sets of
/// dimensions. A service does this for every set that AWS publishes the metrics under, and
/// names them in `cloudwatch/known.rs`. What goes wrong is logged: a metric is no reason to fail.
pub fn record(
    world: &World,
    namespace: &str,
    values: &[(&str, f64)],
    dimensions: &[&[(&str, &str)]],
) {
    let minute = world.clock.now().as_second().div_euclid(60);
    let rows: Vec<(String, f64)> = values
        .iter()
        .flat_map(|(metric, value)| {
            dimensions
                .iter()
                .map(|set| (series(namespace, metric, set.iter().copied()), *value))
        })
        .collect();
    if let Err(error) = world
        .handle::<crate::cloudwatch::Metrics>()
        .add(&rows, minute)
    {
        tracing::warn!(%error, namespace, "datapoints are lost");
    }
}

/// Records a value of a metric without dimensions now, unless this minute has one: what a metric
/// filter publishes of a minute without a match. It stays where a match comes later in that
/// minute, which a sum does not tell when it is 0.
pub fn record_unless_there(world: &World, namespace: &str, metric: &str, value: f64) {
    let minute = world.clock.now().as_second().div_euclid(60);
    let metrics = world.handle::<crate::cloudwatch::Metrics>();
    if let Err(error) = metrics.add_unless_there(&series(namespace, metric, []), minute, value) {
        tracing::warn!(%error, namespace, "datapoints are lost");
    }
}

/// The name of a metric with its dimensions, whatever their order.
pub(super) fn series<'a>(
    namespace: &str,
    metric: &str,
    dimensions: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let sorted: BTreeMap<&str, &str> = dimensions.into_iter().collect();
    serde_json::json!([namespace, metric, sorted]).to_string()
}

impl Metrics {
    /// Those in a folder, which need not exist; opened when first needed.
    pub(crate) fn of(folder: &Path) -> Self {
        Self {
            path: folder.join("metrics.sqlite"),
            connection: Mutex::new(None),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> ServiceResult<T> {
        let mut guard = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let connection = match guard.as_mut() {
            Some(connection) => connection,
            None => guard.insert(open(&self.path)?),
        };
        work(connection).map_err(ServiceError::internal)
    }

    /// Adds values to those of a minute.
    fn add(&self, rows: &[(String, f64)], minute: i64) -> ServiceResult<()> {
        self.with(|connection| {
            let transaction = connection.unchecked_transaction()?;
            for (series, value) in rows {
                transaction
                    .prepare_cached(
                        "INSERT INTO datapoints (series, minute, count, sum, minimum, maximum)
                         VALUES (?1, ?2, 1, ?3, ?3, ?3)
                         ON CONFLICT DO UPDATE SET count = count + 1, sum = sum + ?3,
                             minimum = MIN(minimum, ?3), maximum = MAX(maximum, ?3)",
                    )?
                    .execute(params![series, minute, value])?;
                forget(&transaction, series, minute)?;
            }
            transaction.commit()
        })
    }

    /// Adds a value to a minute that has none.
    fn add_unless_there(&self, series: &str, minute: i64, value: f64) -> ServiceResult<()> {
        self.with(|connection| {
            connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO datapoints (series, minute, count, sum, minimum, maximum)
                     VALUES (?1, ?2, 1, ?3, ?3, ?3)",
                )?
                .execute(params![series, minute, value])?;
            forget(connection, series, minute)
        })
    }

    /// Makes a value the only one of its minute: for what is measured and not counted.
    pub(super) fn set(&self, series: &str, minute: i64, value: f64) -> ServiceResult<()> {
        self.with(|connection| {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO datapoints (series, minute, count, sum, minimum, maximum)
                     VALUES (?1, ?2, 1, ?3, ?3, ?3)",
                )?
                .execute(params![series, minute, value])?;
            forget(connection, series, minute)
        })
    }

    /// What the minutes from one on, so many, come to; `None` without any datapoint.
    pub(super) fn read(
        &self,
        series: &str,
        from: i64,
        minutes: i64,
    ) -> ServiceResult<Option<Statistics>> {
        self.with(|connection| {
            connection
                .prepare_cached(
                    "SELECT SUM(count), SUM(sum), MIN(minimum), MAX(maximum) FROM datapoints
                     WHERE series = ?1 AND minute >= ?2 AND minute < ?3",
                )?
                .query_row(params![series, from, from + minutes], |row| {
                    let Some(count) = row.get::<_, Option<i64>>(0)? else {
                        return Ok(None);
                    };
                    Ok(Some(Statistics {
                        #[allow(
                            clippy::cast_precision_loss,
                            reason = "nobody counts as far as 2^53 here"
                        )]
                        count: count as f64,
                        sum: row.get(1)?,
                        minimum: row.get(2)?,
                        maximum: row.get(3)?,
                    }))
                })
        })
    }
}

/// Forgets what is kept too long.
fn forget(connection: &Connection, series: &str, minute: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM datapoints WHERE series = ?1 AND minute < ?2")?
        .execute(params![series, minute - MINUTES_KEPT])?;
    Ok(())
}

fn open(path: &Path) -> ServiceResult<Connection> {
    if let Some(folder) = path.parent() {
        safe_files::make_private_folders(folder).map_err(ServiceError::internal)?;
    }
    // Its own file is made as this one is: for the user alone.
    safe_files::append(path).map_err(ServiceError::internal)?;
    let connection = Connection::open(path).map_err(ServiceError::internal)?;
    connection
        .execute_batch(SCHEMA)
        .map_err(ServiceError::internal)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(found: Option<Statistics>) -> [f64; 5] {
        let found = found.unwrap();
        [
            Statistic::SampleCount,
            Statistic::Average,
            Statistic::Sum,
            Statistic::Minimum,
            Statistic::Maximum,
        ]
        .map(|statistic| found.value(statistic))
    }

    #[test]
    fn minutes_become_periods() {
        let folder = tempfile::tempdir().unwrap();
        let metrics = Metrics::of(folder.path());
        for (minute, value) in [(10, 1.0), (10, 4.0), (11, 1.0), (13, 9.0)] {
            metrics.add(&[("s".to_owned(), value)], minute).unwrap();
        }
        assert_eq!(
            all(metrics.read("s", 10, 2).unwrap()),
            [3.0, 2.0, 6.0, 1.0, 4.0]
        );
        assert_eq!(metrics.read("s", 12, 1).unwrap(), None);
        assert_eq!(metrics.read("other", 10, 2).unwrap(), None);
        // Another process later.
        let again = Metrics::of(folder.path());
        assert_eq!(all(again.read("s", 13, 1).unwrap())[2], 9.0);
    }

    #[test]
    fn what_is_measured_has_one_value_a_minute() {
        let folder = tempfile::tempdir().unwrap();
        let metrics = Metrics::of(folder.path());
        metrics.set("s", 10, 7.0).unwrap();
        metrics.set("s", 10, 2.0).unwrap();
        assert_eq!(
            all(metrics.read("s", 10, 1).unwrap()),
            [1.0, 2.0, 2.0, 2.0, 2.0]
        );
        metrics.set("s", 10 + MINUTES_KEPT + 1, 0.0).unwrap();
        assert_eq!(metrics.read("s", 10, 1).unwrap(), None);
    }

    #[test]
    fn a_default_is_for_a_minute_without_a_value() {
        let folder = tempfile::tempdir().unwrap();
        let metrics = Metrics::of(folder.path());
        metrics.add(&[("s".to_owned(), 2.0)], 10).unwrap();
        for minute in [10, 11, 11] {
            metrics.add_unless_there("s", minute, 0.0).unwrap();
        }
        assert_eq!(
            all(metrics.read("s", 10, 1).unwrap()),
            [1.0, 2.0, 2.0, 2.0, 2.0]
        );
        assert_eq!(
            all(metrics.read("s", 11, 1).unwrap()),
            [1.0, 0.0, 0.0, 0.0, 0.0]
        );
    }

    #[test]
    fn dimensions_have_no_order() {
        let one = series("n", "m", [("a", "1"), ("b", "2")]);
        assert_eq!(one, series("n", "m", [("b", "2"), ("a", "1")]));
        assert_ne!(one, series("n", "m", [("a", "1")]));
    }
}
