//! What a message says that tells somebody of a change, and holds no code.

use crate::domain::contact::Channel;
use crate::domain::locale::Locale;
use crate::domain::notice::Notice;
use crate::domain::secret::Secret;

/// A notice in words.
#[derive(Debug, Clone)]
pub struct Notified {
    pub text: Secret<String>,
    /// Of a mail.
    pub subject: Option<String>,
    /// What a call says before a key is pressed.
    pub prompt: Option<String>,
}

/// In one language. `{brand}` is who sends.
#[derive(Debug)]
struct Words {
    added: &'static str,
    removed: &'static str,
    printed: &'static str,
    number_asked: &'static str,
    number_changed: &'static str,
    /// After each of them.
    not_you: &'static str,
    subject: &'static str,
    prompt: &'static str,
}

/// Words a notice. Operators' own texts are for codes, so these are ours.
pub fn notified(channel: Channel, locale: Locale, brand: &str, notice: Notice) -> Notified {
    let words = words(locale);
    let what = match notice {
        Notice::Added => words.added,
        Notice::Removed => words.removed,
        Notice::Printed => words.printed,
        Notice::NumberAsked => words.number_asked,
        Notice::NumberChanged => words.number_changed,
    };
    let fill = |text: &str| text.replace("{brand}", brand);
    let between = match locale {
        Locale::Ja | Locale::ZhHans | Locale::ZhHant => "",
        _ => " ",
    };
    Notified {
        text: Secret::new(format!("{}{between}{}", fill(what), words.not_you)),
        subject: (channel == Channel::Email).then(|| fill(words.subject)),
        prompt: (channel == Channel::Voice).then(|| fill(words.prompt)),
    }
}

fn words(locale: Locale) -> &'static Words {
    match locale {
        Locale::En => &EN,
        Locale::Ja => &JA,
        Locale::ZhHans => &ZH_HANS,
        Locale::ZhHant => &ZH_HANT,
        Locale::Ko => &KO,
        Locale::Es => &ES,
        Locale::Fr => &FR,
        Locale::De => &DE,
        Locale::PtBr => &PT_BR,
        Locale::Vi => &VI,
        Locale::Ar => &AR,
    }
}

static EN: Words = Words {
    added: "{brand}: a new way to sign in was added to your account.",
    removed: "{brand}: a way to sign in was removed from your account.",
    printed: "{brand}: new backup codes were made for your account; older ones are void.",
    number_asked: "{brand}: another phone number was asked for on your account.",
    number_changed: "{brand}: the phone number of your account was changed.",
    not_you: "If this was not you, tell your help desk at once.",
    subject: "{brand}: a change to your account",
    prompt: "This is {brand}, with news about your account. Press any key to hear it.",
};

static JA: Words = Words {
    added: "{brand}：あなたのアカウントに新しい確認方法が追加されました。",
    removed: "{brand}：あなたのアカウントから確認方法が削除されました。",
    printed: "{brand}：予備コードが新しく作られ、古いものは無効になりました。",
    number_asked: "{brand}：電話番号の変更が申請されました。",
    number_changed: "{brand}：登録の電話番号が変更されました。",
    not_you: "お心当たりがなければ、すぐに窓口へご連絡ください。",
    subject: "【{brand}】アカウントの変更のお知らせ",
    prompt: "{brand}です。アカウントについてお知らせがあります。お聞きになるには、いずれかのキーを押してください。",
};

static ZH_HANS: Words = Words {
    added: "{brand}：您的账户新增了一种验证方式。",
    removed: "{brand}：您的账户移除了一种验证方式。",
    printed: "{brand}：您的账户生成了新的备用码，旧的已失效。",
    number_asked: "{brand}：您的账户申请更换电话号码。",
    number_changed: "{brand}：您账户的电话号码已更改。",
    not_you: "如非您本人操作，请立即联系服务台。",
    subject: "【{brand}】您的账户有变更",
    prompt: "这里是{brand}，有关于您账户的通知。要收听，请按任意键。",
};

static ZH_HANT: Words = Words {
    added: "{brand}：您的帳戶新增了一種驗證方式。",
    removed: "{brand}：您的帳戶移除了一種驗證方式。",
    printed: "{brand}：您的帳戶產生了新的備用碼，舊的已失效。",
    number_asked: "{brand}：您的帳戶申請更換電話號碼。",
    number_changed: "{brand}：您帳戶的電話號碼已變更。",
    not_you: "如非您本人操作，請立即聯絡服務台。",
    subject: "【{brand}】您的帳戶有變更",
    prompt: "這裡是{brand}，有關於您帳戶的通知。要收聽，請按任意鍵。",
};

static KO: Words = Words {
    added: "{brand}: 계정에 새 확인 방법이 추가되었습니다.",
    removed: "{brand}: 계정에서 확인 방법이 삭제되었습니다.",
    printed: "{brand}: 새 예비 코드가 만들어져 이전 코드는 무효입니다.",
    number_asked: "{brand}: 전화번호 변경이 신청되었습니다.",
    number_changed: "{brand}: 등록된 전화번호가 변경되었습니다.",
    not_you: "본인이 아니면 즉시 안내 데스크에 알려 주세요.",
    subject: "[{brand}] 계정 변경 알림",
    prompt: "{brand}입니다. 계정에 관한 알림이 있습니다. 들으시려면 아무 키나 누르세요.",
};

