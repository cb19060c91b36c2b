//! Child processes that never outlive the test, however it ends.

use super::wait;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// Ends the process group as soon as the test process is gone, and clears its folder away. It notices because the other
/// end of its standard input closes, which happens even to a test that is killed, and to one whose server lives in a
/// `static` and is therefore never dropped.
const WATCHDOG: &str = r#"
read -r _
kill -s TERM -- "-$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -s 0 -- "-$1" 2>/dev/null || break; sleep 0.2; done
kill -s KILL -- "-$1" 2>/dev/null
rm -rf -- "$2"
"#;

/// A process that was started for a test, with its output in a file.
pub struct Running {
    name: &'static str,
    child: Child,
    watchdog: Child,
    log: PathBuf,
}

impl Running {
    /// Starts it; its output goes to a file in `folder`, which belongs to this process.
    pub fn start(name: &'static str, command: &mut Command, folder: &Path) -> Self {
        let log = folder.join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log).expect("the log file can be opened");
        let err = out.try_clone().expect("a file handle can be doubled");
        let child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            // A group of its own, so that what it starts itself (Chromium) ends with it.
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error} (tests/run installs what is missing)"));
        let watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog", &child.id().to_string()])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell starts");
        Self { name, child, watchdog, log }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has said so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits until `look` sees it ready.
    ///
    /// # Panics
    /// With its output, when it ends before that or never gets there.
    pub fn wait_ready<T>(&mut self, mut look: impl FnMut() -> Option<T>) -> T {
        let seen = wait::within(wait::PATIENCE, || match self.child.try_wait() {
            Ok(Some(status)) => Some(Err(status)),
            _ => look().map(Ok),
        });
        match seen {
            Some(Ok(seen)) => seen,
            Some(Err(status)) => panic!("{} ended at once ({status}):\n{}", self.name, self.log()),
            None => panic!("{} never became ready:\n{}", self.name, self.log()),
        }
    }

    pub fn signal(&self, signal: &str) {
        assert!(send(signal, &self.id().to_string()), "{} took no {signal}", self.name);
    }

    /// Asks it to end, and waits for that.
    ///
    /// # Panics
    /// When it does not end in time.
    pub fn end(&mut self) -> ExitStatus {
        if let Ok(Some(status)) = self.child.try_wait() {
            return status;
        }
        self.signal("TERM");
        self.ended().unwrap_or_else(|| panic!("{} did not end when asked to:\n{}", self.name, self.log()))
    }

    /// How it ended, if it has.
    pub fn ended_by_now(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// How it ended, if it does within some seconds.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        wait::within(Duration::from_secs(10), || self.child.try_wait().ok().flatten())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // First the watchdog: it must not fire at a number that may belong to somebody else by then.
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
        if let Ok(None) = self.child.try_wait() {
            send("TERM", &format!("-{}", self.id()));
            if self.ended().is_none() {
                send("KILL", &format!("-{}", self.id()));
                let _ = self.child.wait();
            }
        }
        if std::thread::panicking() {
            eprintln!("--- what {} said ---\n{}---", self.name, self.log());
        }
    }
}

/// To one process, or with a minus before the number to its group.
fn send(signal: &str, target: &str) -> bool {
    // The shell's own `kill`: a slim system has no other.
    let sent = Command::new("sh").args(["-c", "kill -s \"$1\" -- \"$2\"", "kill", signal, target]).status();
    sent.is_ok_and(|status| status.success())
}
