//! The page at the root: try a number, see who called last.

use crate::table::Caller;

const PAGE: &str = include_str!("page.html");

/// SHA-256 of what is between the tags `style` and `script` of the page, in Base64. A test says what
/// they are when the page has changed.
const STYLE: &str = "+oVvOHIEDGvnGQYpzwSyaX7F0XUwQCIa1cmRPc3OPxY=";
const SCRIPT: &str = "NsZKJO8zYod8JWaHfaCAnS2EC4AfSfX841uT+H9YnEg=";

/// The page's Content-Security-Policy: its own style and script, its own API, an icon in the page,
/// and nothing else, whatever should ever get into it.
#[must_use]
pub fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{STYLE}'; script-src 'sha256-{SCRIPT}'; \
         connect-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// The page. `None` when the callers could not be read.
#[must_use]
pub fn render(callers: Option<&[Caller]>) -> String {
    let list = match callers {
        None => "<p class=\"quiet\">The last callers cannot be shown just now.</p>".to_owned(),
        Some([]) => "<p class=\"quiet\">Nobody has called yet.</p>".to_owned(),
        Some(callers) => {
            let rows: String = callers.iter().map(row).collect();
            format!("<ol>{rows}</ol>")
        }
    };
    PAGE.replace("<!--callers-->", &list)
}

/// All but the last four digits hidden. The words are not shown: they would give the digits away.
fn row(caller: &Caller) -> String {
    let digits: Vec<char> = caller
        .phone_number
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let shown: String = digits[digits.len().saturating_sub(4)..].iter().collect();
    format!("<li>••• ••• {shown}</li>")
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn caller(phone_number: &str) -> Caller {
        Caller {
            phone_number: phone_number.to_owned(),
        }
    }

    #[test]
    fn callers_are_masked_to_their_last_four_digits() {
        let page = render(Some(&[caller("+18007246837"), caller("+442079460018")]));
        assert!(page.contains("<ol><li>••• ••• 6837</li><li>••• ••• 0018</li></ol>"));
        assert!(!page.contains("724683") && !page.contains("94600"));
    }

    #[test]
    fn a_key_that_is_no_number_shows_no_markup() {
        let page = render(Some(&[caller("<script>12</script>")]));
        assert!(page.contains("<li>••• ••• 12</li>"));
    }

    #[test]
    fn says_when_there_is_nobody_or_nothing_is_known() {
        assert!(render(Some(&[])).contains("Nobody has called yet."));
        assert!(render(None).contains("cannot be shown just now"));
    }

    #[test]
    fn loads_nothing_from_elsewhere() {
        for tag in ["src=", "@import", "url("] {
            assert!(!PAGE.contains(tag), "{tag}");
        }
        // The icon is in the page: a browser asks the host's root for one otherwise.
        let links: Vec<_> = PAGE.match_indices("<link").collect();
        assert_eq!(links.len(), 1);
        assert!(PAGE.contains("<link rel=\"icon\" href=\"data:image/svg+xml,"));
    }

    #[test]
    fn the_policy_is_that_of_the_page_as_it_is() {
        let between = |tag: &str| {
            let (_, rest) = PAGE.split_once(&format!("<{tag}>")).unwrap();
            let (inside, rest) = rest.split_once(&format!("</{tag}>")).unwrap();
            assert!(!rest.contains(&format!("<{tag}")), "more than one {tag}");
            base64::engine::general_purpose::STANDARD.encode(Sha256::digest(inside))
        };
        assert_eq!([between("style"), between("script")], [STYLE, SCRIPT]);
        for inline in [" style=", " onclick=", " onload=", "javascript:"] {
            assert!(!PAGE.contains(inline), "{inline}");
        }
    }
}
