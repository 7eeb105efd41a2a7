// Writes what npm's ical.js finds in calendars, by the zones that they bring.
const fs = require('node:fs');
const loaded = require('ical.js');
const ICAL = loaded.default ?? loaded;

// Not by-icalendar.ics: of a list of RDATEs in a VTIMEZONE ical.js reads the first.
const files = ['by-icaljs.ics', 'written.ics', '../google.ics', '../outlook.ics'];
const text = (t) => (t.isDate ? t.toString() : t.toJSDate().toISOString().replace('.000', ''));
const from = '2026-01-01', to = '2027-01-01';

const found = {};
for (const file of files) {
  const root = new ICAL.Component(ICAL.parse(fs.readFileSync(file, 'utf8').replace(/^\ufeff/, '')));
  ICAL.TimezoneService.reset();
  for (const z of root.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(new ICAL.Timezone(z));
  const rows = [];
  const add = (e, start, end) => {
    const status = e.component.getFirstPropertyValue('status');
    if (text(start) >= from && text(start) < to && String(status).toUpperCase() !== 'CANCELLED') rows.push([e.uid, e.summary, text(start), text(end)]);
  };
  const events = root.getAllSubcomponents('vevent').map((v) => new ICAL.Event(v, { exceptions: [] }));
  for (const e of events.filter((e) => !e.isRecurrenceException())) {
    if (!e.isRecurring()) { add(e, e.startDate, e.endDate); continue; }
    events.filter((x) => x.isRecurrenceException() && x.uid === e.uid).forEach((x) => e.relateException(x));
    const it = e.iterator();
    for (let t = it.next(), n = 0; t && n < 2000 && text(t) < to; t = it.next(), n++) {
      const d = e.getOccurrenceDetails(t);
      add(d.item, d.startDate, d.endDate);
    }
  }
  found[file] = rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
fs.writeFileSync('seen-by-icaljs.json', JSON.stringify(found, null, 1) + '\n');
