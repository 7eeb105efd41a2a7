package kafka

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	clientID = "headstart"
	// largestResponse bounds what we take in at once. What answers with more
	// is no Kafka broker: "HTTP" read as a size is 1.2 GB.
	largestResponse = 256 << 20
	// window is how many requests are on their way at once on a connection.
	// Both sides' socket buffers hold this many small ones, so that neither
	// waits for the other to read.
	window = 64
)

// conn is one negotiated connection to a broker. It is used by one goroutine
// at a time.
type conn struct {
	pc       *protocol.Conn
	versions map[int16]versionRange // by API key
	sent     *atomic.Uint64
	serial   int32
}

// versionRange is what a broker offers of one API.
type versionRange struct{ low, high int16 }

// best returns the highest version both sides know, or false.
func (c *conn) best(key, low, high int16) (int16, bool) {
	offered, ok := c.versions[key]
	v := min(offered.high, high)
	return v, ok && v >= max(offered.low, low)
}

// ask sends one of kafka-go's own messages and returns its answer.
func (c *conn) ask(request protocol.Message) (protocol.Message, error) {
	key := request.ApiKey()
	if c.versions != nil {
		if _, ok := c.best(int16(key), key.MinVersion(), key.MaxVersion()); !ok {
			return nil, unsupported(key.String())
		}
	}
	c.sent.Add(1)
	return c.pc.RoundTrip(request)
}

func unsupported(api string) error {
	return refused(nil, "the broker has no version of %s that we speak (versions it supports ended before, or start after, ours)", api)
}

// askEach sends requests that kafka-go has no tables for, several on their
// way at once, and returns their answers in order. The requests have their
// versions set.
func (c *conn) askEach(requests []kmsg.Request) ([]kmsg.Response, error) {
	answers := make([]kmsg.Response, 0, len(requests))
	header := kmsg.NewRequestFormatter(kmsg.FormatterClientID(clientID))
	for len(requests) > 0 {
		batch := requests[:min(window, len(requests))]
		requests = requests[len(batch):]
		first := c.serial
		var out []byte
		for _, r := range batch {
			out = append(out, header.AppendRequest(nil, r, c.serial)...)
			c.serial++
		}
		c.sent.Add(uint64(len(batch)))
		if _, err := c.pc.Write(out); err != nil {
			return nil, err
		}
		for i, r := range batch {
			answer, err := c.receive(r, first+int32(i))
			if err != nil {
				return nil, err
			}
			answers = append(answers, answer)
		}
	}
	return answers, nil
}

// askOne sends a single such request.
func (c *conn) askOne(request kmsg.Request) (kmsg.Response, error) {
	answers, err := c.askEach([]kmsg.Request{request})
	if err != nil {
		return nil, err
	}
	return answers[0], nil
}

// receive reads one response: size, correlation id, tags when flexible, body.
func (c *conn) receive(request kmsg.Request, serial int32) (kmsg.Response, error) {
	var head [4]byte
	if _, err := io.ReadFull(c.pc, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size < 4 || size > largestResponse {
		return nil, refused(nil, "what answers there is not a Kafka broker: its first bytes are %q", head[:])
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(c.pc, body); err != nil {
		return nil, err
	}
	if got := int32(binary.BigEndian.Uint32(body)); got != serial {
		return nil, fmt.Errorf("answer %d came for request %d", got, serial)
	}
	body = body[4:]
	if request.IsFlexible() {
		var err error
		if body, err = skipTags(body); err != nil {
			return nil, err
		}
	}
	response := request.ResponseKind()
	if err := response.ReadFrom(body); err != nil {
		return nil, fmt.Errorf("decode answer to %s v%d: %w", kmsg.NameForKey(request.Key()), request.GetVersion(), err)
	}
	return response, nil
}

var errTags = errors.New("decode answer: its header's tags are cut short")

// skipTags drops the tagged fields of a flexible header (KIP-482): a count,
// then a tag, a size and that many bytes for each.
func skipTags(b []byte) ([]byte, error) {
	count, n := binary.Uvarint(b)
	if n <= 0 {
		return nil, errTags
	}
	b = b[n:]
	for range min(count, uint64(len(b))) {
		_, tag := binary.Uvarint(b)
		if tag <= 0 {
			return nil, errTags
		}
		size, width := binary.Uvarint(b[tag:])
		if width <= 0 || size > uint64(len(b)-tag-width) {
			return nil, errTags
		}
		b = b[tag+width+int(size):]
	}
	return b, nil
}
