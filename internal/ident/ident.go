// Package ident is the one door through which identifiers and chance enter the
// program. An id is a prefix, an underscore and a ULID, so ids of one kind sort
// by the time of their making. Each kind has a Go type of its own, so that a
// workflow's id cannot be passed where an execution's is wanted.
package ident

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// The kinds of ids, one Go type each.
type (
	Tenant     string
	Member     string
	Workflow   string
	Execution  string
	Key        string
	Credential string
	Schedule   string
	Template   string
	// Registration is of a trigger's address at the service that calls it.
	Registration string
	// DataTable is of a table of rows that workflows keep.
	DataTable string
)

// The prefixes by which a reader recognises the kind of an id.
const (
	PrefixTenant       = "ten"
	PrefixMember       = "mem"
	PrefixWorkflow     = "wf"
	PrefixExecution    = "exe"
	PrefixKey          = "key"
	PrefixCredential   = "cred"
	PrefixSchedule     = "sch"
	PrefixTemplate     = "tpl"
	PrefixRegistration = "reg"
	PrefixDataTable    = "dtb"
)

// New makes an id of the given prefix, stamped with now. Ids of one millisecond
// are ordered by chance.
func New(prefix string, now time.Time) string {
	return prefix + "_" + ulid.MustNew(ulid.Timestamp(now), rand.Reader).String()
}

// Derived makes the id that belongs to a cause (a schedule's tick, a webhook
// delivery): the same prefix, time and cause always give the same id, so that a
// repeated attempt collides with the first.
func Derived(prefix string, at time.Time, cause ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(cause, "\x00")))
	var id ulid.ULID
	_ = id.SetTime(ulid.Timestamp(at))
	_ = id.SetEntropy(sum[:10])
	return prefix + "_" + id.String()
}

// Valid reports whether id has the prefix and the form of an id made here.
func Valid(prefix, id string) bool {
	rest, ok := strings.CutPrefix(id, prefix+"_")
	if !ok {
		return false
	}
	_, err := ulid.ParseStrict(rest)
	return err == nil
}

// Time returns the moment an id was made, to the millisecond; the zero time if
// id is not one of ours.
func Time(id string) time.Time {
	_, rest, _ := strings.Cut(id, "_")
	u, err := ulid.ParseStrict(rest)
	if err != nil {
		return time.Time{}
	}
	return ulid.Time(u.Time()).UTC()
}

// Secret returns 256 random bits as text that is safe in URLs.
func Secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b)
}

// Token returns 80 random bits as text: names one claim, lease or attempt.
func Token() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// Fraction returns a random number in [0, 1): the jitter of retries.
func Fraction() float64 {
	b := make([]byte, 7)
	_, _ = rand.Read(b)
	var n uint64
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return float64(n>>3) / (1 << 53)
}

// Floor is the least id of the prefix made at or after t: a bound for ranges of ids.
func Floor(prefix string, t time.Time) string {
	var id ulid.ULID
	_ = id.SetTime(ulid.Timestamp(t))
	return prefix + "_" + id.String()
}

// Bytes returns n random bytes.
func Bytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}
