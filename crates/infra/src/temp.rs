use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::App;

/// The path of a file below the data folder's `tmp`, of a name that nobody else has. Whatever lies there is removed
/// when this is dropped; what is to stay is moved away before.
#[derive(Debug)]
pub struct TempFile(PathBuf);

impl TempFile {
    /// A fresh path. Nothing is there yet.
    pub fn new(app: &App) -> Self {
        Self(app.config.data.join("tmp").join(app.ids.random_uuid().simple().to_string()))
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        // Mostly it was moved away; otherwise the next start clears the folder.
        let _ = fs::remove_file(&self.0);
    }
}
