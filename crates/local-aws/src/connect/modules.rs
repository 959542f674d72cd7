//! Flow modules.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::instances::Instance;
use super::page::page;
use super::tokens::Claim;
use super::values::{FlowState, FlowStatus};
use super::{Exchange, arns, content, errors, present};
use crate::error::{ServiceError, ServiceResult};
use crate::gateway::response::Response;

/// Modules per instance (AWS docs, "Amazon Connect service quotas", default).
const MOST_MODULES: usize = 200;

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

    /// Takes in a new module.
    ///
    /// # Errors
    /// `DuplicateResourceException`, `LimitExceededException`,
    /// `InvalidContactFlowModuleException`.
    pub fn create_module(&mut self, module: Module) -> ServiceResult<()> {
        self.check_module_name(&module.name, None)?;
        if self.modules.len() >= MOST_MODULES {
            return Err(errors::limit_exceeded(format!(
                "The instance has {MOST_MODULES} flow modules already, the default quota of Connect."
            )));
        }
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ExternalInvocationConfiguration {
    enabled: Option<bool>,
}

/// `.*\S.*`: the name or description is not blank.
fn not_blank<'a>(
    input: &super::input::Input<'_>,
    name: &str,
    value: Option<&'a str>,
) -> ServiceResult<Option<&'a str>> {
    if value.is_some_and(|value| value.trim().is_empty()) {
        return Err(input.invalid(format!(
            "Value at '{name}' failed to satisfy constraint: Member must satisfy regular expression pattern: .*\\S.*"
        )));
    }
    Ok(value)
}

/// `CreateContactFlowModule`.
pub fn create(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let members = [
        "Name",
        "Description",
        "Content",
        "Tags",
        "ClientToken",
        "Settings",
        "ExternalInvocationConfiguration",
    ];
    let input = exchange.input(&members, &[])?;
    let now = exchange.call.now;
    let name = input.required("Name", 1, 127)?;
    not_blank(&input, "Name", Some(name))?;
    let description = not_blank(&input, "Description", input.bounded("Description", 0, 500)?)?;
    let external: Option<ExternalInvocationConfiguration> =
        input.structure("ExternalInvocationConfiguration")?;
    let module = Module {
        id: exchange.world.ids.uuid(),
        name: name.to_owned(),
        description: description.map(str::to_owned),
        content: input
            .required("Content", 1, content::MOST_CHARACTERS)?
            .to_owned(),
        settings: input.text("Settings")?.map(str::to_owned),
        external_invocation: external.and_then(|external| external.enabled),
        state: FlowState::Active,
        tags: input.tags("Tags")?,
        modified: now,
    };
    let instance_id = input.instance()?;
    let token = input.bounded("ClientToken", 0, 500)?;
    let claim = Claim::new("CreateContactFlowModule", instance_id, token, input.body());
    let (id, arn) = exchange.world.write(|state| {
        let connect = &mut state.connect;
        let arn = connect.instance(instance_id)?.arn.clone();
        let arn_of = |id: &str| format!("{arn}/flow-module/{id}");
        if let Some(id) = connect.tokens.recall(&claim, now)? {
            let arn = arn_of(&id);
            return Ok((id, arn));
        }
        let id = module.id.clone();
        connect.instance_mut(instance_id)?.create_module(module)?;
        connect.tokens.remember(claim, id.clone(), now);
        let arn = arn_of(&id);
        Ok::<_, ServiceError>((id, arn))
    })?;
    Response::json(&json!({ "Id": id, "Arn": arn }))
}

/// `DescribeContactFlowModule`.
pub fn describe(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &[])?;
    let (instance_id, module_id) = (input.instance()?, input.label("ContactFlowModuleId")?);
    let description = exchange.world.read(|state| {
        let instance = state.connect.instance(instance_id)?;
        Ok::<_, ServiceError>(instance.module(module_id)?.description(instance))
    })?;
    Response::json(&json!({ "ContactFlowModule": description }))
}

/// `UpdateContactFlowModuleContent`.
pub fn update_content(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&["Content", "Settings"], &[])?;
    let (instance_id, module_id) = (input.instance()?, input.label("ContactFlowModuleId")?);
    let content = input.bounded("Content", 1, content::MOST_CHARACTERS)?;
    let settings = input.text("Settings")?;
    exchange.world.write(|state| {
        state
            .connect
            .instance_mut(instance_id)?
            .update_module_content(module_id, content, settings, exchange.call.now)
    })?;
    Response::json(&json!({}))
}

