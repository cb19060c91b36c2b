//! What people read whose number is not used because its SIM card was changed lately.

use crate::domain::locale::Locale;

use super::Page;
use super::page::Says;

/// In the language of a page.
pub fn on(page: &Page) -> Says {
    let spoken = |locale: &Locale| std::ptr::eq(Page::of(*locale), page);
    in_language(Locale::ALL.into_iter().find(spoken).unwrap_or_default().tag())
}

/// By the language's tag; English where there is none.
fn in_language(tag: &str) -> Says {
    let (title, detail) = match tag {
        "ja" => (
            "この電話番号は使えません",
            "この番号のSIMカードが最近変更されたため、安全のためコードを送信しませんでした。別の方法が必要です。担当窓口にお問い合わせください。",
        ),
        "zh-Hans" => (
            "无法使用该电话号码",
            "该号码的SIM卡最近被更换过，为了安全，我们没有发送验证码。需要使用其他方式，请联系您的服务台。",
        ),
        "zh-Hant" => (
            "無法使用這個電話號碼",
            "這個號碼的SIM卡最近更換過，為了安全，我們沒有傳送驗證碼。需要使用其他方式，請洽詢服務台。",
        ),
        "ko" => (
            "이 전화번호를 사용할 수 없습니다",
            "이 번호의 SIM 카드가 최근에 변경되어 안전을 위해 코드를 보내지 않았습니다. 다른 방법이 필요하니 담당 부서에 문의해 주세요.",
        ),
        "es" => (
            "No se puede usar este número",
            "La tarjeta SIM de este número se ha cambiado hace poco; por seguridad no hemos enviado ningún código. Hace falta otra vía: pida ayuda.",
        ),
        "fr" => (
            "Ce numéro ne peut pas être utilisé",
            "La carte SIM de ce numéro a été changée récemment ; par sécurité, aucun code n’a été envoyé. Il faut un autre moyen : demandez de l’aide.",
        ),
        "de" => (
            "Diese Nummer kann nicht verwendet werden",
            "Die SIM-Karte dieser Nummer wurde vor Kurzem gewechselt. Zur Sicherheit wurde kein Code gesendet. Es braucht einen anderen Weg: Bitte lassen Sie sich helfen.",
        ),
        "pt-BR" => (
            "Este número não pode ser usado",
            "O chip (SIM) deste número foi trocado há pouco tempo; por segurança, nenhum código foi enviado. É preciso outra forma: peça ajuda.",
        ),
        "vi" => (
            "Không thể dùng số điện thoại này",
            "Thẻ SIM của số này vừa được thay đổi gần đây; để an toàn, chúng tôi không gửi mã. Cần một cách khác: vui lòng liên hệ bộ phận hỗ trợ.",
        ),
        "ar" => (
            "لا يمكن استخدام هذا الرقم",
            "تم تغيير شريحة SIM لهذا الرقم مؤخرًا، ولذلك لم نرسل أي رمز حرصًا على أمانك. تحتاج إلى طريقة أخرى، فاطلب المساعدة.",
        ),
        _ => (
            "This number cannot be used",
            "The SIM card of this number was changed lately. To be safe, no code was sent. Another way is needed: please ask for help.",
        ),
    };
    Says { title, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_words_of_its_own() {
        let mut titles: Vec<_> = Locale::ALL.iter().map(|locale| on(Page::of(*locale)).title).collect();
        assert_eq!(on(Page::of(Locale::En)).title, "This number cannot be used");
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), Locale::ALL.len());
    }
}
