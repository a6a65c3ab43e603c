package dynamostore

import (
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/klauspost/compress/zstd"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
)

func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func (e *expression) Number(name string, n int64) { e.Set(name, num(n)) }

// millis is the form of times in items; 0 is the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func getStr(a attrs, name string) string {
	if s, ok := a[name].(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

func getNum(a attrs, name string) int64 {
	if n, ok := a[name].(*types.AttributeValueMemberN); ok {
		v, _ := strconv.ParseInt(n.Value, 10, 64)
		return v
	}
	return 0
}

func getBool(a attrs, name string) bool {
	b, ok := a[name].(*types.AttributeValueMemberBOOL)
	return ok && b.Value
}

func getBin(a attrs, name string) []byte {
	if b, ok := a[name].(*types.AttributeValueMemberB); ok {
		return b.Value
	}
	return nil
}

func getMap(a attrs, name string) attrs {
	if m, ok := a[name].(*types.AttributeValueMemberM); ok {
		return m.Value
	}
	return nil
}

// Claims and retries are packed into short strings: the control item is written
// several times a run and should stay within one kilobyte.

func packClaim(c execution.Claim) types.AttributeValue {
	safe := "u"
	if c.Safe {
		safe = "s"
	}
	held := 0 // for how long, in milliseconds
	if !c.StartedAt.IsZero() {
		held = int(millis(c.Deadline) - millis(c.StartedAt))
	}
	return str(strings.Join([]string{
		c.Token, strconv.Itoa(c.Attempt), counted(strconv.FormatInt(millis(c.Deadline), 10), held), counted(safe, c.Asked), strconv.Itoa(c.Run), c.Node,
	}, "|"))
}

// counted adds a number to a word, if it is not 0.
func counted(word string, n int) string {
	if n == 0 {
		return word
	}
	return word + "+" + strconv.Itoa(n)
}

// uncounted parts what counted joined.
func uncounted(s string) (word string, n int) {
	word, count, _ := strings.Cut(s, "+")
	return word, atoi(count)
}

func unpackClaim(s string) execution.Claim {
	p := strings.SplitN(s, "|", 6)
	if len(p) < 6 {
		return execution.Claim{}
	}
	safe, asked := uncounted(p[3])
	until, held := uncounted(p[2])
	c := execution.Claim{Token: p[0], Attempt: atoi(p[1]), Deadline: packedTime(until), Safe: safe == "s", Run: atoi(p[4]), Node: p[5], Asked: asked}
	if held > 0 {
		c.StartedAt = c.Deadline.Add(-time.Duration(held) * time.Millisecond)
	}
	return c
}

func packRetry(r execution.Pending) types.AttributeValue {
	return str(strings.Join([]string{strconv.Itoa(r.Attempt), strconv.FormatInt(millis(r.At), 10), counted(string(r.Code), r.Asked), strconv.Itoa(r.Run), r.Node}, "|"))
}

func unpackRetry(s string) execution.Pending {
	p := strings.SplitN(s, "|", 5)
	if len(p) < 5 {
		return execution.Pending{}
	}
	code, asked := uncounted(p[2])
	return execution.Pending{Attempt: atoi(p[0]), At: packedTime(p[1]), Code: fault.Code(code), Run: atoi(p[3]), Node: p[4], Asked: asked}
}

func packedTime(s string) time.Time {
	ms, _ := strconv.ParseInt(s, 10, 64)
	return fromMillis(ms)
}

// Payloads are zstd frames. The fastest level is the best here: most payloads
// are a few hundred bytes, and what counts is the time a run takes.
var (
	zenc, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	zdec, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxPayload))
)

// maxPayload bounds what one compressed payload may unfold to, in bytes.
const maxPayload = 512 << 20

func pack(b []byte) []byte { return zenc.EncodeAll(b, make([]byte, 0, len(b)/2+32)) }

func unpack(b []byte) ([]byte, error) { return zdec.DecodeAll(b, nil) }
