//! What each worker remembers by itself: passes that it saw before, and up to which news they were found unrevoked.
//!
//! Workers share nothing here, not even a reference count, so a pass that is shown again costs neither a signature nor a
//! lock. A row says no more than that these very bytes are a genuine token: time, scope and news are judged each time.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::permit::Holder;

use super::mint::Genuine;

/// Passes that a worker remembers, each at the one place that its last bytes say; a power of two. About 2 KiB each.
const PLACES: usize = 2048;
/// So much of the end of a token is looked at to find its place. It is signature, and so as good as random.
const TAIL: usize = 16;

thread_local! {
    static SHELF: RefCell<Vec<Option<Row>>> = const { RefCell::new(Vec::new()) };
}

struct Row {
    reader: u64,
    /// Of the keys and the passes that the reader knew; another one and the token is read anew.
    epoch: u64,
    /// The news after which nothing had ended it.
    news: u64,
    token: Box<str>,
    genuine: Arc<Genuine>,
}

/// Whose tokens these are: threads outlive gates, as they do in tests.
#[derive(Debug)]
pub struct Reader(u64);

impl Default for Reader {
    fn default() -> Reader {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Reader(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl Reader {
    /// The pass that was kept for exactly this token in this epoch, if nothing has ended it. `ended` is asked where there
    /// was news since.
    pub fn find(
        &self,
        token: &str,
        epoch: u64,
        news: u64,
        ended: impl FnOnce(&Genuine) -> bool,
    ) -> Option<Arc<Genuine>> {
        SHELF.with_borrow_mut(|shelf| {
            let place = place(token);
            let row = shelf.get_mut(place)?.as_mut()?;
            if row.reader != self.0 || row.epoch != epoch || !same(row.token.as_bytes(), token.as_bytes()) {
                return None;
            }
            if row.news != news {
                if ended(&row.genuine) {
                    shelf[place] = None;
                    return None;
                }
                row.news = news;
            }
            Some(row.genuine.clone())
        })
    }

    /// Keeps what was read of a token that nothing has ended as of `news`; the copy that this worker has for itself.
    pub fn keep(&self, token: &str, epoch: u64, news: u64, genuine: &Genuine) -> Arc<Genuine> {
        let holder = Arc::new(Holder::clone(&genuine.holder));
        let own = Arc::new(Genuine { holder, claims: genuine.claims.clone() });
        SHELF.with_borrow_mut(|shelf| {
            shelf.resize_with(PLACES, || None);
            shelf[place(token)] = Some(Row { reader: self.0, epoch, news, token: token.into(), genuine: own.clone() });
        });
        own
    }
}

fn place(token: &str) -> usize {
    let bytes = token.as_bytes();
    let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
    let fold = tail
        .iter()
        .fold(0_u64, |sum, byte| (sum.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(0x517c_c1b7_2722_0a95));
    // The upper bits have heard of every byte.
    usize::try_from(fold >> 32).unwrap_or(0) % PLACES
}

/// Takes as long for every token of the same length: how far one guessed right does not show.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && std::hint::black_box(one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b))) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{PassId, SessionId, UserId};
    use crate::domain::pass::Claims;
    use crate::domain::user::Identity;

    fn genuine(login: &str) -> Genuine {
        let (user, session, pass) =
            (UserId::from_random([1; 16]), SessionId::from_random([2; 16]), PassId::from_random([3; 16]));
        let claims = Claims {
            typ: String::new(),
            iss: String::new(),
            aud: String::new(),
            sub: user.clone(),
            iat: 0,
            nbf: 0,
            exp: 0,
            jti: pass.clone(),
            sid: session.clone(),
            amr: Vec::new(),
            scopes: Default::default(),
            ide: String::new(),
        };
        let identity = Identity { login: login.to_owned(), name: None, email: None, groups: Vec::new() };
        Genuine { claims, holder: Arc::new(Holder { user, session, pass, identity, emergency: false }) }
    }

    #[test]
    fn a_pass_is_known_again_by_its_very_bytes_only() {
        let (reader, other) = (Reader::default(), Reader::default());
        let find = |reader: &Reader, token: &str, epoch| {
            reader.find(token, epoch, 0, |_| false).map(|genuine| genuine.holder.identity.login.clone())
        };
        reader.keep("alice's token, signed", 7, 0, &genuine("alice"));
        assert_eq!(find(&reader, "alice's token, signed", 7).as_deref(), Some("alice"));
        assert_eq!(find(&reader, "malice's token, signed", 7), None, "another with the same end");
        assert_eq!(find(&reader, "Alice's token, signed", 7), None, "another as long");
        assert_eq!(find(&reader, "", 7), None);
        assert_eq!(find(&reader, "alice's token, signed", 8), None, "keys changed");
        assert_eq!(find(&other, "alice's token, signed", 7), None, "another gate on the same thread");
    }

    #[test]
    fn whoever_was_ended_is_forgotten() {
        let reader = Reader::default();
        reader.keep("token", 0, 3, &genuine("alice"));
        assert!(reader.find("token", 0, 3, |_| panic!("there is no news")).is_some());
        assert!(reader.find("token", 0, 4, |_| false).is_some(), "the news was of somebody else");
        assert!(reader.find("token", 0, 4, |_| panic!("that is known by now")).is_some());
        assert!(reader.find("token", 0, 5, |_| true).is_none());
        assert!(reader.find("token", 0, 5, |_| false).is_none(), "it has to be read anew");
    }
}
