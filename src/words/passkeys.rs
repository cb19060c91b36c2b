//! What pages say about passkeys, in every language.

use super::Hole;
use super::page::{Passkeys, Says};

/// English.
pub const EN: Passkeys = Passkeys {
    title: "Confirm with a passkey",
    lead: "Your phone, computer or security key confirms that it is you. There is nothing to type.",
    use_one: "Use a passkey",
    no_script: "Passkeys work only with JavaScript, which is switched off in this browser.",
    unsupported: "This browser cannot use passkeys here.",
    cancelled: "Nothing was confirmed. You can try again.",
    failed: "No answer came. Please try again in a moment.",
    mine: "Your passkeys",
    mine_lead: "With a passkey your phone, computer or security key confirms that it is you. It works on this site only, so no false site can ask for it.",
    none: "There is no passkey yet.",
    label: "Name of the new passkey, such as “office computer”",
    add: "Add a passkey",
    remove: Hole::new("Remove: {}"),
    unnamed: Hole::new("Passkey {}"),
    added_on: Hole::new("Added on {}"),
    used_on: Hole::new("Last used on {}"),
    not_used: "Not used yet",
    added: "The passkey was added. You were signed out everywhere else.",
    removed: "The passkey was removed. You were signed out everywhere else.",
    confirm: "Confirm that it is you now",
    wrong: Says {
        title: "The passkey could not be confirmed",
        detail: "This counts as a failed try. Use a passkey that you added for this site, and let your device check that it is you.",
    },
    not_asked: Says { title: "The question is out of date", detail: "Nothing was judged. Press the button once more." },
    missing: Says {
        title: "No passkey can be used here",
        detail: "There is none for you, or this page does not take one. Use another way.",
    },
    only: Says {
        title: "This page needs a passkey",
        detail: "It opens with a passkey and with nothing else. Add one under “Your passkeys” after signing in to another page of this site; if you cannot, ask for help.",
    },
    not_taken: Says {
        title: "The passkey was not added",
        detail: "What the device made could not be taken. Please try again, or use another device.",
    },
    full: Says {
        title: "You have the most passkeys possible",
        detail: "Remove one that you no longer use, then add the new one.",
    },
    not_lately: Says {
        title: "Please confirm first that it is you",
        detail: "To change this, your last confirmation must not be older than five minutes.",
    },
};

/// Japanese.
pub const JA: Passkeys = Passkeys {
    title: "パスキーで確認",
    lead: "お使いのスマートフォン、パソコン、またはセキュリティキーでご本人であることを確認します。入力は必要ありません。",
    use_one: "パスキーを使う",
    no_script: "パスキーを使うにはJavaScriptが必要ですが、このブラウザーでは無効になっています。",
    unsupported: "このブラウザーでは、ここでパスキーを使えません。",
    cancelled: "確認は行われませんでした。もう一度お試しください。",
    failed: "応答がありませんでした。しばらくしてからもう一度お試しください。",
    mine: "パスキーの管理",
    mine_lead: "パスキーを使うと、スマートフォン、パソコン、またはセキュリティキーでご本人であることを確認できます。このサイトでしか使えないため、偽のサイトに使われることはありません。",
    none: "パスキーはまだありません。",
    label: "新しいパスキーの名前（例：職場のパソコン）",
    add: "パスキーを追加",
    remove: Hole::new("削除：{}"),
    unnamed: Hole::new("パスキー {}"),
    added_on: Hole::new("追加日：{}"),
    used_on: Hole::new("最終使用日：{}"),
    not_used: "まだ使われていません",
    added: "パスキーを追加しました。ほかの場所ではすべてサインアウトしました。",
    removed: "パスキーを削除しました。ほかの場所ではすべてサインアウトしました。",
    confirm: "今すぐ本人確認をする",
    wrong: Says {
        title: "パスキーを確認できませんでした",
        detail: "失敗として数えられます。このサイト用に追加したパスキーを使い、端末で本人確認を行ってください。",
    },
    not_asked: Says {
        title: "確認の期限が切れました",
        detail: "何も判定されていません。もう一度ボタンを押してください。",
    },
    missing: Says {
        title: "ここではパスキーを使えません",
        detail: "登録されたパスキーがないか、このページでは使えません。別の方法をご利用ください。",
    },
    only: Says {
        title: "このページにはパスキーが必要です",
        detail: "このページはパスキーでのみ開けます。このサイトの別のページにサインインしてから「パスキーの管理」で追加してください。できない場合は担当窓口にお問い合わせください。",
    },
    not_taken: Says {
        title: "パスキーは追加されませんでした",
        detail: "端末が作成したものを受け付けられませんでした。もう一度試すか、別の端末をお使いください。",
    },
    full: Says {
        title: "パスキーの数が上限に達しています",
        detail: "使わなくなったものを削除してから追加してください。",
    },
    not_lately: Says {
        title: "先に本人確認をしてください", detail: "変更するには、直近5分以内の本人確認が必要です。"
    },
};

