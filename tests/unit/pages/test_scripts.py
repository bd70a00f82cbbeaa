"""Names in the scripts of everybody who comes: entered, given a font that is installed, and set as Raqm sets them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont, features

from issuance.values import names
from printing.errors import FontMissing, GlyphError
from printing.faces.compose import compose, rasterise
from printing.pages import fonts, pdf, scripts
from printing.pages import text as texts
from tests.counterparts import missing
from tests.faces import EVERY_OFFICE, RESIDENCE_PERMIT, content

SIZE = 48  # points
FINE = 3  # pixels a point: PDFium sets letters on whole pixels
NAMES = {
    "": "Țurcanu-Șerban Ñandú",
    " Cyrillic": "Шевченко Оксана Петрівна",
    "Arabic": "ليلى المصري",
    "Arabic Persian": "مهدی رضایی",
    "Arabic Urdu": "محمد ضیاء الرحمٰن",
    "Arabic Pashto": "ګل خان احمدزی",
    "Arabic with a joiner": "می‌خواهم",
    "Bengali": "মোঃ শফিকুর রহমান",
    "Devanagari": "राम बहादुर श्रेष्ठ",
    "Ethiopic": "ሰላም ተክለ",
    "Gurmukhi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
    "Sinhala": "දිලිනි නිර්මලා පෙරේරා",
    "Adlam": "𞤀𞤥𞤢𞤣𞤵 𞤔𞤢𞤤𞥆𞤮",
    "Armenian": "Արմեն Պետրոսյան",
    "Cherokee": "ᏍᏏᏉᏯ",
    "CJK-2": "赵彬 骨直",
    "CJK-1": "김 철수",
    "CJK": "山田 はなこ・タロー",
    "Georgian": "გიორგი ბერიძე",
    "HanifiRohingya": "𐴀𐴝𐴌𐴟𐴇𐴝𐴔𐴝𐴊",
    "Hebrew": "דָּוִד כֹּהֵן",
    "Kannada": "ಸಿದ್ದರಾಮಯ್ಯ",
    "Khmer": "សុខា ចាន់ត្រា",
    "Lao": "ຄຳພູ ສົມຈິດ ປີ້",
    "Malayalam": "മോഹൻ കൃഷ്ണൻ",
    "Mongolian": "ᠪᠠᠭᠠᠲᠤᠷ ᠣᠶᠤᠨ\u180eᠠ",
    "Myanmar": "အောင်ဆန်းစုကြည်",
    "NKo": "ߡߊߡߊߘߎ߫ ߖߊߟߏ߫",
    "Oriya": "କୃଷ୍ଣଚନ୍ଦ୍ର ପଟ୍ଟନାୟକ",
    "OlChiki": "ᱥᱟᱱᱛᱟᱲ",
    "Syriac": "ܡܪܝܡ ܐܦܪܝܡ",
    "Telugu": "వెంకటేశ్వర్లు",
    "Thaana": "އަޙްމަދު ނަޝީދު",
    "Thai": "สมชาย ศักดิ์สิทธิ์",
    "Tibetan": "བསྟན་འཛིན་རྒྱ་མཚོ་",
    "Tifinagh": "ⵜⵉⵏⵀⵉⵏⴰⵏ ⵓⵢⴰⵃⵢⴰ",
}
# Their letters stand one after another, each by itself: what else can go wrong is another order or another face.
ONE_BY_ONE = {"", " Cyrillic", "Ethiopic", "Armenian", "Georgian", "OlChiki", "Cherokee", "Tifinagh"} | {
    *("CJK", "CJK-1", "CJK-2")
}
INSTALLED = list(fonts._installed(fonts.FOLDERS))
NEVER = "\U0001e290"  # Toto: Debian's Noto is older


every_script = pytest.mark.parametrize("script", NAMES)
compared = pytest.mark.usefixtures("raqm")


@pytest.fixture(autouse=True)
def east_asian_fonts(request):
    """Their package is there where a script needs it."""
    script = getattr(request.node, "callspec", None) and request.node.callspec.params.get("script", "")
    if script and script.startswith("CJK") and scripts.CJK_FONT not in INSTALLED:
        missing("No fonts-noto-cjk: East Asian names are drawn with it. `make test` installs it.")


@pytest.fixture
def raqm():
    """The other program that shapes."""
    if not features.check("raqm"):
        missing("Pillow was built without Raqm, the other program.")


def inked(picture):
    box = Image.eval(picture, lambda level: 255 - level).getbbox()
    assert box
    return picture.crop(box)


def drawn(line):
    """A line as PDFium draws it."""
    form = pdf.Ink.of(line.operators(20, 60, SIZE))
    drawing = pdf.Drawing(1000, 160, (0, 0, 1000, 160), (form,))
    return inked(rasterise(pdf.render([drawing], "text"), 72 * FINE).convert("L"))


def theirs(sample, font):
    picture = Image.new("L", (1000 * FINE, 160 * FINE), 255)
    raqm = ImageFont.Layout.RAQM
    face = ImageFont.truetype(str(font.path), SIZE * FINE, index=font.index, layout_engine=raqm)
    ImageDraw.Draw(picture).text((20 * FINE, 40 * FINE), sample, font=face, fill=0)
    return inked(picture)


def alike(ours, other):
    """Whether two pictures of a name show the same letters at the same places, in each third of an em too."""
    if abs(ours.width - other.width) > 4 or abs(ours.height - other.height) > 2:  # whole pixels, once a letter
        return False
    one, two = (
        np.asarray(picture.filter(ImageFilter.GaussianBlur(3)), float) for picture in (ours.resize(other.size), other)
    )
    difference, part = np.abs(one - two), SIZE * FINE // 3
    return difference.mean() < 6 and all(
        difference[:, at : at + part].mean() < 24 for at in range(0, difference.shape[1], part)
    )


def unshaped(text):
    """The letters one by one in the order of writing, as a program sets them that knows no shaping."""
    setting = texts._Setting()
    for run in texts._runs(text, "regular", "text"):
        for letter in run.text:
            setting.add(texts._Run(letter, 0, run.font), "text")
    return setting.line(text)


@compared
@every_script
def test_a_name_is_set_as_another_shaper_sets_it(script):
    line = texts.shape(NAMES[script])
    font = fonts.named(line.shown[0].font)
    assert {shown.font for shown in line.shown} == {font.name}
    called, number, index = script.partition(" ")[0].partition("-")
    assert font.name in {f"Noto{style}{called}-Regular{number}{index}" for style in ("Sans", "Serif")}
    assert alike(drawn(line), theirs(NAMES[script], font))


@compared
@every_script
def test_the_comparison_sees_wrong_shaping(script):
    name = NAMES[script]
    font = fonts.named(texts.shape(name).shown[0].font)
    right = theirs(name, font)
    assert not alike(drawn(texts.shape(name[::-1])), right), "in another order"
    if script not in ONE_BY_ONE:
        assert not alike(drawn(unshaped(name)), right)


@compared
@pytest.mark.parametrize("script", ["CJK-2"])
def test_the_comparison_sees_another_country_s_way_of_writing(script):
    assert texts.shape("骨直 あ").shown[0].font == "NotoSansCJK-Regular"
    chinese = fonts.named("NotoSansCJK-Regular-2")
    japanese = fonts.named("NotoSansCJK-Regular")
    assert not alike(theirs("骨直", japanese), theirs("骨直", chinese))


@every_script
def test_a_name_can_be_entered_and_printed_as_it_is(script):
    name = NAMES[script]
    assert names.check_name("native_name", name) == name
    faces = compose(content(native_name=name), RESIDENCE_PERMIT, specimen=True)
    assert len(faces) == 2


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("赵彬", "SC"),
        ("김철수", "KR"),
        ("金철", "KR"),
        ("山田はな", "JP"),
        ("ヤマダ", "JP"),
        ("ー", "JP"),
        ("买买提・艾力", "SC"),
    ],
)
def test_han_follows_what_stands_beside_it(text, region):
    assert scripts.region(text) == region


@pytest.mark.parametrize("script", ["CJK"])
def test_the_faces_of_the_collection_are_those_we_take_them_for(script):
    for region, index in scripts.FACES.items():
        font = fonts.load(f"{scripts.CJK_FONT}.ttc", scripts.CJK, index)
        assert ImageFont.truetype(str(font.path), 10, index=index).getname()[0] == f"Noto Sans CJK {region}"


@pytest.mark.parametrize(("name", "character"), [("中村", "中"), ("かな", "か"), ("김철수", "김")])
def test_without_its_package_the_refusal_names_it_with_field_and_character(monkeypatch, name, character):
    monkeypatch.setattr(fonts, "FOLDERS", EVERY_OFFICE)
    with pytest.raises(GlyphError, match=rf"native_name: {character} \(U\+{ord(character):04X}\).*fonts-noto-cjk"):
        texts.shape(name, field="native_name")


def test_what_no_package_has_is_refused_by_the_one_that_is_there():
    for character in (NEVER, "\U0001f642"):
        with pytest.raises(GlyphError, match=r"native_name: .*in none of the fonts .*fonts-noto-core"):
            texts.shape(f"A{character}", field="native_name")


def test_the_scripts_of_an_office_without_fonts_name_their_package(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "FOLDERS", (tmp_path,))
    fonts.load.cache_clear()
    try:
        with pytest.raises(FontMissing, match="fonts-noto-core"):
            texts.shape("ليلى")
    finally:
        fonts.load.cache_clear()


def test_a_script_s_own_font_is_asked_first_sans_before_serif():
    files = [
        *("NotoSerifThai-Regular", "NotoSansThai-Regular", "NotoLoopedThai-Regular", "NotoSansThaiUI-Regular"),
        *(
            "NotoSansThai-Bold",
            "NotoSansSymbols2-Regular",
            "NotoSansAdlam-Regular",
            "DejaVuSans",
            "NotoSansThaana-Regular",
        ),
    ]
    expected = ["SansThai", "SerifThai", "SansAdlam", "SansThaana", "LoopedThai"]
    for order in (files, files[::-1]):
        assert scripts.order(order, "ส") == [f"Noto{name}-Regular" for name in expected]
    assert fonts.covering("ⴰ", "regular").name == "NotoSansTifinagh-Regular", "not one of the ten cuts of regions"


def test_packages_come_before_what_somebody_put_there_by_hand(monkeypatch, tmp_path):
    for name in ("NotoSansThai-Regular.ttf", "NotoSansMine-Regular.ttf", "notes.txt"):
        (tmp_path / name).touch()
    found = fonts._installed((*EVERY_OFFICE, tmp_path))
    assert found["NotoSansThai-Regular"].parent == EVERY_OFFICE[0]
    assert (found["NotoSansMine-Regular"].parent, "notes" in found) == (tmp_path, False)


def test_every_process_takes_the_same_fonts():
    samples = {script: name for script, name in NAMES.items() if not script.startswith("CJK")}
    program = (
        f"from printing.pages import text\nprint([text.shape(name).shown[0].font for name in {[*samples.values()]}])"
    )
    ours = [texts.shape(name).shown[0].font for name in reversed(samples.values())]
    for seed in ("1", "2"):
        environment = {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": str(Path(__file__).parents[3]),
            "PYTHONIOENCODING": "utf-8",
        }
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == str(ours[::-1])
