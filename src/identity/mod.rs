//! Who people are: the built-in directory, its passwords, the CSV file that fills it, and directories elsewhere.

pub mod chain;
pub mod difference;
pub mod directory;
pub mod field;
pub mod import;
pub mod ldap;
pub mod passkey;
pub mod password;
pub mod roster;
pub mod settings;
pub mod source;
pub mod sources;

pub use chain::Chain;
pub use directory::{Directory, DirectoryError, Entry, Write};
pub use passkey::SiteKeys;
pub use settings::Settings;
pub use source::DirectorySource;
