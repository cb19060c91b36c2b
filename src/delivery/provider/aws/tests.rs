//! The v2 API's requests as documented, and answers of the documented shapes.

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;

const NOW: Wall = Wall(1_790_000_000_000);

fn make(channel: Channel, keys: &[(&'static str, &str)]) -> Result<Aws, ProviderFault> {
    let base = [("region", "ap-northeast-1"), ("access_key", "AKIDEXAMPLE"), ("secret_key", "s3cret")];
    let keys = [&base[..], keys].concat();
    Aws::new(&given(&keys, &["secret_key", "session_token"]), &site(channel, "aws"))
}

fn json_of(request: &Request) -> Value {
    serde_json::from_slice(request.body()).expect("JSON")
}

#[test]
fn an_sms_is_the_documented_request() {
    let keys = [
        ("from", "HOSPITAL"),
        ("configuration_set", "sekisho"),
        ("protect", "protect-1"),
        ("max_price", "0.10"),
        ("feedback", "true"),
    ];
    let request = make(Channel::Sms, &keys).expect("good settings").request(&message(), NOW);
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri().to_string(), "https://sms-voice.ap-northeast-1.amazonaws.com/");
    assert_eq!(request.headers()["content-type"], "application/x-amz-json-1.0");
    assert_eq!(request.headers()["x-amz-target"], "PinpointSMSVoiceV2.SendTextMessage");
    let authorization = request.headers()["authorization"].to_str().expect("ASCII");
    let names = "SignedHeaders=content-type;host;x-amz-date;x-amz-target";
    assert!(authorization.contains("/ap-northeast-1/sms-voice/aws4_request") && authorization.contains(names));
    let expected = json!({
        "DestinationPhoneNumber": "+819012345678",
        "OriginationIdentity": "HOSPITAL",
        "MessageBody": message().text.expose(),
        "MessageType": "TRANSACTIONAL",
        "ConfigurationSetName": "sekisho",
        "ProtectConfigurationId": "protect-1",
        "MaxPrice": "0.10",
        "TimeToLive": 299,
        "Context": {"sekisho": site(Channel::Sms, "aws").tag(&message())},
        "MessageFeedbackEnabled": true,
    });
    assert_eq!(json_of(&request), expected);
}

#[test]
fn a_call_is_the_documented_request() {
    let keys = [("from", "+81300000000"), ("without_key_press", "true"), ("max_price", "0.5"), ("voice", "ja=MIZUKI")];
    let request = make(Channel::Voice, &keys).expect("good settings").request(&message(), NOW);
    assert_eq!(request.headers()["x-amz-target"], "PinpointSMSVoiceV2.SendVoiceMessage");
    let body = json_of(&request);
    assert_eq!(
        (&body["VoiceId"], &body["MessageBodyTextType"], &body["MaxPricePerMinute"], &body["OriginationIdentity"]),
        (&json!("MIZUKI"), &json!("TEXT"), &json!("0.5"), &json!("+81300000000"))
    );
    assert!(body.get("MessageType").is_none() && body.get("MaxPrice").is_none());
    let voice = make(Channel::Voice, &keys[..2]).expect("good settings");
    assert_eq!(json_of(&voice.request(&message(), NOW))["VoiceId"], "TAKUMI");
    let english = Message { locale: Locale::En, ..message() };
    assert!(json_of(&voice.request(&english, NOW)).get("VoiceId").is_none());
}

#[test]
fn a_code_is_never_spoken_to_a_mailbox_unless_that_was_wanted() {
    let fault = make(Channel::Voice, &[("from", "+81300000000")]).map(|_| ()).expect_err("refused");
    assert!(fault.text.contains("mailbox") && fault.text.contains("without_key_press"), "{fault}");
}

#[test]
fn life_stays_within_what_aws_takes() {
    let aws = make(Channel::Sms, &[]).expect("good settings");
    for (seconds, said) in [(1, 5), (60, 60), (300_000, 259_200)] {
        let life = std::time::Duration::from_secs(seconds);
        assert_eq!(json_of(&aws.request(&Message { life, ..message() }, NOW))["TimeToLive"], said);
    }
}

#[test]
fn settings_that_cannot_work_are_named() {
    let fault = |channel, keys: &[(&'static str, &str)]| make(channel, keys).map(|_| ()).map_err(|fault| fault.key);
    assert_eq!(fault(Channel::Sms, &[]), Ok(()));
    assert_eq!(fault(Channel::Sms, &[("region", "Tokyo")]), Err(Some("region")));
    assert_eq!(fault(Channel::Sms, &[("access_key", "a/b")]), Err(Some("access_key")));
    for price in ["free", "0,1", "-1", ".5", "1."] {
        assert_eq!(fault(Channel::Sms, &[("max_price", price)]), Err(Some("max_price")), "{price}");
    }
    assert_eq!(fault(Channel::Sms, &[("probe_to", "090")]), Err(Some("probe_to")));
    assert_eq!(fault(Channel::Voice, &[("without_key_press", "true")]), Err(Some("from")));
    let keys = [("without_key_press", "true"), ("from", "+81300000000"), ("voice", "<x>")];
    assert_eq!(fault(Channel::Voice, &keys), Err(Some("voice")));
}

#[test]
fn every_exception_has_its_class() {
    let aws = make(Channel::Sms, &[]).expect("good settings");
    for (status, name, reason, class) in [
        (400, "ThrottlingException", "", Class::Throttle),
        (500, "InternalServerException", "", Class::Ambiguous),
        (400, "AccessDeniedException", "INSUFFICIENT_ACCOUNT_REPUTATION", Class::Config),
        (400, "AccessDeniedException", "ACCOUNT_DISABLED", Class::Config),
        (400, "ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", Class::OptOut),
        (400, "ConflictException", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", Class::Region),
        (400, "ConflictException", "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE", Class::Fraud),
        (400, "ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", Class::Config),
        (400, "ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND", Class::Config),
        (400, "ConflictException", "MESSAGE_TYPE_MISMATCH", Class::Config),
        (400, "ValidationException", "DESTINATION_COUNTRY_BLOCKED", Class::Region),
        (400, "ValidationException", "COUNTRY_NOT_ENABLED", Class::Region),
        (400, "ValidationException", "INTERNATIONAL_SENDING_NOT_SUPPORTED", Class::Region),
        (400, "ValidationException", "PRICE_OVER_THRESHOLD", Class::Funds),
        (400, "ValidationException", "SENDER_ID_NOT_REGISTERED", Class::Config),
        (400, "ValidationException", "SENDER_ID_NOT_SUPPORTED", Class::Config),
        (400, "ValidationException", "SENDER_ID_REQUIRES_REGISTRATION", Class::Config),
        (400, "ValidationException", "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY", Class::Config),
        (400, "ValidationException", "INVALID_PARAMETER", Class::RecipientPermanent),
        (400, "ValidationException", "CANNOT_PARSE", Class::RecipientPermanent),
        (402, "ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", Class::Funds),
        (400, "ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_VOICE", Class::Funds),
        (400, "ServiceQuotaExceededException", "DAILY_DESTINATION_CALL_LIMIT", Class::Funds),
        (400, "ResourceNotFoundException", "", Class::Config),
        (400, "UnrecognizedClientException", "", Class::Config),
        (403, "InvalidSignatureException", "", Class::Config),
        (500, "SomethingNew", "", Class::Ambiguous),
        (503, "SomethingNew", "", Class::Transient),
    ] {
        for name in [name.to_owned(), format!("com.amazonaws.pinpointsmsvoicev2#{name}")] {
            let body = json!({"__type": name, "Reason": reason, "Message": "+819012345678 …"}).to_string();
            assert_eq!(aws.outcome(&answer(status, &[], &body)), Err(class.into()), "{name} {reason}");
        }
    }
}

#[test]
fn a_bad_parameter_is_the_numbers_fault_only_if_it_is_the_number() {
    let aws = make(Channel::Sms, &[]).expect("good settings");
    let class = |field: &str| {
        let body = json!({"__type": "ValidationException", "Reason": "INVALID_PARAMETER", "Fields": [{"Name": field, "Message": "…"}]});
        aws.outcome(&answer(400, &[], &body.to_string())).map_err(|failure| failure.class)
    };
    assert_eq!(class("DestinationPhoneNumber"), Err(Class::RecipientPermanent));
    assert_eq!(class("OriginationIdentity"), Err(Class::Config));
}

#[test]
fn what_was_taken_has_a_reference_and_anything_else_is_read_with_care() {
    let aws = make(Channel::Sms, &[]).expect("good settings");
    let outcome = |status, body| aws.outcome(&answer(status, &[], body));
    let taken = Accepted { reference: Some("m-1".to_owned()), price: None };
    assert_eq!(outcome(200, r#"{"MessageId":"m-1"}"#), Ok(taken));
    for (status, body, class) in [
        (200, "", Class::Ambiguous),
        (200, "{}", Class::Ambiguous),
        (200, r#"{"MessageId":7}"#, Class::Ambiguous),
        (200, r#"{"__type":"ThrottlingException"}"#, Class::Ambiguous),
        (404, "<html>", Class::Config),
        (502, "", Class::Ambiguous),
    ] {
        assert_eq!(outcome(status, body).map_err(|failure| failure.class), Err(class), "{status} {body}");
    }
}

#[test]
fn it_is_told_what_was_entered_and_probed_by_a_dry_run() {
    assert!(make(Channel::Sms, &[]).expect("good settings").feedback("m-1", true, NOW).is_none());
    assert!(make(Channel::Sms, &[]).expect("good settings").probe(NOW).is_none());
    let aws = make(Channel::Sms, &[("feedback", "true"), ("probe_to", "+819012345678")]).expect("good settings");
    for (entered, status) in [(true, "RECEIVED"), (false, "FAILED")] {
        let request = aws.feedback("m-1", entered, NOW).expect("wanted");
        assert_eq!(request.headers()["x-amz-target"], "PinpointSMSVoiceV2.PutMessageFeedback");
        assert_eq!(json_of(&request), json!({"MessageId": "m-1", "MessageFeedbackStatus": status}));
    }
    let probe = json_of(&aws.probe(NOW).expect("a number to probe with"));
    assert_eq!((&probe["DryRun"], &probe["DestinationPhoneNumber"]), (&json!(true), &json!("+819012345678")));
    assert!(!probe.to_string().contains("482913"));
    assert!(aws.probed(&answer(200, &[], r#"{"MessageId":"m"}"#)).is_ok());
    let body = r#"{"__type":"x#AccessDeniedException","Reason":"ACCOUNT_DISABLED","Message":"+819012345678"}"#;
    let said = aws.probed(&answer(400, &[], body)).expect_err("refused");
    assert_eq!(said, "AWS answered with status 400 AccessDeniedException ACCOUNT_DISABLED");
}
