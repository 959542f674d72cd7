//! Which operation a request asks for.

use crate::core::error::ServiceResult;
use crate::core::service::{Request, Route};
use crate::operations::CONNECT;

/// What of Connect is implemented.
const IMPLEMENTED: &[&str] = &[
    "AssociateLambdaFunction",
    "AssociatePhoneNumberContactFlow",
    "BatchGetFlowAssociation",
    "ClaimPhoneNumber",
    "CreateContactFlow",
    "CreateContactFlowModule",
    "CreateInstance",
    "DeleteContactFlow",
    "DeleteContactFlowModule",
    "DeleteInstance",
    "DescribeContactFlow",
    "DescribeContactFlowModule",
    "DescribeInstance",
    "DescribePhoneNumber",
    "DescribeQueue",
    "DisassociateLambdaFunction",
    "DisassociatePhoneNumberContactFlow",
    "ListContactFlowModules",
    "ListContactFlows",
    "ListFlowAssociations",
    "ListHoursOfOperations",
    "ListInstances",
    "ListLambdaFunctions",
    "ListPhoneNumbers",
    "ListPhoneNumbersV2",
    "ListPrompts",
    "ListQueues",
    "ListTagsForResource",
    "ReleasePhoneNumber",
    "SearchAvailablePhoneNumbers",
    "SearchContactFlows",
    "TagResource",
    "UntagResource",
    "UpdateContactFlowContent",
    "UpdateContactFlowMetadata",
    "UpdateContactFlowModuleContent",
    "UpdateContactFlowModuleMetadata",
    "UpdateContactFlowName",
    "UpdatePhoneNumber",
    "UpdateQueueOutboundCallerConfig",
];

/// The operation and its path labels.
///
/// # Errors
/// `UnknownOperationException` for a path that Connect does not have;
/// not implemented for an operation that Connect has and this does not.
pub fn find(request: &Request) -> ServiceResult<Route> {
    CONNECT.route(request, IMPLEMENTED)
}
