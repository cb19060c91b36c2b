//! What a node knows of its own sheets: which codes there are, which sessions they opened, and what the store has not heard
//! yet.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dashmap::DashMap;
use ring::hmac;

use crate::domain::emergency::{Book, Opening, Serial, SheetCode, Standing};
use crate::domain::id::SessionId;
use crate::domain::quota::{Draw, Quota, Used};
use crate::domain::time::Wall;

use super::No;
use crate::gate::keys::KeyRing;
use crate::gate::seal;
use crate::gate::seams::{Revocation, Revoked, Sheets, SheetsError, SheetsStamp};

/// Refusals that are written down: more of them fill no audit.
const REFUSALS: Quota = Quota { limit: 30, per: Duration::from_secs(60) };
/// A code is remembered as used for so much longer than its sheet is good.
const AFTERWARDS: Duration = Duration::from_secs(24 * 3600);

/// The keyed hashes that sheets are found by. The key hangs on the key file's index, which no rotation changes.
pub struct Tags(hmac::Key);

/// Everything that [`Gate`](crate::gate::Gate) needs for emergency access.
pub struct Emergencies {
    tags: Tags,
    sheets: Arc<dyn Sheets>,
    stamp: Mutex<Option<SheetsStamp>>,
    /// Sessions that were opened on this node.
    ours: DashMap<SessionId, Stay>,
    unsaid: Mutex<Vec<Revocation>>,
    untaken: Mutex<Vec<Draw>>,
    refusals: Mutex<Used>,
}

struct Stay {
    ends: Wall,
    over: bool,
}

/// A sheet that a code belongs to.
pub(super) struct Known {
    pub serial: Serial,
    /// From its printing to its end.
    life: Duration,
}

impl Tags {
    pub fn new(keys: &KeyRing) -> Tags {
        Tags(hmac::Key::new(hmac::HMAC_SHA256, &keys.secret_for("emergency codes")))
    }

    /// How a sheet's code is remembered.
    pub fn of(&self, scope: &str, code: &SheetCode) -> String {
        seal::text(hmac::sign(&self.0, &message(scope, code)).as_ref())
    }

    fn is(&self, scope: &str, code: &SheetCode, tag: &str) -> bool {
        seal::bytes(tag).is_some_and(|tag| hmac::verify(&self.0, &message(scope, code), &tag).is_ok())
    }

    /// Shows whether a book was written with this key.
    pub fn proof(&self) -> String {
        seal::text(hmac::sign(&self.0, b"book").as_ref())
    }

    /// Whether the codes of this book can be told by this key. A book without a sheet is anybody's.
    pub fn knows(&self, book: &Book) -> bool {
        let proof = |proof: Vec<u8>| hmac::verify(&self.0, b"book", &proof).is_ok();
        book.sheets.is_empty() || seal::bytes(&book.proof).is_some_and(proof)
    }
}

/// A code has one length, so that no two pairs give one message.
fn message(scope: &str, code: &SheetCode) -> Vec<u8> {
    [code.expose().as_bytes(), b"\0", scope.as_bytes()].concat()
}

impl Known {
    /// One for all nodes and all time.
    pub fn draw(&self) -> Draw {
        let quota = Quota { limit: 1, per: self.life + AFTERWARDS };
        Draw { name: "emergency", key: self.serial.to_string(), quota, units: 1, spend: true }
    }
}

impl Emergencies {
    pub fn new(sheets: Arc<dyn Sheets>, keys: &KeyRing) -> Emergencies {
        Emergencies {
            tags: Tags::new(keys),
            sheets,
            stamp: Mutex::default(),
            ours: DashMap::new(),
            unsaid: Mutex::default(),
            untaken: Mutex::default(),
            refusals: Mutex::default(),
        }
    }

    /// The book, if its codes are of our key file.
    pub async fn read(&self) -> Result<Book, SheetsError> {
        let book = self.sheets.read().await?;
        if !self.tags.knows(&book) {
            return Err(SheetsError("they were printed with another key file".to_owned()));
        }
        Ok(book)
    }

