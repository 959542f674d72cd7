//! Deployments ready to answer: templates read, schemas and patterns compiled.
//! A deployment never changes, so that each is compiled once in a process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::Validator;
use regex::Regex;

use super::model::{Definition, IntegrationResponse};
use super::template::{self, Template};
use super::{java_regex, schema};
use crate::core::error::{ServiceError, ServiceResult};

/// A deployment ready to answer.
#[derive(Debug)]
pub struct Compiled {
    /// The picture.
    pub definition: Definition,
    templates: BTreeMap<String, Template>,
    schemas: BTreeMap<String, Validator>,
    patterns: BTreeMap<String, Regex>,
}

impl Compiled {
    /// Compiles a deployment.
    ///
    /// # Errors
    /// What was not checked when it was made: a fault of this emulation.
    pub fn new(definition: Definition) -> ServiceResult<Self> {
        let mut templates = BTreeMap::new();
        let mut patterns = BTreeMap::new();
        let integrations = definition
            .methods()
            .filter_map(|(_, _, method)| method.integration.as_ref());
        for integration in integrations {
            let responses = &integration.responses;
            let texts = responses.iter().flat_map(|r| r.templates.values());
            for text in texts.chain(integration.request_templates.values()) {
                let template = template::parse(text).map_err(ServiceError::internal)?;
                templates.insert(text.clone(), template);
            }
            for pattern in responses
                .iter()
                .filter_map(|r| r.selection_pattern.as_ref())
            {
                let compiled = java_regex::whole(pattern).map_err(ServiceError::internal)?;
                patterns.insert(pattern.clone(), compiled);
            }
        }
        let mut schemas = BTreeMap::new();
        for (name, model) in &definition.models {
            let schema = schema::compile(&model.schema).map_err(ServiceError::internal)?;
            schemas.insert(name.clone(), schema);
        }
        Ok(Self {
            definition,
            templates,
            schemas,
            patterns,
        })
    }

    /// A template of the deployment by its text.
    pub fn template(&self, text: &str) -> Option<&Template> {
        self.templates.get(text)
    }

    /// The schema of a model.
    pub fn schema(&self, model: &str) -> Option<&Validator> {
        self.schemas.get(model)
    }

    /// The response for a status: the first whose pattern matches it all, else
    /// the one without a pattern.
    pub fn select<'a>(
        &self,
        responses: &'a [IntegrationResponse],
        status: &str,
    ) -> Option<&'a IntegrationResponse> {
        let pattern = |response: &IntegrationResponse| {
            let pattern = response.selection_pattern.as_deref()?;
            (!pattern.is_empty()).then(|| self.patterns.get(pattern))?
        };
        responses
            .iter()
            .find(|response| pattern(response).is_some_and(|pattern| pattern.is_match(status)))
            .or_else(|| {
                responses.iter().find(|response| {
                    matches!(response.selection_pattern.as_deref(), None | Some(""))
                })
            })
    }
}

/// The compiled deployments, by API and deployment.
#[derive(Debug, Default)]
pub struct Cache(Mutex<BTreeMap<(String, String), Arc<Compiled>>>);

/// How many are kept; old deployments are seldom asked for again.
const KEPT: usize = 64;

impl Cache {
    /// A deployment, compiled when it is not yet.
    ///
    /// # Errors
    /// As [`Compiled::new`].
    pub fn get(
        &self,
        api: &str,
        deployment: &str,
        definition: impl FnOnce() -> Option<Definition>,
    ) -> ServiceResult<Option<Arc<Compiled>>> {
        let key = (api.to_owned(), deployment.to_owned());
        let mut compiled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = compiled.get(&key) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(definition) = definition() else {
            return Ok(None);
        };
        let new = Arc::new(Compiled::new(definition)?);
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        compiled.insert(key, Arc::clone(&new));
        Ok(Some(new))
    }
}
