//! The files that a solution names, read.

use std::path::Path;

use crate::engine::template::{self, TemplateError};
use crate::manifest::flow_file;
use crate::manifest::source::SourceError;
use crate::manifest::tree;

/// A template: first as a tree, which bounds its depth and its aliases and knows places.
pub(super) fn template(path: &Path, text: &str) -> Result<template::Template, SourceError> {
    tree::read_yaml(text)
        .map_err(|error| SourceError::new(path, text, error.message).at(error.at..error.at))?;
    template::read(text).map_err(|error| {
        let source = SourceError::new(path, text, error.to_string());
        match error {
            TemplateError::Syntax(error) => match error.location() {
                Some(location) => source.at_line(location.line(), location.column()),
                None => source,
            },
            TemplateError::NoResources => source,
        }
    })
}

/// A file of data, JSON or YAML by its name.
pub(super) fn data(path: &Path, text: &str) -> Result<tree::Node, SourceError> {
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

pub(super) fn check_json(path: &Path, text: &str) -> Result<(), SourceError> {
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

/// What is JSON and no flow, or too long for one.
pub(super) fn check_flow(path: &Path, text: &str) -> Result<(), SourceError> {
    let at_begin = |message: String| SourceError::new(path, text, message).at(0..0);
    if let Some((message, help)) = flow_file::misfit(text) {
        return Err(at_begin(message).help(help));
    }
    let length = text.chars().count();
    if length > flow_file::LONGEST {
        let message = format!(
            "the flow has {length} letters, {} at most; white space counts",
            flow_file::LONGEST
        );
        return Err(at_begin(message));
    }
    Ok(())
}
