//! What a service centre's `command_status` means.

use std::time::Duration;

use crate::delivery::outcome::{Class, Failure};

/// How long a busy service centre is left alone.
const BUSY: Duration = Duration::from_secs(1);

/// The failure that a status other than zero is, to `submit_sm` or to a bind.
pub fn failure(status: u32) -> Failure {
    let class = class(status);
    Failure { class, number: Some(status), wait: (class == Class::Throttle).then_some(BUSY) }
}

/// SMPP 3.4 §5.1.3. What is not in the list is taken for a matter between the centre and us: another provider may help, and
/// the operator reads the number.
fn class(status: u32) -> Class {
    match status {
        // The centre's own trouble: RSYSERR, RSUBMITFAIL, RX_T_APPN, RDELIVERYFAILURE, RUNKNOWNERR.
        0x08 | 0x45 | 0x64 | 0xfe | 0xff => Class::Transient,
        // RALYBND: the centre has not noticed yet that our last connection is gone.
        0x05 => Class::Transient,
        // RMSGQFUL, RTHROTTLED.
        0x14 | 0x58 => Class::Throttle,
        // RINVDSTADR, RINVDSTTON, RINVDSTNPI, and RX_P_APPN, RX_R_APPN: the receiving side said no.
        0x0b | 0x50 | 0x51 | 0x65 | 0x66 => Class::RecipientPermanent,
        _ => Class::Config,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_that_is_documented_has_its_class() {
        for (class, statuses) in [
            (Class::Transient, &[0x05, 0x08, 0x45, 0x64, 0xfe, 0xff][..]),
            (Class::Throttle, &[0x14, 0x58]),
            (Class::RecipientPermanent, &[0x0b, 0x50, 0x51, 0x65, 0x66]),
            (
                Class::Config,
                &[
                    0x01,
                    0x02,
                    0x03,
                    0x04,
                    0x0a,
                    0x0d,
                    0x0e,
                    0x0f,
                    0x15,
                    0x32,
                    0x43,
                    0x48,
                    0x49,
                    0x53,
                    0x55,
                    0x61,
                    0x62,
                    0xc0,
                    0xc1,
                    0xc2,
                    0xc3,
                    0xc4,
                    0x101,
                    0x400,
                    0xffff_ffff,
                ],
            ),
        ] {
            for status in statuses {
                let failure = failure(*status);
                assert_eq!((failure.class, failure.number), (class, Some(*status)), "{status:#x}");
                assert_eq!(failure.wait.is_some(), class == Class::Throttle, "{status:#x}");
            }
        }
    }
}
