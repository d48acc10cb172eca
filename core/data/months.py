"""What the months are called."""

from collections.abc import Mapping
from types import MappingProxyType

_NAMES = (
    "january jan januar jänner jaenner jän janvier janv enero ene gennaio gen janeiro januari styczeń stycznia sty styczen",
    "february feb februar februari février fevrier févr fevr fév febrero febbraio fevereiro fev luty lutego lut",
    "march mar märz maerz mär mrz mars marzo março marco maart mrt marzec marca",
    "april apr avril avr abril abr aprile kwiecień kwietnia kwi kwiecien",
    "may mai mayo maggio mag maio mei maj maja",
    "june jun juni juin junio giugno giu junho czerwiec czerwca cze",
    "july jul juli juillet juil julio luglio lug julho lipiec lipca lip",
    "august aug août aout aoû agosto ago augustus sierpień sierpnia sie sierpien",
    "september sep sept septembre septiembre settembre set setembro wrzesień września wrz wrzesien",
    "october oct oktober okt octobre octubre ottobre ott outubro out październik października paź pazdziernik paz",
    "november nov novembre noviembre novembro listopad listopada lis",
    "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro grudzień grudnia gru grudzien",
)

MONTHS: Mapping[str, int] = MappingProxyType(
    {name: month for month, names in enumerate(_NAMES, start=1) for name in names.split()}
)
"""The month's number by its name or abbreviation in small letters without a dot, in English, German,
French, Spanish, Italian, Portuguese, Dutch and Polish. No name means two months."""
