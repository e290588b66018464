"""Codes of publishing systems are removed from a text; words in brackets, and what codes enclose, stay."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text.html import field_body, html_body
from corpus.text.shortcodes import without_codes

WALL, MAYOR, COST = "The harbour wall held.", "Mayor Bo Ekman praised the crews.", "Repairs cost $2 million."


@pytest.mark.parametrize(
    ("written", "paragraphs"),
    [
        (
            f'[vc_row][vc_column a="1/2"][vc_column_text]\n{WALL}\n\n{MAYOR}\n[/vc_column_text][/vc_column][/vc_row]'
            f"[vc_row][vc_column][vc_separator][vc_column_text]{COST}[/vc_column_text][/vc_column][/vc_row]",
            [WALL, MAYOR, COST],
        ),
        (f"[vc_column_text]{WALL}[/vc_column_text][vc_column_text]{MAYOR}[/vc_column_text]", [WALL, MAYOR]),
        (f"<p>[vc_column_text]{WALL}[/vc_column_text][vc_column_text]{MAYOR}[/vc_column_text]</p>", [WALL, MAYOR]),
        (
            f"[et_pb_section][et_pb_row][et_pb_text]<p>{WALL}</p>[/et_pb_text][/et_pb_row][/et_pb_section]{MAYOR}",
            [WALL, MAYOR],
        ),
        (f"[one_half]{WALL}[/one_half][one_half_last]{MAYOR}[/one_half_last]", [WALL, MAYOR]),
        (f"[row][column]{WALL}[/column][column]{MAYOR}[/column][/row]", [WALL, MAYOR]),
        (f"[av_one_half first]{WALL}[/av_one_half][av_hr]{MAYOR}", [WALL, MAYOR]),
        (f"[fusion_text]{WALL}[/fusion_text][fusion_text]{MAYOR}[/fusion_text]", [WALL, MAYOR]),
        (f"{WALL}[pullquote]{MAYOR}[/pullquote]{COST}", [WALL, MAYOR, COST]),
        (f"[quote]{WALL}[/quote]", [WALL]),
        ("[dropcap]T[/dropcap]he harbour wall held.", [WALL]),
        ("The [su_highlight]harbour[/su_highlight] wall held.", [WALL]),
        ("The [b]harbour[/b] [url=https://a.example/x]wall[/url] held.", [WALL]),
        (f"{WALL}\n\n[gallery]\n\n{MAYOR}", [WALL, MAYOR]),
        (f"{WALL}\n\n[spacer][clearboth][hr]{MAYOR}\n[/vc_row]", [WALL, MAYOR]),
        (f"{WALL}\n[toc]\n\n[rev_slider home]\n\n{MAYOR}", [WALL, MAYOR]),
        (f"{WALL}\n\n[rev_slider]\n\n[wpdm_package]\n\n[contact-form-7 id=7]\n\n{MAYOR}", [WALL, MAYOR]),
        (f"{WALL}\n\n[youtube https://v.example/1]\n\n[youtube=https://v.example/1&w=3]\n\n{MAYOR}", [WALL, MAYOR]),
        (f"{WALL}\n\n[youtube]https://v.example/1[/youtube]\n\n[tweet https://t.example/1]\n\n{MAYOR}", [WALL, MAYOR]),
        (f"{WALL}\n\n[vc_raw_html]JTNDc2NyaXB0JTNF[/vc_raw_html]{MAYOR}", [WALL, MAYOR]),
        (f"{WALL}\n\n[caption id=”a” width=”3”]<img src='x.jpg'/> A picture[/caption]\n\n{MAYOR}", [WALL, MAYOR]),
        (f'[vc_custom_heading text="Repairs"]{WALL}', ["Repairs", WALL]),
        (f"<p>{WALL}</p>[vc_toggle title='What it costs']{COST}[/vc_toggle]", [WALL, "What it costs", COST]),
        ("The harbour wall[footnote]See the report.[/footnote] held.", [WALL, "See the report."]),
        (f'{{{{< figure src="a.jpg" title="The wall" >}}}}\n\n{WALL}', [WALL]),
        (f"{{{{% notice warning %}}}}\n{WALL}\n{{{{% /notice %}}}}", [WALL]),
        (f'{WALL}\n\n{{% include figure.html caption="x" %}}\n\n{{% raw %}}{MAYOR}{{% endraw %}}', [WALL, MAYOR]),
        (
            f"{WALL}{{% comment %}}do not print{{% endcomment %}}\n\n%%title%% %% do not print %%\n\n{MAYOR}",
            [WALL, MAYOR],
        ),
        ("The {{ page.kind }}harbour wall[^1] held [^note].", [WALL]),
        ("The [[Harbour of Fenwick|harbour]] [[wall]] held.", [WALL]),
        (f"[[toc]]\n\n![[crew.jpg]]\n\n[[File:a.jpg|thumb|Crews]]\n\n{WALL}", [WALL]),
    ],
)
def test_codes_are_removed_and_what_they_lay_out_stays_apart(written: str, paragraphs: list[str]) -> None:
    assert html_body(written).text.split("\n\n") == paragraphs
    assert field_body(written).text.split("\n\n") == paragraphs


@pytest.mark.parametrize(
    "text",
    [
        "He said [sic] and [laughs] … [he means the wall] and left.",
        "“[He] said that [the mayor] wanted [more] money,” she wrote [in German].",
        "[He] said so. [a]ny person may [video of the crash] see it [see https://a.example/x].",
        "The [gallery] was full, [Emphasis added.] and [John O'Neill's] map [page 3] lay there [n=25].",
        "The sample [total n=25] is small; prices rose 5%% to 6%% in [mother-in-law] terms.",
        "A set {a, b} and a 50% share; if {x} then [1], [2] and [[3]] are sources [...] and […].",
        "[AP] FENWICK — The wall held. [Reuters]",
        "Text by [name_withheld] said [CLASSIFIED] to [ex-mayor] Bo [his wife].",
    ],
)
def test_words_in_brackets_are_text(text: str) -> None:
    assert without_codes(text) == text
    assert html_body(f"<p>{text}</p>").text == html_body(text).text == text


@given(st.text(st.sampled_from('[]/ab_=" \n{}%<>^|!.'), max_size=60))
def test_any_text_is_cleaned_and_cleaning_it_again_is_harmless(text: str) -> None:
    without_codes(without_codes(text), html=True)


@pytest.mark.parametrize(
    "piece",
    [
        "[a]",
        "[/a]",
        "[a ",
        "[caption]",
        "[fn]x",
        "{{",
        "{{<",
        "{%",
        "%%",
        "%%a",
        "[[",
        "[[a|",
        "[^",
        "![[",
        "{% comment %}",
        "[vc_a]",
        "[a_b]",
        "[a b=",
        '[a b="',
        "[[a]]",
        "[audio][caption]",
        "{{< comment >}}",
    ],
)
def test_a_malicious_text_is_cleaned_in_time(piece: str) -> None:
    start = time.process_time()
    without_codes(piece * (400_000 // len(piece)), html=True)
    assert time.process_time() - start < 5


@pytest.mark.parametrize("code", ["[ad]", "[sociable/]", "[my_code /]", "[addtoany]"])
def test_a_code_on_a_line_of_its_own_is_gone(code: str) -> None:
    assert without_codes(f"The wall held.\n\n{code}\n\nThe sea rose.").split() == "The wall held. The sea rose.".split()
