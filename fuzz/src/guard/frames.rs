//! HTTP/2 frames: the census comes to the same whatever way they were cut, and knows what is owed.

use std::time::Duration;

use sekisho::proxy::guard::frames::Census;

use super::pieces;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const NOW: Duration = Duration::from_secs(7);

/// With an even `cut` the preface is put in front.
pub fn judge(bytes: &[u8], cut: u8) {
    let preface: &[u8] = if cut.is_multiple_of(2) { PREFACE } else { b"" };
    let bytes = [preface, bytes].concat();
    let sent = u64::from(cut) * 1024;
    let (mut whole, mut cuts) = (Census::default(), Census::default());
    let at_once = whole.note(&bytes, NOW, sent);
    let stepwise = pieces(&bytes, cut).try_for_each(|piece| cuts.note(piece, NOW, sent));
    assert_eq!(at_once, stepwise, "cut, it is judged otherwise");
    if at_once.is_ok() {
        assert_eq!(whole.owes(Duration::ZERO), owed(&bytes));
        assert_eq!(cuts.owes(Duration::ZERO), owed(&bytes));
    }
}

/// The rest of the preface since the beginning, or the rest of a header block since it began.
fn owed(bytes: &[u8]) -> Option<Duration> {
    let Some(mut rest) = bytes.strip_prefix(PREFACE) else { return Some(Duration::ZERO) };
    let mut open = false;
    while let Some((&[a, b, c, kind, flags, ..], payload)) = rest.split_first_chunk::<9>() {
        match kind {
            1 if flags & 4 == 0 => open = true,
            9 if flags & 4 != 0 => open = false,
            _ => {}
        }
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        rest = payload.get(length..).unwrap_or_default();
    }
    open.then_some(NOW)
}
