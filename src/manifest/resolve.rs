//! What the engine wants of one solution in one environment: files read, refs
//! checked, names made.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::load::Manifest;
use super::model::{self, Scalar, Solution};
use super::names::{DEFAULT_ENVIRONMENT, display, is_valid, physical};
use super::source::SourceError;
use crate::engine::desired::{Code, Desired, Flow, Function, PhoneNumber, Stack};
use crate::engine::nearest::hint;
use crate::engine::template::{self, TemplateError};
use crate::engine::text::{Reference, Text};

/// One solution in one environment, as the engine wants it. Functions have no
/// code yet.
///
/// # Errors
/// A file that is missing or wrong, a ref that names nothing, an unknown environment.
pub fn resolve(
    manifest: &Manifest,
    solution: &str,
    environment: &str,
    parameters: &BTreeMap<String, String>,
) -> Result<Desired, SourceError> {
    let resolver = Resolver {
        manifest,
        environment,
    };
    resolver.check_environment()?;
    let Some(written) = manifest.document.solutions.get(solution) else {
        return Err(resolver.wrong(format!("there is no solution `{solution}`")));
    };
    let mut desired = Desired {
        solution: solution.to_owned(),
        environment: environment.to_owned(),
        parameters: resolver.parameters(parameters),
        ..Desired::default()
    };
    for (name, stack) in &written.stacks {
        desired
            .stacks
            .insert(name.clone(), resolver.stack(solution, name, stack)?);
    }
    for (name, function) in &written.functions {
        desired
            .functions
            .insert(name.clone(), resolver.function(solution, name, function)?);
    }
    for (name, flow) in &written.flows {
        desired.flows.insert(name.clone(), resolver.flow(flow)?);
    }
    for (name, number) in &written.phone_numbers {
        desired
            .phone_numbers
            .insert(name.clone(), resolver.phone_number(written, number)?);
    }
    resolver.check_references(&desired)?;
    Ok(desired)
}

struct Resolver<'a> {
    manifest: &'a Manifest,
    environment: &'a str,
}

