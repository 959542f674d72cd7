//! Small solutions to deploy.

use std::io::Write;

use zip::write::SimpleFileOptions;

use crate::environment::TestEnvironment;

/// Two flows that refer to each other, and a table.
pub const CIRCLE: &str = "\
version: 1
solutions:
  circle:
    stacks:
      storage: { template: storage.yaml }
    flows:
      first: { file: first.json, name: First Flow }
      second: { file: second.json, name: Second Flow }
    phone_numbers:
      main: { flow: \"${flow.first}\", country: US, type: TOLL_FREE }
";

pub const STORAGE: &str = "\
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
Outputs:
  TableName: { Value: !Ref Table }
";

/// A flow that says a text and goes on to another flow.
pub fn flow(text: &str, next: &str) -> String {
    format!(
        r#"{{
  "Version": "2019-10-30",
  "StartAction": "Say",
  "Actions": [
    {{
      "Identifier": "Say",
      "Type": "MessageParticipant",
      "Parameters": {{ "Text": "{text}" }},
      "Transitions": {{ "NextAction": "Go on" }}
    }},
    {{
      "Identifier": "Go on",
      "Type": "TransferToFlow",
      "Parameters": {{ "ContactFlowId": "${{flow.{next}}}" }},
      "Transitions": {{
        "NextAction": "End",
        "Errors": [{{ "NextAction": "End", "ErrorType": "NoMatchingError" }}]
      }}
    }},
    {{ "Identifier": "End", "Type": "DisconnectParticipant", "Parameters": {{}}, "Transitions": {{}} }}
  ]
}}
"#
    )
}

/// The folder with [`CIRCLE`] in it.
pub fn circle() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.write("vanity-deploy.yaml", CIRCLE);
    environment.write("storage.yaml", STORAGE);
    environment.write("first.json", &flow("One", "second"));
    environment.write("second.json", &flow("Two", "first"));
    environment
}

/// A zip with this script as its `bootstrap`.
pub fn zip_of(environment: &TestEnvironment, file: &str, script: &str) {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file(
        "bootstrap",
        SimpleFileOptions::default().unix_permissions(0o755),
    )
    .unwrap();
    zip.write_all(script.as_bytes()).unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    std::fs::write(environment.path().join(file), bytes).unwrap();
}

/// A function from a zip with this script as its `bootstrap`.
pub fn function(environment: &TestEnvironment, script: &str, more: &str) {
    zip_of(environment, "hello.zip", script);
    environment.write("probe.json", "{}");
    environment.write("role.yaml", ROLE);
    environment.write(
        "vanity-deploy.yaml",
        &format!(
            "\
version: 1
solutions:
  hello:
    stacks:
      role: {{ template: role.yaml }}
    functions:
      hello:
        zip: hello.zip
        role: ${{stack.role.Arn}}
        connect: true
        probe: probe.json
{more}"
        ),
    );
}

const ROLE: &str = "\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: { Service: lambda.amazonaws.com }
            Action: sts:AssumeRole
Outputs:
  Arn: { Value: !GetAtt Role.Arn }
";
