"""Questions, and the sentence that must be highlighted whole: ends of sentences, and letters of many languages."""

# ruff: noqa: E501 (the files of a case have long lines)

from dataclasses import dataclass

SENTENCES, LETTERS = "sentences", "letters and words"


@dataclass(frozen=True)
class Question:
    """A question, the headline of the article that answers it, and the sentence that does."""

    kind: str
    name: str
    title: str
    sentence: str


ARTICLES = {
    "School board to meet": "The school board of Averoy will meet at 7 p.m. Tuesday in the Orre Room to vote on the new roof. "
    "The doors open at 6:30 p.m. Parking is free.",
    "Circus comes to town": "Seats cost approx. $12 a head. The lion weighs 400 lbs. without its mane, its keeper said. Wm. Orre, the "
    "clown, retires.",
    "Judge moves south": "The judge moves to Ft. Lauderdale in May. She sold her house in Averoy.",
    "Bakery changes hands": "The bakery was sold to M. Dupont of Lille on Friday. He keeps all nine bakers.",
    "Aufstieg im letzten Spiel": "Der 1. FC Averoy hat am Sonntag das letzte Spiel der Saison gewonnen. Der Verein steigt auf.",
    "Strike ends at the dock": "Wojciech Łęcki asked the dockers of Gdynia to go home on Monday.",
    "Wind farm is cut": "Søren Ørbæk will dismiss ninety people at the wind farm by the spring.",
    "Chess title": "Đorđe Đurić of Niš took the chess title in the last round on Sunday.",
    "Chapel repaired": "The roof of the Weißkapelle was repaired for two million euros after nine years.",
    "Minister falls": "Işıl Yıldız left her post as minister for water on Friday.",
    "Vaccine is late": "The WHO sent the vaccine to Averoy in March.",
    "Treaty signed": "The US signed the treaty on herring in Averoy.",
    "Leak at the court": "The source of the leak at the court was a cleaner, the police said.",
}
CASES = (
    Question(
        SENTENCES,
        "When does the school board meet?",
        "School board to meet",
        "The school board of Averoy will meet at 7 p.m. Tuesday in the Orre Room to vote on the new roof.",
    ),
    Question(
        SENTENCES, "How much do seats at the circus cost?", "Circus comes to town", "Seats cost approx. $12 a head."
    ),
    Question(
        SENTENCES,
        "How much does the lion weigh?",
        "Circus comes to town",
        "The lion weighs 400 lbs. without its mane, its keeper said.",
    ),
    Question(SENTENCES, "Which clown retires?", "Circus comes to town", "Wm. Orre, the clown, retires."),
    Question(SENTENCES, "Where does the judge move?", "Judge moves south", "The judge moves to Ft. Lauderdale in May."),
    Question(
        SENTENCES,
        "Who bought the bakery?",
        "Bakery changes hands",
        "The bakery was sold to M. Dupont of Lille on Friday.",
    ),
    Question(
        SENTENCES,
        "Hat der 1. FC Averoy gewonnen?",
        "Aufstieg im letzten Spiel",
        "Der 1. FC Averoy hat am Sonntag das letzte Spiel der Saison gewonnen.",
    ),
    *(
        Question(LETTERS, question, title, ARTICLES[title])
        for question, title in (
            ("What did Wojciech Lecki ask the dockers?", "Strike ends at the dock"),
            ("What did Wojciech Łęcki ask the dockers?", "Strike ends at the dock"),
            ("Whom will Soren Orbaek dismiss?", "Wind farm is cut"),
            ("Whom will Søren Ørbæk dismiss?", "Wind farm is cut"),
            ("What title did Djordje Djuric take?", "Chess title"),
            ("What title did Dorde Duric take?", "Chess title"),
            ("What title did Đorđe Đurić take?", "Chess title"),
            ("What did the repair of the Weisskapelle cost?", "Chapel repaired"),
            ("What did the repair of the Weißkapelle cost?", "Chapel repaired"),
            ("Who is Isil Yildiz?", "Minister falls"),
            ("Isil Yildiz", "Minister falls"),
            ("Why did Isil Yildiz leave her post?", "Minister falls"),
            ("Işıl Yıldız minister for water", "Minister falls"),
            ("What did the WHO send?", "Vaccine is late"),
            ("What did the US sign?", "Treaty signed"),
            ("Who was the source: a cleaner at the court?", "Leak at the court"),
        )
    ),
)
