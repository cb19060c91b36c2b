//! `Publish` as documented, and answers of the documented shapes.

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;

const NOW: Wall = Wall(1_790_000_000_000);

fn make(keys: &[(&'static str, &str)]) -> Result<Sns, ProviderFault> {
    let base = [("region", "ap-northeast-1"), ("access_key", "AKIDEXAMPLE"), ("secret_key", "s3cret")];
    let keys = [&base[..], keys].concat();
    Sns::new(&given(&keys, &["secret_key"]), &site(Channel::Sms, "sns"))
}

#[test]
fn the_request_is_the_documented_one() {
    let sns = make(&[("sender_id", "HOSPITAL"), ("max_price", "0.10")]).expect("good settings");
    let request = sns.request(&message(), NOW);
    assert_eq!(request.uri().to_string(), "https://sns.ap-northeast-1.amazonaws.com/");
    let form: Vec<_> = url::form_urlencoded::parse(request.body()).into_owned().collect();
    let text = message();
    let expected = [
        ("Action", "Publish"),
        ("Version", "2010-03-31"),
        ("PhoneNumber", "+819012345678"),
        ("Message", text.text.expose()),
        ("MessageAttributes.entry.1.Name", "AWS.SNS.SMS.SMSType"),
        ("MessageAttributes.entry.1.Value.DataType", "String"),
        ("MessageAttributes.entry.1.Value.StringValue", "Transactional"),
        ("MessageAttributes.entry.2.Name", "AWS.SNS.SMS.SenderID"),
        ("MessageAttributes.entry.2.Value.DataType", "String"),
        ("MessageAttributes.entry.2.Value.StringValue", "HOSPITAL"),
        ("MessageAttributes.entry.3.Name", "AWS.SNS.SMS.MaxPrice"),
        ("MessageAttributes.entry.3.Value.DataType", "Number"),
        ("MessageAttributes.entry.3.Value.StringValue", "0.10"),
    ];
    assert_eq!(form, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    let authorization = request.headers()["authorization"].to_str().expect("ASCII");
    assert!(authorization.contains("/ap-northeast-1/sns/aws4_request"), "{authorization}");
}

#[test]
fn settings_that_cannot_work_are_named() {
    let fault = |keys: &[(&'static str, &str)]| make(keys).map(|_| ()).map_err(|fault| fault.key);
    assert_eq!(fault(&[]), Ok(()));
    for sender in ["ab", "12345", "with space", "a-b-c"] {
        assert_eq!(fault(&[("sender_id", sender)]), Err(Some("sender_id")), "{sender}");
    }
    for price in ["free", "-1", "0", "NaN", "inf"] {
        assert_eq!(fault(&[("max_price", price)]), Err(Some("max_price")), "{price}");
    }
}

#[test]
fn answers_are_read_as_documented() {
    let sns = make(&[]).expect("good settings");
    let outcome = |status, body: &str| sns.outcome(&answer(status, &[], body));
    let taken = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\n <PublishResult>\n  \
                 <MessageId>94f20ce6-13c5-43a0-9a9e-ca52d816e90b</MessageId>\n </PublishResult>\n <ResponseMetadata>\
                 <RequestId>f187a3c1</RequestId></ResponseMetadata></PublishResponse>";
    let reference = Some("94f20ce6-13c5-43a0-9a9e-ca52d816e90b".to_owned());
    assert_eq!(outcome(200, taken), Ok(Accepted { reference, price: None }));
    let error = |code: &str| {
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>…</Message></Error></ErrorResponse>"
        )
    };
    for (status, body, class) in [
        (400, error("InvalidParameter"), Class::RecipientPermanent),
        (400, error("ParameterValueInvalid"), Class::RecipientPermanent),
        (400, error("EndpointDisabled"), Class::Config),
        (403, error("AuthorizationError"), Class::Config),
        (403, error("InvalidClientTokenId"), Class::Config),
        (404, error("NotFound"), Class::Config),
        (429, error("Throttled"), Class::Throttle),
        (500, error("InternalError"), Class::Ambiguous),
        (500, error("SomethingNew"), Class::Ambiguous),
        (400, error("SomethingNew"), Class::Config),
        (200, String::new(), Class::Ambiguous),
        (200, "<html><MessageId>1</MessageId></html>".to_owned(), Class::Ambiguous),
        (200, "<PublishResponse><MessageId></MessageId>".to_owned(), Class::Ambiguous),
        (200, "<PublishResponse><MessageId><b>1</b></MessageId>".to_owned(), Class::Ambiguous),
        (200, error("Throttled"), Class::Ambiguous),
        (503, String::new(), Class::Transient),
    ] {
        assert_eq!(outcome(status, &body).map_err(|failure| failure.class), Err(class), "{status} {body}");
    }
}

#[test]
fn nobody_reports_here() {
    let sns = make(&[]).expect("good settings");
    assert!(!sns.reports() && sns.probe(NOW).is_none() && sns.feedback("m", true, NOW).is_none());
}
