//! What the log must never hold.

use std::io;
use std::sync::{Arc, Mutex};

use sekisho::delivery::Settings;
use tracing_subscriber::fmt::MakeWriter;

use crate::rig::{Rig, challenge, file, settings, twilio, via};
use crate::twilio::{TOKEN, Turn, Twilio};
use crate::world::lock;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_names_provider_class_and_challenge_and_never_number_code_or_text() {
    let log = Log::default();
    // For the whole process, so that blocking threads and crates that log by other means are heard too.
    // `rlibphonenumber` spells numbers out at this level, which no configuration can choose.
    let all = tracing_subscriber::fmt()
        .with_env_filter("trace,rlibphonenumber=debug")
        .without_time()
        .with_writer(log.clone());
    all.try_init().expect("no other test listens");

    let folder = tempfile::tempdir().expect("a folder");
    let no = Turn::Error { status: 400, code: 21612, retry_after: None };
    let shaky =
        Twilio::start([no, Turn::DieHalfway, Turn::Garbage { status: 200, body: "482913 +819012345678" }]).await;
    let rig = Rig::start(Settings { workers: 1, ..settings(vec![via(&shaky), file(&folder)]) });
    for send in 1..=4 {
        rig.post(send).expect("there is room");
    }
    rig.settled(4).await;
    let down = Rig::start(settings(vec![twilio("http://127.0.0.1:1")]));
    down.post(1).expect("there is room");
    down.world.advance_to(down.world.next_waking().await);
    down.settled(1).await;

    let log = String::from_utf8(lock(&log.0).clone()).expect("UTF-8");
    for present in ["twilio", "config", "ambiguous", "transient", "21612", "********78", challenge().as_str()] {
        assert!(log.contains(present), "{present} is not in the log:\n{log}");
    }
    for absent in ["482913", "819012345678", "9012345678", "09012345678", "5678", "確認コード", TOKEN, "Basic "] {
        assert!(!holds(&log, absent), "{absent} is in the log:\n{log}");
    }
}

/// Whether `log` holds `needle` other than as digits in the middle of a longer number that means something else: a
/// port, a token of the poll.
fn holds(log: &str, needle: &str) -> bool {
    log.match_indices(needle).any(|(at, found)| {
        let digit = |c: char| c.is_ascii_digit();
        !log[..at].ends_with(digit) && !log[at + found.len()..].starts_with(digit)
    })
}

#[test]
fn a_number_by_itself_is_found_and_a_port_is_not() {
    for (log, held) in [("to +819012345678", true), ("to ********5678", true), ("127.0.0.1:45678", false)] {
        let found = ["819012345678", "5678"].iter().any(|needle| holds(log, needle));
        assert_eq!(found, held, "{log}");
    }
}
