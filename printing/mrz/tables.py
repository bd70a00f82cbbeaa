"""The transliteration tables of Doc 9303-3 section 6, as the house applies them. Data only, capital letters only.

Where ICAO leaves the choice, the first value listed is written. The alternatives it lists, which other States write and
a search for a person should expect: Ä A, Å A, Ñ NXX, Ö O, Ü UXX or U.

House decisions where ICAO's table has a gap or an evident slip:
- Ь (soft sign) is omitted, as Russian and Ukrainian passports do.
- Ћ (U+040B) is C. ICAO prints its shape beside the code of Ђ (U+0402, D) and gives C to Һ (U+04BA), no letter of a
  Slavic language; both code points keep ICAO's value.
- Ѓ (U+0403) is G, in Macedonian GJ. ICAO gives this to Ғ (U+0492), which Macedonian does not have; that keeps it too.
- ڤ (U+06A4) is V as in the table, not XV as in ICAO's sample program.
"""

from __future__ import annotations


def _by_letter(groups: dict[str, str]) -> dict[str, str]:
    return {letter: code for code, letters in groups.items() for letter in letters}


_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Table A. A letter that is not listed is written as the letter without its mark, if that is: Ș, Ț as Ş, Ţ; Ế as E.
LATIN = dict(zip(_PLAIN, _PLAIN, strict=True)) | _by_letter(
    {
        "A": "ÀÁÂÃĀĂĄ",
        "AA": "Å",
        "AE": "ÄÆ",
        "C": "ÇĆĈĊČ",
        "D": "ÐĎĐ",
        "E": "ÈÉÊËĒĔĖĘĚ",
        "G": "ĜĞĠĢ",
        "H": "ĤĦ",
        "I": "ÌÍÎÏĨĪĬĮİı",
        "IJ": "Ĳ",
        "J": "Ĵ",
        "K": "Ķ",
        "L": "ĹĻĽĿŁ",
        "N": "ÑŃŅŇŊ",
        "O": "ÒÓÔÕŌŎŐ",
        "OE": "ÖØŒ",
        "R": "ŔŖŘ",
        "S": "ŚŜŞŠ",
        "SS": "ẞ",
        "T": "ŢŤŦ",
        "TH": "Þ",
        "U": "ÙÚÛŨŪŬŮŰŲ",
        "UE": "Ü",
        "W": "Ŵ",
        "Y": "ÝŶŸ",
        "Z": "ŹŻŽ",
    }
)

# Table B, and our decisions above.
CYRILLIC = _by_letter(
    {
        "": "Ь",
        "A": "А",
        "B": "Б",
        "C": "ЋҺ",
        "CH": "Ч",
        "D": "ЂД",
        "DZ": "ЅЏ",
        "E": "ЁЕЭ",
        "F": "Ф",
        "G": "ЃГҐҒ",
        "I": "ІЇИЙ",
        "IA": "Я",
        "IE": "ЄЪ",
        "IU": "Ю",
        "J": "Ј",
        "K": "ЌК",
        "KH": "Х",
        "L": "Л",
        "LJ": "Љ",
        "M": "М",
        "N": "Н",
        "NJ": "Њ",
        "O": "О",
        "P": "П",
        "R": "Р",
        "S": "С",
        "SH": "Ш",
        "SHCH": "Щ",
        "T": "Т",
        "TS": "Ц",
        "U": "ЎУѪ",
        "V": "В",
        "Y": "ЫѴ",
        "Z": "З",
        "ZH": "Ж",
    }
)

# Exceptions of table B by language of the name (ISO 639-1): Belarusian, Bulgarian, Macedonian, Serbian, Ukrainian.
CYRILLIC_EXCEPTIONS = {
    "be": {"Ё": "IO", "Г": "H"},
    "bg": {"Щ": "SHT"},
    "mk": {"Ѓ": "GJ", "Ќ": "KJ", "Џ": "DJ", "Х": "H", "Ц": "C", "Ғ": "GJ"},
    "sr": {"Г": "H", "Ж": "Z", "Х": "H", "Ц": "C", "Ч": "C", "Ш": "S"},
    "uk": {"Г": "H", "И": "Y"},
}

# Only as the first letter of a name component.
CYRILLIC_FIRST = {
    "uk": {"Є": "YE", "Ї": "YI", "Й": "Y", "Ю": "YU", "Я": "YA"},
}

SHADDA = "\u0651"
"""Doubles the letter it stands on."""

TEH_MARBUTA = "\u0629"
TEH_MARBUTA_LAST = "XAH"
"""The code of teh marbuta at the end of a name component; elsewhere it has that of the table."""