/// Chinese, simplified.
pub const ZH_HANS: Passkeys = Passkeys {
    title: "使用通行密钥确认",
    lead: "由您的手机、电脑或安全密钥确认是您本人，无需输入任何内容。",
    use_one: "使用通行密钥",
    no_script: "通行密钥需要 JavaScript，而此浏览器已将其停用。",
    unsupported: "此浏览器无法在这里使用通行密钥。",
    cancelled: "尚未确认。您可以重试。",
    failed: "没有收到回应，请稍后重试。",
    mine: "您的通行密钥",
    mine_lead: "通行密钥由您的手机、电脑或安全密钥确认是您本人。它只能用于本站，假冒网站无法索取。",
    none: "还没有通行密钥。",
    label: "新通行密钥的名称，例如“办公室电脑”",
    add: "添加通行密钥",
    remove: Hole::new("移除：{}"),
    unnamed: Hole::new("通行密钥 {}"),
    added_on: Hole::new("添加日期：{}"),
    used_on: Hole::new("上次使用：{}"),
    not_used: "尚未使用",
    added: "通行密钥已添加。您在其他地方的登录均已退出。",
    removed: "通行密钥已移除。您在其他地方的登录均已退出。",
    confirm: "立即确认是您本人",
    wrong: Says {
        title: "通行密钥未能通过确认",
        detail: "这会计为一次失败。请使用为本站添加的通行密钥，并在设备上确认是您本人。",
    },
    not_asked: Says { title: "该请求已过期", detail: "未作任何判断。请再按一次按钮。" },
    missing: Says {
        title: "此处无法使用通行密钥", detail: "您没有可用的通行密钥，或此页面不接受。请使用其他方式。"
    },
    only: Says {
        title: "此页面需要通行密钥",
        detail: "只有通行密钥能打开此页面。请先登录本站的其他页面，在“您的通行密钥”中添加；如果无法添加，请联系服务台。",
    },
    not_taken: Says {
        title: "通行密钥未添加", detail: "无法接受设备生成的内容。请重试，或使用其他设备。"
    },
    full: Says {
        title: "通行密钥数量已达上限", detail: "请先移除不再使用的通行密钥，再添加新的。"
    },
    not_lately: Says {
        title: "请先确认是您本人", detail: "要更改此项，最近一次确认不得早于五分钟前。"
    },
};

