//! Amounts of money as vendors write them: text or number, any count of decimals, costs sometimes below zero.

use serde_json::Value;

use crate::domain::money::Money;

/// The amount without its sign, rounded up to a millionth: what a message costs is not taken for less.
pub fn cost(amount: &Value, currency: &str) -> Option<Money> {
    let text = written(amount)?;
    let text = text.strip_prefix(['-', '+']).unwrap_or(&text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let (kept, rest) = fraction.split_at_checked(6).unwrap_or((fraction, ""));
    let point = if kept.is_empty() { "" } else { "." };
    let digits = rest.bytes().all(|b| b.is_ascii_digit());
    let money = Money::parse(&format!("{whole}{point}{kept} {currency}")).filter(|_| digits)?;
    let up = u64::from(rest.bytes().any(|b| b != b'0'));
    Some(Money { micros: money.micros.checked_add(up)?, ..money })
}

/// What is left of an account; a debt is nothing left.
pub fn balance(amount: &Value, currency: &str) -> Option<Money> {
    let money = cost(amount, currency)?;
    let debt = written(amount)?.starts_with('-');
    Some(if debt { Money { micros: 0, ..money } } else { money })
}

fn written(amount: &Value) -> Option<String> {
    match amount {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_vendors_write_them() {
        for (amount, micros) in [
            (r#""-0.00750""#, 7500),
            ("0.07", 70_000),
            (r#""0.07000000""#, 70_000),
            (r#""0.0333333333""#, 33_334),
            (r#"" 3 ""#, 3_000_000),
            ("0", 0),
        ] {
            let amount = serde_json::from_str(amount).expect("JSON");
            let money = Money { micros, currency: "EUR".to_owned() };
            assert_eq!(cost(&amount, "EUR"), Some(money), "{amount}");
        }
        for bad in ["null", r#""""#, r#""free""#, r#""0.1234567x""#, r#""1,5""#, "[]", r#""99999999999999999999""#] {
            assert_eq!(cost(&serde_json::from_str(bad).expect("JSON"), "EUR"), None, "{bad}");
        }
        assert_eq!(cost(&Value::from("1"), "euro"), None);
    }

    #[test]
    fn a_debt_is_an_empty_account() {
        let micros = |text: &str| balance(&Value::from(text), "USD").map(|money| money.micros);
        assert_eq!((micros("12.5"), micros("-3.20")), (Some(12_500_000), Some(0)));
    }
}