# Table C (Arabic, Persian, Urdu, Pashto). Each letter has its MRZ code and a readable form for a proposal: the common
# English one of appendix B.3.2 without diacritics. Empty: not encoded.
_ARABIC = {
    "\u0621": ("XE", ""),  # hamza
    "\u0622": ("XAA", "A"),  # alef with madda above
    "\u0623": ("XAE", "A"),  # alef with hamza above
    "\u0624": ("U", "U"),  # waw with hamza above
    "\u0625": ("I", "I"),  # alef with hamza below
    "\u0626": ("XI", "I"),  # yeh with hamza above
    "\u0627": ("A", "A"),  # alef
    "\u0628": ("B", "B"),  # beh
    "\u0629": ("XTA", "A"),  # teh marbuta
    "\u062a": ("T", "T"),  # teh
    "\u062b": ("XTH", "TH"),  # theh
    "\u062c": ("J", "J"),  # jeem
    "\u062d": ("XH", "H"),  # hah
    "\u062e": ("XKH", "KH"),  # khah
    "\u062f": ("D", "D"),  # dal
    "\u0630": ("XDH", "DH"),  # thal
    "\u0631": ("R", "R"),  # reh
    "\u0632": ("Z", "Z"),  # zain
    "\u0633": ("S", "S"),  # seen
    "\u0634": ("XSH", "SH"),  # sheen
    "\u0635": ("XSS", "S"),  # sad
    "\u0636": ("XDZ", "D"),  # dad
    "\u0637": ("XTT", "T"),  # tah
    "\u0638": ("XZZ", "Z"),  # zah
    "\u0639": ("E", "A"),  # ain
    "\u063a": ("G", "GH"),  # ghain
    "\u0640": ("", ""),  # tatweel
    "\u0641": ("F", "F"),  # feh
    "\u0642": ("Q", "Q"),  # qaf
    "\u0643": ("K", "K"),  # kaf
    "\u0644": ("L", "L"),  # lam
    "\u0645": ("M", "M"),  # meem
    "\u0646": ("N", "N"),  # noon
    "\u0647": ("H", "H"),  # heh
    "\u0648": ("W", "W"),  # waw
    "\u0649": ("XAY", "A"),  # alef maksura
    "\u064a": ("Y", "Y"),  # yeh
    "\u064b": ("", ""),  # fathatan
    "\u064c": ("", ""),  # dammatan
    "\u064d": ("", ""),  # kasratan
    "\u064e": ("", ""),  # fatha
    "\u064f": ("", ""),  # damma
    "\u0650": ("", ""),  # kasra
    "\u0652": ("", ""),  # sukun
    "\u0670": ("", ""),  # superscript alef
    "\u0671": ("XXA", "A"),  # alef wasla
    "\u0679": ("XXT", "T"),  # tteh
    "\u067c": ("XRT", "T"),  # teh with ring
    "\u067e": ("P", "P"),  # peh
    "\u0681": ("XKE", "DZ"),  # hah with hamza above
    "\u0685": ("XXH", "TS"),  # hah with three dots above
    "\u0686": ("XC", "CH"),  # tcheh
    "\u0688": ("XXD", "D"),  # ddal
    "\u0689": ("XDR", "D"),  # dal with ring
    "\u0691": ("XXR", "R"),  # rreh
    "\u0693": ("XRR", "R"),  # reh with ring
    "\u0696": ("XRX", "ZH"),  # reh with dot below and dot above
    "\u0698": ("XJ", "ZH"),  # jeh
    "\u069a": ("XXS", "SH"),  # seen with dot below and dot above
    "\u069c": ("", ""),  # seen with three dots below and three dots above
    "\u06a2": ("", ""),  # feh with dot moved below
    "\u06a4": ("V", "V"),  # veh
    "\u06a5": ("XF", "F"),  # feh with three dots below
    "\u06a7": ("", ""),  # qaf with dot above
    "\u06a8": ("", ""),  # qaf with three dots above
    "\u06a9": ("XKK", "K"),  # keheh
    "\u06ab": ("XXK", "G"),  # kaf with ring
    "\u06ad": ("XNG", "NG"),  # ng
    "\u06af": ("XGG", "G"),  # gaf
    "\u06ba": ("XNN", "N"),  # noon ghunna
    "\u06bc": ("XXN", "N"),  # noon with ring
    "\u06be": ("XDO", "H"),  # heh doachashmee
    "\u06c0": ("XYH", "EH"),  # heh with yeh above
    "\u06c1": ("XXG", "H"),  # heh goal
    "\u06c2": ("XGE", "EH"),  # heh goal with hamza above
    "\u06c3": ("XTG", "A"),  # teh marbuta goal
    "\u06cc": ("XYA", "Y"),  # farsi yeh
    "\u06cd": ("XXY", "Y"),  # yeh with tail
    "\u06d0": ("Y", "E"),  # e
    "\u06d2": ("XYB", "E"),  # yeh barree
    "\u06d3": ("XBE", "E"),  # yeh barree with hamza above
}
ARABIC = {letter: code for letter, (code, _) in _ARABIC.items()}
ARABIC_READABLE = {letter: readable for letter, (_, readable) in _ARABIC.items()}
