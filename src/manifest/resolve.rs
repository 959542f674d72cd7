//! What the engine wants of one solution in one environment: files read, refs
//! checked, names made. Whatever is wrong, the rest is looked at too.

mod dependencies;
mod read;
mod references;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use super::items::{self, Refs};
use super::load::Manifest;
use super::model;
use super::names::{DEFAULT_ENVIRONMENT, display, is_valid, physical};
use super::objects;
use super::parameters::{self, Missing};
use super::source::{Faults, SourceError};
use super::{composed, limits};
use crate::engine::desired::{
    Code, CodeSource, Desired, Flow, Function, NumberChoice, Object, PhoneNumber, Probe, Seed,
    SourceFile, Stack,
};
use crate::engine::nearest::hint;
use crate::engine::plan::digest;
use crate::engine::text::{Reference, Text};

/// One solution in one environment, as the engine wants it. Functions have no
/// code yet.
///
/// # Errors
/// Every file that is missing or wrong, every ref that names nothing; an unknown
/// environment; parameters without a value when that is refused. What is wrong with the
/// manifest itself is among its own faults, and not told again.
pub fn resolve(
    manifest: &Manifest,
    solution: &str,
    environment: &str,
    given: &BTreeMap<String, String>,
    missing: Missing,
) -> Result<Desired, Faults> {
    let mut resolver = Resolver {
        manifest,
        solution,
        environment,
        missing,
        faults: Faults::default(),
    };
    resolver.check_environment();
    let Some(written) = manifest.document.solutions.get(solution) else {
        return Err(manifest
            .wrong(format!("there is no solution `{solution}`"))
            .into());
    };
    let parameters = parameters::values(manifest, solution, environment, given, missing);
    let desired = Desired {
        solution: solution.to_owned(),
        environment: environment.to_owned(),
        manifest: SourceFile {
            path: manifest.path.clone(),
            text: Arc::clone(&manifest.text),
        },
        parameters: resolver.faults.take(parameters).unwrap_or_default(),
        stacks: resolver.each(&written.stacks, Resolver::stack),
        objects: resolver.each(&written.objects, Resolver::object),
        seeds: resolver.each(&written.seed, Resolver::seed),
        functions: resolver.each(&written.functions, Resolver::function),
        flows: resolver.each(&written.flows, Resolver::flow),
        phone_numbers: resolver.each(&written.phone_numbers, Resolver::phone_number),
        ..Desired::default()
    };
    resolver.check_references(&desired);
    resolver.faults.none_or(desired)
}

struct Resolver<'a> {
    manifest: &'a Manifest,
    solution: &'a str,
    environment: &'a str,
    missing: Missing,
    faults: Faults,
}

