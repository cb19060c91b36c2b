//! What the page of emergency access says, in every language.

use super::page::Says;

/// The texts of that page, and of the banner that whoever came in so sees.
#[derive(Debug)]
pub struct Emergency {
    /// On other pages, where it leads there.
    pub link: &'static str,
    pub title: &'static str,
    pub lead: &'static str,
    /// What becomes of it.
    pub recorded: &'static str,
    pub name: &'static str,
    pub reason: &'static str,
    pub reason_hint: &'static str,
    pub code: &'static str,
    pub second: &'static str,
    pub second_lead: &'static str,
    pub second_name: &'static str,
    pub second_code: &'static str,
    pub open: &'static str,
    pub banner: &'static str,
    pub opened: Says,
    pub no_name: Says,
    pub no_reason: Says,
    pub slip: Says,
    pub wrong: Says,
    /// Used, withdrawn, too old.
    pub over: Says,
    pub same_sheet: Says,
}

pub const EN: Emergency = Emergency {
    link: "Emergency access",
    title: "Emergency access",
    lead: "For when nothing else works and it cannot wait. You need a printed sheet with a code; it opens once.",
    recorded: "The alarm goes off at once. Your name, your reason and every page that you open are recorded and looked at afterwards.",
    name: "Your name",
    reason: "Why it cannot wait",
    reason_hint: "10 to 500 characters, so that somebody understands it tomorrow.",
    code: "Code on the sheet",
    second: "The second person",
    second_lead: "Two people have to come, each with a sheet of their own.",
    second_name: "Name of the second person",
    second_code: "Code on the second sheet",
    open: "Open",
    banner: "Emergency access: everything that you open is recorded.",
    opened: Says {
        title: "Emergency access is open",
        detail: "Go on to your page, and sign out as soon as you are done.",
    },
    no_name: Says {
        title: "A name is missing",
        detail: "Write the full name of each person, with 100 characters at most.",
    },
    no_reason: Says { title: "The reason is missing", detail: "Write why it cannot wait, in 10 to 500 characters." },
    slip: Says {
        title: "The code has a typing mistake",
        detail: "Compare it with the sheet, character by character. Nothing was used up.",
    },
    wrong: Says {
        title: "This code does not open",
        detail: "It is on no sheet for this place. Make sure that you have the right one.",
    },
    over: Says {
        title: "This sheet opens nothing any more",
        detail: "It has been used, was withdrawn, or its time is over. Take another sheet.",
    },
    same_sheet: Says { title: "Two different sheets are needed", detail: "Both codes are from one sheet." },
};

pub const JA: Emergency = Emergency {
    link: "緊急アクセス",
    title: "緊急アクセス",
    lead: "ほかの方法が使えず、待てない場合のための入口です。印刷されたコードの用紙が必要です。コードは一度だけ使えます。",
    recorded: "ただちに警報が送られます。お名前、理由、開いたページはすべて記録され、後で確認されます。",
    name: "お名前",
    reason: "待てない理由",
    reason_hint: "10〜500文字。後で読む人に分かるように書いてください。",
    code: "用紙のコード",
    second: "二人目の方",
    second_lead: "二人が、それぞれ自分の用紙を持って行う必要があります。",
    second_name: "二人目のお名前",
    second_code: "二枚目の用紙のコード",
    open: "開く",
    banner: "緊急アクセス中：開いたものはすべて記録されます。",
    opened: Says {
        title: "緊急アクセスが開きました",
        detail: "ページへ進み、終わったらすぐにサインアウトしてください。",
    },
    no_name: Says {
        title: "お名前がありません", detail: "それぞれの氏名を100文字以内で入力してください。"
    },
    no_reason: Says {
        title: "理由がありません", detail: "待てない理由を10〜500文字で入力してください。"
    },
    slip: Says {
        title: "コードに入力ミスがあります",
        detail: "用紙と一文字ずつ見比べてください。何も消費されていません。",
    },
    wrong: Says {
        title: "このコードでは開きません",
        detail: "この場所の用紙にはないコードです。正しい用紙か確認してください。",
    },
    over: Says {
        title: "この用紙はもう使えません",
        detail: "使用済みか、取り消されたか、期限が切れています。別の用紙を使ってください。",
    },
    same_sheet: Says {
        title: "別々の用紙が二枚必要です", detail: "二つのコードが同じ用紙のものです。"
    },
};

