//! The wire guard: Pingora reads what we let through as we read it, however the bytes were cut on their way.

mod announced;
mod body;
mod frames;
mod head;
mod pingora;
mod requests;

/// The first byte says what the rest is, the second how it is cut into pieces.
pub fn judge(data: &[u8]) {
    let [kind, cut, bytes @ ..] = data else { return };
    match kind % 5 {
        0 => head::judge(bytes, *cut),
        1 => body::judge(bytes, *cut),
        2 => frames::judge(bytes, *cut),
        3 => announced::judge(bytes, *cut),
        _ => requests::judge(bytes, *cut),
    }
}

/// All of `bytes`, in pieces: one by one for 0, and in lengths that differ with `cut` for the others.
fn pieces(bytes: &[u8], cut: u8) -> impl Iterator<Item = &[u8]> {
    let (mut rest, mut state) = (bytes, u32::from(cut));
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        // A small generator, so that the same input is always cut alike.
        state = state.wrapping_mul(1_664_525).wrapping_add(if cut == 0 { 0 } else { 1_013_904_223 });
        let step = 1 + (state >> 24) as usize % 32;
        let (piece, after) = rest.split_at(step.min(rest.len()));
        rest = after;
        Some(piece)
    })
}
