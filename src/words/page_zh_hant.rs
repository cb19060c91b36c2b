//! The pages in Chinese, in traditional characters, in the words of Taiwan.

use super::count::Counted;
use super::page::{CodePage, Common, No, Page, PerChannel, Says, SignIn, Sources, Tries, Unsent, Waits};
use super::span::Spans;
use super::{Hole, emergency, factors, me, passkeys};

pub static PAGE: Page = Page {
    common: Common {
        error: Hole::new("錯誤：{}"),
        help: Hole::new("協助：{}"),
        request: Hole::new("尋求協助時，請提供此編號：{}"),
        full_window: "在整個視窗中開啟",
        start_again: "重新開始",
        go_on: "繼續",
        signed_in_as: Hole::new("已登入：{}"),
        sign_out: "登出",
    },
    sign_in: SignIn {
        title: "登入",
        lead: "開啟此頁面需要一次性驗證碼。我們會將驗證碼傳送到您登記的電話號碼或電子郵件地址。",
        title_again: "確認是您本人",
        lead_again: "開啟此頁面需要新的一次性驗證碼。我們會將驗證碼傳送到您登記的電話號碼或電子郵件地址。",
        username: "使用者名稱",
        password: "密碼",
        send: "傳送驗證碼",
    },
    sources: Sources {
        with: Hole::new("使用 {} 登入"),
        unknown: Says {
            title: "無法識別您的身分",
            detail: "此頁面僅供已在別處登入的人員使用：透過智慧卡或憑證，或透過您所屬組織的入口網站。請先在那裡登入，再重新開啟此頁面。",
        },
        leaving: Says { title: "請稍候", detail: "正在前往登入頁面。" },
        failed: Says {
            title: "未能登入", detail: "登入被中止或耗時過久。沒有傳送任何內容。請重新開始。"
        },
    },
    code: CodePage {
        title: "輸入驗證碼",
        to: "傳送至",
        state: "狀態",
        life: "有效期限",
        went: PerChannel {
            sms: Hole::new("{}（簡訊）"),
            voice: Hole::new("{}（電話）"),
            whatsapp: Hole::new("{}（WhatsApp）"),
            email: Hole::new("{}（電子郵件）"),
        },
        ending_in: Hole::new("末碼為 {} 的號碼"),
        mail_at: Hole::new("{} 的電子郵件地址"),
        registered: PerChannel {
            sms: "您登記的電話",
            voice: "您登記的電話",
            whatsapp: "您登記的電話",
            email: "您登記的地址",
        },
        if_registered: "只有此使用者名稱登記了電話號碼或電子郵件地址，才會收到驗證碼。",
        queued: "正在傳送…",
        sent: "已交給傳送服務",
        delivered: "已送達手機",
        failed: "無法傳送",
        failed_next: "驗證碼無法傳送。請按「重新傳送」。如果仍然不行，請尋求協助。",
        refresh: "更新狀態",
        digits: Hole::new("驗證碼（{} 位數字）"),
        characters: Hole::new("驗證碼（{} 位英文字母和數字）"),
        check: "確認",
        not_arrived: "沒有收到驗證碼？",
        resend: "重新傳送",
        resend_in: Hole::new("{}後可以重新傳送。"),
        resend_now: "您會再次收到同一組驗證碼。",
        resent: "正在重新傳送驗證碼。",
        start_over: "從頭開始",
        other_ways: "其他接收方式",
        send_by: PerChannel {
            sms: "以簡訊接收",
            voice: "以電話接收",
            whatsapp: "以 WhatsApp 接收",
            email: "以電子郵件接收",
        },
        next: PerChannel {
            sms: Hole::new("如果未輸入驗證碼，我們會在{}後以簡訊傳送。"),
            voice: Hole::new("如果未輸入驗證碼，我們會在{}後致電給您。"),
            whatsapp: Hole::new("如果未輸入驗證碼，我們會在{}後以 WhatsApp 傳送。"),
            email: Hole::new("如果未輸入驗證碼，我們會在{}後以電子郵件傳送。"),
        },
        call_hint: "接聽我們的來電後，按任意鍵即可聽到驗證碼。",
        weak: PerChannel {
            sms: "以簡訊接收驗證碼較不安全：簡訊可能遭他人讀取，號碼也可能遭冒用。請勿將驗證碼告訴任何人，包括我們。",
            voice: "以電話接收驗證碼較不安全：來電可能遭轉接，號碼也可能遭冒用。請勿將驗證碼告訴任何人，包括我們。",
            whatsapp: "WhatsApp 仰賴您的電話號碼：冒用該號碼的人也可能收到驗證碼。請勿將驗證碼告訴任何人，包括我們。",
            email: "以電子郵件接收驗證碼最不安全：能開啟信箱的人都看得到。請勿將驗證碼告訴任何人，包括我們。",
        },
    },
    factors: factors::ZH_HANT,
    emergency: emergency::ZH_HANT,
    unsent: Unsent {
        title: "您的表單尚未送出",
        lead: "必須先確認一次性驗證碼。您填寫的內容仍保留在此瀏覽器中，尚未送出。請依照下列步驟操作：",
        open: "取得驗證碼",
        new_tab: "（在新分頁中開啟）",
        enter: "在開啟的頁面中輸入驗證碼。",
        reload: "回到此分頁並重新載入。瀏覽器詢問是否重新傳送表單時，請確認。",
        or_back: "您也可以用瀏覽器的「上一頁」按鈕回到表單，確認內容後再送出。",
    },
    spans: Spans {
        seconds: Counted::same("{} 秒"),
        minutes: Counted::same("{} 分鐘"),
        hours: Counted::same("{} 小時"),
        now: "（剛剛）",
        ago: Hole::new("（{}前）"),
        left: Hole::new("還剩 {}"),
    },
    me: me::zh_hant::ME,
    login: super::page::Login {
        not_registered: Says {
            title: "沒有為您登記電話號碼",
            detail: "應用程式已接受您的密碼，但沒有可以傳送一次性驗證碼的號碼或地址，因此您尚未登入。請聯絡協助人員登記您的號碼，然後重新登入。",
        },
        answer_unfit: Says {
            title: "無法為您登入",
            detail: "應用程式已接受您的密碼，但它的回應無法保留到驗證碼核對完成。這不是您的問題。請聯絡協助人員。",
        },
    },
    no: NO,
    passkeys: passkeys::ZH_HANT,
    already_through: Says { title: "您已通過驗證", detail: "驗證碼正確，正在前往您的頁面。" },
    signed_out: Says {
        title: "您已登出", detail: "如果還有其他人使用這台電腦，請一併關閉所有瀏覽器視窗。"
    },
    stale_form: Says {
        title: "此頁面已過時",
        detail: "沒有送出任何內容。請再試一次。如果再次看到此訊息，請允許此網站使用 Cookie。",
    },
    code_needed: Says {
        title: "需要一次性驗證碼",
        detail: "請為此 scope 開始 challenge，或向使用者顯示「challenge」所指的頁面，然後重新要求。",
    },
};

