"""Makes the files of this folder: one for each row of the table of messy input.

It needs openpyxl for the workbooks. Read the .golden beside each file.
"""

import os
import zipfile
from datetime import datetime

import openpyxl

FOLDER = os.path.dirname(os.path.abspath(__file__))
HEAD = "id,title,start,end,timezone,expected_peak,unit\n"


def write(name, text, encoding="utf-8", newline="\r\n"):
    with open(os.path.join(FOLDER, name), "wb") as f:
        f.write(text.replace("\n", newline).encode(encoding))


def texts():
    cup = "cup,Fête d'été,2027-06-05 20:00,2027-06-05 23:00,Europe/Paris,3,x\n"
    write("encoding-bom.csv", HEAD + cup, "utf-8-sig")
    write("encoding-utf16le.csv", HEAD + cup, "utf-16")
    with open(os.path.join(FOLDER, "encoding-utf16be.csv"), "wb") as f:
        f.write(b"\xfe\xff" + (HEAD + cup).encode("utf-16-be"))
    write("encoding-utf16-without-bom.csv", HEAD + cup, "utf-16-le")
    write("encoding-windows1252.csv", HEAD + cup, "cp1252")
    write("encoding-old-mac-lines.csv", HEAD + cup, newline="\r")

    write("delimiter-semicolon.csv", (HEAD + cup).replace(",", ";").replace(";3;", ";1,5;"))
    write("delimiter-tab.csv", (HEAD + cup).replace(",", "\t"))
    write("delimiter-sep.csv", "sep=|\n" + (HEAD + cup).replace(",", "|"))
    write("delimiter-unquoted-comma.csv", HEAD + "cup,Cup, the big one,2027-06-05 20:00,2027-06-05 23:00,Europe/Paris,3,x\n")

    write("quotes-over-lines.csv", HEAD.replace("unit", "unit,notes") + 'a,A,2027-06-05 20:00,2027-06-05 23:00,UTC,3,x,"two\nlines, and ""quotes"""\n\nb,B,2027-06-05,2027-06-05 23:00,UTC,3,x,this is row 4\n')
    write("quotes-open.csv", HEAD + 'a,A,2027-06-05 20:00,2027-06-05 23:00,UTC,3,x\nb,"B,2027-06-06 20:00,2027-06-06 23:00,UTC,3,x\n')

    write("date-order-found.csv", HEAD + "a,A,03/04/2027 20:00,03/04/2027 23:00,UTC,3,x\nb,B,25/04/2027 8:30 PM,25/04/2027 11 pm,UTC,3,x\n")
    write("date-order-month-first.csv", HEAD + "a,A,03/04/27 20:00,03/04/27 23:00,UTC,3,x\nb,B,04/25/27 20:00,04/25/27 23:00,UTC,3,x\n")
    write("date-order-contradicts.csv", HEAD + "a,A,25/03/2027 20:00,25/03/2027 23:00,UTC,3,x\nb,B,03/04/2027 20:00,03/04/2027 23:00,UTC,3,x\nc,C,03/25/2027 20:00,03/25/2027 23:00,UTC,3,x\n")
    write("date-order-ambiguous.csv", HEAD + "a,A,2027-04-03 20:00,2027-04-03 23:00,UTC,3,x\nb,B,05/05/27 20:00,05/05/27 23:00,UTC,3,x\nc,C,03/04/27 20:00,03/04/27 23:00,UTC,3,x\nd,D,04/04/27 20:00,06/04/27 23:00,UTC,3,x\n")
    write("dates-in-words.csv", HEAD + 'a,A,"Sat 3 April 2027, 8:30 pm","April 3, 2027 23:00",UTC,3,x\nb,B,3. März 2027 20:30 Uhr,3. März 2027 23:00 Uhr,UTC,3,x\nc,C,mar. 2 mars 2027 20h30,2 mars 2027 23h,UTC,3,x\nd,D,2027/04/03 20:30,2027.04.03 23:00,UTC,3,x\ne,E,30-Feb-2027 20:00,2027-03-01 20:00,UTC,3,x\nf,F,soon,later,UTC,3,x\ng,G,2027-04-03T18:30:00Z,2027-04-03T23:00:00+02:00,Europe/Malta,3,x\n')

    write("timezone-missing.csv", "id,title,start,end,expected_peak,unit\na,A,2027-06-05 20:00,2027-06-05 23:00,3,x\nb,B,2027-06-06 20:00,2027-06-06 23:00,3,x\n")
    write("timezone-missing-in-a-row.csv", HEAD + "a,A,2027-06-05 20:00,2027-06-05 23:00,UTC,3,x\nb,B,2027-06-06 20:00,2027-06-06 23:00,,3,x\n")
    write("timezone-unknown.csv", HEAD + "a,A,2027-06-05 20:00,2027-06-05 23:00,W. Europe Standard Time,3,x\nb,B,2027-06-06 20:00,2027-06-06 23:00,Customized Time Zone,3,x\nc,C,2027-06-07 20:00,2027-06-07 23:00,Europe/Berln,3,x\n")

    write("dst-overlap.csv", HEAD + "a,A,2027-10-31 01:00,2027-10-31 02:30,Europe/Berlin,3,x\nb,B,2027-10-31 02:15,2027-10-31 04:00,Europe/Berlin,3,x\n")
    write("dst-gap.csv", HEAD + "a,A,2027-03-28 02:30,2027-03-28 05:00,Europe/Berlin,3,x\nb,B,2027-03-28 01:00,2027-03-28 02:00,Europe/Berlin,4,x\nc,C,2027-03-27 23:00,2027-03-28 02:45,Europe/Berlin,3,x\n")
    write("dst-recurring.csv", HEAD.replace("unit", "unit,recurrence") + "a,A,2026-03-15 02:30,2026-03-15 03:30,Europe/Berlin,3,x,FREQ=WEEKLY\nb,B,2026-03-15 12:30,2026-03-15 13:30,Europe/Berlin,3,x,weekly\n")
    write("hour-24.csv", HEAD + "a,A,2027-06-05 20:00,2027-06-05 24:00,UTC,3,x\nb,B,2027-06-06 22:00,24:00,UTC,3,x\nc,C,2027-06-07 22:00,2027-06-07 24:30,UTC,3,x\n")
    write("all-day.csv", HEAD + "a,A,2027-06-05,2027-06-06,UTC,3,x\nb,B,2027-06-10,,UTC,3,x\nc,C,2027-06-12,2027-06-12 20:00,UTC,3,x\n")
    write("status.csv", HEAD.replace("unit", "unit,status") + "a,A,2027-06-05 20:00,2027-06-05 21:00,UTC,3,x,CANCELLED\nb,B,2027-06-06 20:00,2027-06-06 21:00,UTC,3,x,vorläufig\nc,C,2027-06-07 20:00,2027-06-07 21:00,UTC,3,x,confirmd\n")
    write("id-duplicate.csv", HEAD + "a,A,2027-06-05 20:00,2027-06-05 21:00,UTC,3,x\nb,B,2027-06-06 20:00,2027-06-06 21:00,UTC,3,x\na,C,2027-06-07 20:00,2027-06-07 21:00,UTC,3,x\n")
    write("title-duplicate.csv", HEAD.replace("unit", "unit,brand") + "a,A,2027-06-05 20:00,2027-06-05 21:00,UTC,3,x,One\nb,A,2027-06-05 20:00,2027-06-05 21:00,UTC,3,x,Two\n")
    write("id-derived.csv", HEAD.replace("unit", "unit,brand") + ",Derby!,2027-06-05 20:00,2027-06-05 21:00,UTC,3,x,One\n,Derby!,2027-06-05 20:00,2027-06-05 21:00,UTC,3,x,Two\n,Derby!,2027-06-05 20:00,2027-06-05 21:00,UTC,3,x,One\n,,2027-06-05 20:00,2027-06-05 21:00,UTC,3,x,One\n")
    write("overlap.csv", HEAD.replace("unit", "unit,brand") + "a,A,2027-06-05 20:00,2027-06-05 22:00,UTC,3,x,One\nb,B,2027-06-05 21:00,2027-06-05 23:00,UTC,2,x,\nc,C,2027-06-05 21:00,2027-06-05 23:00,UTC,2,x,Two\n")
    write("rules.csv", HEAD.replace("unit", "unit,recurrence,except") + "a,A,2027-06-05 20:00,2027-06-05 21:00,UTC,3,x,FREQ=WEEKLY;BYDAY=SA,2027-06-12; 2027-06-19 20:00\nb,B,2027-06-06 20:00,2027-06-06 20:10,UTC,3,x,FREQ=MINUTELY,\nc,C,2027-06-07 20:00,2027-06-07 21:00,UTC,3,x,every other week,\nd,D,2027-06-08 10:00,2027-06-08 11:00,UTC,3,x,FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30,\ne,E,2027-06-09 20:00,2027-06-09 21:00,UTC,3,x,weekly,sometimes\n")
    write("instances-unknown.csv", HEAD.replace("unit", "unit,recurrence,except,also,moved") + "a,A,2027-06-05 20:00,2027-06-05 21:00,UTC,3,x,FREQ=WEEKLY;BYDAY=SA,2027-06-12; 2027-06-20; 2027-06-26 19:00,,\nb,B,2027-06-05 20:00,2027-06-05 21:00,UTC,3,x,weekly,2027-06-09 18:00,2027-06-09 18:00,2027-06-13T20:00>2027-06-14T20:00/2027-06-14T21:00\nc,C,2027-06-05 20:00,2027-06-05 21:00,UTC,3,x,FREQ=DAILY;COUNT=3,2007-06-05 20:00,,2027-07-01T20:00>2027-07-01T20:00/2027-07-01T23:00\nd,D,2027-06-08 20:00,2027-06-08 21:00,UTC,3,x,,2027-06-09,,\n")
    write("columns-missing-title.csv", "id,name of it,start,end,timezone,expected_peak,unit\na,A,2027-06-05 20:00,2027-06-05 21:00,UTC,lots,x\nb,B,soon,2027-06-05 21:00,UTC,3,x\nc,C,2027-06-05 20:00,2027-06-05 19:00,UTC,3,x\na,A,2027-06-05 20:00,2027-06-05 21:00,Nowhere,3,x\nd,D,2027-06-05 20:00,2027-06-05 21:00,UTC,3,x\nd,D,2027-06-06 20:00,2027-06-06 21:00,UTC,3,x\n")
    write("columns-missing-start.csv", "id,title,kick off,end,timezone,expected_peak,unit\na,A,05/06/2027 20:00,05/06/2027 21:00,UTC,lots,x\nb,B,06/06/2027 20:00,whenever,UTC,3,bananas\nc,,07/06/2027 20:00,07/06/2027 21:00,Nowhere,3,x\n")
    write("end-before-start.csv", HEAD + "a,A,2027-06-05 22:00,2027-06-05 02:00,UTC,3,x\nb,B,2027-06-06 20:00,2027-06-06 20:00,UTC,3,x\nc,C,2027-06-07 20:00,,UTC,3,x\n")
    write("past.csv", HEAD.replace("unit", "unit,recurrence") + "a,A,2025-06-05 22:00,2025-06-05 23:00,UTC,3,x,\nb,B,2025-06-06 20:00,2025-06-06 21:00,UTC,3,x,FREQ=DAILY;COUNT=9\nc,C,2025-06-06 20:00,2025-06-06 21:00,UTC,3,x,FREQ=DAILY\n")
    write("error-cell.csv", HEAD + "a,A,#N/A,2027-06-05 23:00,UTC,3,x\nb,B,2027-06-06 20:00,2027-06-06 23:00,UTC,#DIV/0!,x\n")
    write("formula-injection.csv", HEAD.replace("unit", "unit,notes") + "\"=HYPERLINK(\"\"http://x\"\")\",=1+1,soon,2027-06-05 23:00,UTC,3,x,@SUM(A1)\n'+b,'-B,2027-06-06 20:00,2027-06-06 23:00,UTC,3,x,''quoted\n")

    write("numbers.csv", HEAD.replace("unit", "unit,confidence") + "".join(
        f"{i},N{i},2027-06-{i + 1:02d} 20:00,2027-06-{i + 1:02d} 21:00,UTC,{peak},{unit},{sure}\n" for i, (peak, unit, sure) in enumerate([
            ("12k", "rps", "0.8"), ("1.5M", "rpm", "80%"), ("12 000", "players", "80"), ("\"12,000.5\"", "msg/s", "1"), ("3x", "", ""), ("×2.5", "", ""),
            ("12000 rps", "", ""), ("40", "pods", ""), ("2.5", "pods", ""), ("12", "bananas", ""), ("12", "", ""), ("0", "rps", ""), ("many", "rps", ""),
            ("12", "rps", "120"), ("12.000", "rps", ""), ("300%", "x", ""), ("-5", "rps", ""), ("1.000.0", "rps", ""), ("12", "conections", ""),
        ])))
    write("numbers-ambiguous.csv", HEAD + "a,A,2027-06-05 20:00,2027-06-05 21:00,UTC,12.000,rps\nb,B,2027-06-06 20:00,2027-06-06 21:00,UTC,\"12,000\",rps\n")
    write("numbers-comma.csv", (HEAD + "a,A,2027-06-05 20:00,2027-06-05 21:00,UTC,12.000,rps\nb,B,2027-06-06 20:00,2027-06-06 21:00,UTC,1§5,x\n").replace(",", ";").replace("§", ","))
    write("impact.csv", "id,title,start,end,timezone,expected_peak,unit,multiplier,floor,ramp_up,ramp_down,workloads,market\na,A,2027-06-05 20:00,2027-06-05 21:00,UTC,,,3,,30m,1 hour,team=payments tier=gold|silver,MT; DE\nb,B,2027-06-06 20:00,2027-06-06 21:00,UTC,5,rps,3,,,,,all\nc,C,2027-06-07 20:00,2027-06-07 21:00,UTC,,,,40,soon,,payments,\nd,D,2027-06-08 20:00,2027-06-08 21:00,UTC,,,,,,,,\n")

    write("google.csv", "Subject,Start Date,Start Time,End Date,End Time,All Day Event,Description,Location,Private\nCup,06/25/2027,8:00 PM,06/25/2027,11:30 PM,False,\"Line one\nline two\",Malta,True\nFair,07/01/2027,,07/02/2027,,True,,,False\nSlip,07/03/2027,8:00 PM,07/03/2027,,False,,,\n")
    write("google-described.csv", "Subject,Start Date,Start Time,End Date,End Time,Description\nCup,06/25/2027,8:00 PM,06/25/2027,11:30 PM,\"Final: see below\nExpected peak: 12k\nunit: rps\nbrand: Casino One\nramp-up: 30m\"\nFair,06/26/2027,8:00 PM,06/26/2027,11:30 PM,expected_peak: many<br>unit: x\n")
    outlook = ["Subject", "Start Date", "Start Time", "End Date", "End Time", "All day event", "Reminder on/off", "Reminder Date", "Reminder Time", "Meeting Organizer", "Required Attendees", "Optional Attendees", "Meeting Resources", "Billing Information", "Categories", "Description", "Location", "Mileage", "Priority", "Private", "Sensitivity", "Show time as"]
    rows = [["Cup", "6/25/2027", "8:00:00 PM", "6/25/2027", "11:30:00 PM", "False", "False", "6/25/2027", "7:45:00 PM", "Ana", "", "", "", "", "tournament", "x", "Malta", "", "Normal", "False", "Normal", "2"],
            ["Fair", "7/1/2027", "12:00:00 AM", "7/3/2027", "12:00:00 AM", "True", "False", "", "", "Ana", "", "", "", "", "fair", "", "", "", "Normal", "False", "Normal", "3"]]
    write("outlook.csv", "\n".join(",".join(f'"{v}"' for v in r) for r in [outlook] + rows) + "\n")
    write("outlook-italian.csv", "Oggetto;Data inizio;Ora inizio;Data fine;Ora fine;Giornata intera;Descrizione;Luogo\nTorneo;25/06/2027;20:00:00;25/06/2027;23:30:00;Falso;Finale;Roma\n", "cp1252")
    write("outlook-spanish.csv", "Asunto;Fecha de comienzo;Comienzo;Fecha de finalización;Finalización;Todo el día;Descripción;Ubicación\nTorneo;25/06/2027;20:00:00;25/06/2027;23:30:00;Falso;Final;Sevilla\n", "cp1252")
    write("outlook-portuguese.csv", "Assunto;Data de início;Hora de início;Data de término;Hora de término;Evento de dia inteiro;Descrição;Local\nTorneio;25/06/2027;20:00:00;25/06/2027;23:30:00;Falso;Final;Porto\n", "cp1252")
    write("columns-unknown.csv", "Our number,tittle,title,start,end,timezone,expected_peak,unit,\n1,x,A,2027-06-05 20:00,2027-06-05 21:00,UTC,3,x,aside\n")
    write("columns-missing.csv", "name,when,end,timezone\nA,2027-06-05 20:00,2027-06-05 21:00,UTC\n")
    write("columns-none.csv", "Plan for summer\nA,2027-06-05 20:00,2027-06-05 21:00,UTC\n")
    write("columns-twice.csv", "title,subject,start,end,timezone\nA,B,2027-06-05 20:00,2027-06-05 21:00,UTC\n")
    write("empty.csv", "id,title,start,end\n")
    write("nothing.csv", "")
    write("page.csv", "<html><body>You have to sign in</body></html>")


