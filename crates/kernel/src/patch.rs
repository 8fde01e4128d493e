use serde::{Deserialize, Deserializer};

/// Reads a field of a PATCH body that may be null, so that absence and null stay apart: absent is `None`, null is
/// `Some(None)`. Used as `#[serde(default, deserialize_with = "kernel::patch")]`.
pub fn patch<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Reads a field of a PATCH body that may be left out and may not be null. Used as
/// `#[serde(default, deserialize_with = "kernel::given")]`.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Change {
        #[serde(default, deserialize_with = "patch")]
        bio: Option<Option<String>>,
        #[serde(default, deserialize_with = "given")]
        title: Option<String>,
    }

    #[test]
    fn what_may_not_be_null_is_refused() {
        let title = |json: &str| serde_json::from_str::<Change>(json).map(|change| change.title);
        assert_eq!(title("{}").unwrap(), None);
        assert_eq!(title(r#"{"title": "x"}"#).unwrap(), Some("x".to_owned()));
        assert!(title(r#"{"title": null}"#).is_err());
    }

    #[test]
    fn absent_and_null_are_told_apart() {
        let bio = |json: &str| serde_json::from_str::<Change>(json).unwrap().bio;
        assert_eq!(bio("{}"), None);
        assert_eq!(bio(r#"{"bio": null}"#), Some(None));
        assert_eq!(bio(r#"{"bio": "x"}"#), Some(Some("x".to_owned())));
    }
}
