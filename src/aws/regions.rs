//! Which Regions an account has from the beginning.

/// Regions of the partition `aws` that every account has. All others must be enabled (AWS
/// Account Management Reference, "Enable or disable AWS Regions in your account"): those that
/// were introduced after 20 March 2019. The list is closed.
const ENABLED_BY_DEFAULT: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// One that every account of the partition `aws` has.
pub const EVERYBODYS: &str = "us-east-1";

/// Whether an account has the Region only after it was enabled.
pub fn must_be_enabled(region: &str) -> bool {
    // Other partitions have no such Regions.
    let is_other_partition = ["us-gov-", "cn-", "us-iso", "eu-iso", "eusc-"]
        .iter()
        .any(|prefix| region.starts_with(prefix));
    !is_other_partition && !ENABLED_BY_DEFAULT.contains(&region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_younger_regions_must_be_enabled() {
        for region in ["af-south-1", "ap-southeast-3", "eu-south-1", "il-central-1"] {
            assert!(must_be_enabled(region), "{region}");
        }
        for region in [EVERYBODYS, "eu-north-1", "us-gov-west-1", "cn-north-1"] {
            assert!(!must_be_enabled(region), "{region}");
        }
    }
}
