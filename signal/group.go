package signal

import "time"

// PartitionOffsets is one partition of a topic as the broker and the group
// coordinator know it. Offsets are Kafka's: the position of the next message.
type PartitionOffsets struct {
	Topic     string
	Partition int32
	Start     int64 // log start offset: the oldest message kept
	End       int64 // log end offset (high watermark)
	Committed int64 // next offset the group will read; -1 when it never committed
}

// GroupOffsets is everything read of one consumer group at one instant.
type GroupOffsets struct {
	At         time.Time
	Partitions []PartitionOffsets
	// Unread are partitions that belong to the answer and could not be read,
	// such as while their leader moves.
	Unread []UnreadPartition
	// Members is the number of live consumers; -1 when the broker cannot say.
	Members int
}

// UnreadPartition is one partition without an answer, and why.
type UnreadPartition struct {
	Topic     string
	Partition int32
	Why       string
}

// GroupBacklog is a consumer group's work in one place: what waits, what
// arrives and what is consumed.
type GroupBacklog struct {
	// Messages waiting, by the query's rules: without the partitions it
	// excludes.
	Messages int64
	// Waiting are all messages waiting, those of excluded partitions included;
	// equal to Messages when nothing is excluded. While it is above 0 the
	// group has work, whoever does it.
	Waiting int64
	// Arrival and Consumption are in messages per second over the last
	// interval. A partition whose rate this interval does not tell keeps its
	// last one: arrival across a log whose end fell, consumption across a first
	// commit, vanished commits and a commit moved back. A partition without
	// any rate yet, such as an added one, contributes nothing.
	Arrival     float64
	Consumption float64
	// Rated is false until every partition of an earlier reading has had both
	// rates; two readings normally suffice. Once true it stays so, except while a
	// partition's arrival could not be told for over a minute and more than one
	// reading, and when no partition with a rate is left. Arrival and
	// Consumption then are what was last known, and at least that of the
	// partitions that have a rate: they never fall to 0 for want of a count.
	Rated bool
	// Partitions the group reads, and how many of them have messages waiting.
	Partitions        int
	PartitionsWithLag int
	// Members is the number of live consumers; -1 when unknown.
	Members int
	// Notes are what a person should know of this reading: a recreated topic,
	// messages deleted by retention, a reset backwards, commits beyond the log
	// end, excluded partitions.
	Notes []string
}
