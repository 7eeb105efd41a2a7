// Package sqlite keeps what must last in one SQLite file: the embedded default,
// for one replica of Headstart.
//
// What enters and leaves is package store's. Every change is one transaction
// that is on disk before it is acknowledged (WAL, synchronous=FULL). Nothing is
// remembered between calls, so a second process on the same file, such as the
// command line beside the server, reads and writes safely; the two take turns.
// WAL needs memory shared between the processes: the file must be on a local
// disk, not on NFS or SMB.
//
// What machines learned is written by a connection of its own that does not wait
// for the disk (synchronous=NORMAL): it takes the file for milliseconds, and what
// people change is as sure as before.
//
// What it refuses to do: it never makes a new file where there was one, whatever
// state that is in; it reads and writes nothing while the file it opened, its WAL
// or their shared memory is not at its path; it opens no file of a newer program
// and none of another one; and it repairs nothing by itself.
package sqlite
