//! Flow modules.

pub mod operations;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::instances::Instance;
use super::values::{FlowState, FlowStatus};
use super::{arns, content, errors, present};
use crate::core::error::{ServiceError, ServiceResult};

/// A flow module. It is always published: the API knows no draft of one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Its id, a UUID.
    pub id: String,
    /// Its name, the only one among the modules of the instance.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Its content.
    pub content: String,
    /// The contract with its callers, a JSON text.
    pub settings: Option<String>,
    /// Whether it may be invoked from outside of flows.
    pub external_invocation: Option<bool>,
    /// In use or archived.
    pub state: FlowState,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// When it was changed last.
    pub modified: Timestamp,
}

impl Module {
    fn arn(&self, instance: &Instance) -> String {
        format!("{}/flow-module/{}", instance.arn, self.id)
    }

    fn description(&self, instance: &Instance) -> Value {
        present(json!({
            "Arn": self.arn(instance),
            "Id": self.id,
            "Name": self.name,
            "Content": self.content,
            "Description": self.description,
            "State": self.state,
            "Status": FlowStatus::Published,
            "Tags": (!self.tags.is_empty()).then_some(&self.tags),
            "FlowModuleContentSha256": content::sha256(&self.content),
            "Settings": self.settings,
            "ExternalInvocationConfiguration":
                self.external_invocation.map(|enabled| json!({ "Enabled": enabled })),
        }))
    }
}

impl Instance {
    /// A module by its id or ARN.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn module(&self, reference: &str) -> ServiceResult<&Module> {
        let id = arns::id_of(&self.arn, "flow-module", reference)?;
        self.modules.get(id).ok_or_else(|| absent(reference))
    }

    fn module_mut(&mut self, reference: &str) -> ServiceResult<&mut Module> {
        let id = arns::id_of(&self.arn, "flow-module", reference)?;
        self.modules.get_mut(id).ok_or_else(|| absent(reference))
    }

    /// Takes in a new module, when the quota lets it.
    ///
    /// # Errors
    /// `DuplicateResourceException`,
    /// `InvalidContactFlowModuleException`.
    pub fn create_module(&mut self, module: Module) -> ServiceResult<()> {
        self.check_module_name(&module.name, None)?;
        content::check_module(&module.content, module.settings.as_deref())?;
        self.modules.insert(module.id.clone(), module);
        Ok(())
    }

    fn check_module_name(&self, name: &str, except: Option<&str>) -> ServiceResult<()> {
        let taken = self
            .modules
            .values()
            .any(|module| module.name == name && Some(module.id.as_str()) != except);
        if taken {
            return Err(errors::duplicate(format!(
                "A flow module with the name {name} exists already."
            )));
        }
        Ok(())
    }

    /// Replaces what is given of content and settings.
    ///
    /// # Errors
    /// `ResourceNotFoundException`, `InvalidContactFlowModuleException`.
    pub fn update_module_content(
        &mut self,
        reference: &str,
        content: Option<&str>,
        settings: Option<&str>,
        now: Timestamp,
    ) -> ServiceResult<()> {
        let module = self.module_mut(reference)?;
        let content = content.unwrap_or(&module.content).to_owned();
        let settings = settings
            .map(str::to_owned)
            .or_else(|| module.settings.clone());
        content::check_module(&content, settings.as_deref())?;
        module.content = content;
        module.settings = settings;
        module.modified = now;
        Ok(())
    }

    /// Changes what is given of name, description and state.
    ///
    /// # Errors
    /// `ResourceNotFoundException`, `DuplicateResourceException`.
    pub fn update_module_metadata(
        &mut self,
        reference: &str,
        name: Option<&str>,
        description: Option<&str>,
        state: Option<FlowState>,
        now: Timestamp,
    ) -> ServiceResult<()> {
        let id = self.module(reference)?.id.clone();
        if let Some(name) = name {
            self.check_module_name(name, Some(&id))?;
        }
        let module = self.module_mut(&id)?;
        if let Some(name) = name {
            module.name = name.to_owned();
        }
        if let Some(description) = description {
            module.description = Some(description.to_owned());
        }
        if let Some(state) = state {
            module.state = state;
        }
        module.modified = now;
        Ok(())
    }
}

fn absent(reference: &str) -> ServiceError {
    errors::not_found(format!("The flow module {reference} does not exist."))
}
