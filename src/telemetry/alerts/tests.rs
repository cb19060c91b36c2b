//! Who is told of what, and how often.

use async_trait::async_trait;

use super::*;
use crate::domain::contact::Channel;
use crate::domain::quota::Quota;

/// A clock that stands where it was put.
struct Still(Mutex<Wall>);

#[async_trait]
impl World for Still {
    fn wall(&self) -> Wall {
        *self.0.lock().expect("nobody panicked")
    }

    fn mono(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep_until(&self, _: Duration) {}

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn alerts(on: Vec<Topic>) -> (Arc<Alerts>, AlertService, Arc<Still>) {
    let hour = Duration::from_secs(3600);
    let to = To::Command { program: "/bin/false".to_owned(), arguments: Vec::new(), deadline: hour };
    let alert = Alert { name: "desk".to_owned(), on, at_most: Quota { limit: 1, per: hour }, to };
    let send_failures = Quota { limit: 2, per: hour };
    let settings = Settings { site: "https://records.example.jp".to_owned(), alerts: vec![alert], send_failures };
    let world = Arc::new(Still(Mutex::new(Wall::from_secs(1_800_000_000))));
    let door = Door::new(None).expect("a door");
    let (alerts, service) = Alerts::new(settings, world.clone(), Arc::new(Metrics::new()), door);
    (alerts, service, world)
}

fn down(provider: &str) -> Event {
    Event::new(What::SysProviderDown).provider(provider).channel(Channel::Sms).detail("throttle")
}

fn told(service: &mut AlertService) -> Vec<String> {
    std::iter::from_fn(|| service.queue.try_recv().ok()).map(|posted| posted.notice.text).collect()
}

#[test]
fn one_thing_is_told_once_an_hour_and_another_at_once() {
    let (alerts, mut service, world) = alerts(Vec::new());
    for event in [down("a"), down("a"), down("b"), Event::new(What::SysProviderUp).provider("a")] {
        alerts.hear(&event);
    }
    let texts = [
        "a (sms) fails again and again: throttle.",
        "b (sms) fails again and again: throttle.",
        "a takes messages again.",
    ];
    assert_eq!(told(&mut service), texts);
    *world.0.lock().expect("nobody panicked") = Wall::from_secs(1_800_003_600);
    alerts.hear(&down("a"));
    assert_eq!(told(&mut service).len(), 1, "an hour later");
}

#[test]
fn only_what_is_asked_for_is_told() {
    let (alerts, mut service, _) = alerts(vec![Topic::Budget]);
    alerts.hear(&down("a"));
    alerts.hear(&Event::new(What::CodeSent));
    alerts.hear(&Event::new(What::SysBudgetSpent).detail("30 USD a day"));
    assert_eq!(told(&mut service), ["The money for messages is spent, so no more codes go out: 30 USD a day."]);
}

#[test]
fn many_failures_are_told_as_one() {
    let (alerts, mut service, _) = alerts(Vec::new());
    for _ in 0..10 {
        alerts.hear(&Event::new(What::CodeSendFailed).detail("transient"));
    }
    assert_eq!(told(&mut service).len(), 1);
}

#[test]
fn a_full_queue_holds_up_nobody() {
    let (alerts, mut service, _) = alerts(Vec::new());
    for n in 0..QUEUE + 50 {
        alerts.hear(&down(&format!("p{n}")));
    }
    assert_eq!(told(&mut service).len(), QUEUE);
}

#[test]
fn what_is_new_is_told_however_many_things_were_told_of_lately() {
    let (alerts, mut service, world) = alerts(Vec::new());
    for n in 0..MOST {
        let at = Wall::from_secs(1_800_000_000).plus(Duration::from_secs(n as u64));
        *world.0.lock().expect("nobody panicked") = at;
        alerts.hear(&down(&format!("p{n}")));
        assert_eq!(told(&mut service).len(), 1);
    }
    for (event, count) in [(down("new"), 1), (down("new"), 0), (down("p1"), 0), (down("p999"), 0), (down("p0"), 1)] {
        alerts.hear(&event);
        assert_eq!(told(&mut service).len(), count, "{:?}", event.provider);
    }
    assert_eq!(alerts.lately.lock().expect("nobody panicked").told.len(), MOST);
}

#[tokio::test]
async fn a_program_gets_the_notice_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("told").display().to_string();
    let (_, service, world) = alerts(Vec::new());
    let script = "cat > \"$1\"; env >> \"$1\"".to_owned();
    let arguments = vec!["-c".to_owned(), script, "sh".to_owned(), file.clone()];
    // A clock that stands still wakes sleepers at once, so this one is never asked.
    let to = To::Command { program: "/bin/sh".to_owned(), arguments, deadline: Duration::from_secs(3600) };
    let notice = Notice::test("https://records.example.jp", world.wall());
    let done = send(&to, &notice, &service.door, &Patient(world)).await;
    assert_eq!(done, Ok(()));
    let told = std::fs::read_to_string(&file).expect("written");
    let (first, environment) = told.split_once('\n').expect("lines");
    let json: serde_json::Value = serde_json::from_str(first).expect("JSON");
    assert_eq!((&json["topic"], &json["site"]), (&"test".into(), &"https://records.example.jp".into()));
    let known = ["PATH=", "PWD=", "SHLVL=", "_=", "OLDPWD="];
    assert!(environment.lines().all(|line| known.iter().any(|known| line.starts_with(known))), "{environment}");
}

/// Never wakes anybody.
struct Patient(Arc<Still>);

#[async_trait]
impl World for Patient {
    fn wall(&self) -> Wall {
        self.0.wall()
    }

    fn mono(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep_until(&self, _: Duration) {
        std::future::pending().await
    }

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

#[tokio::test]
async fn a_program_that_hangs_is_ended() {
    let (_, service, world) = alerts(Vec::new());
    let arguments = vec!["600".to_owned()];
    let to = To::Command { program: "/bin/sleep".to_owned(), arguments, deadline: Duration::from_secs(1) };
    let notice = Notice::test("https://records.example.jp", world.wall());
    let done = send(&to, &notice, &service.door, world.as_ref()).await;
    assert_eq!(done, Err("it did not end within 1s".to_owned()));
}
