"""HEMIS's classifiers: codes are always text."""

from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]
Classifier = dict[str, str]


def _classifier(names: Mapping[str, str]) -> Mapping[str, Classifier]:
    return {code: {"code": code, "name": name} for code, name in names.items()}


GENDER = _classifier({"10": "Noma’lum", "11": "Erkak", "12": "Ayol"})
STUDENT_STATUS = _classifier(
    {
        "10": "Boshqa",
        "11": "O‘qimoqda",
        "12": "Chetlashgan",
        "13": "Akademik ta’til",
        "14": "Bitirgan",
    }
)
EDUCATION_FORM = _classifier(
    {
        "11": "Kunduzgi",
        "12": "Kechki",
        "13": "Sirtqi",
        "14": "Maxsus sirtqi",
        "15": "Ikkinchi oliy (sirtqi)",
        "16": "Masofaviy",
    }
)
EDUCATION_TYPE = _classifier({"11": "Bakalavr", "12": "Magistr"})
PAYMENT_FORM = _classifier({"11": "Davlat granti", "12": "To‘lov-shartnoma"})
STUDENT_TYPE = _classifier(
    {"11": "Oddiy", "12": "Ikkinchi oliy", "13": "Superkontrakt", "14": "Imtiyozli"}
)
SOCIAL_CATEGORY = _classifier(
    {
        "10": "Boshqa",
        "11": "Chin yetim",
        "12": "Nogironligi bor",
        "13": "Boquvchisini yo‘qotgan",
        "14": "Kam ta’minlangan",
    }
)
POVERTY_LEVEL = _classifier({"10": "Mavjud emas", "11": "Ijtimoiy reyestrda"})
ACCOMMODATION = _classifier(
    {
        "11": "O‘z uyida",
        "12": "Qarindoshining uyida",
        "13": "Tanishining uyida",
        "14": "Ijaradagi uyda",
        "15": "Talabalar turar joyida",
    }
)
COURSE = _classifier({str(10 + year): f"{year}-kurs" for year in range(1, 7)})
SEMESTER = _classifier({str(10 + half): f"{half}-semestr" for half in range(1, 13)})
LANGUAGE = _classifier({"11": "O‘zbek", "12": "Rus", "13": "Qoraqalpoq", "14": "Ingliz"})
CITIZENSHIP = _classifier(
    {
        "11": "O‘zbekiston Respublikasi fuqarosi",
        "12": "Xorijiy davlat fuqarosi",
        "13": "Fuqaroligi yo‘q shaxs",
    }
)
STRUCTURE_TYPE = _classifier(
    {
        "10": "Boshqa",
        "11": "Fakultet",
        "12": "Kafedra",
        "13": "Bo‘lim",
        "14": "Boshqarma",
        "15": "Markaz",
        "16": "Rektorat",
    }
)
LOCALITY_TYPE = _classifier({"10": "Boshqa", "11": "Mahalliy", "12": "Qo‘shma"})
EMPLOYMENT_FORM = _classifier(
    {
        "11": "Asosiy ish joy",
        "12": "O‘rindoshlik (ichki-qo‘shimcha)",
        "13": "O‘rindoshlik (tashqi)",
        "14": "Soatbay",
    }
)
EMPLOYMENT_STAFF = _classifier(
    {"11": "1,00 stavka", "12": "0,75 stavka", "13": "0,50 stavka", "14": "0,25 stavka"}
)
EMPLOYEE_STATUS = _classifier(
    {"11": "Ishlamoqda", "12": "Ta’tilda", "13": "Xizmat safarida", "14": "Bo‘shagan"}
)
EMPLOYEE_TYPE = _classifier(
    {
        "10": "Boshqa",
        "11": "Ma’muriy xodim",
        "12": "Professor-o‘qituvchi xodim",
        "13": "O‘quv-yordamchi va texnik xodim",
        "14": "Xizmat ko‘rsatuvchi xodim",
    }
)
STAFF_POSITION = _classifier(
    {
        "11": "Stajer-o‘qituvchi",
        "12": "Assistent",
        "13": "Katta o‘qituvchi",
        "14": "Dotsent",
        "15": "Professor",
        "16": "Kafedra mudiri",
        "17": "Bo‘lim boshlig‘i",
        "20": "Rektor",
        "25": "Dekan",
        "26": "Dekan muovini",
        "34": "Tyutor",
    }
)
ACADEMIC_DEGREE = _classifier(
    {"10": "Darajasiz", "11": "Fan nomzodi, PhD", "12": "Fan doktori, DSc"}
)
ACADEMIC_RANK = _classifier(
    {"10": "Unvonsiz", "11": "Dotsent", "12": "Katta ilmiy xodim", "13": "Professor"}
)
