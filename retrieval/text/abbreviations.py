"""Abbreviations by language: those after which no sentence ends, and those after which one may."""

# No sentence ends after these: titles, first names, and words that introduce what follows. A form that begins with a
# small letter stands for the form with a capital too.
ENDLESS = {
    "en": """
        Mr Mrs Ms Messrs Mx Dr Prof Rev Revd Fr Hon Rt Sen Rep Reps Sens Gov Govs Pres Gen Lt Col Maj Capt Cpt Cmdr
        Cdr Adm Sgt Cpl Pvt Pfc Spc Brig Supt Insp Det Ofc Asst Assoc Atty Amb Sec Treas Ald Comr Dist Msgr Wm Geo
        Chas Thos Jas Jos Benj Robt Edw Alex Saml Danl Ft Mt Mts Pt Ste approx esp incl viz cf vs est max min temp avg
        dept ca ed eds trans illus aka i.e e.g
    """,
    "fr": "M MM Mme Mmes Mlle Mlles Me Mgr Dr Drs Pr Prof St Ste Sts av boul bd env ex réf tél cf c.-à-d p.ex vs éd",
    "de": """
        Hr Hrn Fr Frl Dr Prof Dipl Ing Mag Bgm Hptm Lt Gen Obst Fa St Hl ca evtl ggf inkl bzw bspw max min mind sog
        vgl z.B d.h u.a i.d.R z.T v.a o.g s.o insb einschl exkl tel gegr geb gest verh vorm nachm jun sen Min.Präs
        Präs
    """,
    "es": """
        Sr Sra Sres Sras Srta Srtas Dr Dra Dres D Dña Da Ud Uds Vd Vds Gral Cnel Cap Sto Sta Lic Ing Arq Prof Profa
        Excmo Excma Ilmo Ilma Mons Fr Avda Av Pza Pº C/ aprox p.ej ej tel
    """,
    "pt": """
        Sr Sra Srs Sras Srta Dr Dra Drs Dras Prof Profa Profs Exmo Exma Exmos Ilmo Ilma D Dom Eng Engª Arq Gen Cel Cap
        Sto Sta Av R Trav Pç aprox p.ex ex tel
    """,
    "it": """
        Sig sig sig.ra sig.na sigg dott dott.ssa avv ing arch geom rag prof prof.ssa on sen mons don gen col cap S SS
        ca es p.es cfr tel
    """,
    "nl": "dhr mevr mw mej dr drs ir ing mr prof ds bijv bv ca evt incl excl resp t.a.v m.b.t i.v.m o.a d.w.z St",
    "pl": """
        prof dr hab inż mgr mec lek ks św bp abp gen płk ppłk mjr kpt por sierż red ul al pl os im tzw tj np m.in ok
        zob por wg tel tys płd płn ośw
    """,
    "cs": """
        Ing Mgr MUDr JUDr PhDr RNDr Bc prof doc dr gen plk pplk mjr kpt npor sv ul nám tř např tzv tj cca popř resp
        tel p
    """,
    "sk": "Ing Mgr MUDr JUDr PhDr RNDr Bc prof doc dr gen plk mjr kpt sv ul nám napr tzv tj cca resp tel p",
    "hu": "dr Dr prof id ifj özv ún pl kb ill ld vö Szt",
    "hr": "dr prof mr ing gosp gđa sv ul npr tzv tj oko god",
    "sl": "dr prof mag inž g ga gdč sv ul npr t.i tj",
    "sr": "др проф мр инж г гђа св ул нпр тзв тј dr prof mr sv ul npr tzv tj",
    "da": "hr fr frk dr prof bl.a f.eks ca evt inkl ekskl kl nr Skt jf pga mht",
    "no": "hr fr frk dr prof bl.a f.eks ca evt inkl ekskl kl nr St jf pga",
    "sv": "hr fr dr prof bl.a t.ex ca ev inkl exkl kl nr S:t jfr dvs s.k",
    "fi": "esim ns tri prof t:ri mm n",
    "et": "hr pr dr prof nn näit u nt s.t",
    "ro": "Dl dl D-l Dna dna D-na dra D-ra dr prof ing Sf sf str bd nr aprox ex",
    "tr": "Dr Prof Doç Yrd Av Alb Yzb Gen Sn Hz vb",
    "ru": """
        им ул пр просп пл пер проф акад доц ген полк подп кап инж св т.е т.к т.н т.о напр см ср тел тов гр кв обл оз
        р-н
    """,
    "uk": "ім вул просп пл пров проф акад доц ген полк інж св т.зв т.є напр див пор тел обл оз",
    "be": "ім вул праф акад св г.зн т.зв напр гл тэл",
    "bg": "ул бул пл проф доц д-р инж ген полк св напр т.е т.нар вж тел г-н г-жа",
    "el": "κ κα κ.κ Δρ δρ λ.χ π.χ βλ",
    "ca": "Sr Sra Srs Dr Dra D Av Pl St Sta p.ex aprox",
}
# No sentence ends after these where a number follows.
BEFORE_NUMBER = {
    "en": "No Nos Vol Vols vol Fig Figs fig Sec sec Ch ch p pp art Art para par Rte Hwy Pg pg",
    "fr": "no nos n p pp art fig vol chap janv févr avr juil sept oct nov déc",
    "de": "Nr Nrn S Bd Abs Art Abb Kap Str str",
    "es": "núm núms n no nº p pp pág págs art arts fig vol cap ene feb abr ago sept oct nov dic",
    "pt": "séc n no nº núm p pp pág págs art arts fig vol cap",
    "it": "n nn p pp pag pagg art artt fig vol cap genn gen febbr apr ag sett ott nov dic",
    "nl": "nr nrs blz p art fig jan feb apr aug sept okt nov dec",
    "pl": "nr s str art pkt ust rys t",
    "cs": "č čís s str čl odst obr",
    "sk": "č čís s str čl ods obr",
    "hr": "br str čl",
    "sl": "št str čl",
    "sr": "бр стр чл br str čl",
    "hu": "sz old",
    "da": "nr s kl art",
    "no": "nr s kl art",
    "sv": "nr s kl art",
    "fi": "nro s klo",
    "ro": "nr p pag art",
    "tr": "No s",
    "ru": "стр с рис табл гл ст п пп вып т № янв февр фев апр авг сент сен окт нояб ноя дек",
    "uk": "стор с рис табл гл ст п вип т",
    "bg": "стр с фиг чл т",
    "el": "σ σελ αρ",
}
# A sentence may end after these: it does where the next word often begins one.
MAY_END = {
    "en": """
        Inc Corp Co Cos Ltd LLC Bros Jr Sr Esq etc al U.S U.S.A U.N U.K E.U D.C L.A N.Y N.J U.S.S.R Ph.D M.D B.A M.A
        B.S M.S D.D.S J.D R.N Ave Blvd Rd Ln Hwy Sq Dr St Bldg Calif Conn Colo Fla Ga Ill Ind Kan Ky La Mass Md Mich
        Minn Mo Mont Miss Neb Nev Okla Ore Pa Penn Tenn Tex Va Vt Wash Wis Wyo Ala Ariz Ark Del Dak Jan Feb Mar Apr
        Aug Sept Sep Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun Assn Univ Inst Mfg Intl Natl Dept Govt
    """,
    "fr": "etc J.-C apr s",
    "de": "usw etc Str str Mio Mrd Tsd Jh Jhd v.Chr n.Chr M Co Abt",
    "es": "etc a.C d.C EE.UU EE.\xa0UU UU S.A p.m a.m s",
    "pt": "etc a.C d.C E.U.A EUA S.A Lda Ltda",
    "it": "ecc etc S.p.A s.r.l",
    "nl": "enz etc N.V B.V jr sr",
    "pl": "itd itp zł gr mln mld godz r w",
    "cs": "atd apod Kč mil mld tis r",
    "sk": "atď mil mld tis r",
    "hr": "itd sl d.d kn",
    "sl": "itd d.d",
    "ru": "т.д т.п др пр руб коп тыс млн млрд г гг в вв н.э",
    "uk": "т.д т.п ін грн коп тис млн млрд р рр ст",
    "bg": "т.н др лв г хил млн",
    "be": "інш руб г гг",
    "sv": "etc osv m.m",
    "da": "osv etc mv mio mia",
    "no": "osv etc mv mill mrd",
    "ro": "etc",
    "tr": "vb vs",
    "ca": "etc",
}
# A sentence ends after these where a capital follows, but not a weekday, a month or a time zone.
CLOCK = frozenset("a.m p.m A.M P.M".split())
AFTER_CLOCK = frozenset(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun Mondays
    Tuesdays Wednesdays Thursdays Fridays Saturdays Sundays January February March April May June July August
    September October November December Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec EST EDT ET CST CDT CT MST MDT
    MT PST PDT PT GMT UTC BST CET CEST IST JST AEST Eastern Central Mountain Pacific Greenwich
""".split()
)
UNITS = frozenset("lb lbs oz in ft yd yds mi mph m.p.h gal qt pt sq cu kg km cm mm hr hrs min mins sec secs".split())
# "vitamin C." is no initial of a name.
BEFORE_LETTERS = frozenset(
    """
    vitamin hepatitis influenza plan point group class grade section part appendix type team channel category exhibit
    room gate block series version a an and or than gruppe klasse teil typ plan groupe classe partie grupo
    clase parte tipo
    """.split()
)
# Languages in which a number with a full stop is an ordinal ("Der 1. FC", "3. října").
ORDINALS = frozenset("de da no nb nn fi cs sk sl hr bs sr hu tr et lv is pl".split())
# Words before and after an ordinal number. Where a capital follows one, one of these must be there.
BEFORE_ORDINAL = frozenset(
    """
    der die das den dem des am im zum vom beim zur ab bis seit und oder jeder jede jedes ein eine einen einem einer
    dieser diese dieses ihr ihre sein seine ihren seinen unser unsere dieser auf den dne dňa dana dne ve v na od do
    január február március április május június július augusztus szeptember október november december
""".split()
)
AFTER_ORDINAL = frozenset(
    """
    Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember Jahrhundert Jahrhunderts
    Weltkrieg Weltkriegs Platz Liga Bundesliga FC FSV SV SC Mal Stock Klasse Halbzeit Minute Runde Tag Spieltag Etappe
    Bezirk Lebensjahr Jahrestag Geburtstag Senat Kammer Staffel Auflage Kapitel Akt Satz Stunde Woche Monat Quartal
    Semester
""".split()
)
# Words that often begin a sentence, and hardly ever follow an abbreviation in the middle of one.
STARTERS = {
    "en": """
        The A An He She It They We I You His Her Its Their Our My Your This That These Those There Here But And Or So
        Yet In On At For From By With Without After Before During Since Until When While Where As If Although Though
        However Meanwhile Then Now Both Some Most Many Few Several Others Another One No Not Nobody Nothing None
        Everyone Every Each All What Who Why How Which Police Officials Only Even Also Still Once To Of
    """,
    "fr": """
        Le La Les L’ L' Un Une Des Il Elle Ils Elles On Ce Cette Ces Cela C’ C' Son Sa Ses Leur Et Mais Dans En À
        Selon Après Puis Nous
    """,
    "de": """
        Der Die Das Den Dem Ein Eine Er Sie Es Wir Ich Und Aber In Im Am Auf Auch Doch Dort Hier Nach Bei Mit Für Von
        Zu Als Wenn Dann Seine Ihre
    """,
    "es": """
        El La Los Las Un Una Él Ella Ellos Ellas Su Sus Y Pero En No También Este Esta Esto Según Después Luego Así
        Por Para Con
    """,
    "pt": """
        O A Os As Um Uma Ele Ela Eles Elas Seu Sua Mas E Em No Na Não Também Este Esta Isto Segundo Depois Por Para
        Com
    """,
    "it": "Il Lo La I Gli Le Un Una Egli Lui Lei Essi Loro Ma E In Non Anche Questo Questa Secondo Poi Dopo Per Con",
    "nl": "De Het Een Hij Zij Ze Wij We Ik Dit Dat Deze Die En Maar In Op Volgens Daarna Toen Ook",
    "pl": "On Ona Ono Oni One To Ten Ta Te W We Na Po Za Z Ze I A Ale Nie Jak Jego Jej Ich Potem Gdy",
    "cs": "On Ona Ono Oni To Ten Ta V Ve Na Po Z Ze A Ale Ne Jak Jeho Její Jejich Pak Když",
    "sk": "On Ona Ono Oni To Ten Tá V Vo Na Po Z Zo A Ale Nie Ako Jeho Jej Ich Potom Keď",
    "ru": """
        Он Она Оно Они Мы Я Вы Это Этот Эта Эти В Во На По За С Со И А Но Не Как Его Её Ее Их Потом Когда После При
        Для
    """,
    "uk": "Він Вона Воно Вони Ми Я Ви Це Цей Ця Ці В У На По За З Із І А Але Не Як Його Її Їх Потім Коли Після",
    "bg": "Той Тя То Те Ние Аз Вие Това Този Тази В Във На По За С Със И А Но Не Как Неговият След Когато",
    "sv": "Han Hon Det Den De Vi Jag En Ett Men Och I På Efter Nu",
    "da": "Han Hun Det Den De Vi Jeg En Et Men Og I På Efter Nu",
    "no": "Han Hun Det Den De Vi Jeg En Et Men Og I På Etter Nå",
}