impl Resolver<'_> {
    /// What can be made of each; what cannot has its faults.
    fn each<W, D>(
        &mut self,
        written: &IndexMap<String, W>,
        resolve: impl Fn(&mut Self, &str, &W) -> Option<D>,
    ) -> IndexMap<String, D> {
        let of = |(name, one): (&String, &W)| Some((name.clone(), resolve(self, name, one)?));
        written.iter().filter_map(of).collect()
    }

    /// A fault of the manifest at the value of a path within the solution.
    fn fault(&mut self, path: &[&str], message: String) {
        let place = self.manifest.place(&self.path(path));
        self.faults
            .push(self.manifest.wrong(message).at_place(place));
    }

    /// As [`Resolver::fault`], at the key.
    fn fault_of_key(&mut self, path: &[&str], message: String) {
        let place = self.manifest.key_place(&self.path(path));
        self.faults
            .push(self.manifest.wrong(message).at_place(place));
    }

    fn path<'b>(&'b self, path: &[&'b str]) -> Vec<&'b str> {
        ["solutions", self.solution]
            .into_iter()
            .chain(path.iter().copied())
            .collect()
    }

    fn check_environment(&mut self) {
        let declared = self.manifest.names(&["environments"]);
        let name = self.environment;
        let wrong = |message: String| self.manifest.wrong(message);
        let fault = if !is_valid(name) {
            wrong(format!("`{name}` cannot be the name of an environment"))
                .help("a letter, then letters, digits and hyphens, 40 at most")
        } else if declared.is_empty() {
            return composed::check_lengths(self.manifest, self.solution, name, &mut self.faults);
        } else if name == DEFAULT_ENVIRONMENT || declared.contains(&name) {
            return;
        } else {
            let hint = hint(name, declared);
            wrong(format!("there is no environment `{name}`{hint}"))
        };
        self.faults.push(fault);
    }

    /// The text at a path, its refs with their places in the manifest.
    fn text(&mut self, path: &[&str]) -> Option<Text> {
        let manifest = self.manifest;
        let node = manifest.tree.at(&self.path(path))?;
        let source = node.text()?;
        let written = manifest.text.get(node.span.clone()).unwrap_or_default();
        let place = |at: Range<usize>| place_in(source, written, &node.span, at);
        match Text::parse(source) {
            Ok(text) => Some(text.located(place)),
            Err(errors) => {
                let fault = |error: crate::engine::text::BadReference| {
                    manifest.wrong(error.reason).at(place(error.at))
                };
                self.faults.extend(errors.into_iter().map(fault));
                None
            }
        }
    }

    /// The texts of a map.
    fn texts(&mut self, path: &[&str]) -> Option<BTreeMap<String, Text>> {
        let manifest = self.manifest;
        let names = manifest.names(&self.path(path));
        let texts: Vec<Option<(String, Text)>> = names
            .into_iter()
            .map(|name| {
                let path: Vec<&str> = path.iter().copied().chain([name]).collect();
                Some((name.to_owned(), self.text(&path)?))
            })
            .collect();
        texts.into_iter().collect()
    }

    /// The text of a file that is named at a path.
    fn read_text(
        &mut self,
        file: &Path,
        path: &[&str],
    ) -> Option<(super::files::Found, PathBuf, String)> {
        let read = self.manifest.read_text(file, &self.path(path));
        self.faults.take(read)
    }

    fn stack(&mut self, name: &str, stack: &model::Stack) -> Option<Stack> {
        let parameters = self.texts(&["stacks", name, "parameters"]);
        let place = ["stacks", name, "template"];
        let (found, path, text) = self.read_text(&stack.template, &place)?;
        self.faults.take(limits::template(&path, &text));
        let template = self.faults.take(read::template(&path, &text))?;
        for key in stack.parameters.keys() {
            if !template.parameters.contains_key(key) {
                let known = template.parameters.keys().map(String::as_str);
                let message = format!(
                    "{} has no parameter `{key}`{}",
                    path.display(),
                    hint(key, known)
                );
                self.fault_of_key(&["stacks", name, "parameters", key], message);
            }
        }
        let given = self
            .manifest
            .names(&self.path(&["stacks", name, "parameters"]));
        for (key, declared) in &template.parameters {
            if declared.default.is_none() && !given.contains(&key.as_str()) {
                let message = format!(
                    "the stack {name} needs the parameter `{key}` of {}",
                    path.display()
                );
                self.fault(&place, message);
            }
        }
        Some(Stack {
            physical: physical(self.solution, name, self.environment),
            template: text,
            origin: found.origin,
            resources: template.resources,
            declared: template.parameters,
            outputs: template.outputs,
            exports: template.exports,
            parameters: parameters?,
            depends_on: self.dependencies(&["stacks", name]),
        })
    }

    fn object(&mut self, name: &str, object: &model::Object) -> Option<Object> {
        let bucket = self.object_place(name, "bucket", &object.bucket);
        let key = self.object_place(name, "key", &object.key);
        let read = self
            .manifest
            .read_file(&object.file, &self.path(&["objects", name, "file"]));
        let read = self.faults.take(read);
        let schema = object
            .schema
            .as_ref()
            .map(|schema| self.read_text(schema, &["objects", name, "schema"]));
        let (found, content) = read?;
        let schema = match &schema {
            Some(None) => return None,
            Some(Some((_, path, text))) => Some((path.as_path(), text.as_str())),
            None => None,
        };
        let checked = objects::check(&self.manifest.named(&object.file), &content, schema);
        let numbers = self.faults.take(checked)?;
        Some(Object {
            bucket: bucket?,
            key: key?,
            sha256: digest(&content),
            content: Arc::new(content),
            origin: found.origin,
            content_type: object
                .content_type
                .clone()
                .unwrap_or_else(|| objects::content_type(&object.file).to_owned()),
            numbers,
        })
    }

    /// Bucket or key of an object.
    fn object_place(&mut self, name: &str, key: &str, source: &str) -> Option<Text> {
        let path = ["objects", name, key];
        let text = self.text(&path)?;
        if source.is_empty() {
            self.fault(&path, format!("the object {name} needs a {key}"));
            return None;
        }
        let other = text.references().find(|(reference, _)| {
            matches!(
                reference,
                Reference::ObjectBucket(_) | Reference::ObjectKey(_)
            )
        });
        if let Some((reference, at)) = other {
            let message = format!("{reference}: the place of an object cannot name an object");
            self.faults.push(self.manifest.wrong(message).at(at));
            return None;
        }
        Some(text)
    }

    fn seed(&mut self, name: &str, seed: &model::Seed) -> Option<Seed> {
        let table = self.text(&["seed", name, "table"]);
        let (origin, file, source, items) = match (&seed.file, &seed.items) {
            (Some(file), None) => {
                let (found, file, source) = self.read_text(file, &["seed", name, "file"])?;
                let tree = self.faults.take(read::data(&file, &source))?;
                let items = items::items(&tree, Refs::Text);
                (Some(found.origin), file, Arc::from(source), items)
            }
            (None, Some(node)) => {
                let manifest = self.manifest;
                let items = items::items(node, Refs::Refused);
                let text = Arc::clone(&manifest.text);
                (None, manifest.path.clone(), text, items)
            }
            _ => {
                let message = format!("the seed {name} needs exactly one of `file` and `items`");
                self.fault_of_key(&["seed", name], message);
                return None;
            }
        };
        let items = items.map_err(|errors| {
            let fault = |error: items::BadValue| {
                let message = format!("seed {name}: {}", error.reason);
                SourceError::new(&file, Arc::clone(&source), message).at(error.at)
            };
            errors.into_iter().map(fault).collect::<Faults>()
        });
        Some(Seed {
            items: self.faults.take(items)?,
            table: table?,
            origin,
            file,
            source: source.to_string(),
        })
    }

    fn function(&mut self, name: &str, function: &model::Function) -> Option<Function> {
        let role = self.text(&["functions", name, "role"]);
        let environment = self.texts(&["functions", name, "environment"]);
        let probe = function
            .probe
            .as_ref()
            .map(|file| self.probe(file, &["functions", name, "probe"]));
        let code = match (&function.package, &function.zip) {
            (Some(package), None) => CodeSource::Package(package_in_words(package, function)),
            (None, Some(zip)) => {
                self.refuse_keys_of_packages(name, function);
                CodeSource::Zip(self.zip(zip, &["functions", name, "zip"]))
            }
            _ => {
                let message =
                    format!("the function {name} needs exactly one of `package` and `zip`");
                self.fault_of_key(&["functions", name], message);
                return None;
            }
        };
        Some(Function {
            physical: physical(self.solution, name, self.environment),
            role: role?,
            memory: function.memory,
            timeout: function.timeout,
            environment: environment?,
            runtime: "provided.al2023".to_owned(),
            architecture: function.architecture.as_str().to_owned(),
            description: function.description.clone(),
            connect: function.connect,
            probe: match probe {
                Some(probe) => Some(probe?),
                None => None,
            },
            source: code,
            code: Code::default(),
            depends_on: self.dependencies(&["functions", name]),
        })
    }

    /// How a package is built says nothing of a zip that is there already.
    fn refuse_keys_of_packages(&mut self, name: &str, function: &model::Function) {
        let keys = [
            ("bin", function.bin.is_some()),
            ("features", !function.features.is_empty()),
            ("locked", function.locked.is_some()),
        ];
        for (key, given) in keys {
            if given {
                let message = format!(
                    "the function {name} has `{key}`, which is about a `package`, and a `zip`"
                );
                self.fault_of_key(&["functions", name, key], message);
            }
        }
    }

    /// A zip, by its path from the manifest's folder. Commands that deploy nothing do
    /// without the file.
    fn zip(&mut self, zip: &Path, place: &[&str]) -> String {
        let found = self.manifest.find_file(zip, &self.path(place));
        let found = match self.missing {
            Missing::Refused => self.faults.take(found),
            Missing::Tolerated => found.ok(),
        };
        found.map_or_else(|| zip.display().to_string(), |found| found.origin)
    }

    fn probe(&mut self, file: &Path, place: &[&str]) -> Option<Probe> {
        let (found, path, text) = self.read_text(file, place)?;
        self.faults.take(read::check_json(&path, &text))?;
        Some(Probe {
            origin: found.origin,
            event: text.into_bytes(),
        })
    }

    fn flow(&mut self, name: &str, flow: &model::Flow) -> Option<Flow> {
        if connect_flow::FlowType::from_api_name(&flow.flow_type).is_none() {
            let message = format!("`{}` is no type of flow", flow.flow_type);
            self.fault(&["flows", name, "type"], message);
        }
        let (found, path, source) = self.read_text(&flow.file, &["flows", name, "file"])?;
        self.faults.take(read::check_json(&path, &source))?;
        self.faults.take(read::check_flow(&path, &source))?;
        let content = Text::parse(&source).map_err(|errors| {
            let shown: Arc<str> = source.as_str().into();
            let fault = |error: crate::engine::text::BadReference| {
                SourceError::new(&path, Arc::clone(&shown), error.reason).at(error.at)
            };
            errors.into_iter().map(fault).collect::<Faults>()
        });
        Some(Flow {
            physical: display(&flow.name, self.environment),
            flow_type: flow.flow_type.clone(),
            description: flow.description.clone(),
            content: self.faults.take(content)?,
            origin: found.origin,
            file: path,
            source,
        })
    }

    fn phone_number(&mut self, name: &str, number: &model::PhoneNumber) -> Option<PhoneNumber> {
        let path = ["phone_numbers", name, "flow"];
        let text = self.text(&path)?;
        let mut references = text.references().map(|(reference, _)| reference);
        let flow = match (references.next(), references.next()) {
            (Some(Reference::Flow(flow)), None) if text.is_references_only() => flow.clone(),
            _ => {
                let message = format!("`{}` is no ref to a flow", number.flow);
                let place = self.manifest.place(&self.path(&path));
                let fault = self.manifest.wrong(message).at_place(place);
                self.faults
                    .push(fault.help("a phone number rings a flow: `flow: \"${flow.NAME}\"`"));
                return None;
            }
        };
        let flows = self.manifest.names(&self.path(&["flows"]));
        if !flows.contains(&flow.as_str()) {
            let message = format!("there is no flow `{flow}`{}", hint(&flow, flows));
            self.fault(&path, message);
            return None;
        }
        Some(PhoneNumber {
            flow,
            choice: match &number.number {
                Some(number) => NumberChoice::Certain(number.clone()),
                None => NumberChoice::Any {
                    country: number.country.clone()?,
                    number_type: number.number_type.clone()?,
                },
            },
        })
    }
}

