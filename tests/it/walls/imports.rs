//! What a file of Rust names of other rooms and other crates, read from its syntax tree:
//! however it is spelled.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;
use syn::{Attribute, Item, UseTree};

/// A path that a file names, from the root of its crate or from another crate's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// Segments below `crate`.
    Inside(Vec<String>),
    /// Segments from the name of another crate.
    Outside(Vec<String>),
}

/// Everything that the file at this place in its crate names, but for what stands below
/// `#[cfg(test)]`. `crate_name` is the crate's own, as others spell it.
///
/// # Panics
/// When the text is no Rust.
pub fn named(text: &str, module: &[&str], crate_name: &str) -> Vec<Named> {
    let file = syn::parse_file(text).expect("a file of Rust");
    let mut reader = Reader {
        module: module.iter().map(ToString::to_string).collect(),
        crate_name: crate_name.to_owned(),
        declared: file.items.iter().filter_map(declared).collect(),
        found: Vec::new(),
    };
    reader.visit_file(&file);
    reader.found.sort();
    reader.found.dedup();
    reader.found
}

/// The files that a file declares for tests alone: `#[cfg(test)] mod NAME;`.
///
/// # Panics
/// When the text is no Rust.
pub fn test_modules(text: &str) -> Vec<String> {
    let file = syn::parse_file(text).expect("a file of Rust");
    let declared = file.items.iter().filter_map(|item| match item {
        Item::Mod(inner) if inner.content.is_none() && is_for_tests(&inner.attrs) => {
            Some(plain(&inner.ident))
        }
        _ => None,
    });
    declared.collect()
}

struct Reader {
    module: Vec<String>,
    crate_name: String,
    /// The modules that the file declares: before crates of the same name.
    declared: Vec<String>,
    found: Vec<Named>,
}

impl Reader {
    fn path(&mut self, segments: &[String]) {
        let Some((first, rest)) = segments.split_first() else {
            return;
        };
        let inside = match first.as_str() {
            "crate" => Some(rest.to_vec()),
            name if name == self.crate_name => Some(rest.to_vec()),
            "self" | "super" => {
                let up = segments
                    .iter()
                    .take_while(|segment| *segment == "super" || *segment == "self")
                    .filter(|segment| *segment == "super")
                    .count();
                let rest = segments
                    .iter()
                    .skip_while(|segment| *segment == "super" || *segment == "self");
                let kept = self.module.len().saturating_sub(up);
                Some(self.module[..kept].iter().chain(rest).cloned().collect())
            }
            name if self.declared.iter().any(|declared| declared == name) => {
                Some(self.module.iter().chain(segments).cloned().collect())
            }
            _ => None,
        };
        self.found.push(match inside {
            Some(segments) => Named::Inside(segments),
            None => Named::Outside(segments.to_vec()),
        });
    }

    fn tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| {
            let mut segments = before.to_vec();
            segments.push(plain(name));
            segments
        };
        match tree {
            UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident)),
            UseTree::Name(name) => self.path(&with(&name.ident)),
            UseTree::Rename(rename) => self.path(&with(&rename.ident)),
            UseTree::Glob(_) => self.path(before),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(tree, before);
                }
            }
        }
    }

    /// Paths in the arguments of a macro, which are no syntax yet: `a :: b :: c`.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut segments: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.path_in_macro(&std::mem::take(&mut segments));
                    }
                    segments.push(plain(&ident));
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.path_in_macro(&std::mem::take(&mut segments));
                    colons = 0;
                    self.tokens(group.stream());
                }
                _ => {
                    self.path_in_macro(&std::mem::take(&mut segments));
                    colons = 0;
                }
            }
        }
        self.path_in_macro(&segments);
    }

    /// A single word in a macro is any word.
    fn path_in_macro(&mut self, segments: &[String]) {
        if segments.len() > 1 {
            self.path(segments);
        }
    }
}

fn declared(item: &Item) -> Option<String> {
    match item {
        Item::Mod(inner) => Some(plain(&inner.ident)),
        _ => None,
    }
}

fn plain(ident: &proc_macro2::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

/// Whether an item is there for tests alone.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let mut for_tests = false;
        if attribute.path().is_ident("cfg") {
            // What cannot be read is taken for code that counts.
            let _ = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("test") {
                    for_tests = true;
                } else if meta.path.is_ident("all") {
                    meta.parse_nested_meta(|inner| {
                        for_tests |= inner.path.is_ident("test");
                        Ok(())
                    })?;
                }
                Ok(())
            });
        }
        for_tests
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_for_tests(attributes(item)) {
            return;
        }
        match item {
            Item::Mod(inner) => {
                self.module.push(plain(&inner.ident));
                syn::visit::visit_item(self, item);
                self.module.pop();
            }
            _ => syn::visit::visit_item(self, item),
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes: &[Attribute] = match item {
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Const(item) => &item.attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            syn::visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &[]);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        self.path(&[plain(&item.ident)]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path
            .segments
            .iter()
            .map(|segment| plain(&segment.ident))
            .collect();
        // One word is a name of the file's own, or came by a `use`.
        if segments.len() > 1 {
            self.path(&segments);
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
        syn::visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        // Documentation is prose, and a derive names no room.
        let _ = attribute;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rooms(text: &str) -> Vec<String> {
        named(text, &["engine", "diff", "stacks"], "vanity_deploy")
            .into_iter()
            .filter_map(|named| match named {
                Named::Inside(segments) => segments.first().cloned(),
                Named::Outside(_) => None,
            })
            .collect()
    }

    #[test]
    fn a_breach_is_seen_however_it_is_spelled() {
        for text in [
            "use crate::aws::lambda;",
            "use crate::{aws::lambda, engine};",
            "use crate::{\n    engine,\n    aws,\n};",
            "use super::super::super::aws;",
            "use vanity_deploy::aws;",
            "use crate::aws as other;",
            "use crate::aws::*;",
            "fn f() { crate::aws::connect(); }",
            "fn f(x: crate::aws::Options) {}",
            "fn f() { println!(\"{}\", crate::aws::NAME); }",
            "fn f() { super::super::super::aws::connect(); }",
            "mod inner { use super::super::super::super::aws; }",
            "pub use crate::r#aws::lambda;",
            "impl crate::aws::Trait for X {}",
        ] {
            assert!(rooms(text).contains(&"aws".to_owned()), "{text}");
        }
    }

    #[test]
    fn words_tests_and_ones_own_are_no_breach() {
        for text in [
            "// use crate::aws;",
            "/// See [`crate::aws`].\nstruct X;",
            "const X: &str = \"crate::aws\";",
            "#[cfg(test)]\nmod tests { use crate::aws; }",
            "#[cfg(all(test, unix))]\nuse crate::aws;",
            "use super::aws;",
            "mod aws;\nuse aws::connect;",
            "fn f() { aws::connect(); }",
        ] {
            assert!(!rooms(text).contains(&"aws".to_owned()), "{text}");
        }
    }
}
