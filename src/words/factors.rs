//! What the code page says where the code is shown by an app or a token, or was printed.

use super::Hole;
use super::count::{Counted, Rule};

/// The texts of one language.
#[derive(Debug)]
pub struct Factors {
    /// What to do, with what somebody has.
    pub app: &'static str,
    pub token: &'static str,
    pub either: &'static str,
    pub printed: &'static str,
    /// The label of the box.
    pub shown: &'static str,
    pub printed_label: Hole,
    /// Links to the box for letters and back.
    pub to_printed: &'static str,
    pub to_usual: &'static str,
    /// Over the other ways.
    pub no_device: &'static str,
    /// Beside a code that is sent: something stronger can be typed as well.
    pub also: &'static str,
    /// The same for whoever has nothing stronger yet.
    pub stronger: &'static str,
    pub nothing: &'static str,
    /// The code of an app or a token was wrong.
    pub left: Counted,
}

pub const EN: Factors = Factors {
    app: "Open your authenticator app and enter the code that it shows.",
    token: "Enter the code that your token shows.",
    either: "Enter the code that your authenticator app or your token shows.",
    printed: "Enter one of the codes that you printed, or the one that your help desk gave you.",
    shown: "Code shown",
    printed_label: Hole::new("Backup code ({} letters and digits)"),
    to_printed: "Enter a backup code or one from the help desk",
    to_usual: "Enter the usual code",
    no_device: "Not at hand?",
    also: "If you have an authenticator app or a token, you can enter its code here instead; that is safer.",
    stronger: "An authenticator app is safer; ask your help desk for it.",
    nothing: "Nothing that you have set up opens this page. Ask your help desk.",
    left: Counted::pair(
        Rule::OneAlone,
        "Each code opens once only: wait for the next one. {} try is left.",
        "Each code opens once only: wait for the next one. {} tries are left.",
    ),
};

pub const JA: Factors = Factors {
    app: "認証アプリを開き、表示されているコードを入力してください。",
    token: "トークンに表示されているコードを入力してください。",
    either: "認証アプリまたはトークンに表示されているコードを入力してください。",
    printed: "印刷しておいたコードの一つ、または担当窓口から受け取ったコードを入力してください。",
    shown: "表示されているコード",
    printed_label: Hole::new("バックアップコード（英数字 {} 文字）"),
    to_printed: "バックアップコードまたは窓口のコードを入力する",
    to_usual: "いつものコードを入力する",
    no_device: "手元にない場合",
    also: "認証アプリまたはトークンをお持ちの場合は、そのコードをここに入力することもできます。その方が安全です。",
    stronger: "認証アプリの方が安全です。担当窓口にご相談ください。",
    nothing: "設定済みの方法では、このページを開けません。担当窓口にお問い合わせください。",
    left: Counted::same(
        "コードは 1 回だけ使えます。次のコードが表示されるまでお待ちください。あと {} 回入力できます。",
    ),
};

pub const ZH_HANS: Factors = Factors {
    app: "请打开身份验证器应用，输入其中显示的验证码。",
    token: "请输入令牌上显示的验证码。",
    either: "请输入身份验证器应用或令牌上显示的验证码。",
    printed: "请输入您打印的备用码之一，或服务台给您的验证码。",
    shown: "显示的验证码",
    printed_label: Hole::new("备用码（{} 位字母和数字）"),
    to_printed: "输入备用码或服务台给的验证码",
    to_usual: "输入平常的验证码",
    no_device: "不在手边？",
    also: "如果您有身份验证器应用或令牌，也可以在此输入其验证码，这样更安全。",
    stronger: "使用身份验证器应用更安全，请联系服务台。",
    nothing: "您已设置的方式都不能打开此页面。请联系服务台。",
    left: Counted::same("每个验证码只能使用一次：请等待下一个。还可以尝试 {} 次。"),
};

pub const ZH_HANT: Factors = Factors {
    app: "請開啟驗證器應用程式，輸入其中顯示的驗證碼。",
    token: "請輸入權杖上顯示的驗證碼。",
    either: "請輸入驗證器應用程式或權杖上顯示的驗證碼。",
    printed: "請輸入您列印的備用碼之一，或服務台給您的驗證碼。",
    shown: "顯示的驗證碼",
    printed_label: Hole::new("備用碼（{} 個字母和數字）"),
    to_printed: "輸入備用碼或服務台給的驗證碼",
    to_usual: "輸入平常的驗證碼",
    no_device: "不在手邊？",
    also: "如果您有驗證器應用程式或權杖，也可以在此輸入其驗證碼，這樣更安全。",
    stronger: "使用驗證器應用程式更安全，請洽詢服務台。",
    nothing: "您已設定的方式都不能開啟此頁面。請洽詢服務台。",
    left: Counted::same("每組驗證碼只能使用一次：請等待下一組。還可以嘗試 {} 次。"),
};

