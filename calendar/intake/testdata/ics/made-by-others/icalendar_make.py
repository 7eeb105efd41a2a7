"""Makes a calendar with PyPI's icalendar, for the tests of calendar/intake."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vRecur

STAMP = datetime(2026, 2, 20, 8, 0, tzinfo=timezone.utc)


def event(uid, summary, start, **more):
    e = Event()
    e.add("uid", uid)
    e.add("dtstamp", STAMP)
    e.add("summary", summary)
    e.add("dtstart", start)
    for name, value in more.items():
        e.add(name.replace("_", "-"), value)
    return e


malta, sydney = ZoneInfo("Europe/Malta"), ZoneInfo("Australia/Sydney")
cal = Calendar()
cal.add("prodid", "-//Promotions//icalendar//EN")
cal.add("version", "2.0")

weekly = event(
    "weekly@icalendar", "Friday; night, \\ league – “final”", datetime(2026, 3, 6, 22, 0, tzinfo=malta),
    dtend=datetime(2026, 3, 7, 4, 0, tzinfo=malta), description="expected_peak: 12000 rps\nAsk Dana; or Ünal, " + "really " * 20,
    rrule=vRecur.from_ical("FREQ=WEEKLY;BYDAY=FR;UNTIL=20260515T200000Z"), categories=["tournament", "weekly"],
    exdate=[datetime(2026, 4, 3, 22, 0, tzinfo=malta)], rdate=[datetime(2026, 3, 11, 22, 0, tzinfo=malta)],
)
alarm = Alarm()
alarm.add("action", "DISPLAY")
alarm.add("trigger", timedelta(minutes=-15))
weekly.add_component(alarm)
moved = event(
    "weekly@icalendar", "Friday; night, \\ league – “final”", datetime(2026, 3, 28, 23, 30, tzinfo=malta),
    dtend=datetime(2026, 3, 29, 5, 0, tzinfo=malta), description="expected_peak: 12000 rps", categories=["tournament"],
    recurrence_id=datetime(2026, 3, 27, 22, 0, tzinfo=malta), sequence=1,
)
for e in (
    weekly,
    moved,
    event("days@icalendar", "A weekend", date(2026, 6, 6), dtend=date(2026, 6, 8), description="multiplier: 2"),
    event("far@icalendar", "Sydney", datetime(2026, 4, 4, 20, 0, tzinfo=sydney), duration=timedelta(hours=8), description="floor: 40",
          rrule=vRecur.from_ical("FREQ=DAILY;COUNT=3")),
    event("utc@icalendar", "In UTC", datetime(2026, 5, 5, 18, 0, tzinfo=timezone.utc), dtend=datetime(2026, 5, 5, 20, 0, tzinfo=timezone.utc),
          description="multiplier: 3", status="TENTATIVE"),
):
    cal.add_component(e)
cal.add_missing_timezones()
with open("by-icalendar.ics", "wb") as f:
    f.write(cal.to_ical())