def book(name, fill, sheets=("Plan",)):
    b = openpyxl.Workbook()
    s = b.active
    s.title = sheets[0]
    for other in sheets[1:]:
        b.create_sheet(other)
    s.append(HEAD.strip().split(","))
    for i, key in enumerate("abcd"):
        s.append([key, key.upper(), datetime(2027, 6, 5 + i, 20, 0), datetime(2027, 6, 5 + i, 23, 0), "UTC", 3, "x"])
    fill(b, s)
    b.save(os.path.join(FOLDER, name))


def hidden(b, s):
    s.row_dimensions[3].hidden = True
    s.column_dimensions["F"].hidden = True


def formulas(b, s):
    s["F2"] = "=1+2"  # openpyxl calculates nothing: there is no value


def calculated(b, s):
    s["F2"] = "=1+2"


def errors(b, s):
    s["C2"] = "#REF!"
    s["F3"] = "#N/A"


def merged(b, s):
    s.merge_cells("E2:E4")
    s.merge_cells("F5:G5")


def above(b, s):
    s.insert_rows(1, 3)
    s["A1"] = "Plan for summer"
    s.merge_cells("A1:G1")


def other_sheets(b, s):
    b["Ideas"].append(["title", "start", "end"])
    b["Old"].sheet_state = "hidden"


def workbooks():
    book("hidden.xlsx", hidden)
    book("formula-without-value.xlsx", formulas)
    book("formula.xlsx", calculated)
    path = os.path.join(FOLDER, "formula.xlsx")
    with zipfile.ZipFile(path) as z:
        parts = {n: z.read(n) for n in z.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"<f>1+2</f><v></v>", b"<f>1+2</f><v>3</v>").replace(b"<f>1+2</f><v />", b"<f>1+2</f><v>3</v>")
    assert b"<v>3</v></c><c r=\"G2\"" in parts[sheet], parts[sheet][:2000]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for n, data in parts.items():
            z.writestr(n, data)
    book("error-cell.xlsx", errors)
    book("merged.xlsx", merged)
    book("above.xlsx", above)
    book("sheets.xlsx", other_sheets, ("Plan", "Ideas", "Old"))


texts()
workbooks()
