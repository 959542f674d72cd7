//! Functions and their versions: what each operation does to the state.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::configuration::{Code, Configuration, Settings, Status};
use super::errors;
use super::names::{self, FunctionName, LATEST, is_version_number};
use super::state::{Function, State, Version};
use crate::core::error::{ServiceError, ServiceResult};

/// What a change needs from the outside.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// When.
    pub now: Timestamp,
    /// The new revision.
    pub revision_id: String,
    /// The new generation.
    pub generation: String,
}

/// What `CreateFunction` makes.
#[derive(Debug, Clone)]
pub struct New {
    /// The bare name.
    pub name: String,
    /// Runtime, role and the rest, checked.
    pub settings: Settings,
    /// The package.
    pub code: Code,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// The tags, checked.
    pub tags: BTreeMap<String, String>,
}

/// Makes a function; its package is yet to be unpacked.
///
/// # Errors
/// `ResourceConflictException` when the name is taken.
pub fn create(state: &mut State, new: New, stamp: Stamp) -> ServiceResult<()> {
    if state.functions.contains_key(&new.name) {
        return Err(errors::conflict(format!(
            "Function already exist: {}",
            new.name
        )));
    }
    let defaults = Configuration {
        code: new.code,
        runtime: String::new(),
        role: String::new(),
        handler: String::new(),
        description: String::new(),
        timeout: 3,
        memory_size: 128,
        architecture: new.architecture,
        environment: None,
        log_group: None,
        layers: Vec::new(),
        last_modified: stamp.now,
    };
    let function = Function {
        latest: Version {
            configuration: new.settings.apply(defaults),
            status: Status::Creating,
            revision_id: stamp.revision_id,
            generation: stamp.generation,
        },
        serving: None,
        versions: BTreeMap::new(),
        last_version: 0,
        aliases: BTreeMap::new(),
        tags: new.tags,
        policies: BTreeMap::new(),
        urls: BTreeMap::new(),
        reserved_concurrency: None,
    };
    state.functions.insert(new.name, function);
    Ok(())
}

/// Whether a function is idle enough to be changed.
///
/// # Errors
/// `ResourceConflictException` while it is created or updated.
pub fn check_changeable(function: &Function, arn: &str) -> ServiceResult<()> {
    match function.latest.status {
        Status::Creating => Err(errors::conflict(
            "The operation cannot be performed at this time. The function is currently in the \
             following state: Pending",
        )),
        Status::Updating => Err(errors::conflict(format!(
            "The operation cannot be performed at this time. An update is in progress for \
             resource: {arn}"
        ))),
        Status::Ready | Status::CreationFailed | Status::UpdateFailed => Ok(()),
    }
}

/// Starts an update of `$LATEST`: `change` makes the new configuration. Until
/// [`settle`], invocations use what was before.
///
/// # Errors
/// `ResourceNotFoundException`, `ResourceConflictException`,
/// `PreconditionFailedException`, and those of `change`.
pub fn update(
    state: &mut State,
    name: &FunctionName,
    region: &str,
    revision: Option<&str>,
    stamp: Stamp,
    change: impl FnOnce(Configuration) -> Configuration,
) -> ServiceResult<()> {
    let arn = names::arn(region, &name.name, None);
    let function = state.function_mut(name, region)?;
    errors::check_revision(revision, &function.latest.revision_id)?;
    check_changeable(function, &arn)?;
    let before = function.latest.clone();
    let mut configuration = change(before.configuration.clone());
    configuration.last_modified = stamp.now;
    let failed = before.status == Status::CreationFailed;
    function.latest = Version {
        configuration,
        status: if failed {
            Status::Creating
        } else {
            Status::Updating
        },
        revision_id: stamp.revision_id,
        generation: stamp.generation,
    };
    // A failed update never served; what served before it still does.
    if before.status == Status::Ready {
        function.serving = Some(Box::new(before));
    }
    Ok(())
}

/// Ends what [`create`] or [`update`] began: the package of that hash has been
/// unpacked, or could not be. `revision_id` is called for each version changed.
pub fn settle(
    function: &mut Function,
    sha256: &str,
    unpacked: bool,
    mut revision_id: impl FnMut() -> String,
) {
    let versions = std::iter::once(&mut function.latest).chain(function.versions.values_mut());
    for version in versions {
        let pending = matches!(version.status, Status::Creating | Status::Updating);
        if pending && version.configuration.code.sha256 == sha256 {
            version.status = version.status.settled(unpacked);
            version.revision_id = revision_id();
        }
    }
    if function.latest.status == Status::Ready {
        function.serving = None;
    }
}