/// Chinese, traditional.
pub const ZH_HANT: Passkeys = Passkeys {
    title: "使用通行金鑰確認",
    lead: "由您的手機、電腦或安全金鑰確認是您本人，不需要輸入任何內容。",
    use_one: "使用通行金鑰",
    no_script: "通行金鑰需要 JavaScript，而這個瀏覽器已將其停用。",
    unsupported: "這個瀏覽器無法在此使用通行金鑰。",
    cancelled: "尚未確認。您可以再試一次。",
    failed: "沒有收到回應，請稍後再試。",
    mine: "您的通行金鑰",
    mine_lead: "通行金鑰由您的手機、電腦或安全金鑰確認是您本人。它只能用於本站，假冒網站無法索取。",
    none: "還沒有通行金鑰。",
    label: "新通行金鑰的名稱，例如「辦公室電腦」",
    add: "新增通行金鑰",
    remove: Hole::new("移除：{}"),
    unnamed: Hole::new("通行金鑰 {}"),
    added_on: Hole::new("新增日期：{}"),
    used_on: Hole::new("上次使用：{}"),
    not_used: "尚未使用",
    added: "通行金鑰已新增。您在其他地方的登入均已登出。",
    removed: "通行金鑰已移除。您在其他地方的登入均已登出。",
    confirm: "立即確認是您本人",
    wrong: Says {
        title: "通行金鑰未能通過確認",
        detail: "這會算作一次失敗。請使用為本站新增的通行金鑰，並在裝置上確認是您本人。",
    },
    not_asked: Says { title: "這項要求已過期", detail: "未作任何判斷。請再按一次按鈕。" },
    missing: Says {
        title: "此處無法使用通行金鑰", detail: "您沒有可用的通行金鑰，或這一頁不接受。請使用其他方式。"
    },
    only: Says {
        title: "這一頁需要通行金鑰",
        detail: "只有通行金鑰能打開這一頁。請先登入本站的其他頁面，在「您的通行金鑰」中新增；如果無法新增，請洽詢服務台。",
    },
    not_taken: Says {
        title: "通行金鑰未新增", detail: "無法接受裝置產生的內容。請再試一次，或使用其他裝置。"
    },
    full: Says {
        title: "通行金鑰數量已達上限", detail: "請先移除不再使用的通行金鑰，再新增新的。"
    },
    not_lately: Says {
        title: "請先確認是您本人", detail: "要變更此項，最近一次確認不得早於五分鐘前。"
    },
};

/// Korean.
pub const KO: Passkeys = Passkeys {
    title: "패스키로 확인",
    lead: "휴대전화, 컴퓨터 또는 보안 키로 본인임을 확인합니다. 입력할 것은 없습니다.",
    use_one: "패스키 사용",
    no_script: "패스키를 사용하려면 JavaScript가 필요하지만 이 브라우저에서는 꺼져 있습니다.",
    unsupported: "이 브라우저에서는 여기에서 패스키를 사용할 수 없습니다.",
    cancelled: "확인되지 않았습니다. 다시 시도할 수 있습니다.",
    failed: "응답이 없습니다. 잠시 후 다시 시도해 주세요.",
    mine: "내 패스키",
    mine_lead: "패스키를 사용하면 휴대전화, 컴퓨터 또는 보안 키로 본인임을 확인합니다. 이 사이트에서만 사용할 수 있어 가짜 사이트가 요구할 수 없습니다.",
    none: "아직 패스키가 없습니다.",
    label: "새 패스키의 이름(예: 사무실 컴퓨터)",
    add: "패스키 추가",
    remove: Hole::new("삭제: {}"),
    unnamed: Hole::new("패스키 {}"),
    added_on: Hole::new("추가한 날짜: {}"),
    used_on: Hole::new("마지막 사용: {}"),
    not_used: "아직 사용하지 않음",
    added: "패스키를 추가했습니다. 다른 곳에서는 모두 로그아웃되었습니다.",
    removed: "패스키를 삭제했습니다. 다른 곳에서는 모두 로그아웃되었습니다.",
    confirm: "지금 본인 확인하기",
    wrong: Says {
        title: "패스키를 확인할 수 없습니다",
        detail: "실패한 시도로 계산됩니다. 이 사이트에 추가한 패스키를 사용하고 기기에서 본인 확인을 해 주세요.",
    },
    not_asked: Says {
        title: "요청이 만료되었습니다",
        detail: "아무것도 판정하지 않았습니다. 버튼을 다시 눌러 주세요.",
    },
    missing: Says {
        title: "여기에서는 패스키를 사용할 수 없습니다",
        detail: "사용할 패스키가 없거나 이 페이지에서 받지 않습니다. 다른 방법을 사용해 주세요.",
    },
    only: Says {
        title: "이 페이지에는 패스키가 필요합니다",
        detail: "이 페이지는 패스키로만 열 수 있습니다. 이 사이트의 다른 페이지에 로그인한 뒤 ‘내 패스키’에서 추가해 주세요. 할 수 없으면 담당 부서에 문의해 주세요.",
    },
    not_taken: Says {
        title: "패스키가 추가되지 않았습니다",
        detail: "기기가 만든 것을 받을 수 없습니다. 다시 시도하거나 다른 기기를 사용해 주세요.",
    },
    full: Says {
        title: "패스키가 최대 개수에 도달했습니다",
        detail: "사용하지 않는 것을 삭제한 다음 새로 추가해 주세요.",
    },
    not_lately: Says {
        title: "먼저 본인 확인을 해 주세요", detail: "변경하려면 마지막 확인이 5분 이내여야 합니다."
    },
};