impl Resolver<'_> {
    fn wrong(&self, message: impl Into<String>) -> SourceError {
        SourceError::new(&self.manifest.path, &self.manifest.text, message)
    }

    fn check_environment(&self) -> Result<(), SourceError> {
        let declared = &self.manifest.document.environments;
        let name = self.environment;
        if !is_valid(name) {
            return Err(self
                .wrong(format!("`{name}` cannot be the name of an environment"))
                .help("a letter, then letters, digits and hyphens, 40 at most"));
        }
        if name == DEFAULT_ENVIRONMENT || declared.is_empty() || declared.contains_key(name) {
            return Ok(());
        }
        Err(self.wrong(format!(
            "there is no environment `{name}`{}",
            hint(name, declared.keys().map(String::as_str))
        )))
    }

    fn parameters(&self, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut parameters: BTreeMap<String, String> = self
            .manifest
            .document
            .environments
            .get(self.environment)
            .into_iter()
            .flat_map(|environment| &environment.parameters)
            .map(|(name, Scalar(value))| (name.clone(), value.clone()))
            .collect();
        parameters.extend(given.clone());
        parameters
    }

    fn text(&self, source: &str) -> Result<Text, SourceError> {
        Text::parse(source).map_err(|error| {
            let place = source.get(error.at.clone()).unwrap_or(source).to_owned();
            self.wrong(error.reason).at_text(&place)
        })
    }

    fn texts(
        &self,
        scalars: &BTreeMap<String, Scalar>,
    ) -> Result<BTreeMap<String, Text>, SourceError> {
        scalars
            .iter()
            .map(|(name, Scalar(source))| Ok((name.clone(), self.text(source)?)))
            .collect()
    }

    /// Reads a file that the manifest names.
    fn read(&self, file: &Path) -> Result<(PathBuf, String), SourceError> {
        // Named as the user would: not `./flow.json`.
        let path = match self.manifest.dir.to_str() {
            Some(".") => file.to_owned(),
            _ => self.manifest.dir.join(file),
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok((path, text)),
            Err(error) => Err(self
                .wrong(format!("{} cannot be read: {error}", path.display()))
                .at_text(&file.to_string_lossy())),
        }
    }

    fn stack(
        &self,
        solution: &str,
        name: &str,
        stack: &model::Stack,
    ) -> Result<Stack, SourceError> {
        let (path, text) = self.read(&stack.template)?;
        let template = template::read(&text).map_err(|error| {
            let source = SourceError::new(&path, &text, error.to_string());
            match error {
                TemplateError::Syntax(error) => match error.location() {
                    Some(location) => source.at_line(location.line(), location.column()),
                    None => source,
                },
                TemplateError::NoResources => source,
            }
        })?;
        for key in stack.parameters.keys() {
            if !template.parameters.contains_key(key) {
                return Err(self
                    .wrong(format!(
                        "{} has no parameter `{key}`{}",
                        path.display(),
                        hint(key, template.parameters.keys().map(String::as_str))
                    ))
                    .at_text(&format!("{key}:")));
            }
        }
        let missing = template
            .parameters
            .iter()
            .find(|(key, default)| default.is_none() && !stack.parameters.contains_key(*key));
        if let Some((key, _)) = missing {
            return Err(self
                .wrong(format!(
                    "the stack {name} needs the parameter `{key}` of {}",
                    path.display()
                ))
                .at_text(&stack.template.to_string_lossy()));
        }
        Ok(Stack {
            physical: physical(solution, name, self.environment),
            template: text,
            resources: template.resources,
            declared: template.parameters,
            outputs: template.outputs,
            parameters: self.texts(&stack.parameters)?,
        })
    }

    fn function(
        &self,
        solution: &str,
        name: &str,
        function: &model::Function,
    ) -> Result<Function, SourceError> {
        if function.package.is_some() == function.zip.is_some() {
            return Err(self
                .wrong(format!(
                    "the function {name} needs exactly one of `package` and `zip`"
                ))
                .at_text(&format!("{name}:")));
        }
        let probe = match &function.probe {
            Some(file) => {
                let (path, text) = self.read(file)?;
                check_json(&path, &text)?;
                Some(text.into_bytes())
            }
            None => None,
        };
        Ok(Function {
            physical: physical(solution, name, self.environment),
            role: self.text(&function.role)?,
            memory: function.memory,
            timeout: function.timeout,
            environment: self.texts(&function.environment)?,
            runtime: "provided.al2023".to_owned(),
            architecture: function.architecture.as_str().to_owned(),
            description: function.description.clone(),
            connect: function.connect,
            probe,
            code: Code::default(),
        })
    }

    fn flow(&self, flow: &model::Flow) -> Result<Flow, SourceError> {
        if connect_flow::FlowType::from_api_name(&flow.flow_type).is_none() {
            return Err(self
                .wrong(format!("`{}` is no type of flow", flow.flow_type))
                .at_text(&flow.flow_type));
        }
        let (path, source) = self.read(&flow.file)?;
        check_json(&path, &source)?;
        let content = Text::parse(&source)
            .map_err(|error| SourceError::new(&path, &source, error.reason).at(error.at))?;
        Ok(Flow {
            physical: display(&flow.name, self.environment),
            flow_type: flow.flow_type.clone(),
            description: flow.description.clone(),
            content,
            file: path,
            source,
        })
    }

    fn phone_number(
        &self,
        solution: &Solution,
        number: &model::PhoneNumber,
    ) -> Result<PhoneNumber, SourceError> {
        let text = self.text(&number.flow)?;
        let mut references = text.references();
        let flow = match (references.next(), references.next()) {
            (Some((Reference::Flow(name), at)), None) if at == (0..number.flow.len()) => {
                name.clone()
            }
            _ => {
                return Err(self
                    .wrong(format!("`{}` is no ref to a flow", number.flow))
                    .at_text(&number.flow)
                    .help("a phone number rings a flow: `flow: \"${flow.NAME}\"`"));
            }
        };
        if !solution.flows.contains_key(&flow) {
            return Err(self
                .wrong(format!(
                    "there is no flow `{flow}`{}",
                    hint(&flow, solution.flows.keys().map(String::as_str))
                ))
                .at_text(&number.flow));
        }
        Ok(PhoneNumber {
            flow,
            country: number.country.clone(),
            number_type: number.number_type.clone(),
            number: number.number.clone(),
        })
    }

    /// Every ref to something of the solution must name something that is there.
    fn check_references(&self, desired: &Desired) -> Result<(), SourceError> {
        let stacks = desired
            .stacks
            .values()
            .flat_map(|stack| stack.parameters.values());
        let functions = desired
            .functions
            .values()
            .flat_map(|function| function.environment.values().chain([&function.role]));
        for text in stacks.chain(functions) {
            for (reference, _) in text.references() {
                if let Some(reason) = missing(desired, reference) {
                    return Err(self.wrong(reason).at_text(&reference.to_string()));
                }
            }
        }
        for flow in desired.flows.values() {
            for (reference, at) in flow.content.references() {
                if let Some(reason) = missing(desired, reference) {
                    return Err(SourceError::new(&flow.file, &flow.source, reason).at(at));
                }
            }
        }
        Ok(())
    }
}

/// Why a ref cannot be served, whatever is on AWS.
fn missing(desired: &Desired, reference: &Reference) -> Option<String> {
    let absent = |what: &str, name: &str, names: Vec<&String>| {
        (!names.contains(&&name.to_owned())).then(|| {
            format!(
                "{reference}: there is no {what} `{name}`{}",
                hint(name, names.iter().map(|name| name.as_str()))
            )
        })
    };
    match reference {
        Reference::StackOutput { stack, output } => match desired.stacks.get(stack) {
            Some(stack) => absent("output", output, stack.outputs.iter().collect()),
            None => absent("stack", stack, desired.stacks.keys().collect()),
        },
        Reference::Function(name) | Reference::FunctionName(name) => {
            absent("function", name, desired.functions.keys().collect())
        }
        Reference::Flow(name) => absent("flow", name, desired.flows.keys().collect()),
        Reference::Phone(name) => {
            absent("phone number", name, desired.phone_numbers.keys().collect())
        }
        Reference::Parameter(name) => {
            absent("parameter", name, desired.parameters.keys().collect())
        }
        _ => None,
    }
}

fn check_json(path: &Path, text: &str) -> Result<(), SourceError> {
    serde_json::from_str::<serde_json::Value>(text)
        .map(|_| ())
        .map_err(|error| {
            let message = error.to_string();
            let message = message
                .rsplit_once(" at line ")
                .map_or(message.as_str(), |(head, _)| head);
            SourceError::new(path, text, format!("not JSON: {message}"))
                .at_byte_column(error.line(), error.column())
        })
}
