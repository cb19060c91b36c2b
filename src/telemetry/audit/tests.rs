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

#[tokio::test]
async fn accesses_that_wait_are_written_when_the_process_ends() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("audit.jsonl");
    let audit = Audit::open(&path, Arc::new(StillWorld)).expect("opens");
    let access = Access {
        user: "alice".to_owned(),
        route: "records".into(),
        method: "GET".to_owned(),
        path: "/records/4711".to_owned(),
        object: Some("id=4711".to_owned()),
        status: 200,
        client: "192.0.2.1".parse().expect("address"),
        request: crate::domain::id::RequestId::from_random([1; 16]),
    };
    assert!((0..1000).all(|_| audit.access(&access)));
    audit.decide(&Event::new(What::SysShutdown)).await.expect("written");
    let lines = lines(&path);
    assert_eq!(lines.len(), 1001);
    let line: serde_json::Value =
        lines.iter().find(|l| l.contains("\"access\"")).and_then(|l| serde_json::from_str(l).ok()).expect("JSON");
    assert_eq!((&line["user"], &line["object"], &line["status"]), (&"alice".into(), &"id=4711".into(), &200.into()));
}

#[tokio::test]
async fn when_the_disk_cannot_keep_up_guarded_routes_close_before_a_line_is_lost() {
    let dir = tempfile::tempdir().expect("a folder");
    let audit = Audit::open(&dir.path().join("audit.jsonl"), Arc::new(StillWorld)).expect("opens");
    audit.state.waiting.store(QUEUE - RESERVE, Ordering::SeqCst);
    assert!(!audit.is_open());
}