/// Spanish.
pub const ES: Passkeys = Passkeys {
    title: "Confirme con una llave de acceso",
    lead: "Su teléfono, ordenador o llave de seguridad confirma que es usted. No hay que escribir nada.",
    use_one: "Usar una llave de acceso",
    no_script: "Las llaves de acceso solo funcionan con JavaScript, que está desactivado en este navegador.",
    unsupported: "Este navegador no puede usar llaves de acceso aquí.",
    cancelled: "No se confirmó nada. Puede intentarlo de nuevo.",
    failed: "No llegó ninguna respuesta. Inténtelo de nuevo en un momento.",
    mine: "Sus llaves de acceso",
    mine_lead: "Con una llave de acceso, su teléfono, ordenador o llave de seguridad confirma que es usted. Solo funciona en este sitio, así que ningún sitio falso puede pedirla.",
    none: "Todavía no hay ninguna llave de acceso.",
    label: "Nombre de la nueva llave, por ejemplo «ordenador de la oficina»",
    add: "Añadir una llave de acceso",
    remove: Hole::new("Quitar: {}"),
    unnamed: Hole::new("Llave de acceso {}"),
    added_on: Hole::new("Añadida el {}"),
    used_on: Hole::new("Usada por última vez el {}"),
    not_used: "Aún no se ha usado",
    added: "La llave de acceso se ha añadido. Se ha cerrado su sesión en los demás lugares.",
    removed: "La llave de acceso se ha quitado. Se ha cerrado su sesión en los demás lugares.",
    confirm: "Confirmar ahora que es usted",
    wrong: Says {
        title: "No se pudo confirmar la llave de acceso",
        detail: "Cuenta como intento fallido. Use una llave que haya añadido para este sitio y deje que su dispositivo compruebe que es usted.",
    },
    not_asked: Says { title: "La pregunta ha caducado", detail: "No se ha juzgado nada. Pulse el botón otra vez." },
    missing: Says {
        title: "Aquí no se puede usar una llave de acceso",
        detail: "No hay ninguna para usted, o esta página no la acepta. Use otra vía.",
    },
    only: Says {
        title: "Esta página necesita una llave de acceso",
        detail: "Solo se abre con una llave de acceso. Añada una en «Sus llaves de acceso» tras iniciar sesión en otra página de este sitio; si no puede, pida ayuda.",
    },
    not_taken: Says {
        title: "La llave de acceso no se ha añadido",
        detail: "No se pudo aceptar lo que creó el dispositivo. Inténtelo de nuevo o use otro dispositivo.",
    },
    full: Says {
        title: "Ya tiene el máximo de llaves de acceso",
        detail: "Quite una que ya no use y añada después la nueva.",
    },
    not_lately: Says {
        title: "Confirme primero que es usted",
        detail: "Para cambiar esto, su última confirmación no puede tener más de cinco minutos.",
    },
};

