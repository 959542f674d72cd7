//! What the engine wants of one solution in one environment: files read, refs
//! checked, names made.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use super::items::{self, Refs};
use super::load::Manifest;
use super::model::{self, Scalar, Solution};
use super::names::{DEFAULT_ENVIRONMENT, display, is_valid, physical};
use super::objects;
use super::parameters::{self, Missing};
use super::source::SourceError;
use super::tree;
use crate::engine::desired::{
    Code, CodeSource, Desired, Flow, Function, Object, PhoneNumber, Probe, Seed, Stack,
};
use crate::engine::nearest::hint;
use crate::engine::plan::digest;
use crate::engine::template::{self, TemplateError};
use crate::engine::text::{Reference, Text};

/// One solution in one environment, as the engine wants it. Functions have no
/// code yet.
///
/// # Errors
/// A file that is missing or wrong, a ref that names nothing, an unknown environment,
/// a parameter without a value when that is refused.
pub fn resolve(
    manifest: &Manifest,
    solution: &str,
    environment: &str,
    given: &BTreeMap<String, String>,
    missing: Missing,
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
        parameters: parameters::values(manifest, solution, environment, given, missing)?,
        ..Desired::default()
    };
    for (name, stack) in &written.stacks {
        desired
            .stacks
            .insert(name.clone(), resolver.stack(solution, name, stack)?);
    }
    for (name, object) in &written.objects {
        desired
            .objects
            .insert(name.clone(), resolver.object(solution, name, object)?);
    }
    for (name, seed) in &written.seed {
        desired
            .seeds
            .insert(name.clone(), resolver.seed(solution, name, seed)?);
    }
    for (name, function) in &written.functions {
        desired
            .functions
            .insert(name.clone(), resolver.function(solution, name, function)?);
    }
    for (name, flow) in &written.flows {
        desired
            .flows
            .insert(name.clone(), resolver.flow(solution, name, flow)?);
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

    fn stack(
        &self,
        solution: &str,
        name: &str,
        stack: &model::Stack,
    ) -> Result<Stack, SourceError> {
        let place = ["solutions", solution, "stacks", name, "template"];
        let (found, path, text) = self.manifest.read_text(&stack.template, &place)?;
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
        let missing = template.parameters.iter().find(|(key, declared)| {
            declared.default.is_none() && !stack.parameters.contains_key(*key)
        });
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
            origin: found.origin,
            resources: template.resources,
            declared: template.parameters,
            outputs: template.outputs,
            parameters: self.texts(&stack.parameters)?,
        })
    }

    fn object(
        &self,
        solution: &str,
        name: &str,
        object: &model::Object,
    ) -> Result<Object, SourceError> {
        let path_of = |key: &'static str| ["solutions", solution, "objects", name, key];
        let at = |key: &'static str| self.manifest.place(&path_of(key));
        let (found, content) = self.manifest.read_file(&object.file, &path_of("file"))?;
        let schema = match &object.schema {
            Some(schema) => Some(self.manifest.read_text(schema, &path_of("schema"))?),
            None => None,
        };
        let schema = schema
            .as_ref()
            .map(|(_, path, text)| (path.as_path(), text.as_str()));
        objects::check(&self.manifest.named(&object.file), &content, schema)?;
        let place = |key: &'static str, source: &str| {
            let text = self.text(source)?;
            if source.is_empty() {
                return Err(self
                    .wrong(format!("the object {name} needs a {key}"))
                    .at_place(at(key)));
            }
            let other = text
                .references()
                .find_map(|(reference, _)| match reference {
                    Reference::ObjectBucket(_) | Reference::ObjectKey(_) => Some(reference.clone()),
                    _ => None,
                });
            match other {
                Some(reference) => Err(self
                    .wrong(format!(
                        "{reference}: the place of an object cannot name an object"
                    ))
                    .at_place(at(key))),
                None => Ok(text),
            }
        };
        Ok(Object {
            bucket: place("bucket", &object.bucket)?,
            key: place("key", &object.key)?,
            sha256: digest(&content),
            content: std::sync::Arc::new(content),
            origin: found.origin,
            content_type: object
                .content_type
                .clone()
                .unwrap_or_else(|| objects::content_type(&object.file).to_owned()),
        })
    }

    fn seed(&self, solution: &str, name: &str, seed: &model::Seed) -> Result<Seed, SourceError> {
        let path = ["solutions", solution, "seed", name];
        let table = self.text(&seed.table)?;
        let (origin, file, source, items) = match (&seed.file, &seed.items) {
            (Some(file), None) => {
                let path = [path[0], path[1], path[2], path[3], "file"];
                let (found, file, source) = self.manifest.read_text(file, &path)?;
                let tree = data(&file, &source)?;
                let items = items::items(&tree, Refs::Text);
                (Some(found.origin), file, source, items)
            }
            (None, Some(_)) => {
                let path = [path[0], path[1], path[2], path[3], "items"];
                let items = match self.manifest.tree.at(&path) {
                    Some(node) => items::items(node, Refs::Refused),
                    None => Ok(Vec::new()),
                };
                (
                    None,
                    self.manifest.path.clone(),
                    self.manifest.text.clone(),
                    items,
                )
            }
            _ => {
                return Err(self
                    .wrong(format!(
                        "the seed {name} needs exactly one of `file` and `items`"
                    ))
                    .at_place(self.manifest.key_place(&path)));
            }
        };
        let items = items.map_err(|error| {
            SourceError::new(&file, &source, format!("seed {name}: {}", error.reason)).at(error.at)
        })?;
        Ok(Seed {
            table,
            items,
            origin,
            file,
            source,
        })
    }

    fn function(
        &self,
        solution: &str,
        name: &str,
        function: &model::Function,
    ) -> Result<Function, SourceError> {
        let code = match (&function.package, &function.zip) {
            (Some(package), None) => CodeSource::Package(package.clone()),
            // Read when it is needed: commands that deploy nothing do without.
            (None, Some(zip)) => CodeSource::Zip(match self.manifest.files.find(zip) {
                Ok(found) => found.origin,
                Err(_) => zip.display().to_string(),
            }),
            _ => {
                return Err(self
                    .wrong(format!(
                        "the function {name} needs exactly one of `package` and `zip`"
                    ))
                    .at_text(&format!("{name}:")));
            }
        };
        let probe = match &function.probe {
            Some(file) => {
                let place = ["solutions", solution, "functions", name, "probe"];
                let (found, path, text) = self.manifest.read_text(file, &place)?;
                check_json(&path, &text)?;
                Some(Probe {
                    origin: found.origin,
                    event: text.into_bytes(),
                })
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
            source: code,
            code: Code::default(),
        })
    }

    fn flow(&self, solution: &str, name: &str, flow: &model::Flow) -> Result<Flow, SourceError> {
        if connect_flow::FlowType::from_api_name(&flow.flow_type).is_none() {
            return Err(self
                .wrong(format!("`{}` is no type of flow", flow.flow_type))
                .at_text(&flow.flow_type));
        }
        let place = ["solutions", solution, "flows", name, "file"];
        let (found, path, source) = self.manifest.read_text(&flow.file, &place)?;
        check_json(&path, &source)?;
        let content = Text::parse(&source)
            .map_err(|error| SourceError::new(&path, &source, error.reason).at(error.at))?;
        Ok(Flow {
            physical: display(&flow.name, self.environment),
            flow_type: flow.flow_type.clone(),
            description: flow.description.clone(),
            content,
            origin: found.origin,
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
        let seeds = desired.seeds.values().map(|seed| &seed.table);
        let objects = desired
            .objects
            .values()
            .flat_map(|object| [&object.bucket, &object.key]);
        for text in stacks.chain(functions).chain(seeds).chain(objects) {
            for (reference, _) in text.references() {
                if let Some(reason) = missing(desired, reference) {
                    return Err(self.wrong(reason).at_text(&reference.to_string()));
                }
            }
        }
        self.check_secrets(desired)?;
        for flow in desired.flows.values() {
            for (reference, at) in flow.content.references() {
                if let Some(reason) = missing(desired, reference) {
                    return Err(SourceError::new(&flow.file, &flow.source, reason).at(at));
                }
                if let Some(reason) = exposed(desired, reference) {
                    return Err(SourceError::new(&flow.file, &flow.source, reason).at(at));
                }
            }
        }
        Ok(())
    }

    /// CloudFormation alone resolves references to secrets.
    fn check_secrets(&self, desired: &Desired) -> Result<(), SourceError> {
        let solution = desired.solution.as_str();
        for (name, function) in &desired.functions {
            let path = ["solutions", solution, "functions", name];
            let variables = function.environment.iter().map(|(key, text)| {
                let at = [path[0], path[1], path[2], path[3], "environment", key];
                (text, self.manifest.place(&at))
            });
            let role = [path[0], path[1], path[2], path[3], "role"];
            let role = (&function.role, self.manifest.place(&role));
            for (text, place) in variables.chain([role]) {
                self.refuse_secrets(desired, text, place)?;
            }
        }
        for (name, object) in &desired.objects {
            for (key, text) in [("bucket", &object.bucket), ("key", &object.key)] {
                let path = ["solutions", solution, "objects", name, key];
                self.refuse_secrets(desired, text, self.manifest.place(&path))?;
            }
        }
        for (name, seed) in &desired.seeds {
            let place = self
                .manifest
                .place(&["solutions", solution, "seed", name, "table"]);
            self.refuse_secrets(desired, &seed.table, place)?;
        }
        Ok(())
    }

    fn refuse_secrets(
        &self,
        desired: &Desired,
        text: &Text,
        place: Option<Range<usize>>,
    ) -> Result<(), SourceError> {
        match text
            .references()
            .find_map(|(reference, _)| exposed(desired, reference))
        {
            Some(reason) => Err(self.wrong(reason).at_place(place)),
            None => Ok(()),
        }
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
        Reference::ObjectBucket(name) | Reference::ObjectKey(name) => {
            absent("object", name, desired.objects.keys().collect())
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

/// Why a ref cannot stand outside the parameters of a stack.
fn exposed(desired: &Desired, reference: &Reference) -> Option<String> {
    let Reference::Parameter(name) = reference else {
        return None;
    };
    let parameter = desired.parameters.get(name)?;
    parameter.is_secret.then(|| {
        format!(
            "{reference} is a secret: only CloudFormation resolves it, so it stands in the \
             parameters of stacks alone"
        )
    })
}

/// A file of data, JSON or YAML by its name.
fn data(path: &Path, text: &str) -> Result<tree::Node, SourceError> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let read = match extension {
        Some("json") => {
            check_json(path, text)?;
            tree::read_json(text)
        }
        Some("yaml" | "yml") => tree::read_yaml(text),
        _ => {
            return Err(SourceError::new(
                path,
                text,
                "a file of items is named .json, .yaml or .yml",
            ));
        }
    };
    read.map_err(|error| SourceError::new(path, text, error.message).at(error.at..error.at))
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