/// `greet (bin put, features a, b)`: what is told of a package in a plan.
fn package_in_words(package: &str, function: &model::Function) -> String {
    let mut said = Vec::new();
    said.extend(function.bin.as_ref().map(|bin| format!("bin {bin}")));
    if !function.features.is_empty() {
        said.push(format!("features {}", function.features.join(", ")));
    }
    if function.locked == Some(false) {
        said.push("not locked".to_owned());
    }
    if said.is_empty() {
        return package.to_owned();
    }
    format!("{package} ({})", said.join(", "))
}

/// Where a part of a scalar's text stands in the file. With escapes or over many lines
/// its letters are not those of the file: then all of it is the place.
fn place_in(source: &str, written: &str, span: &Range<usize>, at: Range<usize>) -> Range<usize> {
    let inner = |quotes: usize| written.get(quotes..written.len().saturating_sub(quotes));
    let quotes = (0..=1).find(|quotes| inner(*quotes) == Some(source));
    match quotes {
        Some(quotes) => span.start + quotes + at.start..span.start + quotes + at.end,
        None => span.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::tree::read_yaml;

    #[test]
    fn a_ref_has_the_place_of_its_letters_or_of_the_whole_value() {
        let place = |text: &str| {
            let tree = read_yaml(text).unwrap();
            let node = tree.at(&["a"]).unwrap();
            let source = node.text().unwrap();
            let at = source.find("${r}").unwrap();
            let written = &text[node.span.clone()];
            text[place_in(source, written, &node.span, at..at + 4)].to_owned()
        };
        assert_eq!(place("a: é ${r} x # ${r}\n"), "${r}");
        assert_eq!(place("a: 'é ${r}'\n"), "${r}");
        assert_eq!(place("a: \"${r}\"\n"), "${r}");
        assert_eq!(place("a: 'it''s ${r}'\n"), "'it''s ${r}'");
        assert_eq!(place("a: \"\\t${r}\"\n"), "\"\\t${r}\"");
    }
}
