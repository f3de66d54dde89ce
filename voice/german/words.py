"""The words of German speech around a date: which mean nothing, and which ask for care."""

# Words that leave a date or time as it was said. A word that is not here may be a misheard
# weekday; where no date was found, it is better to ask.
FILLERS = frozenset(
    """
    aeh aehm aehem also ach am an auch auf bei besten besser bitte da dann das dass dem den denn
    der des die doch ein eine einem einen einer eines er es ja jo genau okay ok gut gern gerne
    fuer frei frueher geht ginge ging gibt haben haette haetten haetten habe hab hallo hier hm
    ich im in ist irgendwie kann koennen koennte koennten koennt komme kommen liebsten lieber
    mal man mein meine meinen mir mich moechte moechten moeglich na naja nein nee noch nur oder
    und passt passen passte plus schoen schon sehr sein sie so sollte soll sonst tag tages termin
    termine uhrzeit um ungefaehr uns unter vielleicht vom von waere wann warte was wie wieder
    will wir wird wollen wollte wollten wuerde wuerden ware zeit zu zum zur zirka circa gegen ab
    bis nach vor rum herum etwa ca punkt frueh danke dankeschoen einfach etwas euch fest ganz
    guten gruess gott herr frau is jetzt machen halt eben eher eigentlich buchen reservieren
    vereinbaren ausmachen moment sagen sagt sagte wir's geht's hats haetts anfang
    mitte ende egal irgendwann jederzeit flexibel beliebig
    mit ohne datum uebrigens diesmal dran bekommen kriegen nehmen nehme wenn's
    wenn ginge's selben gleichen selber gleicher moin servus tja hm hmm je nachdem
    welche welcher welchen welches
    """.split()  # noqa: SIM905 -- a list of words reads best as words
)

# What is left of a date or time nobody has understood.
TELLING = frozenset(
    """
    woche wochen tage tagen monat monate monaten jahr jahre jahren stunde stunden minute minuten
    halb viertel dreiviertel uhr uebermorgen ostern ostermontag ostersonntag karfreitag pfingsten
    pfingstmontag weihnachten himmelfahrt fronleichnam fasching fastnacht karneval advent
    rosenmontag feiertag werktag wochentag kalenderwoche kw wochenende einhalb anderthalb halbe
    halben halbes paar mehrere einige uebernaechste uebernaechsten uebernaechster kommende
    kommenden kommender vergangene vergangenen letzte letzten letzter
    naechste naechsten naechster naechstes jahres werktags wochentags darauf drauf danach
    """.split()  # noqa: SIM905 -- a list of words reads best as words
)

# The last wish counts: what follows one of these replaces what came before.
CORRECTION = (
    r"\b(?:nein|nee|(?<=, )ne(?= ,|$)|noe|quatsch|sondern|stopp|halt stop|korrektur|pardon|sorry"
    r"|verzeihung|entschuldigung|entschuldigen sie|ich mein(?:e|te)?|besser gesagt|vielmehr|ach was"
    r"|doch lieber|lieber doch|doch besser|besser doch|moment)\b"
)
EITHER = r"\b(?:oder|bzw|beziehungsweise)\b"

GREETING = r"\b(?:schoenen )?gut(?:en|e) (?:morgen|tag|abend|nachmittag|mittag|nacht)\b"
SUBJECT = r"(?:ich|wir|hier|mein name|hallo|herr|frau)\b"
VERB = r"(?:haette|haetten|haben|hab|kann|koennen|koennte|koennten|gibt|waere|geht|ginge)\b"
