//! A ring through its rotations.

use super::*;

fn file(secret: &str, id: &str) -> String {
    format!(r#"{{"keys":[{{"id":"{id}","secret":"{secret}"}}]}}"#)
}

/// A world whose time is told.
struct At(i64);

#[async_trait::async_trait]
impl World for At {
    fn wall(&self) -> Wall {
        Wall::from_secs(self.0)
    }
    fn mono(&self) -> Duration {
        Duration::ZERO
    }
    async fn sleep_until(&self, _: Duration) {}
    fn fill(&self, bytes: &mut [u8]) {
        rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, bytes).expect("random bytes");
    }
}

const DAY: i64 = 24 * 3600;
const LONGEST: Duration = Duration::from_secs(8 * 3600);
const AFTER: Duration = Duration::from_secs(120);

fn at(secs: i64) -> Wall {
    Wall::from_secs(secs)
}

#[test]
fn a_ring_reads_back_as_written() {
    for algorithm in Algorithm::ALL {
        let ring = KeyRing::generate(&At(1_000_000));
        let ring = ring.rotated(&At(1_000_100), algorithm, AFTER, LONGEST).expect("rotates");
        let written = ring.write();
        let again = KeyRing::read(written.expose()).expect("written by us");
        assert_eq!(again.write(), written, "{algorithm:?}");
        assert_eq!(
            (again.all()[0].algorithm, again.all()[0].private.is_some()),
            (algorithm, algorithm == Algorithm::Es256)
        );
        for secret in again.all().iter().map(|key| &key.master).chain([again.index()]) {
            assert!(!format!("{again:?}").contains(&seal::text(secret.expose())), "Debug hides the secrets");
        }
    }
}

#[test]
fn a_file_of_before_rotation_signs_with_its_first_key_and_keeps_its_index() {
    let (one, two) = (seal::text(&[7; 32]), seal::text(&[8; 32]));
    let old = format!(r#"{{"keys":[{{"id":"new","secret":"{two}"}},{{"id":"old","secret":"{one}"}}]}}"#);
    let ring = KeyRing::read(&old).expect("good");
    assert_eq!(ring.signing(at(0)).id, "new");
    assert_eq!(ring.index().expose(), derive(&[8; 32], "alias").expose(), "what counts were kept under");
    let later = ring.rotated(&At(1_000_000), Algorithm::Hs256, AFTER, LONGEST).expect("rotates");
    let later = KeyRing::read(later.write().expose()).expect("written by us");
    assert_eq!(later.index(), ring.index(), "a rotation resets no count");
}

#[test]
fn weak_and_broken_keys_are_refused() {
    let (short, zero, good) = (seal::text(&[7; 8]), seal::text(&[0; 32]), seal::text(&[7; 32]));
    let with = |more: &str| format!(r#"{{"keys":[{{"id":"k","secret":"{good}"{more}}}]}}"#);
    for bad in [
        "",
        "{}",
        r#"{"keys":[]}"#,
        &file("", "k1"),
        &file(&short, "k1"),
        &file(&zero, "k1"),
        &file(&good, "../x"),
        &file("changeme", "k1"),
        &with(r#","algorithm":"none""#),
        &with(r#","algorithm":"RS256""#),
        &with(r#","algorithm":"ES256""#),
        &with(r#","algorithm":"ES256","private":"AAAA""#),
        &with(r#","more":1"#),
        &format!(r#"{{"index":"{short}","keys":[{{"id":"k","secret":"{good}"}}]}}"#),
        &format!(r#"{{"keys":[{{"id":"k","secret":"{good}"}},{{"id":"k","secret":"{good}"}}]}}"#),
        &format!(r#"{{"keys":[{}]}}"#, vec![format!(r#"{{"id":"k","secret":"{good}"}}"#); 65].join(",")),
    ] {
        assert!(KeyRing::read(bad).is_err(), "{bad}");
    }
    assert!(KeyRing::read(&with("")).is_ok());
}

#[test]
fn a_new_key_is_known_before_it_signs_and_the_old_one_goes_when_nothing_can_be_signed_with_it() {
    let first = KeyRing::generate(&At(0));
    let old = first.all()[0].id.clone();
    let ring = first.rotated(&At(1000), Algorithm::Hs256, AFTER, LONGEST).expect("rotates");
    let new = ring.all()[0].id.clone();
    for (now, signs) in [(1000, &old), (1119, &old), (1120, &new), (1_000_000, &new), (-5, &old)] {
        assert_eq!(&ring.signing(at(now)).id, signs, "at {now}");
    }
    let roles = |now| ring.roles(at(now)).map(|(_, role)| role).collect::<Vec<_>>();
    assert_eq!(roles(1000), [Role::Announced(at(1120)), Role::Signs]);
    assert_eq!(roles(1120), [Role::Signs, Role::Reads(at(1120))]);
    let over = 1120 + 8 * 3600 + DAY;
    let keys = |now| ring.rotated(&At(now), Algorithm::Hs256, AFTER, LONGEST).expect("rotates").all().len();
    assert_eq!((keys(over - 1), keys(over)), (3, 2));
}

#[test]
fn rotating_twice_at_once_announces_both_and_loses_none() {
    let ring = KeyRing::generate(&At(0));
    let ring = ring.rotated(&At(1000), Algorithm::Hs256, AFTER, LONGEST).expect("rotates");
    let ring = ring.rotated(&At(1010), Algorithm::Hs256, Duration::ZERO, LONGEST).expect("rotates");
    let ids: Vec<_> = ring.all().iter().map(|key| key.id.clone()).collect();
    assert_eq!(ring.signing(at(1010)).id, ids[0], "the newest may be in more haste");
    assert_eq!(ring.signing(at(1120)).id, ids[0]);
    let mut full = ring;
    let fault = (0..MOST).find_map(|_| match full.rotated(&At(1020), Algorithm::Hs256, AFTER, LONGEST) {
        Ok(next) => {
            full = next;
            None
        }
        Err(fault) => Some(fault),
    });
    assert!(matches!(fault, Some(KeyFault::TooMany)), "a key is never dropped to make room");
    assert_eq!(full.all().len(), MOST);
}

#[test]
fn what_signs_is_not_taken_out() {
    let ring = KeyRing::generate(&At(0));
    let ring = ring.rotated(&At(1000), Algorithm::Hs256, AFTER, LONGEST).expect("rotates");
    let [new, old] = [0, 1].map(|place| ring.all()[place].id.clone());
    let left = |id: &str, now| ring.without(id, at(now)).map(|ring| ring.all()[0].id.clone());
    assert_eq!(left(&old, 1119), Err(NoRetirement::Signs));
    assert_eq!(left(&old, 1120), Ok(new.clone()));
    assert_eq!(left(&new, 1119), Ok(old), "a rotation is called off");
    assert_eq!(left(&new, 1120), Err(NoRetirement::Signs));
    assert_eq!(left("other", 1120), Err(NoRetirement::Unknown));
}