/// `UpdateContactFlowModuleMetadata`.
pub fn update_metadata(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&["Name", "Description", "State"], &[])?;
    let (instance_id, module_id) = (input.instance()?, input.label("ContactFlowModuleId")?);
    let name = not_blank(&input, "Name", input.bounded("Name", 1, 127)?)?;
    let description = not_blank(&input, "Description", input.bounded("Description", 0, 500)?)?;
    let module_state: Option<FlowState> = input.choice("State")?;
    exchange.world.write(|state| {
        state
            .connect
            .instance_mut(instance_id)?
            .update_module_metadata(
                module_id,
                name,
                description,
                module_state,
                exchange.call.now,
            )
    })?;
    Response::json(&json!({}))
}

/// `DeleteContactFlowModule`.
pub fn delete(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &[])?;
    let (instance_id, module_id) = (input.instance()?, input.label("ContactFlowModuleId")?);
    exchange.world.write(|state| {
        let instance = state.connect.instance_mut(instance_id)?;
        let id = instance.module(module_id)?.id.clone();
        instance.modules.remove(&id);
        Ok::<_, ServiceError>(())
    })?;
    Response::json(&json!({}))
}

/// `ListContactFlowModules`.
pub fn list(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &["nextToken", "maxResults", "state"])?;
    let instance_id = input.instance()?;
    let most = input.query_max_results(1000, 100)?;
    let states: Vec<FlowState> = input.query_choices("state", 1)?;
    exchange.world.read(|state| {
        let instance = state.connect.instance(instance_id)?;
        let modules: Vec<&Module> = instance
            .modules
            .values()
            .filter(|module| states.is_empty() || states.contains(&module.state))
            .collect();
        let page = page(
            "ListContactFlowModules",
            modules,
            |module| format!("{}\n{}", module.name, module.id),
            input.query("nextToken"),
            most,
        )?;
        let items: Vec<Value> = page
            .items
            .into_iter()
            .map(|module| {
                json!({
                    "Id": module.id,
                    "Arn": module.arn(instance),
                    "Name": module.name,
                    "State": module.state,
                })
            })
            .collect();
        Response::json(&present(json!({
            "ContactFlowModulesSummaryList": items,
            "NextToken": page.next_token,
        })))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn module(name: &str) -> Module {
        Module {
            id: format!("id of {name}"),
            name: name.to_owned(),
            description: None,
            content: fixture::MODULE.to_owned(),
            settings: None,
            external_invocation: None,
            state: FlowState::Active,
            tags: BTreeMap::new(),
            modified: fixture::now(),
        }
    }

    #[test]
    fn a_module_is_validated_and_its_name_is_its_own() {
        let mut state = fixture::state();
        let instance = fixture::instance_mut(&mut state);
        let mut broken = module("broken");
        broken.content = fixture::MODULE.replace("EndFlowModuleExecution", "NoSuchType");
        let error = instance.create_module(broken).unwrap_err();
        assert_eq!(error.code, "InvalidContactFlowModuleException");
        assert!(!error.members["Problems"].as_array().unwrap().is_empty());

        instance.create_module(module("one")).unwrap();
        let mut second = module("one");
        second.id = "second".to_owned();
        let error = instance.create_module(second).unwrap_err();
        assert_eq!(error.code, "DuplicateResourceException");
    }

    #[test]
    fn content_without_settings_is_a_bad_request() {
        let mut state = fixture::state();
        let mut without = module("without");
        without.content = fixture::FLOW.to_owned();
        let error = fixture::instance_mut(&mut state)
            .create_module(without)
            .unwrap_err();
        assert_eq!(error.code, "InvalidRequestException");
        assert!(error.message.contains("settings"), "{error}");
    }

    #[test]
    fn a_broken_update_leaves_the_module_as_it_was() {
        let mut state = fixture::state();
        let instance = fixture::instance_mut(&mut state);
        instance.create_module(module("one")).unwrap();
        let arn = format!("{}/flow-module/id of one", instance.arn);
        let broken = fixture::MODULE.replace("EndFlowModuleExecution", "NoSuchType");
        instance
            .update_module_content(&arn, Some(&broken), None, fixture::now())
            .unwrap_err();
        assert_eq!(instance.module(&arn).unwrap().content, fixture::MODULE);
        instance
            .update_module_metadata(
                &arn,
                Some("two"),
                None,
                Some(FlowState::Archived),
                fixture::now(),
            )
            .unwrap();
        let module = instance.module("id of one").unwrap();
        assert_eq!(
            (module.name.as_str(), module.state),
            ("two", FlowState::Archived)
        );
    }
}
