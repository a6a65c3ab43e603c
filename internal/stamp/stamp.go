// Package stamp writes times as clients see them, wherever they leave the platform:
// RFC 3339, UTC, with milliseconds.
package stamp

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	v1 "github.com/go-json-experiment/json/v1"
)

// Form is the layout of a time.
const Form = "2006-01-02T15:04:05.000Z"

// Of is the time as text; "" for none.
func Of(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(Form)
}

var times = json.MarshalToFunc(func(enc *jsontext.Encoder, t time.Time) error {
	return enc.WriteToken(jsontext.String(t.UTC().Format(Form)))
})

// Marshal is json.Marshal of the standard library but for the times, however deep they
// are: those have the form, where the library would write nanoseconds. It is for
// structs of the domain that go out as they are.
func Marshal(v any) ([]byte, error) {
	return json.Marshal(v, v1.DefaultOptionsV1(), json.WithMarshalers(times))
}
