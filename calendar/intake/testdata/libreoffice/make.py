"""Makes the files of this folder with LibreOffice: see README.md.

It runs in a process of its own, started by make.sh, and drives Calc over UNO.
"""

import os
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.util import Date

FOLDER = os.path.dirname(os.path.abspath(__file__))


def connect(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(120):
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except Exception:  # it has not started yet
            time.sleep(0.5)
    raise SystemExit("LibreOffice did not start")


def properties(**values):
    made = []
    for name, value in values.items():
        p = PropertyValue()
        p.Name, p.Value = name, value
        made.append(p)
    return tuple(made)


class Book:
    def __init__(self, desktop, null_date=None):
        self.doc = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, properties(Hidden=True))
        if null_date:
            self.doc.NullDate = null_date
        self.sheet = self.doc.Sheets.getByIndex(0)
        self.sheet.Name = "Plan"

    def locale(self, language, country):
        l = uno.createUnoStruct("com.sun.star.lang.Locale")
        l.Language, l.Country = language, country
        self.doc.CharLocale = l
        return l

    def style(self, cell, code, locale=None):
        l = locale or uno.createUnoStruct("com.sun.star.lang.Locale")
        formats = self.doc.NumberFormats
        k = formats.queryKey(code, l, False)
        cell.NumberFormat = k if k != -1 else formats.addNew(code, l)

    def put(self, row, values, code=None, locale=None):
        for column, value in enumerate(values):
            cell = self.sheet.getCellByPosition(column, row)
            if isinstance(value, tuple):  # a formula in English and how it is shown
                cell.Formula = value[0]
                if value[1]:
                    self.style(cell, value[1], locale)
            elif isinstance(value, (int, float)):
                cell.Value = value
            else:
                cell.String = value

    def save(self, name, filter_name, options=""):
        url = "file://" + os.path.join(FOLDER, name)
        self.doc.storeToURL(url, properties(FilterName=filter_name, FilterOptions=options))

    def xlsx(self, name):
        self.save(name, "Calc MS Excel 2007 XML")

    def csv(self, name, separator, charset, language):
        # Separator, quote, character set, first line, columns, language, quote all texts, as shown.
        self.save(name, "Text - txt - csv (StarCalc)", f"{ord(separator)},34,{charset},1,,{language},false,true,false")

    def close(self):
        self.doc.close(True)


STAMP, DAY, CLOCK = "YYYY-MM-DD HH:MM", "YYYY-MM-DD", "HH:MM"


def day(y, m, d, code=DAY):
    return (f"=DATE({y};{m};{d})", code)


def at(y, m, d, hour, minute, code=STAMP):
    return (f"=DATE({y};{m};{d})+TIME({hour};{minute};0)", code)


def freeze(sheet, rows, columns):
    """Puts the values in the place of the formulas that made dates."""
    area = sheet.getCellRangeByPosition(0, 0, columns - 1, rows - 1)
    area.setDataArray(area.getDataArray())


def dates(desktop, name, null_date):
    b = Book(desktop, null_date)
    b.put(0, ["id", "title", "start", "end", "timezone", "expected_peak", "unit", "confidence"])
    b.put(1, ["sat", "Samstagsturnier", at(2027, 3, 27, 20, 0), at(2027, 3, 27, 23, 30), "Europe/Malta", 12000, "rps", ("=0.8", "0%")])
    b.put(2, ["days", "Messe", day(2027, 5, 1), day(2027, 5, 2), "Europe/Berlin", 1.5, "x", 1])
    b.put(3, ["night", "Mitternacht", at(2027, 6, 1, 0, 0), at(2027, 6, 1, 6, 0), "Europe/Berlin", 40, "pods", ""])
    freeze(b.sheet, 4, 8)
    b.xlsx(name)
    b.close()


def split(desktop):
    """Dates and times in columns of their own; 24:00; fractions."""
    b = Book(desktop)
    b.put(0, ["Subject", "Start Date", "Start Time", "End Date", "End Time", "Factor"])
    b.put(1, ["Derby", day(2027, 4, 3), ("=TIME(18;15;0)", CLOCK), day(2027, 4, 3), ("=1", "[HH]:MM"), 3])
    b.put(2, ["Cup", "2027-04-04", "18:15", "2027-04-04", "24:00", 2])
    freeze(b.sheet, 3, 6)
    b.xlsx("split.xlsx")
    b.close()


