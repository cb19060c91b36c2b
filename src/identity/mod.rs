//! Who people are: the built-in directory, its passwords, and the CSV file that fills it.

pub mod difference;
pub mod directory;
pub mod field;
pub mod import;
pub mod password;
pub mod roster;
pub mod settings;
pub mod source;

pub use directory::{Directory, DirectoryError, Entry, Write};
pub use settings::Settings;
pub use source::DirectorySource;
