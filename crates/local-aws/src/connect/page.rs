//! Pages of a list.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::errors;
use crate::core::error::ServiceResult;

/// A page and where the next one begins.
#[derive(Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// `None` after the last page.
    pub next_token: Option<String>,
}

/// Cuts a page out of `items`, which are put in the order of their keys. The
/// token names the operation and the last key, so that items made or deleted
/// between two pages neither repeat nor hide others.
///
/// # Errors
/// `InvalidRequestException` for a token that this operation did not give.
pub fn page<T>(
    operation: &str,
    mut items: Vec<T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    most: usize,
) -> ServiceResult<Page<T>> {
    items.sort_by_cached_key(&key);
    if let Some(token) = token {
        let after = read_token(operation, token)
            .ok_or_else(|| errors::invalid_request("The NextToken is not valid."))?;
        items.retain(|item| key(item) > after);
    }
    let more = items.len() > most;
    items.truncate(most);
    let next_token = items
        .last()
        .filter(|_| more)
        .map(|last| URL_SAFE_NO_PAD.encode(format!("{operation}\n{}", key(last))));
    Ok(Page { items, next_token })
}

fn read_token(operation: &str, token: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (given_for, key) = text.split_once('\n')?;
    (given_for == operation).then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn walk(items: &[String], most: usize) -> Vec<String> {
        let mut seen = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let page = page(
                "List",
                items.to_vec(),
                String::clone,
                token.as_deref(),
                most,
            )
            .unwrap();
            assert!(page.items.len() <= most);
            seen.extend(page.items);
            match page.next_token {
                Some(next) => token = Some(next),
                None => return seen,
            }
        }
    }

    proptest! {
        #[test]
        fn pages_together_are_the_list(
            items in proptest::collection::btree_set("[a-zé\n]{0,6}", 0..40),
            most in 1usize..9,
        ) {
            let items: Vec<String> = items.into_iter().collect();
            prop_assert_eq!(walk(&items, most), items);
        }
    }

    #[test]
    fn a_token_of_another_operation_is_refused() {
        let items = vec!["a".to_owned(), "b".to_owned()];
        let first = page("ListQueues", items.clone(), String::clone, None, 1).unwrap();
        let token = first.next_token.unwrap();
        for (operation, token) in [("ListPrompts", token.as_str()), ("ListQueues", "nonsense")] {
            let error = page(operation, items.clone(), String::clone, Some(token), 1).unwrap_err();
            assert_eq!(error.code, "InvalidRequestException");
        }
    }
}
