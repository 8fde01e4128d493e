//! Uploads: what is taken, what is refused, and that nothing is left of what is refused.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use kernel::{TrackId, Visibility as _};
use serde_json::{Value, json};
use testkit::{Reply, TestApp, User};