/// What `PublishVersion` gives beside the function.
#[derive(Debug, Clone, Default)]
pub struct Publish {
    /// Publishes only when the code is this one (Base64).
    pub code_sha256: Option<String>,
    /// The version's own description.
    pub description: Option<String>,
    /// Publishes only at this revision.
    pub revision_id: Option<String>,
}

/// Publishes `$LATEST`; the number of the version. When nothing has changed
/// since the version published last, that one.
///
/// # Errors
/// `ResourceNotFoundException`, `PreconditionFailedException`,
/// `InvalidParameterValueException` for another code.
pub fn publish(
    state: &mut State,
    name: &FunctionName,
    region: &str,
    publish: &Publish,
    stamp: Stamp,
) -> ServiceResult<u64> {
    let function = state.function_mut(name, region)?;
    errors::check_revision(publish.revision_id.as_deref(), &function.latest.revision_id)?;
    let configuration = &function.latest.configuration;
    let current = super::configuration::code_sha256(&configuration.code.sha256);
    if let Some(wanted) = &publish.code_sha256
        && *wanted != current
    {
        return Err(errors::invalid(format!(
            "CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({current}). \
             Please try again with the CodeSHA256 in $LATEST."
        )));
    }
    if let Some(last) = function.versions.get(&function.last_version) {
        // A description given at an earlier publication is no change of the function.
        let same = Configuration {
            description: configuration.description.clone(),
            ..last.configuration.clone()
        };
        if same.same_as(configuration) {
            return Ok(function.last_version);
        }
    }
    let mut version = function.latest.clone();
    if let Some(description) = &publish.description {
        version.configuration.description.clone_from(description);
    }
    if version.status == Status::Updating {
        version.status = Status::Creating;
    }
    version.revision_id = stamp.revision_id;
    version.generation = stamp.generation;
    function.last_version += 1;
    function.versions.insert(function.last_version, version);
    Ok(function.last_version)
}