const NO: No = No {
    malformed: Says {
        title: "無法理解此要求", detail: "內容不完整或格式不正確。請返回後再試一次。"
    },
    path: Says { title: "無法理解此網址", detail: "此網址有多種讀法。請檢查您開啟的連結。" },
    unknown_host: Says { title: "這裡沒有此網站", detail: "請檢查網址中的主機名稱。" },
    unencrypted: Says {
        title: "此網站只能透過 https 使用",
        detail: "您傳送的內容未經加密，因此未被接受。請使用以 https 開頭的網址。",
    },
    no_route: Says { title: "此網址沒有內容", detail: "請檢查網址，或返回先前的頁面。" },
    denied: Says {
        title: "此頁面不開放", detail: "無法從這裡開啟。如果您需要此頁面，請尋求協助。"
    },
    method: Says { title: "此處無法執行該操作", detail: "此網址不接受這類要求。" },
    headers_too_large: Says {
        title: "要求過大", detail: "標頭過長。通常刪除此網站的 Cookie 即可解決。"
    },
    too_slow: Says { title: "要求未能及時送達", detail: "網路連線可能不佳。請再試一次。" },
    body_too_large: Says {
        title: "一次傳送的內容過多", detail: "請減少內容，或使用較小的檔案。"
    },
    body_type: Says { title: "不接受此格式", detail: "請以此網址接受的格式傳送內容。" },
    cross_site: Says {
        title: "要求已被阻擋", detail: "無法確認此要求來自本網站。請以頁面本身的網址開啟後再試一次。"
    },
    who_are_you: Says { title: "有欄位尚未填寫", detail: "請填寫所有欄位，然後再試一次。" },
    wrong_credentials: Says {
        title: "登入失敗", detail: "使用者名稱或密碼不正確，或此使用者無權開啟此頁面。"
    },
    unknown_scope: Says {
        title: "此連結不完整", detail: "請再次開啟您需要的頁面，它會以正確的方式帶您來到這裡。"
    },
    unknown_challenge: Says {
        title: "這裡沒有等待輸入的驗證碼",
        detail: "驗證碼是在其他瀏覽器中或較早之前要求的。請重新開始。",
    },
    not_a_code: Says {
        title: "驗證碼不完整", detail: "請完全依照訊息中的內容輸入。這次不計入嘗試次數。"
    },
    wrong_code: Tries {
        title: "驗證碼不正確",
        none: "已沒有嘗試機會。請重新開始。",
        left: Counted::same("請再看一次最新的訊息。還可以嘗試 {} 次。"),
    },
    expired: Says { title: "驗證碼已過期", detail: "請重新開始以取得新的驗證碼。" },
    used: Says {
        title: "驗證碼已使用過", detail: "每組驗證碼只能使用一次。請重新開始以取得新的驗證碼。"
    },
    out_of_tries: Says {
        title: "驗證碼錯誤次數過多", detail: "此驗證碼已失效。請重新開始以取得新的驗證碼。"
    },
    no_such_channel: Says { title: "無法以該方式傳送驗證碼", detail: "請選擇其他方式。" },
    no_resend_left: Says {
        title: "此驗證碼無法再傳送", detail: "請使用最新的訊息，或從頭開始以取得新的驗證碼。"
    },
    cooling: Waits { title: "請稍候", detail: Hole::new("{}後可以重新傳送驗證碼。") },
    waiting: Waits {
        title: "驗證碼錯誤次數過多",
        detail: Hole::new("為保護您的安全，此帳號已暫停使用。請在{}後再試一次。"),
    },
    closed: Says {
        title: "此帳號已鎖定",
        detail: "輸入的錯誤驗證碼過多。請聯絡服務台解除鎖定；您先前登入過的瀏覽器可能仍可使用。",
    },
    limited: Waits { title: "要求過於頻繁", detail: Hole::new("請在{}後再試一次。") },
    number_swapped: Says {
        title: "無法使用這個電話號碼",
        detail: "這個號碼的SIM卡最近更換過，為了安全，我們沒有傳送驗證碼。需要使用其他方式，請洽詢服務台。",
    },
    outage: Says {
        title: "暫時無法使用", detail: "此頁面所需的某個部分目前無法運作。請稍後再試。"
    },
    upstream_down: Says { title: "應用程式沒有回應", detail: "請稍後再試。" },
    upstream_slow: Says {
        title: "應用程式回應時間過長",
        detail: "如果您正在儲存內容，請先確認是否已儲存，再重新傳送。",
    },
};
