"""Names that sound Uzbek and belong to nobody."""

from libs.simulator.invented.classifiers import GENDER, Item
from libs.simulator.invented.dice import Dice, weighted


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_MEN = _words("""
ABBOS AKMAL ALISHER ASADBEK AZIZBEK BAHODIR BEKZOD BOBUR BOTIR DAVRON DIYORBEK DOSTON ELBEK
FARRUX G‘AYRAT HASAN HUSAN IBROHIM ISLOM JAHONGIR JASUR KAMOL LOCHIN MANSUR MUROD NODIR ODIL
OTABEK O‘KTAM O‘LMAS RAVSHAN RUSTAM SANJAR SARDOR SHERZOD SHUHRAT TEMUR ULUG‘BEK XURSHID YO‘LDOSH
""")
_WOMEN = _words("""
ADOLAT AZIZA BARNO DILDORA DILFUZA DILNOZA FERUZA GULBAHOR GULNORA HULKAR IRODA KAMOLA LAYLO
LOLA MADINA MALIKA MOHIRA MUNISA NAFISA NARGIZA NIGORA NILUFAR NODIRA OYDIN OZODA O‘G‘ILOY
RA’NO ROBIYA SABINA SEVARA SHAHLO SHOIRA TO‘TI UMIDA YULDUZ ZARINA ZEBO ZILOLA ZIYODA ZULFIYA
""")
_STEMS = _words("""
ABDULLAYEV ADILOV AHMEDOV ALIMOV ASQAROV AZIMOV BAKIROV BOBOYEV BOYMURODOV DADAYEV DAVLATOV
ERGASHEV ESHMATOV FAYZIYEV G‘ANIYEV G‘OFUROV HAKIMOV HAMIDOV ISMOILOV JALOLOV JO‘RAYEV KARIMOV
KOMILOV MAMATOV MIRZAYEV MO‘MINOV NAZAROV NORMATOV OCHILOV ORIPOV O‘RINOV O‘TKIROV POLATOV
QODIROV QO‘CHQOROV RAHIMOV RAJABOV ROZIYEV SAIDOV SAMADOV SHARIPOV SHOKIROV SOBIROV TESHABOYEV
TOSHEV TO‘XTAYEV TURSUNOV UMAROV USMONOV VALIYEV XOLIQOV XUDOYOROV YAKUBOV YO‘LDOSHEV ZOKIROV
""")

APOSTROPHES = weighted({"‘": 88, "’": 3, "ʻ": 3, "ʼ": 2, "'": 3, "`": 1})
"""What servers and typists make of the letters o‘ and g‘."""

_GENDERS = weighted({"11": 50, "12": 50})


def person(dice: Dice) -> Item:
    """Names and gender, in the order of HEMIS's item; one in 40 has no patronymic."""
    gender = dice.pick(_GENDERS)
    mark = dice.pick(APOSTROPHES)
    first = dice.pick(_MEN if gender == "11" else _WOMEN).replace("‘", mark)
    second = (dice.pick(_STEMS) + ("" if gender == "11" else "A")).replace("‘", mark)
    third = "" if dice.one_in(40) else _patronymic(dice, gender).replace("‘", mark)
    initials = "".join(f" {_initial(name)}." for name in (first, third) if name)
    return {
        "full_name": f"{second} {first} {third}".rstrip(),
        "short_name": second + initials,
        "first_name": first,
        "second_name": second,
        "third_name": third,
        "gender": GENDER[gender],
    }


def _patronymic(dice: Dice, gender: str) -> str:
    return f"{dice.pick(_MEN)} {'O‘G‘LI' if gender == '11' else 'QIZI'}"


def _initial(name: str) -> str:
    """O‘ and G‘ are one letter, and so is SH or CH."""
    two = name[1] in APOSTROPHES or name[:2] in {"SH", "CH"}
    return name[:2] if two else name[:1]