pub const KO: Factors = Factors {
    app: "인증 앱을 열고 표시된 코드를 입력해 주세요.",
    token: "토큰에 표시된 코드를 입력해 주세요.",
    either: "인증 앱이나 토큰에 표시된 코드를 입력해 주세요.",
    printed: "인쇄해 둔 코드 중 하나나 담당 부서에서 받은 코드를 입력해 주세요.",
    shown: "표시된 코드",
    printed_label: Hole::new("백업 코드(영문자와 숫자 {}자리)"),
    to_printed: "백업 코드나 담당 부서의 코드 입력",
    to_usual: "평소 쓰는 코드 입력",
    no_device: "지금 가지고 있지 않나요?",
    also: "인증 앱이나 토큰이 있으면 그 코드를 여기에 대신 입력할 수 있습니다. 그쪽이 더 안전합니다.",
    stronger: "인증 앱이 더 안전합니다. 담당 부서에 문의해 주세요.",
    nothing: "설정해 둔 방법으로는 이 페이지를 열 수 없습니다. 담당 부서에 문의해 주세요.",
    left: Counted::same(
        "코드는 한 번만 쓸 수 있습니다. 다음 코드가 나올 때까지 기다려 주세요. {}번 더 입력할 수 있습니다.",
    ),
};

pub const ES: Factors = Factors {
    app: "Abra su aplicación de autenticación e introduzca el código que muestra.",
    token: "Introduzca el código que muestra su token.",
    either: "Introduzca el código que muestra su aplicación de autenticación o su token.",
    printed: "Introduzca uno de los códigos que imprimió, o el que le dio el servicio de ayuda.",
    shown: "Código mostrado",
    printed_label: Hole::new("Código de reserva ({} letras y cifras)"),
    to_printed: "Introducir un código de reserva o del servicio de ayuda",
    to_usual: "Introducir el código habitual",
    no_device: "¿No lo tiene a mano?",
    also: "Si tiene una aplicación de autenticación o un token, puede introducir aquí su código; es más seguro.",
    stronger: "Una aplicación de autenticación es más segura; pídala al servicio de ayuda.",
    nothing: "Nada de lo que ha configurado abre esta página. Pida ayuda al servicio de ayuda.",
    left: Counted::pair(
        Rule::OneAndMillions,
        "Cada código sirve una sola vez: espere al siguiente. Queda {} intento.",
        "Cada código sirve una sola vez: espere al siguiente. Quedan {} intentos.",
    ),
};

pub const FR: Factors = Factors {
    app: "Ouvrez votre application d’authentification et saisissez le code affiché.",
    token: "Saisissez le code affiché par votre jeton.",
    either: "Saisissez le code affiché par votre application d’authentification ou votre jeton.",
    printed: "Saisissez l’un des codes que vous avez imprimés, ou celui que le service d’assistance vous a donné.",
    shown: "Code affiché",
    printed_label: Hole::new("Code de secours ({} lettres et chiffres)"),
    to_printed: "Saisir un code de secours ou du service d’assistance",
    to_usual: "Saisir le code habituel",
    no_device: "Pas sous la main ?",
    also: "Si vous avez une application d’authentification ou un jeton, vous pouvez saisir son code ici ; c’est plus sûr.",
    stronger: "Une application d’authentification est plus sûre ; demandez-la au service d’assistance.",
    nothing: "Rien de ce que vous avez configuré n’ouvre cette page. Adressez-vous au service d’assistance.",
    left: Counted::pair(
        Rule::NoneLikeOne,
        "Chaque code ne sert qu’une fois : attendez le suivant. Il vous reste {} essai.",
        "Chaque code ne sert qu’une fois : attendez le suivant. Il vous reste {} essais.",
    ),
};

pub const DE: Factors = Factors {
    app: "Öffnen Sie Ihre Authenticator-App und geben Sie den Code ein, den sie anzeigt.",
    token: "Geben Sie den Code ein, den Ihr Token anzeigt.",
    either: "Geben Sie den Code ein, den Ihre Authenticator-App oder Ihr Token anzeigt.",
    printed: "Geben Sie einen der Codes ein, die Sie ausgedruckt haben, oder den Ihrer Anlaufstelle.",
    shown: "Angezeigter Code",
    printed_label: Hole::new("Ersatzcode ({} Buchstaben und Ziffern)"),
    to_printed: "Einen Ersatzcode oder den der Anlaufstelle eingeben",
    to_usual: "Den üblichen Code eingeben",
    no_device: "Gerade nicht zur Hand?",
    also: "Wenn Sie eine Authenticator-App oder ein Token haben, können Sie hier auch deren Code eingeben; das ist sicherer.",
    stronger: "Eine Authenticator-App ist sicherer; fragen Sie Ihre Anlaufstelle danach.",
    nothing: "Nichts, was Sie eingerichtet haben, öffnet diese Seite. Fragen Sie Ihre Anlaufstelle.",
    left: Counted::pair(
        Rule::OneAlone,
        "Jeder Code gilt nur einmal: Warten Sie auf den nächsten. Es ist noch {} Versuch übrig.",
        "Jeder Code gilt nur einmal: Warten Sie auf den nächsten. Es sind noch {} Versuche übrig.",
    ),
};

