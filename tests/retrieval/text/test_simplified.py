"""Traditional and simplified Chinese have the same words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.analysis import stems
from retrieval.text.question_terms import content_terms
from retrieval.text.simplified import simplified


@pytest.mark.parametrize(
    ("traditional", "simple"),
    [
        ("新大橋開通", "新大桥开通"),
        ("許志永怎麼了？", "许志永怎么了？"),
        ("頭髮和發展", "头发和发展"),
        ("市長會見記者，談論環境問題", "市长会见记者，谈论环境问题"),
        ("ＵＳＡ２０１４年", "USA2014年"),
    ],
)
def test_either_is_found_by_the_other(traditional: str, simple: str) -> None:
    assert stems(traditional) == stems(simple)
    assert content_terms(traditional) == content_terms(simple)


@given(st.text(st.sampled_from("橋桥開开髮發发麼么乾干é abcの다𠮷㓄")))
def test_a_text_keeps_its_length_and_is_simplified_at_once(text: str) -> None:
    assert len(simplified(text)) == len(text)
    assert simplified(simplified(text)) == simplified(text)
