package signal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// PartitionSet is KEDA's partitionLimitation as a value: the partitions of a
// topic a query is limited to. The zero PartitionSet holds every partition.
type PartitionSet struct {
	spans []span // sorted, apart by at least one partition
}

// span is the partitions first to last, both included.
type span struct{ first, last int32 }

// ParsePartitions reads a list of partitions and ranges such as "0-3,7".
// Spaces around numbers are allowed, and order and overlaps do not matter.
// Empty text is the set of all partitions. An error names the item at fault
// and its position, from 1.
func ParsePartitions(text string) (PartitionSet, error) {
	if strings.TrimSpace(text) == "" {
		return PartitionSet{}, nil
	}
	var spans []span
	for i, item := range strings.Split(text, ",") {
		s, err := parseSpan(strings.TrimSpace(item))
		if err != nil {
			return PartitionSet{}, fmt.Errorf("partitions %q, item %d: %w", text, i+1, err)
		}
		spans = append(spans, s)
	}
	return PartitionSet{spans: merge(spans)}, nil
}

func parseSpan(item string) (span, error) {
	if item == "" {
		return span{}, fmt.Errorf("is empty; write numbers and ranges as 0-3,7")
	}
	low, high, isRange := strings.Cut(item, "-")
	first, err := parsePartition(strings.TrimSpace(low))
	if err != nil || !isRange {
		return span{first, first}, err
	}
	last, err := parsePartition(strings.TrimSpace(high))
	if err != nil {
		return span{}, err
	}
	if last < first {
		return span{}, fmt.Errorf("the range %s runs backwards; write %d-%d", item, last, first)
	}
	return span{first, last}, nil
}

func parsePartition(digits string) (int32, error) {
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("%q is no partition; write a whole number from 0 to 2147483647", digits)
	}
	return int32(n), nil
}

func merge(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return int(int64(a.first) - int64(b.first)) })
	merged := spans[:1]
	for _, s := range spans[1:] {
		last := &merged[len(merged)-1]
		if int64(s.first) <= int64(last.last)+1 {
			last.last = max(last.last, s.last)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// All reports whether the set holds every partition.
func (p PartitionSet) All() bool { return len(p.spans) == 0 }

// Has reports whether the set holds a partition.
func (p PartitionSet) Has(partition int32) bool {
	if p.All() {
		return true
	}
	i, found := slices.BinarySearchFunc(p.spans, partition, func(s span, n int32) int {
		return int(int64(s.first) - int64(n))
	})
	return found || i > 0 && partition <= p.spans[i-1].last
}

// String is the normal form, which ParsePartitions reads back to an equal
// set: sorted, overlaps merged, "" for all. It is what belongs in
// ConsumerGroup.Partitions, so that equal limits make equal queries.
func (p PartitionSet) String() string {
	items := make([]string, len(p.spans))
	for i, s := range p.spans {
		items[i] = strconv.Itoa(int(s.first))
		if s.last > s.first {
			items[i] += "-" + strconv.Itoa(int(s.last))
		}
	}
	return strings.Join(items, ",")
}