/// French.
pub const FR: Passkeys = Passkeys {
    title: "Confirmez avec une clé d’accès",
    lead: "Votre téléphone, votre ordinateur ou votre clé de sécurité confirme que c’est bien vous. Il n’y a rien à saisir.",
    use_one: "Utiliser une clé d’accès",
    no_script: "Les clés d’accès ne fonctionnent qu’avec JavaScript, qui est désactivé dans ce navigateur.",
    unsupported: "Ce navigateur ne peut pas utiliser de clé d’accès ici.",
    cancelled: "Rien n’a été confirmé. Vous pouvez réessayer.",
    failed: "Aucune réponse n’est arrivée. Réessayez dans un instant.",
    mine: "Vos clés d’accès",
    mine_lead: "Avec une clé d’accès, votre téléphone, votre ordinateur ou votre clé de sécurité confirme que c’est bien vous. Elle ne fonctionne que sur ce site : aucun faux site ne peut la demander.",
    none: "Il n’y a pas encore de clé d’accès.",
    label: "Nom de la nouvelle clé, par exemple « ordinateur du bureau »",
    add: "Ajouter une clé d’accès",
    remove: Hole::new("Supprimer : {}"),
    unnamed: Hole::new("Clé d’accès {}"),
    added_on: Hole::new("Ajoutée le {}"),
    used_on: Hole::new("Dernière utilisation le {}"),
    not_used: "Pas encore utilisée",
    added: "La clé d’accès a été ajoutée. Vous avez été déconnecté partout ailleurs.",
    removed: "La clé d’accès a été supprimée. Vous avez été déconnecté partout ailleurs.",
    confirm: "Confirmer maintenant que c’est vous",
    wrong: Says {
        title: "La clé d’accès n’a pas pu être confirmée",
        detail: "Cela compte comme un essai manqué. Utilisez une clé ajoutée pour ce site et laissez votre appareil vérifier que c’est bien vous.",
    },
    not_asked: Says {
        title: "La demande est périmée",
        detail: "Rien n’a été jugé. Appuyez encore une fois sur le bouton.",
    },
    missing: Says {
        title: "Aucune clé d’accès ne peut servir ici",
        detail: "Vous n’en avez pas, ou cette page n’en accepte pas. Utilisez un autre moyen.",
    },
    only: Says {
        title: "Cette page exige une clé d’accès",
        detail: "Elle ne s’ouvre qu’avec une clé d’accès. Ajoutez-en une sous « Vos clés d’accès » après vous être connecté à une autre page de ce site ; sinon, demandez de l’aide.",
    },
    not_taken: Says {
        title: "La clé d’accès n’a pas été ajoutée",
        detail: "Ce que l’appareil a créé n’a pas pu être accepté. Réessayez ou utilisez un autre appareil.",
    },
    full: Says {
        title: "Vous avez le nombre maximal de clés d’accès",
        detail: "Supprimez-en une qui ne sert plus, puis ajoutez la nouvelle.",
    },
    not_lately: Says {
        title: "Confirmez d’abord que c’est bien vous",
        detail: "Pour modifier cela, votre dernière confirmation ne doit pas dater de plus de cinq minutes.",
    },
};