pub const ZH_HANS: Emergency = Emergency {
    link: "紧急访问",
    title: "紧急访问",
    lead: "仅在其他方式都不可用且无法等待时使用。您需要一张印有代码的纸，代码只能使用一次。",
    recorded: "系统会立即报警。您的姓名、理由以及打开的每个页面都会被记录，事后会有人查看。",
    name: "您的姓名",
    reason: "无法等待的理由",
    reason_hint: "10 到 500 个字符，让事后查看的人能够明白。",
    code: "纸上的代码",
    second: "第二个人",
    second_lead: "必须有两个人，每人持有各自的一张纸。",
    second_name: "第二个人的姓名",
    second_code: "第二张纸上的代码",
    open: "打开",
    banner: "紧急访问：您打开的一切都会被记录。",
    opened: Says { title: "紧急访问已开启", detail: "请前往您的页面，完成后立即退出。" },
    no_name: Says { title: "缺少姓名", detail: "请填写每个人的全名，最多 100 个字符。" },
    no_reason: Says { title: "缺少理由", detail: "请用 10 到 500 个字符写明无法等待的理由。" },
    slip: Says {
        title: "代码有误", detail: "请与纸上的代码逐个字符核对。没有消耗任何代码。"
    },
    wrong: Says {
        title: "此代码不能使用", detail: "此处的任何一张纸上都没有这个代码。请确认您拿的是正确的纸。"
    },
    over: Says {
        title: "这张纸已不能使用", detail: "它已被使用、已被撤回或已过期。请换一张纸。"
    },
    same_sheet: Says { title: "需要两张不同的纸", detail: "两个代码来自同一张纸。" },
};

pub const ZH_HANT: Emergency = Emergency {
    link: "緊急存取",
    title: "緊急存取",
    lead: "僅在其他方式都無法使用且不能等待時使用。您需要一張印有代碼的紙，代碼只能使用一次。",
    recorded: "系統會立即發出警報。您的姓名、理由以及開啟的每個頁面都會被記錄，事後會有人查看。",
    name: "您的姓名",
    reason: "不能等待的理由",
    reason_hint: "10 到 500 個字元，讓事後查看的人能夠明白。",
    code: "紙上的代碼",
    second: "第二個人",
    second_lead: "必須有兩個人，每人持有各自的一張紙。",
    second_name: "第二個人的姓名",
    second_code: "第二張紙上的代碼",
    open: "開啟",
    banner: "緊急存取：您開啟的一切都會被記錄。",
    opened: Says { title: "緊急存取已開啟", detail: "請前往您的頁面，完成後立即登出。" },
    no_name: Says { title: "缺少姓名", detail: "請填寫每個人的全名，最多 100 個字元。" },
    no_reason: Says { title: "缺少理由", detail: "請用 10 到 500 個字元寫明不能等待的理由。" },
    slip: Says { title: "代碼有誤", detail: "請與紙上的代碼逐一核對。沒有消耗任何代碼。" },
    wrong: Says {
        title: "此代碼無法使用", detail: "此處的任何一張紙上都沒有這個代碼。請確認您拿的是正確的紙。"
    },
    over: Says {
        title: "這張紙已無法使用", detail: "它已被使用、已被撤回或已過期。請換一張紙。"
    },
    same_sheet: Says { title: "需要兩張不同的紙", detail: "兩個代碼來自同一張紙。" },
};

pub const KO: Emergency = Emergency {
    link: "비상 접속",
    title: "비상 접속",
    lead: "다른 방법이 모두 안 되고 기다릴 수 없을 때 사용합니다. 코드가 인쇄된 용지가 필요하며, 코드는 한 번만 쓸 수 있습니다.",
    recorded: "즉시 경보가 전송됩니다. 이름, 사유, 여는 모든 페이지가 기록되고 나중에 검토됩니다.",
    name: "이름",
    reason: "기다릴 수 없는 사유",
    reason_hint: "10~500자로, 나중에 읽는 사람이 이해할 수 있게 적어 주세요.",
    code: "용지의 코드",
    second: "두 번째 사람",
    second_lead: "두 사람이 각자의 용지를 가지고 해야 합니다.",
    second_name: "두 번째 사람의 이름",
    second_code: "두 번째 용지의 코드",
    open: "열기",
    banner: "비상 접속 중: 여는 모든 것이 기록됩니다.",
    opened: Says {
        title: "비상 접속이 열렸습니다", detail: "페이지로 이동하고, 끝나면 바로 로그아웃하세요."
    },
    no_name: Says {
        title: "이름이 없습니다", detail: "각 사람의 이름을 100자 이내로 모두 적어 주세요."
    },
    no_reason: Says {
        title: "사유가 없습니다", detail: "기다릴 수 없는 사유를 10~500자로 적어 주세요."
    },
    slip: Says {
        title: "코드를 잘못 입력했습니다", detail: "용지와 한 글자씩 비교해 주세요. 사용된 코드는 없습니다."
    },
    wrong: Says {
        title: "이 코드로는 열 수 없습니다",
        detail: "이곳의 어떤 용지에도 없는 코드입니다. 맞는 용지인지 확인해 주세요.",
    },
    over: Says {
        title: "이 용지는 더 이상 쓸 수 없습니다",
        detail: "이미 사용되었거나, 회수되었거나, 기한이 지났습니다. 다른 용지를 사용하세요.",
    },
    same_sheet: Says {
        title: "서로 다른 용지 두 장이 필요합니다", detail: "두 코드가 같은 용지의 것입니다."
    },
};

