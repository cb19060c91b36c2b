//! The scripts: each step that has to happen whole is one, and lies beside this file.

use std::fmt::Write;
use std::sync::OnceLock;

use ::redis::{Cmd, ToRedisArgs, cmd};

pub struct Script {
    source: &'static str,
    name: OnceLock<String>,
}

impl Script {
    const fn new(source: &'static str) -> Script {
        Script { source, name: OnceLock::new() }
    }

    /// The digest that servers call it by.
    fn name(&self) -> &str {
        self.name.get_or_init(|| {
            let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, self.source.as_bytes());
            digest.as_ref().iter().fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })
        })
    }
}

pub static COUNT: Script = Script::new(include_str!("scripts/count.lua"));
pub static FORGET: Script = Script::new(include_str!("scripts/forget.lua"));
pub static LEAVE: Script = Script::new(include_str!("scripts/leave.lua"));
pub static MARK: Script = Script::new(include_str!("scripts/mark.lua"));
pub static REIGN: Script = Script::new(include_str!("scripts/reign.lua"));
pub static REVOKE: Script = Script::new(include_str!("scripts/revoke.lua"));
pub static SWAP: Script = Script::new(include_str!("scripts/swap.lua"));
pub static TAKE: Script = Script::new(include_str!("scripts/take.lua"));
pub static TOUCH: Script = Script::new(include_str!("scripts/touch.lua"));
pub static UNPARK: Script = Script::new(include_str!("scripts/unpark.lua"));
pub static USES: Script = Script::new(include_str!("scripts/uses.lua"));

/// What a server is asked to do.
pub enum Order {
    Plain(Cmd),
    Script { script: &'static Script, keys: Vec<String>, arguments: Cmd },
}

impl Order {
    pub fn script(script: &'static Script, keys: Vec<String>) -> Order {
        Order::Script { script, keys, arguments: Cmd::new() }
    }

    pub fn plain(name: &str) -> Order {
        Order::Plain(cmd(name))
    }

    pub fn arg(mut self, value: impl ToRedisArgs) -> Order {
        match &mut self {
            Order::Plain(cmd) | Order::Script { arguments: cmd, .. } => drop(cmd.arg(value)),
        }
        self
    }

    /// By its name, which a server knows once it has seen the source.
    pub fn cmd(&self) -> Cmd {
        self.build("EVALSHA")
    }

    pub fn cmd_in_full(&self) -> Cmd {
        self.build("EVAL")
    }

    fn build(&self, how: &str) -> Cmd {
        match self {
            Order::Plain(cmd) => cmd.clone(),
            Order::Script { script, keys, arguments } => {
                let mut built = cmd(how);
                built.arg(if how == "EVAL" { script.source } else { script.name() });
                built.arg(keys.len()).arg(keys);
                for argument in arguments.args_iter() {
                    if let ::redis::Arg::Simple(bytes) = argument {
                        built.arg(bytes);
                    }
                }
                built
            }
        }
    }
}
