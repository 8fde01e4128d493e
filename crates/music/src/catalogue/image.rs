//! Pictures: covers and portraits, kept as they came or where they lie, and served as JPEGs of a few sizes.

use std::fmt;

use kernel::ImageId;
use serde::{Serialize, Serializer};

/// Where a picture is served. Written out only when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageUrl(pub ImageId);

impl fmt::Display for ImageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/api/v1/images/{}", self.0)
    }
}

impl Serialize for ImageUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
