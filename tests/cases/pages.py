"""Pages: nothing is lost, and codes of programs are no text."""

# ruff: noqa: E501 (the files of a case have long lines)

from tests.cases.case import BRIDGE, STORY, TUGS, VOTE, Case, Wanted, page, paragraphs

KIND = "pages and markup"
LIST = ("four hundred thousand for the bearing,", "a second tug for the winter,", "a new lamp for the east pier.")


def article(name: str, body: str, *text: str, title: str = "Bridge stays shut") -> Case:
    return Case(KIND, name, page(f"<article><h1>{title}</h1>{body}</article>", title=title), (Wanted(title, text),))


def markdown(name: str, above: str, *text: str, title: str = "Bridge stays shut") -> Case:
    return Case(KIND, name, f"---\ntitle: {title}\n---\n\n{above}\n\n{BRIDGE}\n", (Wanted(title, (*text, BRIDGE)),))


CASES = (
    article(
        "ids.html",
        f'<p>{BRIDGE}</p><h2 id="share-of-the-costs">Share of the costs</h2><p>{TUGS}</p>'
        f'<section id="comments-of-the-mayor"><h2>Comments of the mayor</h2><p>{VOTE}</p></section>',
        BRIDGE,
        "Share of the costs",
        TUGS,
        "Comments of the mayor",
        VOTE,
    ),
    article(
        "related.html",
        f'{paragraphs(*STORY)}<p id="related-deaths">Two related deaths were recorded at Averoy, said the coroner.</p>',
        *STORY,
        "Two related deaths were recorded at Averoy, said the coroner.",
    ),
    article("promo.html", f'<div class="promo-free social-housing">{paragraphs(*STORY)}</div>', *STORY),
    article(
        "links.html",
        f'<p>{BRIDGE}</p><p><a href="/1"><strong>On Friday the pilot Nils Orre denied that he had '
        f"slept at the wheel.</strong></a></p><p>{TUGS}</p>",
        BRIDGE,
        "On Friday the pilot Nils Orre denied that he had slept at the wheel.",
        TUGS,
    ),
    Case(
        KIND,
        "list.html",
        page(
            f"<h1>Bridge stays shut</h1><p>{BRIDGE}</p><p>The port asked for three things:</p><ul>"
            f"{''.join(f'<li>{item}</li>' for item in LIST)}</ul><p>{TUGS}</p><p>{VOTE}</p>"
        ),
        (Wanted("Bridge stays shut", (BRIDGE, "The port asked for three things:", *LIST, TUGS, VOTE)),),
    ),
    Case(
        KIND,
        "numbered.html",
        page(
            f"<article><h1>Bridge stays shut</h1><p>{BRIDGE}</p><ol>"
            f"{''.join(f'<li>{item}</li>' for item in LIST)}</ol><p>{TUGS}</p></article>"
        ),
        (Wanted("Bridge stays shut", (BRIDGE, *LIST, TUGS)),),
    ),
    Case(
        KIND,
        "aside.html",
        page(f"<h1>Bridge stays shut</h1><aside>{paragraphs(*STORY)}</aside>"),
        (Wanted("Bridge stays shut"),),
    ),
    Case(
        KIND,
        "quote.html",
        page(
            f"<article><h1>Bridge stays shut</h1><p>{BRIDGE}</p><blockquote><p>{TUGS}</p></blockquote>"
            f"<p>{VOTE}</p></article>"
        ),
        (Wanted("Bridge stays shut"),),
    ),
    Case(
        KIND,
        "cookie-law.html",
        page(
            f"<article><h1>New law</h1>{paragraphs('This site of the old mill uses cookies as prizes for children, its owner told us.', *STORY)}</article>"
        ),
        (
            Wanted(
                "New law", ("This site of the old mill uses cookies as prizes for children, its owner told us.", *STORY)
            ),
        ),
    ),
    article(
        "newsletter.html",
        paragraphs(
            BRIDGE, "Sign up for the newsletter of the port, the mayor told the angry captains on Sunday.", TUGS
        ),
        BRIDGE,
        "Sign up for the newsletter of the port, the mayor told the angry captains on Sunday.",
        TUGS,
    ),
    article(
        "read-more.html",
        paragraphs(BRIDGE, "Read more books, the teacher told her class, and the class read more.", TUGS),
        BRIDGE,
        "Read more books, the teacher told her class, and the class read more.",
        TUGS,
    ),
    markdown("hugo.md", '{{< figure src="a.png" caption="x" >}}'),
    markdown("hugo-box.md", "{{% notice tip %}}\nKeep off the pier.\n{{% /notice %}}", "Keep off the pier."),
    markdown(
        "liquid.md", "{% include share.html %}\n\nThe pier is shut.{% comment %}no{% endcomment %}", "The pier is shut."
    ),
    markdown("wiki.md", "The [[Averoy pier|pier]] is shut, said [[Ida Moser]].", "The pier is shut, said Ida Moser."),
    markdown("note.md", "The pier is shut.[^1]\n\n[^1]: Says the port.", "The pier is shut.", "Says the port."),
    markdown("obsidian.md", "The pier is shut. %%not for readers%%", "The pier is shut."),
    markdown("link.md", "The **pier** is [shut](https://averoy.example/p), said `Ida`.", "The pier is shut, said Ida."),
    markdown(
        "percent.md", "Prices rose by 4 % in May and by 5 % in June.", "Prices rose by 4 % in May and by 5 % in June."
    ),
    markdown("brackets.md", "“[The pier] is shut,” she said.", "“[The pier] is shut,” she said."),
    Case(
        KIND,
        "plain.md",
        f"# Bridge stays shut\n\n{BRIDGE}\n\n## Costs\n\n- {LIST[0]}\n- {LIST[1]}\n",
        (Wanted("Bridge stays shut", (BRIDGE, "Costs", LIST[0], LIST[1])),),
    ),
    Case(KIND, "2014-bridge.md", f"**{BRIDGE}**\n\n> {TUGS}\n", (Wanted("2014-bridge", (BRIDGE, TUGS)),)),
)
