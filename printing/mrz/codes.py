"""The codes a machine readable zone may carry: States, nationalities, document codes (Doc 9303-3 section 5, 4 to 8).

Data only. ISO 3166-1 alpha-3 without DEU, because ICAO writes Germany as `D`; and without IAO, which only signs lists.
"""

from __future__ import annotations

import re


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ISO_3166_1 = _codes(
    """
    ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM
    BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR
    CYM CYP CZE DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN
    GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM
    JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG
    MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL
    NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN
    SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO
    TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE
    """
)

# Parts A and B: Germany, Kosovo, European Union; part F: withdrawn by ISO, still in old documents; part G: specimens.
_STATES = _ISO_3166_1 | {"D", "RKS", "EUE", "ANT", "NTZ", "UTO"}

# Part C: United Nations; part D: other organisations, whose officials bear the code in place of a nationality.
_ORGANISATIONS = _codes("UNO UNA UNK XBA XIM XCC XCO XCE XEC XPO XES XMP XOM XDC")

# Part A: British other than citizens; part E: stateless, refugee (1951), other refugee, unspecified.
_PERSONS = _codes("GBD GBN GBO GBS GBP XXA XXB XXC XXX")

ISSUING_STATES = _STATES | _ORGANISATIONS
NATIONALITIES = ISSUING_STATES | _PERSONS

# V is for visas, AI is forbidden on TD1, AC is for crew members, PU is the single sheet (our return title, on TD2).
# The second letter of a TD3 code is mandatory from 2028; older passports have `<` or a letter of their own.
READABLE_CODES = {
    "TD1": re.compile(r"A[ABD-HJ-UW-Z<]|[CI][A-UW-Z<]"),
    "TD2": re.compile(r"A[ABD-UW-Z<]|[CI][A-UW-Z<]|PU"),
    "TD3": re.compile(r"P[A-Z<]"),
}
WRITABLE_CODES = READABLE_CODES | {"TD3": re.compile(r"P[PEDORTSLMU]")}
CODE_RULES = {
    "TD1": "A, C or I and a second letter, but not V, AI or AC (Doc 9303-5, note k)",
    "TD2": "A, C or I and a second letter, but not V or AC; or PU (Doc 9303-6, note k; 9303-8)",
    "TD3": "PP, PE, PD, PO, PR, PT, PS, PL, PM or PU (Doc 9303-4, section 4.4)",
}
