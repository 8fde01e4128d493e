use serde::{Deserialize, Deserializer};

/// Reads a field of a PATCH body that may be null, so that absence and null stay apart: absent is `None`, null is
/// `Some(None)`. Used as `#[serde(default, deserialize_with = "kernel::patch")]`.
pub fn patch<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Change {
        #[serde(default, deserialize_with = "patch")]
        bio: Option<Option<String>>,
    }

    #[test]
    fn absent_and_null_are_told_apart() {
        let bio = |json: &str| serde_json::from_str::<Change>(json).unwrap().bio;
        assert_eq!(bio("{}"), None);
        assert_eq!(bio(r#"{"bio": null}"#), Some(None));
        assert_eq!(bio(r#"{"bio": "x"}"#), Some(Some("x".to_owned())));
    }
}
