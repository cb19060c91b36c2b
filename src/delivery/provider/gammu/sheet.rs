//! A message as Gammu writes messages down (its SMS backup format): one section a part.

use std::fmt::Write;

use crate::delivery::Message;
use crate::delivery::parts::{Alphabet, split};

/// Longer texts than this are no message with a code.
const MOST_PARTS: usize = 10;
/// Hexadecimal digits a line.
const LINE: usize = 200;

/// The file and how many parts are in it; `None` for a text of too many. `reference` ties them together.
pub fn write(message: &Message, reference: u8) -> Option<(String, usize)> {
    let split = split(message.text.expose(), Alphabet::Gsm);
    let total = split.parts.len();
    if total > MOST_PARTS {
        return None;
    }
    let coding = match split.alphabet {
        Alphabet::Ucs2 => "Unicode_No_Compression",
        _ => "Default_No_Compression",
    };
    let number = message.contact.address.exposed();
    let mut sheet = String::new();
    for (index, part) in split.parts.iter().enumerate() {
        let text = hex(&part.text);
        let header = match total {
            1 => String::new(),
            _ => format!("UDH = 050003{reference:02X}{total:02X}{:02X}\n", index + 1),
        };
        // Writing to a string cannot fail.
        let _ = write!(
            sheet,
            "[SMSBackup{index:03}]\nPDU = Submit\nState = UnSent\nNumber = \"{number}\"\nNumberUnicode = {}\n{header}",
            hex(number)
        );
        for (line, at) in (0..text.len()).step_by(LINE).enumerate() {
            let _ = writeln!(sheet, "Text{line:02} = {}", &text[at..text.len().min(at + LINE)]);
        }
        let _ = write!(
            sheet,
            "Coding = {coding}\nFolder = 1\nLength = {}\nClass = -1\nReplySMSC = False\nRejectDuplicates = False\n\
             ReplaceMessage = 0\nMessageReference = 0\n\n",
            text.len() / 4
        );
    }
    Some((sheet, total))
}

/// UTF-16, most significant octet first.
fn hex(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("{unit:04X}")).collect()
}