/// German.
pub const DE: Passkeys = Passkeys {
    title: "Mit einem Passkey bestätigen",
    lead: "Ihr Telefon, Ihr Computer oder Ihr Sicherheitsschlüssel bestätigt, dass Sie es sind. Sie müssen nichts eingeben.",
    use_one: "Passkey verwenden",
    no_script: "Passkeys funktionieren nur mit JavaScript, das in diesem Browser abgeschaltet ist.",
    unsupported: "Dieser Browser kann hier keine Passkeys verwenden.",
    cancelled: "Es wurde nichts bestätigt. Sie können es noch einmal versuchen.",
    failed: "Es kam keine Antwort. Bitte versuchen Sie es gleich noch einmal.",
    mine: "Ihre Passkeys",
    mine_lead: "Mit einem Passkey bestätigt Ihr Telefon, Ihr Computer oder Ihr Sicherheitsschlüssel, dass Sie es sind. Er gilt nur für diese Website, daher kann keine falsche danach fragen.",
    none: "Es gibt noch keinen Passkey.",
    label: "Name des neuen Passkeys, etwa „Computer im Büro“",
    add: "Passkey hinzufügen",
    remove: Hole::new("Entfernen: {}"),
    unnamed: Hole::new("Passkey Nr. {}"),
    added_on: Hole::new("Hinzugefügt am {}"),
    used_on: Hole::new("Zuletzt verwendet am {}"),
    not_used: "Noch nicht verwendet",
    added: "Der Passkey wurde hinzugefügt. Überall sonst wurden Sie abgemeldet.",
    removed: "Der Passkey wurde entfernt. Überall sonst wurden Sie abgemeldet.",
    confirm: "Jetzt bestätigen, dass Sie es sind",
    wrong: Says {
        title: "Der Passkey konnte nicht bestätigt werden",
        detail: "Das zählt als Fehlversuch. Verwenden Sie einen Passkey, den Sie für diese Website hinzugefügt haben, und lassen Sie Ihr Gerät prüfen, dass Sie es sind.",
    },
    not_asked: Says {
        title: "Die Frage ist veraltet",
        detail: "Es wurde nichts beurteilt. Drücken Sie den Knopf noch einmal.",
    },
    missing: Says {
        title: "Hier kann kein Passkey verwendet werden",
        detail: "Es gibt keinen für Sie, oder diese Seite nimmt keinen an. Wählen Sie einen anderen Weg.",
    },
    only: Says {
        title: "Diese Seite braucht einen Passkey",
        detail: "Sie öffnet sich nur mit einem Passkey. Fügen Sie unter „Ihre Passkeys“ einen hinzu, nachdem Sie sich auf einer anderen Seite dieser Website angemeldet haben. Wenn das nicht geht, lassen Sie sich helfen.",
    },
    not_taken: Says {
        title: "Der Passkey wurde nicht hinzugefügt",
        detail: "Was das Gerät erzeugt hat, konnte nicht angenommen werden. Versuchen Sie es noch einmal oder mit einem anderen Gerät.",
    },
    full: Says {
        title: "Mehr Passkeys sind nicht möglich",
        detail: "Entfernen Sie einen, den Sie nicht mehr brauchen, und fügen Sie dann den neuen hinzu.",
    },
    not_lately: Says {
        title: "Bitte bestätigen Sie zuerst, dass Sie es sind",
        detail: "Um das zu ändern, darf Ihre letzte Bestätigung nicht älter als fünf Minuten sein.",
    },
};

/// Portuguese, as in Brazil.
pub const PT_BR: Passkeys = Passkeys {
    title: "Confirme com uma chave de acesso",
    lead: "Seu telefone, computador ou chave de segurança confirma que é você. Não é preciso digitar nada.",
    use_one: "Usar uma chave de acesso",
    no_script: "As chaves de acesso só funcionam com JavaScript, que está desativado neste navegador.",
    unsupported: "Este navegador não pode usar chaves de acesso aqui.",
    cancelled: "Nada foi confirmado. Você pode tentar de novo.",
    failed: "Nenhuma resposta chegou. Tente de novo em instantes.",
    mine: "Suas chaves de acesso",
    mine_lead: "Com uma chave de acesso, seu telefone, computador ou chave de segurança confirma que é você. Ela só funciona neste site; por isso nenhum site falso pode pedi-la.",
    none: "Ainda não há chave de acesso.",
    label: "Nome da nova chave, por exemplo “computador do escritório”",
    add: "Adicionar uma chave de acesso",
    remove: Hole::new("Remover: {}"),
    unnamed: Hole::new("Chave de acesso {}"),
    added_on: Hole::new("Adicionada em {}"),
    used_on: Hole::new("Usada pela última vez em {}"),
    not_used: "Ainda não usada",
    added: "A chave de acesso foi adicionada. Sua sessão foi encerrada nos outros lugares.",
    removed: "A chave de acesso foi removida. Sua sessão foi encerrada nos outros lugares.",
    confirm: "Confirmar agora que é você",
    wrong: Says {
        title: "A chave de acesso não pôde ser confirmada",
        detail: "Isto conta como tentativa errada. Use uma chave que você adicionou para este site e deixe o dispositivo verificar que é você.",
    },
    not_asked: Says { title: "A pergunta expirou", detail: "Nada foi julgado. Pressione o botão mais uma vez." },
    missing: Says {
        title: "Nenhuma chave de acesso pode ser usada aqui",
        detail: "Você não tem nenhuma, ou esta página não a aceita. Use outra forma.",
    },
    only: Says {
        title: "Esta página precisa de uma chave de acesso",
        detail: "Ela só abre com uma chave de acesso. Adicione uma em “Suas chaves de acesso” depois de entrar em outra página deste site; se não conseguir, peça ajuda.",
    },
    not_taken: Says {
        title: "A chave de acesso não foi adicionada",
        detail: "O que o dispositivo criou não pôde ser aceito. Tente de novo ou use outro dispositivo.",
    },
    full: Says {
        title: "Você já tem o máximo de chaves de acesso",
        detail: "Remova uma que não usa mais e depois adicione a nova.",
    },
    not_lately: Says {
        title: "Confirme primeiro que é você",
        detail: "Para mudar isto, sua última confirmação não pode ter mais de cinco minutos.",
    },
};

