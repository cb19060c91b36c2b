//! Prints the code on standard output, for trying.

use std::io::Write;

use super::aside;
use crate::delivery::Message;
use crate::delivery::outcome::Outcome;

/// One line; the number is masked, for terminals are recorded too.
pub fn line(message: &Message) -> String {
    let channel = message.contact.channel.name().to_uppercase();
    format!("{channel} to {}: your code is {}\n", message.contact.address, message.code.expose())
}

/// Prints the whole line at once.
pub async fn print(line: String) -> Outcome {
    aside(move || {
        let mut out = std::io::stdout().lock();
        out.write_all(line.as_bytes())?;
        out.flush()
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_to_type_and_no_number() {
        assert_eq!(line(&super::super::tests::message()), "SMS to ********78: your code is 482913\n");
    }
}
