"""Texts by language; where "|" stands, a sentence ends, and nowhere else."""

PAIRS = """
en  The board will meet at 7 p.m. Tuesday in the Holm Room.|The doors open at 6:30 p.m.|Parking is free.
en  Officers were called at 7 p.m.|Police said nobody was hurt.
en  The shop opens at 9 a.m. Monday and closes at noon.
en  It begins at 9 a.m. EST on Sunday.
en  The fire broke out at 3 a.m.|Nobody was hurt.
en  The fire broke out at 3 a.m.|It spread quickly.
en  He spoke at 9 a.m. in Holm.
en  Doors open at 7 p.m.|Admission is free.
en  Doors open at 7 p.m.|The talk begins at 8 p.m.
en  They left at 5 P.M. Friday and came back on Sunday.
en  Admission costs approx. $12 a head.|Children pay half.
en  Admission costs approx. Twelve dollars were asked.
en  She flew to Ft. Lauderdale on Monday.
en  The road to Mt. Holm is closed.
en  He lives in St. Louis.|His brother lives in St. Paul.
en  The church of St. Mary burned.
en  Gov. Hale signed the bill.|Sen. Lee did not.
en  Lt. Gov. Ann Lee will speak.
en  Rep. Jon Dow, D-Ohio, voted no.
en  Wm. Baker opened the shop in 1901.|Geo. Hill bought it.
en  Chas. Lee and Thos. Hale were partners.
en  The fish weighed 12 lbs.|It was the biggest of the day.
en  The fish weighed 12 lbs. and was the biggest of the day.
en  U.S. President Ann Lee spoke on Monday.
en  The U.S. Senate voted on Monday.|The House did not.
en  He lives in the U.S.|He left in 2009.
en  She moved to the U.S.|They followed her.
en  Troops of the U.S. Army arrived.
en  The U.N. Security Council met.|It adopted nothing.
en  He was born in the U.K.|His wife was not.
en  The capital is Washington, D.C.|The mayor lives there.
en  Washington, D.C. Mayor Ann Lee spoke.
en  Holm Inc. said it would close.|Its shares fell.
en  Holm Corp. Chairman Ole Vik resigned.
en  He works for Holm Inc.|The firm is small.
en  Holm Ltd. and Vik Co. merged.
en  Baker Bros. Circus came to town.
en  John Hale Jr. was elected.|John Hale Sr. was not.
en  Sammy Davis Jr. sang.
en  He admired Martin Hale Jr.|The two had met in 1960.
en  J. K. Rowling wrote it.|J.R.R. Tolkien did not.
en  George W. Bush spoke.|He left at noon.
en  It was given to Franklin D. Roosevelt in 1936.
en  J. Edgar Hoover led it.
en  Dr. Ann Lee and Mr. Bo Ek met Mrs. Vik and Ms. Dow.
en  Prof. Lee and Rev. Hale agreed.
en  Gen. Hale, Col. Lee, Maj. Dow and Capt. Vik resigned.
en  Sgt. Bo Ek found it.|Lt. Ann Lee wrote it down.
en  It is No. 5 on the list.|The song is old.
en  Nos. 3 and 4 are closed.
en  "No."|That was all he said.
en  The answer was no.|Five people left.
en  Some fruit, e.g. Apples from Holm, is cheap.
en  The rest, i.e. Holm and Vik, stayed.
en  Apples, pears, etc. are cheap.
en  They sold apples, pears, etc.|Then they left.
en  Hale v. Lee was decided in 1990.
en  Hale vs. Lee is on Sunday.
en  See Fig. 3 and p. 12 for more.
en  See pp. 12-14 for more.
en  The vol. 3 edition is lost.
en  He was born on Jan. 5 and died on Feb. 6.
en  It opened in Sept. 2009.|It closed in Oct. 2012.
en  They met last Dec.|Nobody knows why.
en  They met on Dec. 5 and on Sept. 9.
en  He lives on Main St.|The house is old.
en  It is on Fifth Ave. near the park.
en  The house on Elm Rd. burned down.
en  She has a Ph.D.|She lives in Holm.
en  He has a B.A. in history.
en  He said: "Stop."|Then he left.
en  "Stop!" he said.|"Now."
en  "Is it true?" she asked.
en  Yahoo! said it would close.
en  It cost $3.5 million.|That was a lot.
en  Version 2.0 is out.
en  Visit holm.example.com for more.|It is free.
en  The temp. was 30 degrees.
en  The est. cost is nine million.
en  He came from Calif. to Mass. in 1950.
en  Holm, Calif. Mayor Ann Lee resigned.
en  It happened in Holm, Calif.|The mayor resigned.
en  Pvt. Lee and Cpl. Dow were freed.
en  Supt. Hale and Asst. Chief Lee spoke.
en  Mr. and Mrs. Hale left.
en  Messrs. Hale and Lee left.
en  The Hon. Ann Lee spoke.
en  St. Petersburg lies in Florida.
en  He came 1st.|Lee came 2nd.
en  Who won?|Nobody.|It was a draw!
en  He waited... and waited.
en  He waited ...|Nobody came.
en  Wait… What was that?
en  Point A.|Point B came later.
en  He got an A.|She got a B.
en  It was vitamin C.|Nobody knew.
en  It was Plan B.|Plan A had failed.
en  He and I.|Nobody else.
en  The train left on track 9.|It was late.
en  It was 1990.|He was nine.
en  There were 12.|Ten of them left.
fr  M. Dupont a voté.|Mme. Vidal aussi.
fr  MM. Dupont et Vidal ont voté.
fr  Le maire, M. Hale, est parti.|Il reviendra.
fr  Mme Vidal et Mlle. Dow sont parties.
fr  Le Dr. Vidal et le Pr. Hale sont venus.
fr  Il habite au 12 av. Foch.|Elle aussi.
fr  Le mur date du 3e s. av. J.-C. selon lui.
fr  J.-P. Vidal est parti.|Il pleuvait.
fr  Les fruits, etc. sont chers.
fr  Voir p. 12 et art. 3 du code.
fr  Il vit à St. Malo depuis 1990.
fr  C'est le no. 5 de la liste.
fr  Il est parti à 7 h.|Elle est restée.
fr  Il a dit non.|Personne ne bougea.
de  Der 1. FC Köln gewann.|Der 2. Platz ging an Holm.
de  Er kommt am 3. Oktober.|Sie kommt später.
de  Am 17. Februar fiel die Mauer.
de  Im 19. Jahrhundert war das anders.
de  Der 2. Weltkrieg begann 1939.
de  König Karl V. regierte lange.
de  Papst Johannes XXIII. starb 1963.
de  Dr. Lee und Prof. Hale kamen.
de  Das gilt z. B. in Holm.|Dort regnet es.
de  Das gilt z.B. Für Holm nicht.
de  Die Kosten betragen ca. Neun Millionen.
de  Er kam u. a. nach Holm.
de  Äpfel, Birnen usw. sind billig.
de  Sie wohnt in der Hauptstr. 5 in Holm.
de  Der Fluss ist d. h. War breit.
de  Frankfurt a. M. ist groß.
de  St. Gallen liegt in der Schweiz.
de  Die Fa. Holm schließt.
de  Der Preis stieg um 3 Mio. Euro.|Das war viel.
de  Es waren 5 Mrd. Euro.
de  Siehe Nr. 5 und Abs. 3.
de  Er wurde 1990 geboren.|Sie nicht.
de  Es kamen 12.|Zehn gingen.
de  Das war 2009.|Im Mai starb er.
de  Die Regierung Hale II. endet.
de  Das Spiel endete 2:1.|Der Trainer war froh.
de  Er sagte: „Halt.“|Dann ging er.
de  Bgm. Hale und Mag. Lee kamen.
de  Der Saal fasst max. Hundert Leute.
es  El Sr. Pérez votó.|La Sra. Ruiz también.
es  EE. UU. votó ayer.|México no.
es  Los EE.UU. votaron ayer.
es  Vive en EE. UU.|Su hermano no.
es  El Dr. Ruiz y la Dra. Vidal llegaron.
es  D. Luis y Dña. Ana se fueron.
es  La Srta. Ruiz cantó.
es  Ud. tiene razón.|Uds. también.
es  Vive en la Avda. Mayor.
es  Véase la pág. 12 y el art. 3.
es  Es el núm. 5 de la lista.
es  Nació en el s. XIX en Holm.
es  Manzanas, peras, etc. son baratas.
es  Llegó a las 7 p. m. del martes.
es  ¿Quién ganó?|Nadie.
es  El Gral. Franco murió.
pt  O Exmo. Sr. Simões votou.|A Dra. Brandão também.
pt  O Sr. Simões e a Sra. Lopes saíram.
pt  O Prof. Lopes e a Profa. Dias chegaram.
pt  Mora na Av. Central.|É longe.
pt  Veja a pág. 12 e o art. 3.
pt  O n. 5 da lista saiu.
pt  D. Pedro morreu em 1834.
pt  Os E.U.A. votaram.
nl  Dhr. Jansen stemde.|Mevr. Bakker ook.
nl  De dhr. Jansen en mw. Bakker kwamen.
nl  Dr. Vik en ir. Jansen kwamen.
nl  Dat geldt bijv. In Holm niet.
nl  Het kost ca. Twaalf euro.
nl  Prof. mr. Bakker sprak.
nl  Appels, peren, enz. zijn goedkoop.
nl  Zie blz. 12 en nr. 5.
pl  Głos zabrał prof. Nowak.|Potem wyszedł.
pl  To był dr hab. Nowak, a nie inż. Lis.
pl  W 1990 r. Polska była inna.
pl  Mieszka przy ul. Długiej.|Jest stary.
pl  Ok. Stu osób przyszło.
pl  Jabłka, gruszki itd. są tanie.
pl  Było to m.in. W Łodzi.
pl  Zob. s. 12 i nr. 5.
pl  Św. Jan i ks. Lis.
pl  Gen. Lis i płk. Nowak odeszli.
pl  Kosztuje 5 tys. Złotych brakuje.
ru  В 1990 г. Москва была другой.
ru  Живёт в г. Москве.|Там холодно.
ru  Завод им. Кирова закрыли.|Рабочие ушли.
ru  Это, т. е. Москва, далеко.
ru  Это, т.е. Москва, далеко.
ru  Яблоки, груши и т. д. стоят дёшево.
ru  Яблоки и т. п. стоят дёшево.
ru  Живёт на ул. Ленина.|Дом старый.
ru  А. С. Пушкин родился в 1799 г.|Он умер в 1837 г.
ru  А.С. Пушкин родился в Москве.|Он умер в 1837 году.
ru  Стоит 5 тыс. руб. в месяц.
ru  См. стр. 12 и рис. 3.
ru  Проф. Щукин и акад. Белов пришли.
ru  Он ушёл.|Она осталась.
uk  Живе на вул. Шевченка.|Будинок старий.
uk  У 1990 р. Київ був іншим.
uk  Т. Шевченко народився у 1814 р.|Він помер у 1861 р.
cs  Prof. Novák a Ing. Dvořák přišli.|Pak odešli.
cs  Dne 3. října přijel.|Pak odjel.
cs  Bydlí v ul. Dlouhé.
cs  Stojí to např. V Brně.
cs  Stojí to tzv. Zlatý grunt.
cs  V 19. století to bylo jinak.
sk  Dňa 3. októbra prišiel.|Potom odišiel.
hu  A 3. helyen végzett.|Dr. Nagy szólt.
hu  Május 1. Budapesten volt.
hu  Az ún. Nagy terv elbukott.
hr  Dana 3. listopada došao je.|Poslije je otišao.
hr  To je npr. U Zagrebu.
da  Den 3. oktober kom han.|Så gik han.
da  Det gælder bl.a. I Holm.
da  Hr. Vik og fr. Lee kom.
no  Den 3. oktober kom han.|Så gikk han.
no  Det gjelder bl.a. I Holm.
sv  Det gäller t.ex. I Holm.
sv  Det kostar ca. Tolv kronor.
sv  Han kom kl. 7.|Hon gick.
fi  Hän tuli 3. lokakuuta.|Hän lähti.
fi  Esim. Helsinki on iso.
it  Il sig. Rossi e la sig.ra Verdi votarono.|Poi uscirono.
it  Il dott. Rossi e l'on. Verdi sono qui.
it  L'avv. Rossi e il prof. Verdi arrivarono.
it  Mele, pere, ecc. costano poco.
it  Vedi pag. 12 e art. 3.
it  S. Pietro è a Roma.
tr  Prof. Dr. Yılmaz konuştu.|Sonra gitti.
tr  3. sırada bitirdi.|Sonra gitti.
ro  Dl. Popescu a votat.|Dna. Ionescu nu.
ro  Locuieşte pe str. Lungă.
el  Ο κ. Παππάς ψήφισε.|Η κα. Ξενάκη όχι.
zh  他走了。|她没走！|为什么？
ja  彼は行った。|彼女は残った。
en  The mayor, Ms. Lee, said so.|Mr. Ek did not.
en  The clinic is open from 8 a.m. to 6 p.m. Saturdays.
en  The vote is set for 2 p.m. Feb. 17.|Nobody expects a fight.
en  Rev. Lee and Fr. Hale prayed.
en  He weighs 90 kg.|His brother is lighter.
en  It is 5 ft. 3 in. tall.
en  Adm. Hale retired in Aug. 2001.
en  Ala. Gov. Hale spoke.
en  The case, Hale v. Holm, is old.
en  He was hired by Lee & Co.|They paid well.
en  Judge A. B. Cole agreed.|He smiled.
en  The U.S. Open begins on Monday.
en  The U.S. economy grew.
en  Made in the U.S.A.|The label said so.
en  They drove down Elm Ave.|It was dark.
en  She came, she said, to win.|And win she did.
en  IT WAS LATE.|THE MAYOR LEFT AT 7 P.M. MONDAY.
en  he left.|she stayed.
en  Mr. T. Hale came.
en  The group met with Sec. Hale and Amb. Lee.
en  The car of Det. Lee was found.
en  He paid 50 cents.|Sept. 5 was a Monday.
en  The incident occurred at approx. 5 p.m.|Nobody was hurt.
fr  Mgr. Hale et le Me. Vidal sont là.
fr  L'éd. Vidal publie.|Il est content.
fr  L'U.E. a voté.|La France aussi.
de  Das kostet 3 Mio.|Der Rat zahlt.
de  Er las S. 5 bis 9.
de  Die Sitzung ist am 12. Mai.|Sie dauert lange.
de  Beim 3. Mal klappte es.
de  Im Jahr 1848.|Damals war Krieg.
de  Heinrich VIII. heiratete sechsmal.
de  Er hat ggf. Recht.
es  La Sra. Ruiz y el Sr. D. Luis votaron.
es  Nació en 1990 d. C. en Roma.
es  Vive en la pza. Mayor.
pt  O Sto. Antônio é famoso.
pt  Nasceu no séc. XIX.
pl  Dr Nowak i mec. Lis.
pl  Urodził się w 1990 r. w Łodzi.
ru  Депутат И. И. Иванов ушёл.|Он устал.
ru  Компания заработала в 2014 г.|Она продала всё.
ru  Ущерб составил 5 млн. рублей.
ru  Он родился в XIX в. в Туле.
nl  De heer J. P. Balkenende kwam.|Hij bleef.
sv  Hr. Vik kom.|Fr. Lee gick.
en See p. 12 and fig. 3, vol. 2, no. 7.|It is there.
en He said no.|She said yes.
de Es war Wilhelm II.|Er ging.
de Wilhelm II. kam nach Kiel.|Er ging.
it Nacque nel 50 a.C. a Roma.|Morì.
ru Хлеб, молоко и т. д.|Потом ушли.
ru Хлеб, молоко и т. п. товары.|Потом ушли.
en The rate rose 0.5 pct. in May.|It fell.
en At 10 a.m. Mayor Holm spoke.|At 11 a.m. he left.
en It closed at 5 p.m.|The mayor left.
fr Le 12 janv. 2014 il est venu.|Il est reparti.
it Art. 3, comma 2, cod. civ. dice no.|Sì.
pl Było to w połowie XIX w.|On umarł potem.
ru По данным на 1 янв. 2014 г. население 12 тыс. чел.|Это мало.
ru Рост 180 см.|Вес 70 кг.|Он силён.
ru См. с. 12.|Это там.
nl Het kostte 3 mln. euro.|Veel.
pt O art. 3.º diz não.|Sim.
"""
