// Makes a calendar with npm's ical.js, for the tests of calendar/intake.
const fs = require('node:fs');
const loaded = require('ical.js');
const ICAL = loaded.default ?? loaded;

const zone = new ICAL.Timezone({
  tzid: 'America/New_York',
  component: [
    'BEGIN:VTIMEZONE', 'TZID:America/New_York',
    'BEGIN:DAYLIGHT', 'TZOFFSETFROM:-0500', 'TZOFFSETTO:-0400', 'TZNAME:EDT', 'DTSTART:20070311T020000', 'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU', 'END:DAYLIGHT',
    'BEGIN:STANDARD', 'TZOFFSETFROM:-0400', 'TZOFFSETTO:-0500', 'TZNAME:EST', 'DTSTART:20071104T020000', 'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU', 'END:STANDARD',
    'END:VTIMEZONE',
  ].join('\r\n'),
});

const cal = new ICAL.Component(['vcalendar', [], []]);
cal.updatePropertyWithValue('prodid', '-//Promotions//ical.js//EN');
cal.updatePropertyWithValue('version', '2.0');
cal.addSubcomponent(zone.component);

const at = (text) => { const t = ICAL.Time.fromString(text); t.zone = zone; return t; };

function event(uid, summary, fields) {
  const e = new ICAL.Component('vevent');
  e.updatePropertyWithValue('uid', uid);
  e.updatePropertyWithValue('dtstamp', ICAL.Time.fromString('2026-02-20T08:00:00Z'));
  e.updatePropertyWithValue('summary', summary);
  for (const [name, value] of Object.entries(fields)) {
    const p = e.updatePropertyWithValue(name, value);
    if (value instanceof ICAL.Time && value.zone === zone) p.setParameter('tzid', 'America/New_York');
  }
  cal.addSubcomponent(e);
}

event('nightly@icaljs', 'Nightly stream, with a long title that has to be folded because it is longer than seventy-five bytes – 夜の配信', {
  dtstart: at('2026-03-06T22:00:00'), duration: ICAL.Duration.fromString('PT3H'),
  rrule: ICAL.Recur.fromString('FREQ=DAILY;COUNT=5'), description: 'multiplier: 2\nroom; one, two \\ three', sequence: 0,
});
event('nightly@icaljs', 'Nightly stream, with a long title that has to be folded because it is longer than seventy-five bytes – 夜の配信', {
  dtstart: at('2026-03-08T20:00:00'), duration: ICAL.Duration.fromString('PT4H'), 'recurrence-id': at('2026-03-08T22:00:00'),
  description: 'multiplier: 2', sequence: 1,
});
event('last@icaljs', 'Last Sunday of the month', {
  dtstart: at('2026-01-25T13:00:00'), dtend: at('2026-01-25T15:30:00'), rrule: ICAL.Recur.fromString('FREQ=MONTHLY;BYDAY=-1SU'),
  description: 'expected_peak: 500\nunit: connections',
});
event('day@icaljs', 'A day', { dtstart: ICAL.Time.fromDateString('2026-07-04'), description: 'multiplier: 4' });

fs.writeFileSync('by-icaljs.ics', cal.toString() + '\r\n');
