package traffic

import (
	"encoding/binary"
	"hash/crc32"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxBatch is how many empty records are sure to fit into a broker's largest
// message of a megabyte: each takes at most 9 bytes.
const maxBatch = 100_000

type encodedRecords struct {
	bytes []byte
	ends  []int // of each record in bytes
}

// records are maxBatch empty records as a batch encodes them. All batches hold
// the same ones, so a million messages cost no more than copying 9 MB.
var records = sync.OnceValue(func() (encoded encodedRecords) { //nolint:gochecknoglobals // the same for every batch
	for i := range int32(maxBatch) {
		var r []byte
		r = append(r, 0)            // attributes
		r = kbin.AppendVarint(r, 0) // time since the batch's
		r = kbin.AppendVarint(r, i) // offset since the batch's
		r = kbin.AppendVarint(r, -1)
		r = kbin.AppendVarint(r, 0) // no key, and a value without bytes
		r = kbin.AppendVarint(r, 0) // headers
		encoded.bytes = kbin.AppendVarint(encoded.bytes, int32(len(r)))
		encoded.bytes = append(encoded.bytes, r...)
		encoded.ends = append(encoded.ends, len(encoded.bytes))
	}
	return encoded
})

// batch is up to maxBatch records as a produce request carries them (format 2,
// KIP-98).
func batch(n int, at time.Time) []byte {
	all := records()
	b := kmsg.RecordBatch{
		PartitionLeaderEpoch: -1, Magic: 2,
		LastOffsetDelta: int32(n - 1), NumRecords: int32(n),
		FirstTimestamp: at.UnixMilli(), MaxTimestamp: at.UnixMilli(),
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1,
		Records: all.bytes[:all.ends[n-1]],
	}
	// The length is that of what follows it, and the checksum is over what
	// follows the checksum.
	const header, pastLength, pastSum = 61, 12, 21
	b.Length = int32(header - pastLength + len(b.Records))
	raw := b.AppendTo(make([]byte, 0, header+len(b.Records)))
	sum := crc32.Checksum(raw[pastSum:], crc32.MakeTable(crc32.Castagnoli))
	binary.BigEndian.PutUint32(raw[pastSum-4:], sum)
	return raw
}
