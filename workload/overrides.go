package workload

import (
	"strconv"
	"strings"
)

// String lists what is changed as the metadata's keys and values, in one fixed
// order: "minReplicas=2 topic=deposits". It is empty for the zero value and
// different for any two different Overrides that ParseTrigger returns.
func (o Overrides) String() string {
	var set []string
	number := func(key string, n Override) {
		if n.Set {
			set = append(set, key+"="+strconv.Itoa(int(n.Value)))
		}
	}
	text := func(key, value string) {
		if value != "" {
			if strings.ContainsAny(value, " \"\\") {
				value = strconv.Quote(value)
			}
			set = append(set, key+"="+value)
		}
	}
	number(keyMinReplicas, o.Min)
	number(keyMaxReplicas, o.Max)
	text(keyMode, o.Mode)
	text(keyConsumerGroup, o.ConsumerGroup)
	text(keyTopic, o.Topic)
	return strings.Join(set, " ")
}
