// Package html draws a replay's report as one page that needs no network: to be
// read on a screen, on a phone, on paper, and by a screen reader.
//
// What enters: a replay.Report with the runs that were recorded. What leaves:
// HTML with its style and its figures inside; every figure has a table beside it
// that says the same.
//
// What it refuses to do: it computes no figure of its own that a decision could
// be based on, it smooths no peak away however few pixels there are, and it says
// where Headstart is worse as it says where it is better.
package html
