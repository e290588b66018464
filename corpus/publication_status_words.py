"""The words by which publishing systems say that an article is not published, in many languages."""

import unicodedata


def plain_word(text: str) -> str:
    """Return a word without case, accents, spaces and punctuation: "Auto-Draft" is autodraft."""
    folded = unicodedata.normalize("NFKD", text[:200]).casefold()
    return "".join(character for character in folded if character.isalnum())


def _words(text: str) -> frozenset[str]:
    return frozenset(map(plain_word, text.split()))


# Fields that hold one of several words.
STATUS_NAMES = _words(
    "status post_status page_status article_status story_status entry_status content_status item_status record_status"
    " publish_status published_status publication_status publishing_status state post_state article_state publish_state"
    " publication_state workflow workflow_state workflow_status editorial_status review_state review_status"
    " moderation_state moderation_status pubstatus statut estado stato état zustand статус 状态 狀態 ステータス 상태"
)
VISIBILITY_NAMES = _words(
    "visibility post_visibility page_visibility privacy privacy_status privacy_level access access_level audience"
    " security sichtbarkeit visibilité visibilidad visibilità 可见性 公開状態"
)
UNPUBLISHED_WORDS = _words(
    "draft drafts auto-draft drafted private pending pending-review in-review review for-review needs-review"
    " awaiting-review under-review in-progress trash trashed bin deleted removed scheduled future queued inherit"
    " unpublished not-published hidden invisible unlisted internal embargo embargoed withdrawn retracted rejected"
    " spiked killed disabled inactive archived expired offline password password-protected protected spam"
    " to-be-published to-be-reviewed to-review to-publish for-approval for-publication ready-to-publish"
    " ready-for-publication ready-for-publishing ready-for-review work-in-progress on-hold hold submitted planned"
    " not-for-publication not-for-release not-yet in-production todo to-do not-started backlog"
    " declined unapproved disapproved editing in-edit withheld canceled cancelled"
    # Ghost and Substack, for the articles of some readers only.
    " members members-only paid only-paid paid-only subscribers subscribers-only tiers founding only-free restricted"
    # LiveJournal and social networks.
    " friends friends-only only-me usemask followers direct mutuals"
    # Other languages.
    " entwurf privat geplant unveröffentlicht nicht-veröffentlicht versteckt papierkorb"
    " brouillon planifié non-publié privé corbeille en-attente borrador programado privado no-publicado papelera"
    " pendiente oculto bozza bozze programmato privato non-pubblicato cestino rascunho agendado não-publicado lixeira"
    " gelöscht archiviert gesperrt in-arbeit in-bearbeitung in-prüfung zur-prüfung zu-veröffentlichen geplante"
    " supprimé archivé dépublié planifiée privée à-publier à-relire en-cours hors-ligne"
    " eliminado archivado programada privada por-publicar en-revisión eliminato archiviato programmata privata"
    " da-pubblicare in-revisione excluído arquivado agendada em-revisão"
    " concept gepland niet-gepubliceerd utkast kladde luonnos черновик запланировано личное неопубликовано удалено"
    " 草稿 草稿箱 私密 私有 仅自己可见 待审 待审核 审核中 未发布 未发表 待发布 定时发布 已删除 已下线 未公開 回收站"
    " 下書き 非公開 予約済み 초안 비공개"
)
# Words that say so also among others: "Draft (2nd version)", "en attente de relecture".
DRAFT_WORDS = _words(
    "draft drafts unpublished scheduled embargoed pending awaiting wip trash trashed private unlisted withheld"
    " rejected deleted embargo expired inaktiv inactif inactivo inattivo"
    " entwurf unveröffentlicht brouillon attente borrador pendiente bozza rascunho pendente utkast kladde черновик"
)
# What makes the next group mean that an article is not published: "not yet published", "noch nicht veröffentlicht".
NEGATIONS = _words(
    "not no non never unless nicht noch pas encore nunca aún todavía ancora não ainda niet nog ikke inte ej не"
)
PUBLISHED_WORDS = _words(
    "published publish public publicly live online released approved visible active veröffentlicht publiziert"
    " öffentlich freigegeben sichtbar publié publiée publique approuvé validé publicado publicada público pública"
    " aprobado pubblicato pubblicata pubblico approvato gepubliceerd openbaar publicerad publisert udgivet опубликовано"
)
# The numbers for "not published" of Drupal, Joomla and Dotclear.
UNPUBLISHED_NUMBERS = frozenset(("0", "-1", "-2"))
# Fields of which "false" means that the article is not published, and those of which "true" means it.
POSITIVE_NAMES = _words(
    "published is_published publish publicado publicada publié publiée veröffentlicht pubblicato gepubliceerd public"
    " is_public visible is_visible approved is_approved enabled is_enabled active is_active en_ligne"
    " freigegeben öffentlich"
)
NEGATIVE_NAMES = _words(
    "draft is_draft unpublished is_unpublished private is_private hidden is_hidden unlisted is_unlisted deleted"
    " is_deleted trashed is_trashed embargoed is_embargoed archived is_archived scheduled is_scheduled"
    " password_protected is_password_protected members_only email_only entwurf brouillon borrador bozza rascunho"
    " expired is_expired protected is_protected privat privé privado verborgen versteckt gelöscht"
)
# Fields that are empty unless the article was taken away.
REMOVAL_NAMES = _words("deleted_at deleted_on trashed_at unpublished_at unpublished_on")
# Fields that hold the day from which an article may be read, and the day from which it may not.
EMBARGO_NAMES = _words(
    "embargo embargo_until embargo_date embargoed_until scheduled_at scheduled_for scheduled_date schedule_date"
    " scheduled_publish_at publish_at publish_on publish_up publish_from go_live_at go_live_date published_at"
    " start_publishing"
)
EXPIRY_NAMES = _words(
    "expiry_date expires_at expire_at unpublish_on unpublish_at unpublish_date publish_down end_publishing"
)
# TYPO3 hides a record outside starttime and endtime; without these names they may be the times of an event.
TYPO3_NAMES = _words("hidden deleted fe_group")
# "live" is a draft's field in Wagtail, beside one of these names; elsewhere it may be about a live blog.
LIVE_NAMES = _words("live is_live")
WAGTAIL_NAMES = _words(
    "first_published_at has_unpublished_changes draft_title latest_revision go_live_at expire_at expired"
)
PASSWORD_NAMES = _words("password post_password page_password")
POST_TYPE_NAMES = _words("post_type")
ID_NAMES = _words("id")
# Spreadsheets write truth values in the language of their user.
TRUE = _words(
    "true yes y on t 1 x ja oui si sí wahr vrai verdadero verdadeiro vero waar sant sand sann tosi prawda pravda истина"
    " да 是 はい evet doğru igaz igen tak ano sim"
)
FALSE = _words(
    "false no n off f 0 nein non falsch faux falso onwaar falskt falsk usand usann epätosi fałsz nepravda ложь нет 否"
    " いいえ hayır yanlış hamis nem nie ne não nee nej nei"
)
NOTHING = _words("none null nil nan na n false no") | {""}
# Folders of articles that are not published.
FOLDERS = frozenset(
    "_drafts drafts _draft draft _unpublished unpublished _trash trash .trash _discarded entwürfe entwuerfe papierkorb"
    " brouillons corbeille borradores bozze rascunhos".split()
)
