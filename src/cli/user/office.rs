//! A machine for the tests of the command line: a directory, an operator who answers prompts, an audit.

use std::cell::{Cell, RefCell};
use std::fs;

use anyhow::bail;
use clap::Parser;
use tempfile::TempDir;

use super::{Desk, UserArgs, everybody, run};
use crate::domain::contact::Region;
use crate::domain::event::{Event, What};
use crate::domain::id::UserId;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;
use crate::identity::{Entry, Settings};

#[derive(Parser)]
#[command(name = "sekisho user")]
pub(in crate::cli) struct Line {
    #[command(flatten)]
    pub(in crate::cli) args: UserArgs,
}

pub(in crate::cli) struct Office {
    folder: TempDir,
    pub(in crate::cli) settings: Settings,
    pub(in crate::cli) answers: Vec<&'static str>,
    pub(in crate::cli) stdin: &'static str,
    pub(in crate::cli) audit: Vec<Event>,
    pub(in crate::cli) audit_works: bool,
    /// Whose passes were ended.
    pub(in crate::cli) ended: Vec<UserId>,
}

pub(in crate::cli) fn office(password: bool) -> Office {
    let folder = TempDir::new().expect("a temporary folder");
    let phone_region = Region::parse("JP").expect("a region");
    let settings = Settings::own(phone_region, password, folder.path().join("state.db"));
    Office { folder, settings, answers: Vec::new(), stdin: "", audit: Vec::new(), audit_works: true, ended: Vec::new() }
}

impl Office {
    fn does(&mut self, words: &[&str]) -> anyhow::Result<String> {
        let line = Line::try_parse_from([&["sekisho user"], words].concat())?;
        let mut out = Vec::new();
        let random = Cell::new(self.audit.len());
        let mut answers = std::mem::take(&mut self.answers).into_iter();
        let (audit, audit_works) = (RefCell::new(&mut self.audit), self.audit_works);
        let desk = Desk {
            settings: &self.settings,
            now: Wall::from_secs(1_800_000_000),
            fill: &|bytes| {
                random.set(random.get() + 1);
                bytes[..8].copy_from_slice(&random.get().to_le_bytes());
            },
            witness: &mut |events| {
                if !audit_works {
                    bail!("the disk is full");
                }
                audit.borrow_mut().extend(events);
                Ok(())
            },
            end_passes: &mut |user| {
                self.ended.push(user.clone());
                Ok(())
            },
            unlock: &mut |_, event| {
                if !audit_works {
                    bail!("the disk is full");
                }
                audit.borrow_mut().push(event);
                Ok(7)
            },
            approve: &mut |_, _| Ok(None),
            ask: &mut |_| Ok(Secret::new(answers.next().unwrap_or_default().to_owned())),
            stdin: &mut self.stdin.as_bytes(),
            out: &mut out,
        };
        let code = run(line.args, desk)?;
        assert_eq!(code, 0);
        Ok(String::from_utf8(out)?)
    }

    pub(in crate::cli) fn must(&mut self, words: &[&str]) -> String {
        self.does(words).unwrap_or_else(|fault| panic!("{words:?}: {fault:#}"))
    }

    pub(in crate::cli) fn cannot(&mut self, words: &[&str]) -> String {
        format!("{:#}", self.does(words).expect_err("it is refused"))
    }

    pub(in crate::cli) fn entry(&self, login: &str) -> Option<Entry> {
        everybody(&self.settings).expect("it reads").into_iter().find(|entry| entry.user.login == login)
    }

    pub(in crate::cli) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, content).expect("written");
        path.to_str().expect("a plain path").to_owned()
    }

    pub(in crate::cli) fn audited(&self) -> Vec<(What, &str, &str)> {
        self.audit
            .iter()
            .map(|e| (e.event, e.user.as_deref().unwrap_or_default(), e.detail.as_deref().unwrap_or_default()))
            .collect()
    }
}
