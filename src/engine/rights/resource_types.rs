//! What CloudFormation does in the caller's name with the resources of a template. Its stacks get
//! no service role here, so that it acts with the rights of whoever deploys (CloudFormation user
//! guide, "AWS CloudFormation service role").

/// A line a type: its name and the actions of its handlers.
const TYPES: &str = include_str!("resource_types.txt");

/// The actions for a resource type; nothing when the type is not known here.
pub fn actions(resource_type: &str) -> Option<impl Iterator<Item = &'static str>> {
    TYPES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| {
            let (name, actions) = line.split_once(' ')?;
            (name == resource_type).then(|| actions.split(' '))
        })
}

/// The types that are known here.
pub fn names() -> impl Iterator<Item = &'static str> {
    TYPES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .map(|(name, _)| name)
}