    /// The sheets of these codes, if all are good; else what to say, and what to write down.
    pub(super) fn known(
        &self,
        book: &Book,
        scope: &str,
        people: &[(String, SheetCode)],
        now: Wall,
    ) -> Result<Vec<Known>, (No, String)> {
        let mut known: Vec<Known> = Vec::new();
        for (_, code) in people {
            // All are compared, so that the time says nothing about which.
            let is = |sheet: &&crate::domain::emergency::Sheet| {
                sheet.scope == scope && self.tags.is(scope, code, &sheet.mac)
            };
            let sheet =
                book.sheets.iter().filter(is).last().ok_or((No::Wrong, "a code that is on no sheet".to_owned()))?;
            match sheet.standing(now) {
                Standing::Good => {}
                standing => return Err((No::Over, format!("sheet {} is {}", sheet.serial, standing.name()))),
            }
            if known.iter().any(|known| known.serial == sheet.serial) {
                return Err((No::SameSheet, format!("sheet {} came twice", sheet.serial)));
            }
            known.push(Known { serial: sheet.serial.clone(), life: sheet.printed.until(sheet.ends) });
        }
        Ok(known)
    }

    pub async fn spend(&self, used: Vec<(Serial, Opening)>, now: Wall) -> Result<bool, SheetsError> {
        self.sheets.change(Box::new(move |book| book.spend(&used, now))).await
    }

    pub(super) async fn yield_to_others(&self, known: &[Known]) -> Result<bool, SheetsError> {
        let serials: Vec<Serial> = known.iter().map(|known| known.serial.clone()).collect();
        self.sheets.change(Box::new(move |book| book.yield_to_others(&serials))).await
    }

    pub async fn end(&self, session: SessionId, now: Wall) -> Result<bool, SheetsError> {
        self.sheets.change(Box::new(move |book| book.end(&session, now))).await
    }

    /// What the file says that was not known yet: who is ours, and whose access is over.
    pub async fn news(&self, now: Wall, forget: Wall) -> Result<Vec<Revocation>, SheetsError> {
        let stamp = self.sheets.stamp();
        if *lock(&self.stamp) == Some(stamp) {
            return Ok(Vec::new());
        }
        let read = self.read().await;
        // What cannot be read is told once, and looked at again when it changes.
        *lock(&self.stamp) = Some(stamp);
        self.ours.retain(|_, stay| stay.ends > now);
        let mut over = Vec::new();
        for opening in
            read?.sheets.iter().filter_map(|sheet| sheet.opened.as_ref()).filter(|opening| opening.ends > now)
        {
            let Some(session) = &opening.session else { continue };
            let mut stay = self.ours.entry(session.clone()).or_insert(Stay { ends: opening.ends, over: false });
            if let (Some(at), false) = (opening.over, stay.over) {
                stay.over = true;
                over.push(Revocation { what: Revoked::Session(session.clone()), at, forget });
            }
        }
        lock(&self.unsaid).extend(over.iter().cloned());
        Ok(over)
    }

    /// From now on this session opens without the store.
    pub fn opened(&self, session: &SessionId, ends: Wall) {
        self.ours.entry(session.clone()).or_insert(Stay { ends, over: false });
    }

    pub fn is_ours(&self, session: &SessionId, now: Wall) -> bool {
        self.ours.get(session).is_some_and(|stay| !stay.over && stay.ends > now)
    }

    /// Whether one more refusal may be written down.
    pub fn may_tell(&self, now: Wall) -> Result<(), Duration> {
        let mut refusals = lock(&self.refusals);
        *refusals = REFUSALS.take(*refusals, 1, now)?;
        Ok(())
    }

    /// Ends that the store has not heard of.
    pub fn unsaid(&self) -> Vec<Revocation> {
        lock(&self.unsaid).clone()
    }

    pub fn said(&self, revocation: &Revocation) {
        lock(&self.unsaid).retain(|unsaid| unsaid != revocation);
    }

    /// Codes that the store does not know to be used.
    pub fn untaken(&self) -> Vec<Draw> {
        lock(&self.untaken).clone()
    }

    pub fn taken(&self, draw: &Draw) {
        lock(&self.untaken).retain(|untaken| untaken.key != draw.key);
    }

    pub fn take_later(&self, draws: Vec<Draw>) {
        lock(&self.untaken).extend(draws);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