pub const ES: Emergency = Emergency {
    link: "Acceso de emergencia",
    title: "Acceso de emergencia",
    lead: "Para cuando nada más funciona y no se puede esperar. Necesita una hoja impresa con un código; abre una sola vez.",
    recorded: "La alarma se envía de inmediato. Su nombre, el motivo y cada página que abra quedan registrados y se revisan después.",
    name: "Su nombre",
    reason: "Por qué no se puede esperar",
    reason_hint: "De 10 a 500 caracteres, para que alguien lo entienda mañana.",
    code: "Código de la hoja",
    second: "La segunda persona",
    second_lead: "Hacen falta dos personas, cada una con su propia hoja.",
    second_name: "Nombre de la segunda persona",
    second_code: "Código de la segunda hoja",
    open: "Abrir",
    banner: "Acceso de emergencia: todo lo que abra queda registrado.",
    opened: Says {
        title: "El acceso de emergencia está abierto",
        detail: "Continúe a su página y cierre la sesión en cuanto termine.",
    },
    no_name: Says {
        title: "Falta un nombre",
        detail: "Escriba el nombre completo de cada persona, con 100 caracteres como máximo.",
    },
    no_reason: Says {
        title: "Falta el motivo",
        detail: "Escriba por qué no se puede esperar, con 10 a 500 caracteres.",
    },
    slip: Says {
        title: "El código tiene un error de escritura",
        detail: "Compárelo con la hoja, carácter por carácter. No se ha gastado nada.",
    },
    wrong: Says {
        title: "Este código no abre",
        detail: "No está en ninguna hoja de este lugar. Compruebe que tiene la hoja correcta.",
    },
    over: Says {
        title: "Esta hoja ya no abre nada",
        detail: "Se ha usado, se ha retirado o ha caducado. Tome otra hoja.",
    },
    same_sheet: Says { title: "Hacen falta dos hojas distintas", detail: "Los dos códigos son de la misma hoja." },
};

pub const FR: Emergency = Emergency {
    link: "Accès d’urgence",
    title: "Accès d’urgence",
    lead: "Pour quand rien d’autre ne fonctionne et que cela ne peut pas attendre. Il faut une feuille imprimée avec un code ; elle ouvre une seule fois.",
    recorded: "L’alarme est donnée aussitôt. Votre nom, votre motif et chaque page que vous ouvrez sont enregistrés et examinés ensuite.",
    name: "Votre nom",
    reason: "Pourquoi cela ne peut pas attendre",
    reason_hint: "De 10 à 500 caractères, pour que quelqu’un le comprenne demain.",
    code: "Code de la feuille",
    second: "La seconde personne",
    second_lead: "Il faut deux personnes, chacune avec sa propre feuille.",
    second_name: "Nom de la seconde personne",
    second_code: "Code de la seconde feuille",
    open: "Ouvrir",
    banner: "Accès d’urgence : tout ce que vous ouvrez est enregistré.",
    opened: Says {
        title: "L’accès d’urgence est ouvert",
        detail: "Continuez vers votre page et déconnectez-vous dès que vous avez fini.",
    },
    no_name: Says {
        title: "Il manque un nom",
        detail: "Écrivez le nom complet de chaque personne, en 100 caractères au plus.",
    },
    no_reason: Says {
        title: "Il manque le motif",
        detail: "Écrivez pourquoi cela ne peut pas attendre, en 10 à 500 caractères.",
    },
    slip: Says {
        title: "Le code contient une faute de frappe",
        detail: "Comparez-le avec la feuille, caractère par caractère. Rien n’a été consommé.",
    },
    wrong: Says {
        title: "Ce code n’ouvre pas",
        detail: "Il n’est sur aucune feuille pour cet endroit. Vérifiez que vous avez la bonne.",
    },
    over: Says {
        title: "Cette feuille n’ouvre plus rien",
        detail: "Elle a servi, a été retirée ou n’est plus valable. Prenez une autre feuille.",
    },
    same_sheet: Says {
        title: "Il faut deux feuilles différentes",
        detail: "Les deux codes viennent de la même feuille.",
    },
};

