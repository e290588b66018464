"""The phrases by which pages show that they are walls, error pages or lists, in several languages.

Those named TITLE must match a whole title, the others a part of a text.
"""

import re

# Who is quoted speaks in an article, not on a wall.
QUOTED = re.compile(
    r"\b(?:said|says|told|according to|argues?d?|wrote|ruled|reported|announced|sagte|sagt|laut|erklärte"
    r"|berichtete|a déclaré|selon|a dit|dijo|según|afirmó|ha detto|secondo|disse|segundo|zei|volgens|сказал"
    r"|заявил)\b",
    re.IGNORECASE,
)
CONSENT = re.compile(
    r"\b(?:we|our (?:partners|site|website)|this (?:web)?site)\b[^.!?]{0,100}\b(?:uses?|stores?|process(?:es)?"
    r"|sets?|shares?)\b[^.!?]{0,100}\b(?:cookies|personal (?:data|information)|information on (?:a|your) device"
    r"|unique identifiers|your data)\b|\bstore and(?:/or)? access (?:personal data|information)|\baccept (?:all"
    r"|cookies|and continue)\b|\breject all\b|\bi accept\b|\bmanage (?:your )?(?:options|preferences|choices"
    r"|settings|consent|cookies)\b|\bcookie (?:settings|preferences|policy|notice)\b|\bprivacy (?:policy|notice"
    r"|cent(?:er|re)|settings)\b|\blist of (?:our )?(?:partners|vendors)\b|\blegitimate interests?\b"
    r"|\bwithdraw (?:your )?consent\b|\byour (?:privacy|choices|consent)\b|\bbefore you continue\b"
    r"|\bpersonali[sz]ed (?:ads|content)\b|\bwir und unsere (?:[\d.]+ )?partner|\balle(?:s)? akzeptieren\b"
    r"|\bdatenschutz\w*|\beinwilligung\w*|\bzustimmen\b|\bpersonenbezogene daten\b"
    r"|\bnous et nos (?:[\d\s]+ )?partenaires|\btout accepter\b|\bconfidentialité\b|\bconsentement\b"
    r"|\bcontinuer sans accepter\b|\bdonnées personnelles\b|\bnosotros y nuestros (?:[\d.]+ )?(?:socios"
    r"|partners)|\baceptar (?:todo|todas|y continuar)\b|\bpolítica de (?:privacidad|cookies)\b"
    r"|\bconsentimiento\b|\bdatos personales\b|\bnoi e (?:i )?nostri (?:[\d.]+ )?partner|\baccetta (?:tutti"
    r"|tutto|e continua)\b|\bconsenso\b|\bdati personali\b|\bwij en onze (?:[\d.]+ )?partners"
    r"|\balles accepteren\b|\btoestemming\b|\bcookies?\b"
    r"|\bmy i nasi (?:\d+ )?partnerzy|\bprzechowujemy informacje\b|\bdan(?:e|ych) osobow\w+|\bprywatnoś\w+"
    r"|\bakceptuj\w* wszystk\w+|\bmy a naši (?:\d+ )?partneři|\bpřijmout vše\b|\bosobní údaje\b"
    r"|\bvi och våra (?:\d+ )?partner\w*|\bgodkänn alla\b|\bacceptera alla\b|\bpersonuppgifter\b"
    r"|\bvi og vor?es (?:\d+ )?partnere|\baccepter alle\b|\btillad alle\b|\bgodta alle\b|\bpersonoplysninger\b"
    r"|\bnós e (?:os )?nossos (?:\d+ )?parceiros|\baceitar (?:tudo|todos)\b|\bdados pessoais\b"
    r"|\bмы и наши (?:\d+ )?партн[её]ры|\bпринять вс[её]\b|\bперсональны[ех] данны[ех]",
    re.IGNORECASE,
)
CONSENT_DEMAND = re.compile(
    r"\baccept (?:all|cookies|and continue)\b|\breject all\b|\bi accept\b|\bmanage (?:your |my )?(?:options"
    r"|preferences|choices|settings|consent|cookies)\b|\blist of (?:our )?(?:partners|vendors)\b"
    r"|\bstore and(?:/or)? access\b|\bbefore you continue\b|\bwe and our\b|\bour (?:[\d,.]+ )?partners\b"
    r"|\bwe use cookies\b|\bby (?:clicking|selecting|pressing|using this|continuing)\b|\bwir und unsere\b"
    r"|\balle(?:s)? akzeptieren\b|\bnous et nos\b|\btout accepter\b|\bcontinuer sans accepter\b"
    r"|\bnosotros y nuestros\b|\baceptar (?:todo|todas|y continuar)\b|\bnoi e (?:i )?nostri\b"
    r"|\baccetta (?:tutti|tutto|e continua)\b|\bwij en onze\b|\balles accepteren\b"
    r"|\bmy i nasi\b|\bakceptuj\w* wszystk\w+|\bmy a naši\b|\bpřijmout vše\b|\bvi och våra\b|\bgodkänn alla\b"
    r"|\bacceptera alla\b|\bvi og vor?es\b|\baccepter alle\b|\btillad alle\b|\bgodta alle\b|\bnós e (?:os )?nossos\b"
    r"|\baceitar (?:tudo|todos)\b|\bмы и наши\b|\bпринять вс[её]\b",
    re.IGNORECASE,
)
TO_VISITOR = re.compile(
    r"\b(?:we|our|you|your|wir|unsere\w*|sie|ihre\w*|nous|nos|vous|votre|vos|nosotros|nuestros|usted|su|tu|noi"
    r"|nostri|il tuo|wij|onze|jouw|uw|my|nasi|twoj\w+|naši|våra|dina|vores|dine|nós|nossos|мы|наши|ваш\w*)\b",
    re.IGNORECASE,
)
LEGAL_TEXT = re.compile(
    r"\battempting to access this website from a country belonging to the european economic area", re.IGNORECASE
)
THIS_PAGE = re.compile(
    r"\b(?:this|requested) (?:page|article|story|link|url|address|content|document|file|website|domain|account)\b"
    r"|\b(?:404|410)\b",
    re.IGNORECASE,
)
CONSENT_TITLE = re.compile(
    r"before you continue\b.*|(?:your|we value your|about your|manage your) privacy\b.*|(?:your )?(?:privacy"
    r"|cookie) (?:choices|consent|settings|preferences)|cookie consent|bevor (?:sie|du) (?:fortfahren"
    r"|zu \w+ weitergeh)\w*.*|avant d(?:’|')accéder.*|antes de (?:continuar|ir a).*|prima di (?:continuare"
    r"|accedere).*|voordat je verdergaat.*",
    re.IGNORECASE,
)
ERROR_TITLE = re.compile(
    r"(?:error |http )?(?:404|410)(?:\s*[:.–-]?\s*(?:error|(?:page |file )?not found|page|gone).*)?|error 404.*"
    r"|(?:sorry,? |oops[!,.]? ?)?(?:the )?(?:page|article|story|file|document"
    r"|content)(?: you requested)? (?:(?:was |is |could )?not (?:be )?found|cannot be found|can(?:'"
    r"|’)t be found|no longer (?:exists|available)|does not exist|doesn(?:'|’)t exist|unavailable"
    r"|not available)[.!]?|not found|nothing found|(?:die )?seite (?:wurde )?nicht gefunden[.!]?"
    r"|page (?:introuvable|non trouvée)|página no encontrada|pagina non trovata|página não encontrada"
    r"|pagina niet gevonden|sidan hittades inte|страница не "
    r"найдена|页面不存在|页面未找到|找不到页面|ページが見つかりません(?:でした)?"
    r"|(?:error |http )*(?:500|502|503|504|403)(?:\W+(?:error|internal|bad|service|server|gateway|forbidden|access"
    r"|temporar).{0,40})?|internal server error|bad gateway"
    r"|service (?:temporarily )?unavailable|forbidden|gateway time-?out"
    r"|error establishing a database connection|this site can(?:'|’)t be reached"
    r"|(?:błąd|erro|fout|fel|fejl|feil|chyba|ошибка) 404.*|nie znaleziono(?: (?:strony|artykułu))?|stránka nenalezena"
    r"|strona nie (?:została )?znaleziona|siden (?:blev )?ikke (?:fundet|funnet)|sivua ei löytynyt|sayfa bulunamadı"
    r"|(?:error )?451(?:\W+(?:unavailable|blocked|legal).*)?|unavailable (?:due to|for) legal reasons"
    r"|(?:this )?account (?:has been )?suspended[.!]?"
    r"|we(?:'|’)ll be (?:right )?back(?: soon)?[.!]?"
    r"|(?:scheduled |site |website |under |down for )*maintenance(?: mode)?"
    r"|(?:site |website |page )?(?:is )?under construction|welcome to nginx!?|apache2? .{0,40}default page.*"
    r"|(?:30[1278] )?(?:redirecting|moved permanently|document moved|object moved)\W*|age (?:verification|check|gate)"
    r"|are you (?:over|at least) \d\d(?: years old)?\?",
    re.IGNORECASE,
)
ERROR_TEXT = re.compile(
    r"\b(?:page|article|story|link|url|address|content|document|file)\b[^.!?]{0,80}?(?:(?:could not|cannot"
    r"|can(?:'|’)t|couldn(?:'|’)t) be found|(?:does not|doesn(?:'|’)t|no longer) exists?|(?:was|is"
    r"|were) not found|has been (?:moved|removed|deleted)|no longer available|may have (?:been )?(?:moved"
    r"|removed|deleted|expired))|\bwe (?:could not|couldn(?:'|’)t|cannot|can(?:'|’)t) find (?:the|that"
    r"|this) page|\bit (?:looks|seems) like nothing was found|\b(?:return|go back"
    r"|back) to (?:the )?(?:home ?page|front page)|\btry (?:a |another |using the )?search"
    r"|\bseite\b[^.!?]{0,60}(?:nicht gefunden|existiert nicht|nicht mehr)|\bpage\b[^.!?]{0,60}(?:n(?:'|’)existe"
    r"|introuvable)|\bpágina\b[^.!?]{0,60}no (?:existe|se encuentra)"
    r"|\bstrona\b[^.!?]{0,60}nie (?:istnieje|została znaleziona)"
    r"|\baccess cannot be granted\b|\bdomain (?:name )?(?:is|may be) for sale\b|\bbuy this domain\b"
    r"|\bcontact your hosting provider\b"
    r"|\bif you are not redirected\b|\bmust be \d\d (?:years )?(?:or older|of age)\b[^.!?]{0,60}"
    r"\b(?:enter|site|website)\b",
    re.IGNORECASE,
)
SIGN_IN_TITLE = re.compile(
    r"(?:please )?(?:log|sign)[ -]?(?:in|on)(?: (?:to|or|/|and) .{1,60})?|login(?: page)?|(?:member|subscriber"
    r"|user) (?:log|sign)[ -]?in|create (?:an|your) account|register(?: (?:now|to (?:continue|read)))?|anmelden"
    r"|anmeldung|einloggen|connexion|se connecter|iniciar sesión|acceder|accedi|inloggen|entrar|logga in|войти"
    r"|вход|登录|登入|ログイン",
    re.IGNORECASE,
)
SIGN_IN_TEXT = re.compile(
    r"\b(?:log|sign)[ -]?in\b[^.!?]{0,60}\bto (?:continue|read|view|access|see|proceed|your account)"
    r"|\byou (?:must|need to|have to) (?:be (?:logged|signed) in|log in|sign in|register)|\bplease (?:log"
    r"|sign) in\b|\bforgot(?:ten)? (?:your )?password|\b(?:only|just) (?:available |visible |accessible )?(?:to"
    r"|for) (?:registered|logged[ -]in|signed[ -]in) (?:users|readers|members)|\bdon(?:'|’)t have an account"
    r"|\bpasswort vergessen|\bmot de passe oublié|\bcontraseña olvidada|\bbitte (?:melden sie sich an|anmelden)",
    re.IGNORECASE,
)
SCRIPT_TEXT = re.compile(
    r"\b(?:enable|turn on|activate|allow|requires?|needs?|without) (?:java ?script|js\b)|\bjava ?script (?:is"
    r"|has been|seems to be|appears to be)? ?(?:disabled|required|not enabled|turned off|needed|blocked"
    r"|not available|not supported)|\bdoes(?: not|n(?:'|’)t) support java ?script|\b(?:need|have) to (?:enable"
    r"|allow|turn on) java ?script|java ?script (?:aktivieren|ist deaktiviert|zu aktivieren)"
    r"|aktivieren sie java ?script|activer java ?script|java ?script est désactivé|activ(?:ar|e) java ?script"
    r"|habilit(?:ar|e) java ?script|abilita(?:re)? java ?script|启用 ?java ?script|javascriptを有効",
    re.IGNORECASE,
)
CAPTCHA_TITLE = re.compile(
    r"just a moment\W*|attention required!?.*|(?:are you (?:a )?(?:robot|human)|robot or human"
    r"|verify (?:that )?you(?:'|’| a)re (?:a )?human|human verification|security check(?:point)?|ddos(?:-guard"
    r"| protection.*)|access (?:to this page has been )?denied|captcha|checking your browser.*"
    r"|pardon our interruption|please wait\W*|one more step|bot verification)\W*",
    re.IGNORECASE,
)
CAPTCHA_TEXT = re.compile(
    r"\b(?:verify|confirm|prove|check(?:ing)?|make sure)\b[^.!?]{0,60}\b(?:you(?:'|’| a)re (?:a "
    r"|not a )?(?:human|robot|bot)|your browser|human)\b|\bi(?:'|’)m not a robot|\bcaptcha\b"
    r"|\bunusual (?:traffic|activity)\b|\bray id\b|\bsecurity (?:service|of your connection)\b|\bdon(?:'"
    r"|’)t have permission to access|\bcomplete the (?:security check|challenge)",
    re.IGNORECASE,
)
PAY_TEXT = re.compile(
    r"\bsubscri(?:be|ption|bers?)\b[^.!?]{0,60}\b(?:to (?:continue|keep|read|unlock|access)|only|required|now"
    r"|today|plans?)\b|\bto (?:continue|keep) reading\b|\b(?:article|content|story|page)\b[^.!?]{0,40}\b(?:only"
    r"|reserved|exclusive|exclusively|available)\b[^.!?]{0,30}\b(?:subscribers|members)\b|\b(?:for"
    r"|to) (?:our )?(?:paying |paid )?(?:subscribers|members)(?: only)?\b|\balready (?:a (?:subscriber|member)"
    r"|have an account|subscribed|registered)\b|\byou(?:'|’| ha)ve (?:reached|used|read) (?:your"
    r"|all)\b[^.!?]{0,40}\b(?:limit|articles?)\b|\bfree articles? (?:left|remaining|this month)"
    r"|\bunlock (?:this|the|unlimited)\b|\bfree trial\b|\bcancel (?:at )?any ?time\b|\b(?:per|a) (?:week"
    r"|month)\b[^.!?]{0,40}\b(?:trial|cancel|subscri|offer|first)|\bchoose (?:your|a) (?:plan|subscription)"
    r"|\b(?:log|sign) in\b|\bnur für abonnenten|\bmit (?:einem )?abo\b|\bweiterlesen mit\b"
    r"|\bjetzt (?:abonnieren|testen)|\bréservé(?:e)? aux abonnés|\babonnez-vous|\bdéjà abonné"
    r"|\bsolo para suscriptores|\bsuscríbete|\bexclusivo para suscriptores|\babbonati\b|\balleen voor abonnees",
    re.IGNORECASE,
)
PAY_STRONG = re.compile(
    r"subscri|continue reading|keep reading|members|unlock|free articles?|abonn|abo\b|suscri|abbonati"
    r"|reached your",
    re.IGNORECASE,
)
LIST_TITLE = re.compile(
    r"index of /.*"
    r"|(?:\d[\d,.]* )?(?:search )?results? (?:for|found|matching)\b.*|search(?: results?)?(?:\s*[:：]\s*.*)?"
    r"|you searched for\b.*|suchergebnisse?\b.*|suche nach\b.*|résultats? (?:de (?:la )?recherche|pour)\b.*"
    r"|resultados? (?:de (?:la )?(?:búsqueda|pesquisa|busca)|para)\b.*|risultati (?:della ricerca|di ricerca"
    r"|per)\b.*|zoekresultaten\b.*|.*搜索结果.*|.*検索結果.*|(?:tag|topic|category|author|archives?|section|label"
    r"|kategorie|schlagwort|thema|autor|catégorie|étiquette|mot-clé|auteur|categoría|etiqueta|categoria|tema"
    r"|archiv|рубрика|метка|标签|分类|タグ|カテゴリー)s?(?: "
    r"archives?)?\s*[:：]\s*.+|(?:tag|category|author|daily|monthly"
    r"|yearly) archives?\b.*",
    re.IGNORECASE,
)
# Titles that an article may have as well.
MAYBE_LIST_TITLE = re.compile(
    r".{1,80}\barchives?|archives?(?: (?:for|of|by)\b.*)?|(?:all )?(?:posts|articles|stories|news)(?: (?:by"
    r"|tagged|in|about|filed under|from)\b.*)?|author|tag|category|.{0,80}\bpage \d+(?: of \d+)?|latest (?:news"
    r"|posts|articles|stories)|blog",
    re.IGNORECASE,
)
LIST_NAMES = frozenset("archive search search-results search-no-results category tag author blog date".split())
SINGLE_NAMES = frozenset("single single-post page single-article".split())
LIST_LINK = re.compile(
    r"https?://[^/]+/(?:[^?#]*/)?(?:tags?|category|categories|topics?|authors?|search|archives?|label"
    r"|kategorie)/[^/?#]+/?(?:page/\d+/?)?(?:[?#].*)?|https?://[^/]+/(?:search/?|[^?#]*)\?(?:.*&)?(?:s|q|query"
    r"|search)=.*",
    re.IGNORECASE,
)