/// Vietnamese.
pub const VI: Passkeys = Passkeys {
    title: "Xác nhận bằng khóa truy cập",
    lead: "Điện thoại, máy tính hoặc khóa bảo mật của bạn xác nhận đó là bạn. Không cần nhập gì.",
    use_one: "Dùng khóa truy cập",
    no_script: "Khóa truy cập chỉ hoạt động với JavaScript, nhưng trình duyệt này đã tắt.",
    unsupported: "Trình duyệt này không dùng được khóa truy cập ở đây.",
    cancelled: "Chưa xác nhận được gì. Bạn có thể thử lại.",
    failed: "Không có phản hồi. Vui lòng thử lại sau giây lát.",
    mine: "Khóa truy cập của bạn",
    mine_lead: "Với khóa truy cập, điện thoại, máy tính hoặc khóa bảo mật xác nhận đó là bạn. Khóa chỉ dùng được trên trang này nên trang giả mạo không thể hỏi xin.",
    none: "Chưa có khóa truy cập nào.",
    label: "Tên của khóa mới, ví dụ “máy tính văn phòng”",
    add: "Thêm khóa truy cập",
    remove: Hole::new("Gỡ bỏ: {}"),
    unnamed: Hole::new("Khóa truy cập {}"),
    added_on: Hole::new("Thêm ngày {}"),
    used_on: Hole::new("Dùng lần cuối ngày {}"),
    not_used: "Chưa dùng",
    added: "Đã thêm khóa truy cập. Bạn đã được đăng xuất ở mọi nơi khác.",
    removed: "Đã gỡ khóa truy cập. Bạn đã được đăng xuất ở mọi nơi khác.",
    confirm: "Xác nhận ngay rằng đó là bạn",
    wrong: Says {
        title: "Không xác nhận được khóa truy cập",
        detail: "Lần này tính là một lần thử sai. Hãy dùng khóa bạn đã thêm cho trang này và để thiết bị kiểm tra đó là bạn.",
    },
    not_asked: Says {
        title: "Yêu cầu đã hết hạn", detail: "Chưa có gì được xét. Hãy nhấn nút một lần nữa."
    },
    missing: Says {
        title: "Không dùng được khóa truy cập ở đây",
        detail: "Bạn không có khóa nào, hoặc trang này không nhận. Hãy dùng cách khác.",
    },
    only: Says {
        title: "Trang này cần khóa truy cập",
        detail: "Trang chỉ mở bằng khóa truy cập. Hãy đăng nhập vào một trang khác của site này rồi thêm khóa trong “Khóa truy cập của bạn”; nếu không được, hãy nhờ hỗ trợ.",
    },
    not_taken: Says {
        title: "Khóa truy cập chưa được thêm",
        detail: "Không nhận được thứ mà thiết bị tạo ra. Hãy thử lại hoặc dùng thiết bị khác.",
    },
    full: Says {
        title: "Bạn đã có số khóa truy cập tối đa",
        detail: "Hãy gỡ một khóa không còn dùng rồi thêm khóa mới.",
    },
    not_lately: Says {
        title: "Trước hết hãy xác nhận đó là bạn",
        detail: "Để thay đổi mục này, lần xác nhận gần nhất phải trong vòng năm phút.",
    },
};