pub const DE: Emergency = Emergency {
    link: "Notfallzugang",
    title: "Notfallzugang",
    lead: "Für den Fall, dass nichts anderes geht und es nicht warten kann. Sie brauchen ein gedrucktes Blatt mit einem Code; es öffnet einmal.",
    recorded: "Der Alarm geht sofort hinaus. Ihr Name, Ihr Grund und jede Seite, die Sie öffnen, werden festgehalten und später geprüft.",
    name: "Ihr Name",
    reason: "Warum es nicht warten kann",
    reason_hint: "10 bis 500 Zeichen, damit es morgen jemand versteht.",
    code: "Code auf dem Blatt",
    second: "Die zweite Person",
    second_lead: "Es müssen zwei Personen kommen, jede mit einem eigenen Blatt.",
    second_name: "Name der zweiten Person",
    second_code: "Code auf dem zweiten Blatt",
    open: "Öffnen",
    banner: "Notfallzugang: Alles, was Sie öffnen, wird festgehalten.",
    opened: Says {
        title: "Der Notfallzugang ist offen",
        detail: "Gehen Sie weiter zu Ihrer Seite, und melden Sie sich ab, sobald Sie fertig sind.",
    },
    no_name: Says {
        title: "Ein Name fehlt",
        detail: "Schreiben Sie den vollen Namen jeder Person, mit höchstens 100 Zeichen.",
    },
    no_reason: Says {
        title: "Der Grund fehlt",
        detail: "Schreiben Sie mit 10 bis 500 Zeichen, warum es nicht warten kann.",
    },
    slip: Says {
        title: "Der Code hat einen Tippfehler",
        detail: "Vergleichen Sie ihn Zeichen für Zeichen mit dem Blatt. Es wurde nichts verbraucht.",
    },
    wrong: Says {
        title: "Dieser Code öffnet nicht",
        detail: "Er steht auf keinem Blatt für diesen Ort. Prüfen Sie, ob Sie das richtige Blatt haben.",
    },
    over: Says {
        title: "Dieses Blatt öffnet nichts mehr",
        detail: "Es wurde benutzt oder zurückgezogen, oder seine Zeit ist um. Nehmen Sie ein anderes Blatt.",
    },
    same_sheet: Says { title: "Es braucht zwei verschiedene Blätter", detail: "Beide Codes stammen von einem Blatt." },
};

pub const PT_BR: Emergency = Emergency {
    link: "Acesso de emergência",
    title: "Acesso de emergência",
    lead: "Para quando nada mais funciona e não dá para esperar. Você precisa de uma folha impressa com um código; ela abre uma única vez.",
    recorded: "O alarme é enviado na hora. Seu nome, o motivo e cada página que você abrir ficam registrados e são revisados depois.",
    name: "Seu nome",
    reason: "Por que não dá para esperar",
    reason_hint: "De 10 a 500 caracteres, para que alguém entenda amanhã.",
    code: "Código da folha",
    second: "A segunda pessoa",
    second_lead: "São necessárias duas pessoas, cada uma com a própria folha.",
    second_name: "Nome da segunda pessoa",
    second_code: "Código da segunda folha",
    open: "Abrir",
    banner: "Acesso de emergência: tudo o que você abrir fica registrado.",
    opened: Says {
        title: "O acesso de emergência está aberto",
        detail: "Siga para a sua página e saia assim que terminar.",
    },
    no_name: Says {
        title: "Falta um nome",
        detail: "Escreva o nome completo de cada pessoa, com no máximo 100 caracteres.",
    },
    no_reason: Says {
        title: "Falta o motivo",
        detail: "Escreva por que não dá para esperar, com 10 a 500 caracteres.",
    },
    slip: Says {
        title: "O código tem um erro de digitação",
        detail: "Compare com a folha, caractere por caractere. Nada foi gasto.",
    },
    wrong: Says {
        title: "Este código não abre",
        detail: "Ele não está em nenhuma folha deste lugar. Confira se está com a folha certa.",
    },
    over: Says {
        title: "Esta folha não abre mais nada",
        detail: "Ela já foi usada, foi retirada ou perdeu a validade. Pegue outra folha.",
    },
    same_sheet: Says {
        title: "São necessárias duas folhas diferentes", detail: "Os dois códigos são da mesma folha."
    },
};

