package stamp_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/stamp"
)

type inner struct {
	At    time.Time
	Until *time.Time
	Gone  time.Time `json:"gone,omitzero"`
}

type outer struct {
	inner
	Name  string
	List  []inner
	Raw   json.RawMessage
	None  []string
	Empty string `json:"empty,omitempty"`
}

func TestTimesHaveMillisecondsAndAllElseIsAsBefore(t *testing.T) {
	exact := time.Date(2026, 11, 29, 20, 0, 0, 123456789, time.FixedZone("", 19800))
	whole := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	v := outer{inner{At: exact, Until: &whole}, "<a> & é", []inner{{At: whole}}, json.RawMessage(`{"At":"2026-01-01T00:00:00.123456Z"}`), nil, ""}
	b, err := stamp.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"At":"2026-11-29T14:30:00.123Z","Until":"2026-01-01T00:00:00.000Z","Name":"\u003ca\u003e \u0026 é",` +
		`"List":[{"At":"2026-01-01T00:00:00.000Z","Until":null}],"Raw":{"At":"2026-01-01T00:00:00.123456Z"},"None":null}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
}

func TestOf(t *testing.T) {
	if got := stamp.Of(time.Time{}); got != "" {
		t.Errorf("no time is %q", got)
	}
	if got := stamp.Of(time.Date(2026, 1, 2, 3, 4, 5, 6_700_000, time.UTC)); got != "2026-01-02T03:04:05.006Z" {
		t.Error(got)
	}
}