/// Arabic.
pub const AR: Passkeys = Passkeys {
    title: "التأكيد بمفتاح مرور",
    lead: "يؤكد هاتفك أو حاسوبك أو مفتاح الأمان أنك أنت. لا حاجة إلى كتابة أي شيء.",
    use_one: "استخدام مفتاح مرور",
    no_script: "لا تعمل مفاتيح المرور إلا مع JavaScript، وهي متوقفة في هذا المتصفح.",
    unsupported: "لا يمكن لهذا المتصفح استخدام مفاتيح المرور هنا.",
    cancelled: "لم يتم تأكيد شيء. يمكنك المحاولة مرة أخرى.",
    failed: "لم يصل أي رد. حاول مرة أخرى بعد قليل.",
    mine: "مفاتيح المرور الخاصة بك",
    mine_lead: "بمفتاح المرور يؤكد هاتفك أو حاسوبك أو مفتاح الأمان أنك أنت. وهو يعمل في هذا الموقع فقط، فلا يستطيع موقع مزيف أن يطلبه.",
    none: "لا يوجد مفتاح مرور بعد.",
    label: "اسم المفتاح الجديد، مثل «حاسوب المكتب»",
    add: "إضافة مفتاح مرور",
    remove: Hole::new("إزالة: {}"),
    unnamed: Hole::new("مفتاح المرور {}"),
    added_on: Hole::new("أضيف في {}"),
    used_on: Hole::new("آخر استخدام في {}"),
    not_used: "لم يُستخدم بعد",
    added: "تمت إضافة مفتاح المرور. تم تسجيل خروجك من كل مكان آخر.",
    removed: "تمت إزالة مفتاح المرور. تم تسجيل خروجك من كل مكان آخر.",
    confirm: "أكد الآن أنك أنت",
    wrong: Says {
        title: "تعذر تأكيد مفتاح المرور",
        detail: "تُحسب هذه محاولة فاشلة. استخدم مفتاحًا أضفته لهذا الموقع، ودع جهازك يتحقق من أنك أنت.",
    },
    not_asked: Says {
        title: "انتهت صلاحية الطلب", detail: "لم يُحكم على شيء. اضغط الزر مرة أخرى."
    },
    missing: Says {
        title: "لا يمكن استخدام مفتاح مرور هنا",
        detail: "ليس لديك مفتاح، أو أن هذه الصفحة لا تقبله. استخدم طريقة أخرى.",
    },
    only: Says {
        title: "تحتاج هذه الصفحة إلى مفتاح مرور",
        detail: "لا تُفتح إلا بمفتاح مرور. أضف واحدًا ضمن «مفاتيح المرور الخاصة بك» بعد تسجيل الدخول إلى صفحة أخرى من هذا الموقع، وإن تعذر ذلك فاطلب المساعدة.",
    },
    not_taken: Says {
        title: "لم تتم إضافة مفتاح المرور",
        detail: "لم يمكن قبول ما أنشأه الجهاز. حاول مرة أخرى أو استخدم جهازًا آخر.",
    },
    full: Says {
        title: "لديك أكبر عدد ممكن من مفاتيح المرور", detail: "أزل مفتاحًا لم تعد تستخدمه، ثم أضف الجديد."
    },
    not_lately: Says {
        title: "أكد أولًا أنك أنت", detail: "لتغيير هذا يجب ألا يكون آخر تأكيد لك أقدم من خمس دقائق."
    },
};
