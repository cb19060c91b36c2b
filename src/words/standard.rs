//! What messages say where the operator wrote nothing else.
//!
//! The code comes first in what is read, since that is what a lock screen shows; then how long it holds, and a warning. An
//! SMS keeps to the letters of GSM-7 where its language can, because other letters more than halve what one SMS holds: in
//! Spanish it says `clave` for `código` and `caduca` for `válido`, in Portuguese `token`. Japanese, Chinese, Korean, Vietnamese
//! and Arabic have no place in GSM-7.

use crate::domain::locale::Locale;

/// The texts of one language. What stands in braces is filled in as in an operator's own.
#[derive(Debug)]
pub struct Standard {
    /// WhatsApp says the same.
    pub sms: &'static str,
    /// What a call asks before it tells the code.
    pub prompt: &'static str,
    /// Says the code twice.
    pub speech: &'static str,
    /// Between the characters of a code that is spoken.
    pub pause: &'static str,
    /// Without the code: previews and logs keep subjects.
    pub subject: &'static str,
    pub body: &'static str,
}

impl Standard {
    pub fn of(locale: Locale) -> &'static Standard {
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
}

static EN: Standard = Standard {
    sms: "{code} is your {brand} code. Valid for {life}. Never tell anyone.",
    prompt: "This is {brand}. To hear your code, press any key.",
    speech: "Your code is: {code}. Once more: {code}. It is valid for {life}. Never tell anyone.",
    pause: ", ",
    subject: "Your code for {brand}",
    body: "{code} is your one-time code for {brand}.\n\n\
           It is valid for {life}. Enter it only on the page that asked you for it, and never tell it to anyone, not even \
           to us.\n\n\
           If you did not ask for a code, keep it to yourself and tell your help desk.",
};

static JA: Standard = Standard {
    sms: "{code} が{brand}の確認コードです。{minutes}分間有効。誰にも教えないでください。",
    prompt: "{brand}です。コードをお聞きになるには、いずれかのキーを押してください。",
    speech: "コードは、{code}、です。もう一度申し上げます。{code}、です。有効期限は{minutes}分間です。誰にも教えないでください。",
    pause: "、",
    subject: "【{brand}】ワンタイムコードのお知らせ",
    body: "{code} が{brand}のワンタイムコードです。\n\n\
           有効期限は{minutes}分間です。コードの入力を求めたページにのみ入力し、私たちを含め、誰にも教えないでください。\n\n\
           お心当たりのない場合は、コードを誰にも伝えず、お問い合わせ窓口にご連絡ください。",
};

static ZH_HANS: Standard = Standard {
    sms: "{code} 是您的{brand}验证码，{minutes}分钟内有效，请勿告诉任何人。",
    prompt: "这里是{brand}。要收听验证码，请按任意键。",
    speech: "您的验证码是：{code}。再说一遍：{code}。{minutes}分钟内有效。请勿告诉任何人。",
    pause: "，",
    subject: "【{brand}】一次性验证码",
    body: "{code} 是您的{brand}一次性验证码。\n\n\
           {minutes}分钟内有效。请只在要求输入验证码的页面中输入，不要告诉任何人，包括我们。\n\n\
           如果您没有申请验证码，请勿告诉他人，并联系服务台。",
};

static ZH_HANT: Standard = Standard {
    sms: "{code} 是您的{brand}驗證碼，{minutes}分鐘內有效，請勿告訴任何人。",
    prompt: "這裡是{brand}。要收聽驗證碼，請按任意鍵。",
    speech: "您的驗證碼是：{code}。再說一遍：{code}。{minutes}分鐘內有效。請勿告訴任何人。",
    pause: "，",
    subject: "【{brand}】一次性驗證碼",
    body: "{code} 是您的{brand}一次性驗證碼。\n\n\
           {minutes}分鐘內有效。請只在要求輸入驗證碼的頁面中輸入，不要告訴任何人，包括我們。\n\n\
           如果您沒有要求驗證碼，請勿告訴他人，並聯絡服務台。",
};

static KO: Standard = Standard {
    sms: "{code} {brand} 인증 코드입니다. {minutes}분간 유효합니다. 누구에게도 알려 주지 마세요.",
    prompt: "{brand}입니다. 인증 코드를 들으시려면 아무 버튼이나 눌러 주세요.",
    speech: "인증 코드는 {code}입니다. 다시 말씀드립니다. {code}입니다. {minutes}분간 유효합니다. 누구에게도 알려 주지 마세요.",
    pause: ", ",
    subject: "[{brand}] 일회용 인증 코드",
    body: "{code} {brand} 일회용 인증 코드입니다.\n\n\
           {minutes}분간 유효합니다. 코드를 요청한 페이지에만 입력하시고, 저희를 포함해 누구에게도 알려 주지 마세요.\n\n\
           코드를 요청하지 않으셨다면 아무에게도 알려 주지 말고 담당 부서에 문의해 주세요.",
};

