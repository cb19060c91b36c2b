//! The list that comes with a box of tokens: serial numbers and seeds, as CSV.

use crate::domain::enrolment::{StepHash, Stepper};
use crate::domain::factor::Factor;
use crate::domain::stepper::seed;
use crate::domain::time::Wall;
use crate::gate::enrol::label_fault;
use crate::gate::tokens::MOST_TOKENS;

const COLUMNS: [&str; 6] = ["serial", "seed", "user", "digits", "step", "algorithm"];

/// One line of it.
#[derive(Debug)]
pub struct Row {
    pub line: u64,
    pub token: Stepper,
    /// Who gets it.
    pub user: Option<String>,
}

/// Every line, or every mistake with its line.
pub fn read(bytes: &[u8]) -> Result<Vec<Row>, Vec<String>> {
    let text = std::str::from_utf8(bytes).map_err(|_| vec!["it is not UTF-8".to_owned()])?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|fault| vec![fault.to_string()])?.clone();
    let places = places(&header)?;
    let (mut rows, mut mistakes): (Vec<Row>, Vec<String>) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(fault) => {
                mistakes.push(fault.to_string());
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        match row(&record, &places, line) {
            Ok(row) if rows.iter().any(|other| other.token.id == row.token.id) => {
                mistakes.push(format!("line {line}: {} stands there twice", row.token.id));
            }
            Ok(row) => rows.push(row),
            Err(fault) => mistakes.push(format!("line {line}: {fault}")),
        }
    }
    match (rows.len(), mistakes.is_empty()) {
        (0, true) => Err(vec!["it has no line but its header".to_owned()]),
        (many, true) if many > MOST_TOKENS => Err(vec![format!("it has more than {MOST_TOKENS} tokens")]),
        (_, true) => Ok(rows),
        (_, false) => Err(mistakes),
    }
}

/// Where each column stands.
fn places(header: &csv::StringRecord) -> Result<[Option<usize>; 6], Vec<String>> {
    let mut mistakes = Vec::new();
    let mut places = [None; 6];
    for (at, name) in header.iter().enumerate() {
        match COLUMNS.iter().position(|column| column.eq_ignore_ascii_case(name)) {
            Some(column) if places[column].is_none() => places[column] = Some(at),
            Some(column) => mistakes.push(format!("line 1: the column {} stands there twice", COLUMNS[column])),
            None => mistakes.push(format!("line 1: unknown column {name:?}; there are {}", COLUMNS.join(", "))),
        }
    }
    let missing = COLUMNS.iter().zip(&places).take(2).filter(|(_, place)| place.is_none());
    mistakes.extend(missing.map(|(name, _)| format!("line 1: the column {name} is missing")));
    if mistakes.is_empty() { Ok(places) } else { Err(mistakes) }
}

fn row(record: &csv::StringRecord, places: &[Option<usize>; 6], line: u64) -> Result<Row, String> {
    let cell = |column: usize| places[column].and_then(|at| record.get(at)).filter(|text| !text.is_empty());
    let serial = cell(0).ok_or("a token needs a serial number")?;
    label_fault(serial).map_err(|fault| fault.to_string())?;
    let hash = match cell(5).unwrap_or("sha1").to_ascii_lowercase().replace("hmac", "").replace('-', "").as_str() {
        "sha1" => StepHash::Sha1,
        "sha256" => StepHash::Sha256,
        "sha512" => StepHash::Sha512,
        other => return Err(format!("the algorithm {other:?} is none of sha1, sha256, sha512")),
    };
    let token = Stepper {
        id: serial.to_owned(),
        label: serial.to_owned(),
        kind: Factor::Token,
        seed: seed(cell(1).ok_or("a token needs a seed")?).map_err(|fault| format!("the seed: {fault}"))?,
        hash,
        digits: number(cell(3), 6).ok_or("digits is no number")?,
        step: number(cell(4), 30).ok_or("step is no number of seconds")?,
        added: Wall::EPOCH,
        drift: 0,
        spent: None,
        used: None,
    };
    match token.fault() {
        Some(fault) => Err(fault.to_owned()),
        None => Ok(Row { line, token, user: cell(2).map(str::to_owned) }),
    }
}

fn number<T: std::str::FromStr>(cell: Option<&str>, usual: T) -> Option<T> {
    cell.map_or(Some(usual), |text| text.trim_end_matches('s').parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &str = "3132333435363738393031323334353637383930";

    #[test]
    fn a_list_is_read_in_any_order_of_columns() {
        let text =
            format!("\u{feff}seed,Serial,algorithm,step,user\n{SEED},  GA-1 ,HMAC-SHA256,60s,alice\n{SEED},GA-2,,,\n");
        let rows = read(text.as_bytes()).expect("it reads");
        let first = &rows[0].token;
        assert_eq!((first.id.as_str(), first.hash, first.digits, first.step), ("GA-1", StepHash::Sha256, 6, 60));
        assert_eq!((rows[0].user.as_deref(), rows[0].line), (Some("alice"), 2));
        let second = &rows[1].token;
        assert_eq!((second.hash, second.step, rows[1].user.as_deref(), rows[1].line), (StepHash::Sha1, 30, None, 3));
    }

    #[test]
    fn every_mistake_has_its_line() {
        let text = format!(
            "serial,seed,digits,step,algorithm\n,{SEED}\nB,xyz\nC,{SEED},seven\nD,{SEED},7\nE,{SEED},8,5\nF,{SEED},8,30,md5\nG,{SEED}\nG,{SEED}\n"
        );
        let mistakes = read(text.as_bytes()).expect_err("there are some");
        let lines: Vec<&str> = mistakes.iter().filter_map(|mistake| mistake.split(':').next()).collect();
        assert_eq!(lines, ["line 2", "line 3", "line 4", "line 5", "line 6", "line 7", "line 9"], "{mistakes:#?}");
        for (text, says) in [
            ("serial,sed\n", "unknown column \"sed\""),
            ("serial\nA\n", "the column seed is missing"),
            ("serial,seed,seed\n", "stands there twice"),
            ("serial,seed\n", "no line but its header"),
        ] {
            let told = read(text.as_bytes()).expect_err("it is refused").join("\n");
            assert!(told.contains(says), "{told}");
        }
        assert!(read(b"serial,seed\n\xff\xfe").is_err());
    }
}