pub const VI: Emergency = Emergency {
    link: "Truy cập khẩn cấp",
    title: "Truy cập khẩn cấp",
    lead: "Dành cho lúc không còn cách nào khác và không thể chờ. Bạn cần một tờ giấy in sẵn mã; mã chỉ mở được một lần.",
    recorded: "Báo động được gửi ngay. Tên bạn, lý do và mọi trang bạn mở đều được ghi lại và sẽ được xem xét sau.",
    name: "Tên của bạn",
    reason: "Vì sao không thể chờ",
    reason_hint: "Từ 10 đến 500 ký tự, để ngày mai có người hiểu được.",
    code: "Mã trên tờ giấy",
    second: "Người thứ hai",
    second_lead: "Cần có hai người, mỗi người một tờ giấy riêng.",
    second_name: "Tên người thứ hai",
    second_code: "Mã trên tờ giấy thứ hai",
    open: "Mở",
    banner: "Truy cập khẩn cấp: mọi thứ bạn mở đều được ghi lại.",
    opened: Says {
        title: "Truy cập khẩn cấp đã mở", detail: "Hãy đến trang của bạn và đăng xuất ngay khi xong việc."
    },
    no_name: Says {
        title: "Thiếu tên", detail: "Hãy ghi họ tên đầy đủ của từng người, tối đa 100 ký tự."
    },
    no_reason: Says {
        title: "Thiếu lý do", detail: "Hãy ghi vì sao không thể chờ, từ 10 đến 500 ký tự."
    },
    slip: Says {
        title: "Mã bị gõ sai", detail: "Hãy so từng ký tự với tờ giấy. Chưa có mã nào bị dùng mất."
    },
    wrong: Says {
        title: "Mã này không mở được",
        detail: "Mã không có trên tờ giấy nào của nơi này. Hãy kiểm tra xem bạn có đúng tờ không.",
    },
    over: Says {
        title: "Tờ giấy này không còn dùng được",
        detail: "Nó đã được dùng, đã bị thu hồi hoặc đã hết hạn. Hãy lấy tờ khác.",
    },
    same_sheet: Says {
        title: "Cần hai tờ giấy khác nhau", detail: "Cả hai mã đều ở cùng một tờ giấy."
    },
};

pub const AR: Emergency = Emergency {
    link: "الوصول الطارئ",
    title: "الوصول الطارئ",
    lead: "يُستخدم عندما لا ينجح شيء آخر ولا يمكن الانتظار. تحتاج إلى ورقة مطبوعة عليها رمز، وهو يفتح مرة واحدة فقط.",
    recorded: "يُرسل الإنذار فورًا. يُسجَّل اسمك والسبب وكل صفحة تفتحها، وتُراجَع لاحقًا.",
    name: "اسمك",
    reason: "لماذا لا يمكن الانتظار",
    reason_hint: "من 10 إلى 500 حرف، ليفهمه من يقرؤه غدًا.",
    code: "الرمز المطبوع على الورقة",
    second: "الشخص الثاني",
    second_lead: "يلزم حضور شخصين، مع كل منهما ورقة خاصة به.",
    second_name: "اسم الشخص الثاني",
    second_code: "الرمز المطبوع على الورقة الثانية",
    open: "فتح",
    banner: "وصول طارئ: يُسجَّل كل ما تفتحه.",
    opened: Says {
        title: "الوصول الطارئ مفتوح", detail: "انتقل إلى صفحتك، وسجّل الخروج فور الانتهاء."
    },
    no_name: Says {
        title: "هناك اسم ناقص", detail: "اكتب الاسم الكامل لكل شخص، بما لا يزيد على 100 حرف."
    },
    no_reason: Says {
        title: "السبب ناقص", detail: "اكتب لماذا لا يمكن الانتظار، من 10 إلى 500 حرف."
    },
    slip: Says {
        title: "في الرمز خطأ كتابي", detail: "قارنه بالورقة حرفًا حرفًا. لم يُستهلك شيء."
    },
    wrong: Says {
        title: "هذا الرمز لا يفتح", detail: "لا يوجد على أي ورقة لهذا المكان. تأكد من أن معك الورقة الصحيحة."
    },
    over: Says {
        title: "لم تعد هذه الورقة تفتح شيئًا", detail: "استُخدمت من قبل أو سُحبت أو انتهت مدتها. خذ ورقة أخرى."
    },
    same_sheet: Says {
        title: "يلزم وجود ورقتين مختلفتين", detail: "الرمزان من ورقة واحدة."
    },
};