static ES: Standard = Standard {
    sms: "{code} es su clave de {brand}. Caduca en {life}. No la comparta con nadie.",
    prompt: "Le llama {brand}. Para oír su código, pulse cualquier tecla.",
    speech: "Su código es: {code}. Repetimos: {code}. Es válido durante {life}. No lo comparta con nadie.",
    pause: ", ",
    subject: "Su código de {brand}",
    body: "{code} es su código de un solo uso para {brand}.\n\n\
           Es válido durante {life}. Introdúzcalo solo en la página que se lo pidió y no lo comunique a nadie, tampoco a \
           nosotros.\n\n\
           Si no ha pedido ningún código, no lo comunique a nadie y avise al servicio de asistencia.",
};

static FR: Standard = Standard {
    sms: "{code} est votre code {brand}. Valable {life}. Ne le communiquez à personne.",
    prompt: "Ici {brand}. Pour entendre votre code, appuyez sur une touche quelconque.",
    speech: "Votre code est : {code}. Nous répétons : {code}. Il est valable {life}. Ne le communiquez à personne.",
    pause: ", ",
    subject: "Votre code pour {brand}",
    body: "{code} est votre code à usage unique pour {brand}.\n\n\
           Il est valable {life}. Saisissez-le uniquement sur la page qui vous l’a demandé et ne le communiquez à personne, \
           pas même à nous.\n\n\
           Si vous n’avez pas demandé de code, ne le communiquez à personne et prévenez votre assistance.",
};

static DE: Standard = Standard {
    sms: "{code} ist Ihr Code für {brand}. Gültig für {life}. Geben Sie ihn niemandem weiter.",
    prompt: "Hier ist {brand}. Um Ihren Code zu hören, drücken Sie eine beliebige Taste.",
    speech: "Ihr Code lautet: {code}. Wir wiederholen: {code}. Er gilt {life}. Geben Sie ihn niemandem weiter.",
    pause: ", ",
    subject: "Ihr Code für {brand}",
    body: "{code} ist Ihr Einmalcode für {brand}.\n\n\
           Er gilt {life}. Geben Sie ihn nur auf der Seite ein, die danach gefragt hat, und geben Sie ihn niemandem weiter, \
           auch uns nicht.\n\n\
           Wenn Sie keinen Code angefordert haben, behalten Sie ihn für sich und verständigen Sie Ihren Helpdesk.",
};

static PT_BR: Standard = Standard {
    sms: "{code} é o seu token de {brand}. Vale por {life}. Nunca informe este token a ninguém.",
    prompt: "Aqui é {brand}. Para ouvir o seu código, pressione qualquer tecla.",
    speech: "Seu código é: {code}. Repetindo: {code}. Ele vale por {life}. Não o informe a ninguém.",
    pause: ", ",
    subject: "Seu código de {brand}",
    body: "{code} é o seu código de uso único para {brand}.\n\n\
           Ele vale por {life}. Digite-o somente na página que o pediu e não o informe a ninguém, nem a nós.\n\n\
           Se você não pediu um código, não o informe a ninguém e avise o suporte.",
};

static VI: Standard = Standard {
    sms: "{code} là mã {brand}. Hiệu lực {minutes} phút. Không chia sẻ với ai.",
    prompt: "Đây là {brand}. Để nghe mã, hãy nhấn một phím bất kỳ.",
    speech: "Mã của bạn là: {code}. Xin nhắc lại: {code}. Mã có hiệu lực trong {minutes} phút. Không cho bất kỳ ai biết mã.",
    pause: ", ",
    subject: "Mã của bạn cho {brand}",
    body: "{code} là mã dùng một lần của bạn cho {brand}.\n\n\
           Mã có hiệu lực trong {minutes} phút. Chỉ nhập mã trên trang đã yêu cầu và không cho bất kỳ ai biết, kể cả chúng \
           tôi.\n\n\
           Nếu bạn không yêu cầu mã, không cho ai biết mã và hãy báo cho bộ phận hỗ trợ.",
};

static AR: Standard = Standard {
    sms: "{code} رمزك لدى {brand}. صالح لمدة {life}. لا تخبر به أحدًا.",
    prompt: "معك {brand}. لسماع الرمز، اضغط أي مفتاح.",
    speech: "رمزك هو: {code}. نكرر: {code}. وهو صالح لمدة {life}. لا تخبر به أحدًا.",
    pause: "، ",
    subject: "رمزك لدى {brand}",
    body: "{code} رمزك الذي يُستخدم مرة واحدة لدى {brand}.\n\n\
           وهو صالح لمدة {life}. أدخله فقط في الصفحة التي طلبته، ولا تخبر به أحدًا، بمن فيهم نحن.\n\n\
           إذا لم تطلب رمزًا، فلا تخبر به أحدًا وأبلغ مكتب المساعدة.",
};