/// Deletes a function, or the version that the qualifier names.
///
/// # Errors
/// `ResourceNotFoundException`, `ResourceConflictException` while an alias
/// points at the version, `InvalidParameterValueException` for `$LATEST` or an alias.
pub fn delete(state: &mut State, name: &FunctionName, region: &str) -> ServiceResult<()> {
    let Some(qualifier) = name.qualifier.as_deref() else {
        state.function(name, region)?;
        state.functions.remove(&name.name);
        return Ok(());
    };
    if qualifier == LATEST {
        return Err(errors::invalid(
            "$LATEST version cannot be deleted without deleting the function.",
        ));
    }
    if !is_version_number(qualifier) {
        return Err(errors::invalid(
            "Deletion of aliases is not currently supported.",
        ));
    }
    let function = state.function_mut(name, region)?;
    let number: u64 = qualifier.parse().map_err(ServiceError::internal)?;
    let aliases: Vec<&str> = function
        .aliases
        .iter()
        .filter(|(_, alias)| alias.points_at(number))
        .map(|(alias, _)| alias.as_str())
        .collect();
    if !aliases.is_empty() {
        return Err(errors::conflict(format!(
            "Version {number} of {} cannot be deleted while aliases point at it: {}",
            names::arn(region, &name.name, None),
            aliases.join(", ")
        )));
    }
    function.versions.remove(&number);
    function.policies.remove(qualifier);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGION: &str = "us-east-1";

    fn name() -> FunctionName {
        FunctionName {
            name: "greet".to_owned(),
            qualifier: None,
        }
    }

    fn stamp(text: &str) -> Stamp {
        Stamp {
            now: Timestamp::UNIX_EPOCH,
            revision_id: text.to_owned(),
            generation: text.to_owned(),
        }
    }

    fn code(sha256: &str) -> Code {
        Code {
            sha256: sha256.to_owned(),
            size: 1,
        }
    }

    fn pending() -> State {
        let mut state = State::default();
        let new = New {
            name: "greet".to_owned(),
            settings: Settings::default(),
            code: code("aa"),
            architecture: "x86_64".to_owned(),
            tags: BTreeMap::new(),
        };
        create(&mut state, new, stamp("1")).unwrap();
        state
    }

    fn ready() -> State {
        let mut state = pending();
        settled(&mut state, "aa", true);
        state
    }

    fn settled(state: &mut State, sha256: &str, unpacked: bool) {
        let function = state.functions.get_mut("greet").unwrap();
        settle(function, sha256, unpacked, || "settled".to_owned());
    }

    fn updated(state: &mut State, sha256: &str) -> Result<(), String> {
        let code = code(sha256);
        update(
            state,
            &name(),
            REGION,
            None,
            stamp(sha256),
            |mut configuration| {
                configuration.code = code;
                configuration
            },
        )
        .map_err(|error| error.code.into_owned())
    }

    #[test]
    fn a_function_becomes_active_when_its_own_package_is_unpacked() {
        let mut state = pending();
        settled(&mut state, "bb", true);
        assert_eq!(state.functions["greet"].latest.status, Status::Creating);
        settled(&mut state, "aa", true);
        assert_eq!(state.functions["greet"].latest.status, Status::Ready);
        assert_eq!(state.functions["greet"].latest.revision_id, "settled");
    }

    #[test]
    fn nothing_is_changed_while_something_is_in_progress() {
        let mut state = pending();
        assert_eq!(
            updated(&mut state, "bb"),
            Err("ResourceConflictException".to_owned())
        );
        settled(&mut state, "aa", true);
        assert_eq!(updated(&mut state, "bb"), Ok(()));
        assert_eq!(
            updated(&mut state, "cc"),
            Err("ResourceConflictException".to_owned())
        );
    }

    #[test]
    fn during_an_update_the_version_before_serves() {
        let mut state = ready();
        updated(&mut state, "bb").unwrap();
        let function = &state.functions["greet"];
        assert_eq!(function.latest.status, Status::Updating);
        let serving = function.serving.as_ref().unwrap();
        assert_eq!(serving.configuration.code.sha256, "aa");
        assert!(function.serves(&serving.generation));
        settled(&mut state, "bb", true);
        assert!(state.functions["greet"].serving.is_none());
    }

    #[test]
    fn after_a_failed_update_the_version_before_still_serves() {
        let mut state = ready();
        updated(&mut state, "bb").unwrap();
        settled(&mut state, "bb", false);
        let function = &state.functions["greet"];
        assert_eq!(function.latest.status, Status::UpdateFailed);
        assert!(function.serving.is_some());
        updated(&mut state, "cc").unwrap();
        let serving = state.functions["greet"].serving.as_ref().unwrap();
        assert_eq!(serving.configuration.code.sha256, "aa");
    }

    #[test]
    fn a_version_is_published_once_for_one_state_of_the_function() {
        let mut state = ready();
        let described = Publish {
            description: Some("first".to_owned()),
            ..Publish::default()
        };
        let mut publish = |wanted: &Publish| {
            super::publish(&mut state, &name(), REGION, wanted, stamp("v"))
                .map_err(|error| error.code.into_owned())
        };
        assert_eq!(publish(&described), Ok(1));
        assert_eq!(publish(&Publish::default()), Ok(1));
        let stale = Publish {
            revision_id: Some("old".to_owned()),
            ..Publish::default()
        };
        assert_eq!(
            publish(&stale),
            Err("PreconditionFailedException".to_owned())
        );
        updated(&mut state, "bb").unwrap();
        settled(&mut state, "bb", true);
        let second = super::publish(&mut state, &name(), REGION, &Publish::default(), stamp("w"));
        assert_eq!(second, Ok(2));
        let first = &state.functions["greet"].versions[&1];
        assert_eq!(first.configuration.code.sha256, "aa");
        assert_eq!(first.configuration.description, "first");
    }

    #[test]
    fn numbers_of_versions_are_never_used_again() {
        let mut state = ready();
        super::publish(&mut state, &name(), REGION, &Publish::default(), stamp("v")).unwrap();
        let first = FunctionName {
            qualifier: Some("1".to_owned()),
            ..name()
        };
        delete(&mut state, &first, REGION).unwrap();
        let next = super::publish(&mut state, &name(), REGION, &Publish::default(), stamp("w"));
        assert_eq!(next, Ok(2));
    }
}
