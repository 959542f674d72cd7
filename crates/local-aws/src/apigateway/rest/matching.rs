//! Which resource a path is for: a fixed segment before a variable one before
//! a greedy one.

use std::collections::BTreeMap;

use super::model::{Definition, Method, Resource};

/// A resource that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<'a> {
    /// Its id.
    pub id: &'a str,
    /// The resource.
    pub resource: &'a Resource,
    /// The variables of its path, decoded.
    pub variables: BTreeMap<String, String>,
}

impl Found<'_> {
    /// The method for an HTTP method, or `ANY`.
    pub fn method(&self, verb: &str) -> Option<(&str, &Method)> {
        let methods = &self.resource.methods;
        methods
            .get_key_value(verb)
            .or_else(|| methods.get_key_value("ANY"))
            .map(|(verb, method)| (verb.as_str(), method))
    }
}

/// The resource for a path below the stage; a slash at the end is passed over.
pub fn find<'a>(definition: &'a Definition, path: &str) -> Option<Found<'a>> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let segments: Vec<&str> = if path.is_empty() {
        Vec::new()
    } else {
        path.split('/').collect()
    };
    let (id, variables) = below(definition, &definition.root, &segments)?;
    let (id, resource) = definition.resources.get_key_value(&id)?;
    Some(Found {
        id,
        resource,
        variables,
    })
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

fn below(
    definition: &Definition,
    id: &str,
    segments: &[&str],
) -> Option<(String, BTreeMap<String, String>)> {
    let Some((first, rest)) = segments.split_first() else {
        return Some((id.to_owned(), BTreeMap::new()));
    };
    let children: Vec<(&String, &Resource)> = definition
        .resources
        .iter()
        .filter(|(_, resource)| resource.parent.as_deref() == Some(id))
        .collect();
    let fixed = children
        .iter()
        .find(|(_, child)| !child.part.starts_with('{') && child.part == decode(first))
        .and_then(|(id, _)| below(definition, id, rest));
    if fixed.is_some() {
        return fixed;
    }
    for (id, child) in &children {
        let Some(name) = child
            .part
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        else {
            continue;
        };
        if let Some(name) = name.strip_suffix('+') {
            let all = segments.join("/");
            let variables = BTreeMap::from([(name.to_owned(), decode(&all))]);
            return Some(((*id).clone(), variables));
        }
        if !first.is_empty()
            && let Some((found, mut variables)) = below(definition, id, rest)
        {
            variables.insert(name.to_owned(), decode(first));
            return Some((found, variables));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn definition() -> Definition {
        let mut definition = Definition::new("root");
        for (id, parent, part) in [
            ("r", "root", "register"),
            ("i", "root", "items"),
            ("v", "i", "{id}"),
            ("s", "v", "sub"),
            ("l", "i", "list"),
            ("p", "root", "{proxy+}"),
        ] {
            definition.create_resource(id, parent, part).unwrap();
        }
        definition
    }

    #[test]
    fn paths_find_resources() {
        let definition = definition();
        let found = |path: &str| {
            let found = find(&definition, path).unwrap();
            let variables: Vec<String> = found
                .variables
                .iter()
                .map(|(name, value)| format!(" {name}={value}"))
                .collect();
            format!("{}{}", found.id, variables.concat())
        };
        assert_eq!(found("/"), "root");
        assert_eq!(found(""), "root");
        assert_eq!(found("/register"), "r");
        assert_eq!(found("/register/"), "r");
        assert_eq!(found("/items/list"), "l");
        assert_eq!(found("/items/a%20b"), "v id=a b");
        assert_eq!(found("/items/7/sub"), "s id=7");
        assert_eq!(found("/items/7/other"), "p proxy=items/7/other");
        assert_eq!(found("/x/y%2Fz"), "p proxy=x/y/z");
        let mut without = definition.clone();
        without.delete_resource("p");
        assert_eq!(find(&without, "/x"), None);
        assert_eq!(find(&without, "/items/list/deeper"), None);
    }

    proptest! {
        #[test]
        fn no_path_panics(path in ".{0,20}") {
            find(&definition(), &path);
        }
    }
}
