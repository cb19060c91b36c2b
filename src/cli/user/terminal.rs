//! Asking for a password on the terminal. A crate would bring no less `unsafe` than these two calls.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use anyhow::{Context as _, anyhow, ensure};
use zeroize::Zeroizing;

use crate::domain::secret::Secret;

/// Longest line that a terminal hands over at once; what can be a password is shorter.
const LONGEST_LINE: usize = 4096;

/// What Ctrl-C types.
const INTERRUPT: u8 = 3;

/// Asks the person at the terminal, whatever standard input and output are, and does not show what they type.
pub fn ask(prompt: &str) -> anyhow::Result<Secret<String>> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").context(
        "there is no terminal to ask for a password on; use --password-stdin, or --no-password to do without one",
    )?;
    let line = ask_on(&terminal, prompt).map_err(|fault| match fault.kind() {
        ErrorKind::Interrupted => anyhow!("interrupted; nothing was changed"),
        _ => anyhow!(fault).context("the terminal could not be read"),
    })?;
    ensure!(!line.expose().is_empty(), "no password was given; nothing was changed");
    Ok(line)
}

fn ask_on(mut terminal: &File, prompt: &str) -> io::Result<Secret<String>> {
    let quiet = Quiet::begin(terminal.as_fd())?;
    write!(terminal, "{prompt}: ")?;
    let mut line = Zeroizing::new([0; LONGEST_LINE]);
    let length = terminal.read(&mut *line)?;
    drop(quiet);
    writeln!(terminal)?;
    let typed = &line[..length];
    if typed.ends_with(&[INTERRUPT]) {
        return Err(ErrorKind::Interrupted.into());
    }
    let text = std::str::from_utf8(typed).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The terminal without echo, until this is dropped. Ctrl-C ends the line instead of the program, so that nothing can
/// leave the terminal silent behind us.
struct Quiet<'a> {
    terminal: BorrowedFd<'a>,
    before: libc::termios,
}

impl<'a> Quiet<'a> {
    fn begin(terminal: BorrowedFd<'a>) -> io::Result<Quiet<'a>> {
        let before = settings(terminal)?;
        let mut silent = before;
        silent.c_lflag &= !(libc::ECHO | libc::ECHONL | libc::ISIG);
        silent.c_cc[libc::VEOL] = INTERRUPT;
        apply(terminal, &silent)?;
        Ok(Quiet { terminal, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        let _ = apply(self.terminal, &self.before);
    }
}

fn settings(terminal: BorrowedFd<'_>) -> io::Result<libc::termios> {
    let mut settings = MaybeUninit::uninit();
    // SAFETY: the descriptor is open while it is borrowed, and the call writes no more than one `termios`.
    if unsafe { libc::tcgetattr(terminal.as_raw_fd(), settings.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call succeeded, so it filled the whole structure.
    Ok(unsafe { settings.assume_init() })
}

/// Also throws away what was typed before it was asked for.
fn apply(terminal: BorrowedFd<'_>, settings: &libc::termios) -> io::Result<()> {
    // SAFETY: the descriptor is open while it is borrowed, and the call only reads the structure.
    match unsafe { libc::tcsetattr(terminal.as_raw_fd(), libc::TCSAFLUSH, settings) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::{FromRawFd, RawFd};
    use std::thread;

    use super::*;

    /// A pair of pseudo-terminal ends: the person's and the program's.
    fn pair() -> (File, File) {
        let (mut person, mut program): (RawFd, RawFd) = (-1, -1);
        let none = std::ptr::null_mut();
        // SAFETY: the two pointers are to integers of ours, and null means default settings.
        let opened = unsafe { libc::openpty(&mut person, &mut program, none, none.cast(), none.cast()) };
        assert_eq!(opened, 0, "{}", io::Error::last_os_error());
        // SAFETY: both descriptors are new and nobody else's.
        unsafe { (File::from_raw_fd(person), File::from_raw_fd(program)) }
    }

    /// Asks on one end, types on the other when the prompt is there; the answer, and what the person saw.
    fn asked(typed: &[u8]) -> (io::Result<Secret<String>>, String) {
        let (mut person, program) = pair();
        let watched = program.try_clone().expect("another handle");
        let echo = || settings(watched.as_fd()).expect("a terminal").c_lflag & libc::ECHO != 0;
        assert!(echo(), "it echoes at first");
        let asking = thread::spawn(move || ask_on(&program, "Password for 鈴木"));
        let mut shown = Vec::new();
        let mut byte = [0];
        while !shown.ends_with(b"\r\n") {
            person.read_exact(&mut byte).expect("something shown");
            shown.push(byte[0]);
            if shown.ends_with(b": ") {
                assert!(!echo(), "the prompt comes when the echo is off");
                person.write_all(typed).expect("typed");
            }
        }
        let answer = asking.join().expect("it asked");
        assert!(echo(), "it echoes again");
        (answer, String::from_utf8(shown).expect("text"))
    }

    #[test]
    fn what_is_typed_is_read_and_not_shown() {
        let (answer, shown) = asked("ひみつ の 言葉\n".as_bytes());
        assert_eq!(answer.expect("an answer").expose(), "ひみつ の 言葉");
        assert_eq!(shown, "Password for 鈴木: \r\n");
    }

    #[test]
    fn an_interrupt_leaves_the_terminal_as_it_was() {
        let (answer, _) = asked(b"half a pass\x03");
        assert_eq!(answer.expect_err("interrupted").kind(), ErrorKind::Interrupted);
        let (answer, _) = asked(b"\x04");
        assert_eq!(answer.expect("the end of input").expose(), "");
    }
}
