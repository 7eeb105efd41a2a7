// Package intake reads schedules as people keep them: spreadsheets, calendar
// exports, JSON.
//
// What enters: the bytes of a file, and what its uploader said of it (a time
// zone, the order of day and month, what its columns are called). What leaves:
// calendar events, and every problem found, each with its place and the repair.
// The same bytes and options give the same result, within bounded time and
// memory, whatever the bytes are.
//
// An event without an id is given one that is made of its title, start and
// scope, so that the same row uploaded again is the same event. Rows are
// counted as the program counts that made the file: blank rows of a table and
// its header are counted, lines within quotes are not.
//
// What it refuses to do: it guesses no time zone and no date order, it drops no
// row in silence, and it applies nothing: a Result with errors is to be
// corrected and read again.
package intake
