//! The object in S3.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use function_kit::client::{Patience, Settings};

use crate::store::{Answer, Fetched, Store, StoreError};

/// Somebody waits for a call to go out: a second try within the patience for the list.
const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(400),
    attempt: Duration::from_millis(700),
    attempts: 2,
};

/// A list of all countries has some 6 KB.
const MOST_BYTES: u64 = 256 * 1024;

/// The object in S3.
#[derive(Debug, Clone)]
pub struct S3Store {
    client: Client,
    bucket: Result<String, StoreError>,
    key: Result<String, StoreError>,
}

impl S3Store {
    /// A client for the object that `BUCKET_NAME` and `COUNTRY_ROUTING_LIST_KEY` name, read through
    /// `variable`. What is missing shows when the object is asked for: a call goes out all the same.
    /// Nothing is sent yet.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name: &'static str| {
            variable(name)
                .filter(|value| !value.is_empty())
                .ok_or(StoreError::NotConfigured(name))
        };
        let (bucket, key) = (given("BUCKET_NAME"), given("COUNTRY_ROUTING_LIST_KEY"));
        let settings = Settings::read("S3", variable);
        // Other endpoints than AWS's have no host name for each bucket.
        let path_style = settings.endpoint_url.is_some();
        let config = settings.sdk_config(PATIENCE);
        let config = Builder::from(&config).force_path_style(path_style).build();
        Self {
            client: Client::from_conf(config),
            bucket,
            key,
        }
    }
}

impl Store for S3Store {
    fn fetch<'call>(&'call self, known: Option<&'call str>) -> Answer<'call> {
        Box::pin(async move {
            let sent = self
                .client
                .get_object()
                .bucket(self.bucket.clone()?)
                .key(self.key.clone()?)
                .set_if_none_match(known.map(str::to_owned))
                .send()
                .await;
            let mut output = match sent {
                Ok(output) => output,
                Err(error) => {
                    let status = error.raw_response().map(|raw| raw.status().as_u16());
                    return match (status, known) {
                        (Some(304), Some(_)) => Ok(Fetched::Unchanged),
                        _ => Err(problem(&error)),
                    };
                }
            };
            let length = output
                .content_length()
                .and_then(|length| u64::try_from(length).ok());
            if let Some(length) = length.filter(|length| *length > MOST_BYTES) {
                return Err(StoreError::TooLarge(length));
            }
            let mut bytes = Vec::new();
            while let Some(part) = output.body.next().await {
                let part = part.map_err(|error| StoreError::Unreachable(error.to_string()))?;
                bytes.extend_from_slice(&part);
                if bytes.len() as u64 > MOST_BYTES {
                    return Err(StoreError::TooLarge(bytes.len() as u64));
                }
            }
            Ok(Fetched::New {
                etag: output.e_tag.take(),
                bytes,
            })
        })
    }
}

fn problem<E: ProvideErrorMetadata + std::error::Error + 'static>(
    error: &SdkError<E, impl std::fmt::Debug>,
) -> StoreError {
    match error {
        SdkError::ServiceError(service) => StoreError::Service {
            code: service.err().code().unwrap_or("UnknownError").to_owned(),
            message: service.err().message().unwrap_or_default().to_owned(),
        },
        SdkError::TimeoutError(_) => {
            StoreError::Unreachable("it did not answer in time".to_owned())
        }
        SdkError::DispatchFailure(failure) => StoreError::Unreachable(format!("{failure:?}")),
        _ => StoreError::Unreachable("its answer cannot be read".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_shows_when_it_is_asked_for() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let store = |bucket: &'static str| {
            S3Store::read(move |name| (name == "BUCKET_NAME").then(|| bucket.to_owned()))
        };
        for (store, missing) in [
            (store("lists"), "COUNTRY_ROUTING_LIST_KEY"),
            (store(""), "BUCKET_NAME"),
        ] {
            assert_eq!(
                runtime.block_on(store.fetch(None)),
                Err(StoreError::NotConfigured(missing))
            );
        }
    }
}
