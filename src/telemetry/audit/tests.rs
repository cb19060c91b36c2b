//! Lines that must not be lost.

use super::*;
use crate::domain::event::What;
use crate::domain::time::Wall;

struct StillWorld;

#[async_trait::async_trait]
impl World for StillWorld {
    fn wall(&self) -> Wall {
        Wall(1_800_000_000_123)
    }
    fn mono(&self) -> Duration {
        Duration::ZERO
    }
    async fn sleep_until(&self, _: Duration) {}
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(1);
    }
}

fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).expect("readable").lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_decision_is_on_the_disk_when_the_call_returns() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("audit.jsonl");
    let audit = Audit::open(&path, Arc::new(StillWorld)).expect("opens");
    audit.decide(&Event::new(What::AuthnLoginFail).user("alice").detail("a\nb")).await.expect("written");
    let line: serde_json::Value = serde_json::from_str(&lines(&path)[0]).expect("JSON");
    assert_eq!(line["event"], "authn_login_fail");
    assert_eq!(line["at"], "2027-01-15T08:00:00.123Z");
    assert_eq!(line["detail"], "a\nb", "a line break inside a value stays inside its line");
    assert_eq!(line["kind"], "decision");
}

#[tokio::test]
async fn rotation_and_a_torn_last_line_lose_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("audit.jsonl");
    std::fs::write(&path, b"{\"half\":").expect("writes");
    let audit = Audit::open(&path, Arc::new(StillWorld)).expect("opens");
    audit.decide(&Event::new(What::SysStartup)).await.expect("written");
    assert_eq!(lines(&path).len(), 2, "the half line stays alone");
    let moved = dir.path().join("audit.jsonl.1");
    std::fs::rename(&path, &moved).expect("moves");
    audit.decide(&Event::new(What::SysShutdown)).await.expect("written");
    assert_eq!((lines(&moved).len(), lines(&path).len()), (2, 1));
}

#[tokio::test]
async fn when_it_cannot_be_written_it_closes_and_opens_again_by_itself() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("audit");
    std::fs::create_dir(&folder).expect("makes");
    let path = folder.join("audit.jsonl");
    let audit = Audit::open(&path, Arc::new(StillWorld)).expect("opens");
    std::fs::rename(&folder, dir.path().join("away")).expect("moves");
    assert!(audit.decide(&Event::new(What::AuthnLoginSuccess)).await.is_err());
    assert!(!audit.is_open());
    std::fs::create_dir(&folder).expect("makes");
    audit.probe().await;
    assert!(audit.is_open());
    audit.decide(&Event::new(What::AuthnLoginSuccess)).await.expect("written");
    assert_eq!(lines(&path).len(), 1);
}
