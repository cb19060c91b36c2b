//! What people are told when something was changed by which they prove themselves.

/// What stands where a code would in a message that has none, for templates with nothing else. It opens nothing: no challenge
/// has it.
pub const NO_CODE: &str = "000000";

/// It goes to the contacts that they had before, and holds no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// A way to prove oneself was added.
    Added,
    Removed,
    /// New backup codes were made; older ones are void.
    Printed,
    /// Another number was asked for, and an operator has to agree.
    NumberAsked,
    NumberChanged,
}

impl Notice {
    pub const ALL: [Notice; 5] =
        [Notice::Added, Notice::Removed, Notice::Printed, Notice::NumberAsked, Notice::NumberChanged];

    /// In the audit.
    pub fn name(self) -> &'static str {
        match self {
            Notice::Added => "a factor was added",
            Notice::Removed => "a factor was removed",
            Notice::Printed => "backup codes were made",
            Notice::NumberAsked => "another number was asked for",
            Notice::NumberChanged => "the number was changed",
        }
    }
}
