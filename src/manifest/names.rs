//! What things are called on AWS.

/// The environment that is not said in names.
pub const DEFAULT_ENVIRONMENT: &str = "default";

/// `<solution>-<part>[-<env>]`; a part that is the solution's name is not said twice.
pub fn physical(solution: &str, part: &str, environment: &str) -> String {
    let mut name = solution.to_owned();
    if part != solution {
        name.push('-');
        name.push_str(part);
    }
    if environment != DEFAULT_ENVIRONMENT {
        name.push('-');
        name.push_str(environment);
    }
    name
}

/// A display name as given, with ` (<env>)` when the environment is not the default.
pub fn display(name: &str, environment: &str) -> String {
    if environment == DEFAULT_ENVIRONMENT {
        name.to_owned()
    } else {
        format!("{name} ({environment})")
    }
}

/// Whether a name can be part of the names of stacks and functions: a letter,
/// then letters, digits and hyphens (CloudFormation's rule, the stricter one).
pub fn is_valid(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.len() <= 40
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_solution_is_not_said_twice_and_the_default_environment_not_at_all() {
        assert_eq!(
            physical("vanity-numbers", "storage", "default"),
            "vanity-numbers-storage"
        );
        assert_eq!(
            physical("vanity-numbers", "vanity-numbers", "default"),
            "vanity-numbers"
        );
        assert_eq!(
            physical("vanity-numbers", "vanity-numbers", "prod"),
            "vanity-numbers-prod"
        );
        assert_eq!(display("Inbound", "default"), "Inbound");
        assert_eq!(display("Inbound", "prod"), "Inbound (prod)");
    }
}
