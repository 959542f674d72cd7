//! `AWS::Lambda::Permission`.