static ES: Words = Words {
    added: "{brand}: se ha agregado una nueva forma de acceso a su cuenta.",
    removed: "{brand}: se ha quitado una forma de acceso de su cuenta.",
    printed: "{brand}: hay nuevas claves de reserva en su cuenta; las anteriores ya no valen.",
    number_asked: "{brand}: se ha pedido otro numero de telefono para su cuenta.",
    number_changed: "{brand}: se ha cambiado el numero de telefono de su cuenta.",
    not_you: "Si no fue usted, avise enseguida a su servicio de ayuda.",
    subject: "{brand}: un cambio en su cuenta",
    prompt: "Le llama {brand}, con una noticia sobre su cuenta. Para escucharla, pulse cualquier tecla.",
};

static FR: Words = Words {
    added: "{brand} : un nouveau moyen de connexion a été ajouté à votre compte.",
    removed: "{brand} : un moyen de connexion a été retiré de votre compte.",
    printed: "{brand} : de nouveaux codes de secours existent ; les anciens ne valent plus.",
    number_asked: "{brand} : un autre numéro de téléphone a été demandé pour votre compte.",
    number_changed: "{brand} : le numéro de téléphone de votre compte a été modifié.",
    not_you: "Si ce n'est pas vous, prévenez tout de suite votre assistance.",
    subject: "{brand} : une modification de votre compte",
    prompt: "Ici {brand}, au sujet de votre compte. Pour écouter le message, appuyez sur une touche.",
};

static DE: Words = Words {
    added: "{brand}: Ihrem Konto wurde ein neuer Weg zur Anmeldung hinzugefügt.",
    removed: "{brand}: Von Ihrem Konto wurde ein Weg zur Anmeldung entfernt.",
    printed: "{brand}: Für Ihr Konto gibt es neue Ersatzcodes; ältere gelten nicht mehr.",
    number_asked: "{brand}: Für Ihr Konto wurde eine andere Telefonnummer beantragt.",
    number_changed: "{brand}: Die Telefonnummer Ihres Kontos wurde geändert.",
    not_you: "Waren Sie das nicht, melden Sie es sofort Ihrem Support.",
    subject: "{brand}: eine Änderung an Ihrem Konto",
    prompt: "Hier ist {brand} mit einer Nachricht zu Ihrem Konto. Zum Anhören drücken Sie eine beliebige Taste.",
};

static PT_BR: Words = Words {
    added: "{brand}: uma nova forma de acesso foi adicionada a sua conta.",
    removed: "{brand}: uma forma de acesso foi removida da sua conta.",
    printed: "{brand}: novos tokens de reserva foram criados; os anteriores perderam a validade.",
    number_asked: "{brand}: outro telefone foi solicitado para a sua conta.",
    number_changed: "{brand}: o telefone da sua conta foi alterado.",
    not_you: "Se isso não foi feito por você, avise o suporte imediatamente.",
    subject: "{brand}: uma alteração na sua conta",
    prompt: "Aqui é {brand}, com um aviso sobre a sua conta. Para ouvir, pressione qualquer tecla.",
};

static VI: Words = Words {
    added: "{brand}: một cách xác nhận mới đã được thêm vào tài khoản của bạn.",
    removed: "{brand}: một cách xác nhận đã bị xóa khỏi tài khoản của bạn.",
    printed: "{brand}: mã dự phòng mới đã được tạo; mã cũ không còn hiệu lực.",
    number_asked: "{brand}: có yêu cầu đổi số điện thoại của tài khoản bạn.",
    number_changed: "{brand}: số điện thoại của tài khoản bạn đã được đổi.",
    not_you: "Nếu không phải bạn, hãy báo ngay cho bộ phận hỗ trợ.",
    subject: "{brand}: thay đổi trong tài khoản của bạn",
    prompt: "Đây là {brand}, có thông báo về tài khoản của bạn. Để nghe, hãy bấm phím bất kỳ.",
};

static AR: Words = Words {
    added: "{brand}: أضيفت إلى حسابك طريقة تحقق جديدة.",
    removed: "{brand}: أزيلت من حسابك طريقة تحقق.",
    printed: "{brand}: أنشئت لحسابك رموز احتياطية جديدة، ولم تعد القديمة صالحة.",
    number_asked: "{brand}: طُلب رقم هاتف آخر لحسابك.",
    number_changed: "{brand}: تغيّر رقم هاتف حسابك.",
    not_you: "إن لم تكن أنت من فعل ذلك، فأبلغ مكتب المساعدة فورًا.",
    subject: "{brand}: تغيير في حسابك",
    prompt: "معك {brand} بخبر عن حسابك. لسماعه اضغط أي مفتاح.",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::segments::segments;

    #[test]
    fn every_notice_names_the_sender_and_fits_three_sms() {
        for locale in Locale::ALL {
            for notice in Notice::ALL {
                for channel in [Channel::Sms, Channel::Voice, Channel::Email] {
                    let said = notified(channel, locale, "中央病院", notice);
                    let text = said.text.expose();
                    assert!(text.contains("中央病院") && !text.contains(['{', '}']), "{locale:?}: {text}");
                    assert_eq!(said.subject.is_some(), channel == Channel::Email);
                    assert_eq!(said.prompt.is_some(), channel == Channel::Voice);
                    for line in said.subject.iter().chain(&said.prompt) {
                        assert!(line.contains("中央病院") && !line.contains(['{', '}', '\n']), "{locale:?}: {line}");
                    }
                }
                let text = notified(Channel::Sms, locale, "Sekisho", notice).text;
                assert!(segments(text.expose()).parts <= 3, "{locale:?}: {} parts", segments(text.expose()).parts);
            }
        }
    }

    #[test]
    fn no_two_notices_say_the_same() {
        for locale in Locale::ALL {
            let mut texts: Vec<_> =
                Notice::ALL.map(|n| notified(Channel::Sms, locale, "B", n).text.expose().clone()).to_vec();
            texts.sort();
            texts.dedup();
            assert_eq!(texts.len(), Notice::ALL.len(), "{locale:?}");
        }
    }
}