def cells(desktop):
    """Hidden rows and columns, merged cells, formulas, errors, other sheets."""
    b = Book(desktop)
    s = b.sheet
    s.getCellByPosition(0, 0).String = "Plan for spring"
    b.put(2, ["id", "title", "start", "end", "timezone", "brand", "expected_peak", "unit", "notes"])
    b.put(3, ["a", "First", at(2027, 3, 1, 10, 0), at(2027, 3, 1, 12, 0), "UTC", "Casino One", 100, "rps", "merged down"])
    b.put(4, ["b", "Second", at(2027, 3, 2, 10, 0), at(2027, 3, 2, 12, 0), "UTC", "", 100, "rps", ""])
    b.put(5, ["c", "Hidden", at(2027, 3, 3, 10, 0), at(2027, 3, 3, 12, 0), "UTC", "", 100, "rps", ""])
    b.put(6, ["d", "Across", at(2027, 3, 4, 10, 0), at(2027, 3, 4, 12, 0), "UTC", "Casino Two", 5, "rps", ""])
    b.put(7, ["e", "Error", at(2027, 3, 5, 10, 0), at(2027, 3, 5, 12, 0), "UTC", "", 0, "rps", ""])
    b.put(8, ["f", "Formula", at(2027, 3, 6, 10, 0), at(2027, 3, 6, 12, 0), "UTC", "", 0, "rps", ""])
    freeze(s, 9, 9)
    s.getCellByPosition(6, 7).Formula = "=1/0"
    s.getCellByPosition(6, 8).Formula = "=60*2"
    s.getCellRangeByName("F4:F5").merge(True)
    s.getCellRangeByName("F7:G7").merge(True)
    s.Rows.getByIndex(5).IsVisible = False
    s.Columns.getByIndex(8).IsVisible = False
    b.doc.Sheets.insertNewByName("Ideas", 1)
    ideas = b.doc.Sheets.getByIndex(1)
    for column, header in enumerate(["title", "start", "end"]):
        ideas.getCellByPosition(column, 0).String = header
    b.xlsx("cells.xlsx")
    b.close()


def localised(desktop, name, language, country, code, lcid, headers, texts):
    """A table as Outlook in a language names it, with the dates of its country."""
    b = Book(desktop)
    locale = b.locale(language, country)
    b.put(0, headers)
    b.put(1, [texts[0], day(2027, 3, 27, code), ("=TIME(20;0;0)", "HH:MM:SS"), day(2027, 3, 27, code), ("=TIME(23;30;0)", "HH:MM:SS"), texts[1], 1.5, "x", texts[2]], locale=locale)
    b.put(2, [texts[3], day(2027, 4, 2, code), ("=TIME(18;0;0)", "HH:MM:SS"), day(2027, 4, 3, code), ("=TIME(2;0;0)", "HH:MM:SS"), texts[1], 12000.5, "rps", "a;b \"c\"\nd"], locale=locale)
    freeze(b.sheet, 3, 9)
    for row in (1, 2):
        b.style(b.sheet.getCellByPosition(6, row), "0,0", locale)
    b.csv(name, ";", 1, lcid)  # 1 is Windows-1252
    b.close()


def main():
    desktop = connect(sys.argv[1])
    date = Date()
    date.Day, date.Month, date.Year = 1, 1, 1904
    dates(desktop, "dates-1900.xlsx", None)
    dates(desktop, "dates-1904.xlsx", date)
    split(desktop)
    cells(desktop)
    localised(desktop, "german.csv", "de", "DE", "TT.MM.JJJJ", 1031,
              ["Betreff", "Beginnt am", "Beginnt um", "Endet am", "Endet um", "Ganztägiges Ereignis", "Faktor", "Einheit", "Beschreibung"],
              ["Großes Turnier", "Falsch", "Für alle Märkte", "Nachtschicht"])
    localised(desktop, "french.csv", "fr", "FR", "JJ/MM/AAAA", 1036,
              ["Objet", "Début", "Début", "Fin", "Fin", "Journée entière", "Pic", "Unité", "Description"],
              ["Tournoi d'été", "Faux", "Marché français", "Soirée"])
    try:
        desktop.terminate()
    except Exception:  # it is gone before it answers
        pass


main()