pub const PT_BR: Factors = Factors {
    app: "Abra seu aplicativo autenticador e digite o código que ele mostra.",
    token: "Digite o código que seu token mostra.",
    either: "Digite o código que seu aplicativo autenticador ou seu token mostra.",
    printed: "Digite um dos códigos que você imprimiu, ou o que a central de ajuda lhe deu.",
    shown: "Código mostrado",
    printed_label: Hole::new("Código de reserva ({} letras e números)"),
    to_printed: "Digitar um código de reserva ou da central de ajuda",
    to_usual: "Digitar o código habitual",
    no_device: "Não está à mão?",
    also: "Se você tem um aplicativo autenticador ou um token, pode digitar o código dele aqui; é mais seguro.",
    stronger: "Um aplicativo autenticador é mais seguro; peça-o à central de ajuda.",
    nothing: "Nada do que você configurou abre esta página. Peça ajuda à central de ajuda.",
    left: Counted::pair(
        Rule::NoneLikeOne,
        "Cada código serve uma única vez: espere o próximo. Resta {} tentativa.",
        "Cada código serve uma única vez: espere o próximo. Restam {} tentativas.",
    ),
};

pub const VI: Factors = Factors {
    app: "Hãy mở ứng dụng xác thực và nhập mã mà ứng dụng hiển thị.",
    token: "Hãy nhập mã mà thiết bị token hiển thị.",
    either: "Hãy nhập mã mà ứng dụng xác thực hoặc thiết bị token hiển thị.",
    printed: "Hãy nhập một trong các mã bạn đã in, hoặc mã mà bộ phận hỗ trợ đã đưa cho bạn.",
    shown: "Mã được hiển thị",
    printed_label: Hole::new("Mã dự phòng ({} chữ cái và chữ số)"),
    to_printed: "Nhập mã dự phòng hoặc mã của bộ phận hỗ trợ",
    to_usual: "Nhập mã thường dùng",
    no_device: "Không có bên mình?",
    also: "Nếu có ứng dụng xác thực hoặc thiết bị token, bạn có thể nhập mã của nó vào đây; như vậy an toàn hơn.",
    stronger: "Ứng dụng xác thực an toàn hơn; hãy hỏi bộ phận hỗ trợ.",
    nothing: "Không cách nào bạn đã thiết lập mở được trang này. Hãy hỏi bộ phận hỗ trợ.",
    left: Counted::same("Mỗi mã chỉ dùng được một lần: hãy đợi mã tiếp theo. Bạn còn {} lần thử."),
};

pub const AR: Factors = Factors {
    app: "افتح تطبيق المصادقة وأدخل الرمز الذي يعرضه.",
    token: "أدخل الرمز الذي يعرضه جهاز الرموز.",
    either: "أدخل الرمز الذي يعرضه تطبيق المصادقة أو جهاز الرموز.",
    printed: "أدخل أحد الرموز التي طبعتها، أو الرمز الذي أعطاك إياه مكتب المساعدة.",
    shown: "الرمز المعروض",
    printed_label: Hole::new("رمز احتياطي ({} من الحروف والأرقام)"),
    to_printed: "إدخال رمز احتياطي أو رمز من مكتب المساعدة",
    to_usual: "إدخال الرمز المعتاد",
    no_device: "ليس في متناول يدك؟",
    also: "إذا كان لديك تطبيق مصادقة أو جهاز رموز، يمكنك إدخال رمزه هنا بدلًا من ذلك، فهو أكثر أمانًا.",
    stronger: "تطبيق المصادقة أكثر أمانًا، فاطلبه من مكتب المساعدة.",
    nothing: "لا شيء مما أعددته يفتح هذه الصفحة. اسأل مكتب المساعدة.",
    left: Counted::arabic(
        "يعمل كل رمز مرة واحدة فقط: انتظر الرمز التالي. بقيت محاولة واحدة.",
        "يعمل كل رمز مرة واحدة فقط: انتظر الرمز التالي. بقيت محاولتان.",
        "يعمل كل رمز مرة واحدة فقط: انتظر الرمز التالي. بقيت {} محاولات.",
        "يعمل كل رمز مرة واحدة فقط: انتظر الرمز التالي. بقيت {} محاولة.",
        "يعمل كل رمز مرة واحدة فقط: انتظر الرمز التالي. بقيت {} محاولة.",
    ),
};
