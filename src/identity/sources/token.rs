//! What a signed token says, judged by our clock.

use serde_json::Value;

use crate::domain::time::Wall;

/// How far the clock of whoever signs may be ahead of ours.
const AHEAD: i64 = 60;

/// Whose tokens count, for whom they must be, and where in them the name stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    pub issuer: String,
    pub audience: String,
    /// The name of a claim, or a JSON pointer (`/realm/user`).
    pub claim: String,
}

/// The name in a token, or why it is worth nothing. `exp` is demanded and has no leeway.
pub fn judge(claims: &Value, rules: &Rules, now: Wall) -> Result<String, &'static str> {
    if claims.get("iss").and_then(Value::as_str) != Some(&rules.issuer) {
        return Err("it is of another issuer");
    }
    if !audiences(claims).any(|audience| audience == rules.audience) {
        return Err("it is for another audience");
    }
    let seconds = |name: &str| match claims.get(name) {
        None => Ok(None),
        // Some write fractions.
        Some(value) => value.as_f64().filter(|at| at.is_finite()).map(Some).ok_or("its times cannot be read"),
    };
    let now = now.secs();
    match seconds("exp")? {
        None => return Err("it never ends"),
        Some(end) if end <= now as f64 => return Err("it has ended"),
        Some(_) => {}
    }
    let latest = (now + AHEAD) as f64;
    if seconds("nbf")?.is_some_and(|begin| begin > latest) || seconds("iat")?.is_some_and(|at| at > latest) {
        return Err("it has not begun");
    }
    name(claims, &rules.claim).ok_or("the name is not in it")
}

pub fn audiences(claims: &Value) -> impl Iterator<Item = &str> {
    let audience = claims.get("aud");
    let one = audience.and_then(Value::as_str);
    let several = audience.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(several)
}

/// A text by the name of its member, or by a pointer.
pub fn name(value: &Value, claim: &str) -> Option<String> {
    let found = if claim.starts_with('/') { value.pointer(claim) } else { value.get(claim) };
    found.and_then(Value::as_str).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}
