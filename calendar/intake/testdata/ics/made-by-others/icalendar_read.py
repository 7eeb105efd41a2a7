"""Writes what PyPI's icalendar and recurring-ical-events find in calendars."""

import json
from datetime import datetime, timezone

import recurring_ical_events
from icalendar import Calendar

FILES = ["by-icalendar.ics", "by-icaljs.ics", "written.ics", "../google.ics", "../outlook.ics"]


def text(t):
    if isinstance(t, datetime):
        return t.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return t.isoformat()


found = {}
for name in FILES:
    with open(name, "rb") as f:
        cal = Calendar.from_ical(f.read())
    rows = []
    for e in recurring_ical_events.of(cal).between((2026, 1, 1), (2027, 1, 1)):
        if str(e.get("status", "")).upper() != "CANCELLED":
            rows.append([str(e["uid"]), str(e["summary"]), text(e.start), text(e.end)])
    found[name] = sorted(rows)
with open("seen-by-icalendar.json", "w", encoding="utf-8") as f:
    json.dump(found, f, ensure_ascii=False, indent=1)
    f.write("\n")
