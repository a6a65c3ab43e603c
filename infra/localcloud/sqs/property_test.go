package sqs_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"pgregory.net/rapid"
)

// model is what a queue with a visibility timeout of 10 s should do.
type model struct {
	messages map[string]*modelled // by body
	sent     int
}

type modelled struct {
	group    string
	due      time.Time // visible from then on
	flight   bool      // received, and not deleted since
	receives int
	handle   *string
}

func (m *model) visible(now time.Time) map[string]int {
	groups := map[string]int{}
	for _, x := range m.messages {
		if !now.Before(x.due) {
			groups[x.group]++
		}
	}
	return groups
}

// inFlight is how many messages of a group are in flight.
func (m *model) inFlight(group string, now time.Time) int {
	n := 0
	for _, x := range m.messages {
		if x.group == group && x.flight && now.Before(x.due) {
			n++
		}
	}
	return n
}

const modelTimeout = 10 * time.Second

// Whatever is done to a queue: no message is lost before it is deleted, none is
// delivered while it is in flight, counts are right, and the next message comes
// from a group that has no more in flight than any other that waits.
func TestQueueProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(t)
		url := b.queue("jobs", map[string]string{"VisibilityTimeout": "10"})
		m := &model{messages: map[string]*modelled{}}
		rt.Repeat(map[string]func(*rapid.T){
			"send": func(rt *rapid.T) {
				group := rapid.SampledFrom([]string{"", "noisy", "noisy", "noisy", "a", "b"}).Draw(rt, "group")
				m.sent++
				body := fmt.Sprintf("%s-%d", group, m.sent)
				b.send(url, body, group)
				m.messages[body] = &modelled{group: group, due: b.clock.Now()}
			},
			"receive":    func(rt *rapid.T) { m.receive(rt, b, url, rapid.Int32Range(1, 4).Draw(rt, "n")) },
			"delete":     func(rt *rapid.T) { m.delete(rt, b, url) },
			"visibility": func(rt *rapid.T) { m.change(rt, b, url, rapid.Int32Range(0, 20).Draw(rt, "seconds")) },
			"advance": func(rt *rapid.T) {
				b.clock.Advance(time.Duration(rapid.IntRange(1, 8000).Draw(rt, "ms")) * time.Millisecond)
			},
			"restart": func(*rapid.T) {
				b.open()
				for _, x := range m.messages {
					x.due, x.flight = b.clock.Now(), false
				}
			},
		})
		b.clock.Advance(time.Minute)
		for len(m.messages) > 0 {
			before := len(m.messages)
			m.receive(rt, b, url, 10)
			m.delete(rt, b, url)
			if len(m.messages) == before {
				rt.Fatalf("%d messages were lost", before)
			}
		}
	})
}

func (m *model) receive(rt *rapid.T, b *bench, url string, n int32) {
	now := b.clock.Now()
	got := b.receive(url, n)
	for _, r := range got {
		groups := m.visible(now)
		x := m.messages[*r.Body]
		if x == nil {
			rt.Fatalf("%s was deleted and came back", *r.Body)
		}
		if now.Before(x.due) {
			rt.Fatalf("%s came while it was invisible", *r.Body)
		}
		mine := m.inFlight(x.group, now)
		for other := range groups {
			if theirs := m.inFlight(other, now); theirs < mine {
				rt.Fatalf("group %q with %d in flight was served before %q with %d", x.group, mine, other, theirs)
			}
		}
		x.receives++
		x.due, x.flight, x.handle = now.Add(modelTimeout), true, r.ReceiptHandle
		if count := r.Attributes["ApproximateReceiveCount"]; count != fmt.Sprint(x.receives) {
			rt.Fatalf("%s was received %d times, and the count is %s", *r.Body, x.receives, count)
		}
	}
	if left := len(m.visible(now)); len(got) < int(n) && left > 0 {
		rt.Fatalf("%d of %d messages came although %d groups have more", len(got), n, left)
	}
}

// delete removes one of the messages that were received, if it still has that handle.
func (m *model) delete(rt *rapid.T, b *bench, url string) {
	body := m.pick(rt)
	if body == "" {
		return
	}
	b.delete(url, types.Message{ReceiptHandle: m.messages[body].handle})
	delete(m.messages, body)
}

func (m *model) change(rt *rapid.T, b *bench, url string, seconds int32) {
	body := m.pick(rt)
	if body == "" {
		return
	}
	x := m.messages[body]
	_, err := b.client.ChangeMessageVisibility(context.Background(), &sdk.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: x.handle, VisibilityTimeout: seconds})
	now := b.clock.Now()
	if held := x.flight && now.Before(x.due); held != (err == nil) {
		rt.Fatalf("changing the visibility of %s: %v; in flight: %v", body, err, held)
	}
	if err == nil {
		x.due = now.Add(time.Duration(seconds) * time.Second)
		x.flight = seconds > 0
	}
}

// pick chooses a message that was received in this process.
func (m *model) pick(rt *rapid.T) string {
	var bodies []string
	for i := range m.sent {
		for _, group := range []string{"", "noisy", "a", "b"} {
			body := fmt.Sprintf("%s-%d", group, i+1)
			if x := m.messages[body]; x != nil && x.handle != nil {
				bodies = append(bodies, body)
			}
		}
	}
	if len(bodies) == 0 {
		return ""
	}
	return rapid.SampledFrom(bodies).Draw(rt, "message")
}

// A quiet group's message is served next, although another group has a thousand
// before it.
func TestNoisyNeighbour(t *testing.T) {
	b := newBench(t)
	url := b.queue("jobs", nil)
	for i := range 1000 {
		b.send(url, fmt.Sprint("noisy-", i), "noisy")
	}
	for range 5 {
		b.receive(url, 10)
	}
	b.send(url, "quiet", "quiet")
	if got := bodies(b.receive(url, 1)); len(got) != 1 || got[0] != "quiet" {
		t.Errorf("served %v before the quiet group", got)
	}
}
