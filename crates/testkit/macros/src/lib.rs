//! `#[testkit::test]`.
