//! The spool without its daemon: what is written, what is found, what is taken back.

use super::*;
use crate::delivery::postmark::tests::site;
use crate::delivery::provider::tests::{given, message};
use crate::domain::secret::Secret;

const NOW: Wall = Wall(1_790_000_000_000);

struct Spool {
    folder: tempfile::TempDir,
    gammu: Gammu,
}

fn spool() -> Spool {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| {
        let path = folder.path().join(name);
        fs::create_dir(&path).expect("a folder");
        path.display().to_string()
    };
    let (outbox, sent, errors) = (path("out"), path("sent"), path("errors"));
    let pairs = [("outbox", outbox.as_str()), ("sent", &sent), ("errors", &errors), ("stuck", "60")];
    let gammu = Gammu::new(&given(&pairs, &[]), &site(Channel::Sms, "modem")).expect("good settings");
    Spool { folder, gammu }
}

/// Time is over as soon as somebody waits for it; then `then` happens to the spool.
struct Hasty<F>(F, std::sync::atomic::AtomicU64);

#[async_trait]
impl<F: Fn() + Send + Sync + 'static> World for Hasty<F> {
    fn wall(&self) -> Wall {
        NOW
    }
    fn mono(&self) -> Duration {
        Duration::from_millis(self.1.load(std::sync::atomic::Ordering::SeqCst))
    }
    async fn sleep_until(&self, mono: Duration) {
        self.1.store(u64::try_from(mono.as_millis()).expect("soon"), std::sync::atomic::Ordering::SeqCst);
        (self.0)();
    }
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0x2a);
    }
}

async fn delivered(spool: &Spool, text: &str, then: impl Fn() + Send + Sync + 'static) -> Result<(), Class> {
    let message = Message { text: Secret::new(text.to_owned()), ..message() };
    let world = Hasty(then, Default::default());
    let outcome = spool.gammu.deliver(&message, &world, Duration::from_secs(10)).await;
    assert!(entries(&spool.gammu.outbox).iter().all(|path| !path.to_string_lossy().contains(OURS)), "all taken back");
    outcome.map(drop).map_err(|failure| failure.class)
}

/// Moves everything in the outbox into another folder, as SMSD does.
fn moves(spool: &Spool, to: &str) -> impl Fn() + Send + Sync + 'static {
    let (out, to) = (spool.gammu.outbox.clone(), spool.folder.path().join(to));
    move || {
        for path in waiting(&out) {
            let name = path.file_name().expect("a name");
            fs::rename(&path, to.join(name)).expect("moves");
        }
    }
}

#[tokio::test]
async fn what_lies_among_the_sent_was_sent_and_is_removed() {
    let spool = spool();
    assert_eq!(delivered(&spool, "482913", moves(&spool, "sent")).await, Ok(()));
    assert!(entries(&spool.gammu.sent).is_empty());
}

#[tokio::test]
async fn what_the_modem_gave_up_goes_on_to_somebody_else() {
    let spool = spool();
    assert_eq!(delivered(&spool, "482913", moves(&spool, "errors")).await, Err(Class::Transient));
    let long = "あ".repeat(71);
    assert_eq!(delivered(&spool, &long, moves(&spool, "errors")).await, Err(Class::Ambiguous));
    assert!(entries(&spool.gammu.errors).is_empty());
}

#[tokio::test]
async fn what_nobody_took_in_time_is_taken_back() {
    let spool = spool();
    assert_eq!(delivered(&spool, "482913", || {}).await, Err(Class::Ambiguous), "the modem may be at it");
    fs::write(spool.gammu.outbox.join("OUTA2000.txt"), "before us").expect("written");
    filetime(&spool.gammu.outbox.join("OUTA2000.txt"), NOW);
    assert_eq!(delivered(&spool, "482913", || {}).await, Err(Class::Transient), "it was not our turn");
}

#[tokio::test]
async fn a_spool_that_nobody_empties_takes_nothing() {
    let spool = spool();
    let old = spool.gammu.outbox.join("OUTC19990101_000000_00_+81.txt");
    fs::write(&old, "waits").expect("written");
    filetime(&old, Wall(NOW.0 - 61_000));
    assert_eq!(delivered(&spool, "482913", || panic!("nothing is waited for")).await, Err(Class::Transient));
    let world = Hasty(|| {}, Default::default());
    let told = spool.gammu.probe(&world, Duration::ZERO).await.expect_err("stuck");
    assert!(told.contains("waits 61 s"), "{told}");
    fs::remove_file(&old).expect("removed");
    assert!(spool.gammu.probe(&world, Duration::ZERO).await.is_ok());
    fs::remove_dir(&spool.gammu.outbox).expect("removed");
    assert!(spool.gammu.probe(&world, Duration::ZERO).await.is_err());
}

#[test]
fn what_was_left_over_is_swept_and_nothing_else() {
    let spool = spool();
    let (over, good) = (name(NOW, Duration::ZERO, &[1]), name(NOW, Duration::from_secs(1), &[2]));
    for folder in ["out", "sent", "errors"] {
        for file in [&over, &good, "OUTA20200101_000000_00_+81_x.txt", "OUTA1_sekisho-x-y.smsbackup"] {
            fs::write(spool.folder.path().join(folder).join(file), "").expect("written");
        }
    }
    spool.gammu.sweep(NOW);
    for folder in ["out", "sent", "errors"] {
        let left = entries(&spool.folder.path().join(folder));
        assert_eq!(left.len(), 3, "{left:?}");
        assert!(!left.iter().any(|path| path.ends_with(&over)), "{left:?}");
    }
}

#[test]
fn a_sheet_says_who_gets_what_in_which_alphabet() {
    let (sheet, parts) = sheet::write(&Message { text: Secret::new("é€".to_owned()), ..message() }, 7).expect("short");
    let expected = "[SMSBackup000]\nPDU = Submit\nState = UnSent\nNumber = \"+819012345678\"\nNumberUnicode = \
                    002B003800310039003000310032003300340035003600370038\nText00 = 00E920AC\nCoding = \
                    Default_No_Compression\nFolder = 1\nLength = 2\nClass = -1\nReplySMSC = False\nRejectDuplicates = \
                    False\nReplaceMessage = 0\nMessageReference = 0\n\n";
    assert_eq!((sheet.as_str(), parts), (expected, 1));
    let (sheet, parts) = sheet::write(&Message { text: Secret::new("あ".repeat(71)), ..message() }, 7).expect("short");
    assert_eq!(parts, 2);
    for line in ["[SMSBackup001]\n", "UDH = 050003070202\n", "Coding = Unicode_No_Compression\n", "Length = 4\n"] {
        assert!(sheet.contains(line), "{line}\n{sheet}");
    }
    assert!(sheet.lines().all(|line| line.len() <= "Text00 = ".len() + 200));
}

#[test]
fn folders_are_three() {
    let make = |outbox, sent, errors| {
        let pairs = [("outbox", outbox), ("sent", sent), ("errors", errors), ("stuck", "60")];
        Gammu::new(&given(&pairs, &[]), &site(Channel::Sms, "modem")).err().and_then(|fault| fault.key)
    };
    assert_eq!(make("/a", "/b", "/c"), None);
    assert_eq!(make("/a", "/a", "/c"), Some("sent"));
    assert_eq!(make("/a", "/b", "/b"), Some("errors"));
    assert_eq!(make("/a", "/b", "/a"), Some("errors"));
}

fn filetime(path: &Path, at: Wall) {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at.0).expect("after 1970"));
    OpenOptions::new().write(true).open(path).and_then(|file| file.set_modified(at)).expect("the time can be set");
}
