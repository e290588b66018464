"""What is not published is recognised by the fields and folders of many systems, and what is published is not."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import Unpublished
from corpus.publication_status import check_head, check_place, check_published, check_text


def reason(fields: Mapping[str, object]) -> str:
    try:
        check_published(fields)
    except Unpublished as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        *[
            ("status", value, f"not published ({value})")
            for value in ("draft", "private", "pending", "trash", "future")
        ],
        ("post_status", "auto-draft", "not published (auto-draft)"),
        ("Status", "DRAFT", "not published (draft)"),
        ("post-status", "inherit", "not published (inherit)"),
        ("status", "Not published", "not published (not published)"),
        ("Status", "Entwurf", "not published (entwurf)"),
        ("statut", "Planifié", "not published (planifié)"),
        ("estado", "borrador", "not published (borrador)"),
        ("状态", "草稿", "not published (草稿)"),
        ("status", False, "not published (false)"),
        ("status", 0, "not published (0)"),
        ("status", "-2", "not published (-2)"),
        ("status", [{"value": False}], "not published (false)"),
        ("workflow_state", {"name": "In review"}, "not published (in review)"),
        ("moderation_state", [{"value": "archived"}], "not published (archived)"),
        ("visibility", "members", "not published (members)"),
        ("audience", "only_paid", "not published (only_paid)"),
        ("published", False, "not published (published: false)"),
        ("published", "FALSE", "not published (published: false)"),
        ("is_published", 0, "not published (published: 0)"),
        ("isPublished", "no", "not published (published: no)"),
        ("public", "n", "not published (public: n)"),
        ("draft", True, "not published (draft)"),
        ("Draft", "yes", "not published (draft)"),
        ("is_draft", "1.0", "not published (draft)"),
        ("private", 1, "not published (private)"),
        ("email_only", True, "not published (emailonly)"),
        ("deleted_at", "2014-02-17 10:00:00", "not published (deleted)"),
        ("post_password", "hush", "behind a password"),
        ("content", {"rendered": "", "protected": True}, "behind a password"),
        ("embargo_until", "9999-01-01T00:00", "not published (scheduled)"),
        ("embargo", "17. Februar 2999", "not published (scheduled)"),
        ("embargoed", "2999-01-01T00:00:00Z", "not published (scheduled)"),
        ("Status", "Rejected by editor", "not published (rejected by editor)"),
        ("Status", "Inaktiv", "not published (inaktiv)"),
        ("Status", "Not for publication", "not published (not for publication)"),
        ("published", "Not yet", "not published (published: not yet)"),
        ("expired", True, "not published (expired)"),
        ("Status", "Not started", "not published (not started)"),
        ("publish_up", "2999-01-01 00:00:00", "not published (scheduled)"),
        ("go_live_at", "2999-01-01T00:00:00Z", "not published (scheduled)"),
        ("published_at", "2999-01-01T00:00:00Z", "not published (scheduled)"),
        ("publish_at", 32472144000, "not published (scheduled)"),
        ("publish_down", "2015-01-01 00:00:00", "not published (expired)"),
        ("status", "Work in progress", "not published (work in progress)"),
        ("status", "Draft (2nd version)", "not published (draft (2nd version))"),
        ("status", "not yet published", "not published (not yet published)"),
        ("Status", "noch nicht veröffentlicht", "not published (noch nicht veröffentlicht)"),
        ("statut", "En attente de relecture", "not published (en attente de relecture)"),
        ("estado", "Pendiente de revisión", "not published (pendiente de revisión)"),
        ("Status", "in Bearbeitung", "not published (in bearbeitung)"),
        ("pubstatus", "stat:withheld", "not published (stat:withheld)"),
        ("moderation_state", [{"target_id": "draft"}], "not published (draft)"),
        ("Status", {"select": {"name": "Draft"}}, "not published (draft)"),
        ("Veröffentlicht", "FALSCH", "not published (veroffentlicht: falsch)"),
        ("published", "FAUX", "not published (published: faux)"),
        ("publicado", "FALSO", "not published (publicado: falso)"),
        ("En ligne", "FAUX", "not published (enligne: faux)"),
        ("Entwurf", "WAHR", "not published (entwurf)"),
        ("Brouillon", "VRAI", "not published (brouillon)"),
        ("Borrador", "VERDADERO", "not published (borrador)"),
        ("expires_at", "2011-02-17", "not published (expired)"),
        ("access", "private", "not published (private)"),
        ("security", "friends", "not published (friends)"),
        ("post_type", "revision", "no article (post type revision)"),
        ("_id", "drafts.8a1", "not published (draft)"),
    ],
)
def test_an_unpublished_article_is_recognised(name: str, value: object, expected: str) -> None:
    assert reason({"title": "Wall holds", name: value}) == expected


PUBLISHED: list[tuple[str, object]] = [
    *[("status", value) for value in ("publish", "Published", "live", "final", "ok", 1, "1", 200, None, "", True)],
    ("status", "Draft horses are back on the farm"),
    *[("status", value) for value in ("active", "approved", "live + draft", "Published (pending changes)", "en ligne")],
    *[("status", value) for value in ("no longer embargoed", "Veröffentlicht", "publié", "опубликовано", "已发布")],
    *[("published", value) for value in ("WAHR", "VRAI", "17.02.2014", "17 de febrero de 2014", "x")],
    *[("draft", value) for value in ("FALSCH", "FAUX", "nein", "non")],
    ("publish_at", "2014-02-17"),
    ("embargoed", "2014-02-17T00:00:00Z"),
    ("publish_down", "0000-00-00 00:00:00"),
    ("publish_down", "2999-01-01"),
    ("starttime", "2999-01-01"),
    ("publishedAt", None),
    *[("state", value) for value in ("CA", "New York", "Punjab")],
    *[("published", value) for value in ("2014-02-17", "TRUE", True, 1, 1392631200, None, "", float("nan"))],
    *[("draft", value) for value in (False, "false", "no", 0, "0", "", None, float("nan"))],
    ("draft", []),
    *[("visibility", value) for value in ("public", "everyone", "visible")],
    *[("deleted_at", value) for value in (None, "", "NULL", "0000-00-00 00:00:00", "nan")],
    *[("post_password", value) for value in (None, "", "NULL", False)],
    ("embargo_until", "2014-02-17"),
    ("expires_at", "9999-01-01"),
    ("expires_at", "0000-00-00"),
    ("comment_status", "closed"),
    ("ping_status", "private"),
    ("live", False),
    ("online", "no"),
    ("type", "comment"),
    ("post_type", "news"),
    ("access", 1),
    ("access", "public"),
    ("text", "draft"),
    ("title", "Private"),
    ("category", "drafts"),
    ("id", "drafts-7"),
    ("content", {"rendered": "x", "protected": False}),
]


@pytest.mark.parametrize(("name", "value"), PUBLISHED)
def test_a_published_article_is_not_taken_for_a_draft(name: str, value: object) -> None:
    assert reason({"title": "Wall holds", name: value}) == ""


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"publishedAt": None, "createdAt": "2014-02-16", "updatedAt": "2014-02-17"}, "not published (draft)"),
        ({"publishedAt": "2014-02-17", "createdAt": "2014-02-16", "updatedAt": "2014-02-17"}, ""),
        ({"published_at": "", "created_at": "2014-02-16", "updated_at": "2014-02-17"}, ""),
        ({"type": "Entry", "version": 3}, "not published (draft)"),
        ({"type": "Entry", "version": 3, "publishedVersion": 2}, ""),
        ({"type": "Entry", "revision": 3}, ""),
        ({"live": False, "has_unpublished_changes": True}, "not published (live: false)"),
        ({"live": True, "has_unpublished_changes": True}, ""),
        ({"hidden": 0, "deleted": 0, "starttime": 32472144000, "endtime": 0}, "not published (scheduled)"),
        ({"hidden": 0, "deleted": 0, "starttime": 0, "endtime": 1392595200}, "not published (expired)"),
        ({"hidden": 0, "deleted": 0, "starttime": 0, "endtime": 0}, ""),
        ({"subreddit": "coast", "archived": True}, ""),
    ],
)
def test_what_one_system_writes_is_known(fields: Mapping[str, object], expected: str) -> None:
    assert reason(fields) == expected


@pytest.mark.parametrize(
    "head",
    [
        "DRAFT",
        "DRAFT - NOT FOR PUBLICATION",
        "Not for release",
        "*** ENTWURF ***",
        "EMBARGOED UNTIL 17 FEBRUARY 2999",
        "Embargo: 00.01 17.02.2999",
        "Sperrfrist bis 17. Februar 2999",
        "Status: draft",
    ],
)
def test_a_line_at_the_head_of_a_text_says_that_it_is_not_published(head: str) -> None:
    with pytest.raises(Unpublished):
        check_head(f"Wall holds\n\n{head}\n\nThe wall held.\n")


@pytest.mark.parametrize(
    "head", ["Draft", "Draft horses return", "EMBARGOED UNTIL 17 FEBRUARY 2014", "Embargo on grain ends", "For release"]
)
def test_other_lines_at_the_head_of_a_text_do_not(head: str) -> None:
    check_head(f"Wall holds\n\n{head}\n\nThe wall held.\n")


def test_a_text_that_was_taken_away_is_none() -> None:
    with pytest.raises(Unpublished, match="removed"):
        check_text("[Removed]")
    check_text("[Removed] is what the site writes.")


@pytest.mark.parametrize(
    "place", ["_drafts/a.md", "site/Drafts/b/c.html", "old.zip/_trash/a.txt", "drafts\\a.md", "Entwürfe/a.md"]
)
def test_a_folder_of_drafts_is_recognised(place: str) -> None:
    with pytest.raises(Unpublished, match=r"not published \(in the folder \w+\)"):
        check_place(place)


@pytest.mark.parametrize("place", ["drafts.md", "posts/draft.md", "draftsmen/a.md", "a.md", "Private/a.md", ""])
def test_another_folder_is_none_of_drafts(place: str) -> None:
    check_place(place)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(("status", "draft", "published", "visibility", "password", "deleted_at", "id")) | st.text()


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_any_field_is_decided(fields: dict[str, object]) -> None:
    reason(fields)
