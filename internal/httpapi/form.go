package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/automatelanka/automatelanka/internal/fault"
	stamps "github.com/automatelanka/automatelanka/internal/stamp"
)

// Money is an amount in millionths of a US dollar; clients see dollars as a
// decimal number with six places.
type Money int64

// MarshalJSON writes dollars.
func (m Money) MarshalJSON() ([]byte, error) {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	return fmt.Appendf(nil, "%s%d.%06d", sign, m/1_000_000, m%1_000_000), nil
}

// UnmarshalJSON reads dollars.
func (m *Money) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return fmt.Errorf("%s is no amount in dollars", b)
	}
	if f < 0 {
		*m = Money(f*1e6 - 0.5)
	} else {
		*m = Money(f*1e6 + 0.5)
	}
	return nil
}

// Schema describes Money in the document.
func (Money) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeNumber, Description: "US dollars, with six decimal places."}
}

// Stamp is a time as clients see it: RFC 3339, UTC, milliseconds.
type Stamp time.Time

func (s Stamp) String() string { return time.Time(s).UTC().Format(stamps.Form) }

// MarshalJSON writes the time.
func (s Stamp) MarshalJSON() ([]byte, error) {
	return time.Time(s).UTC().AppendFormat(nil, `"`+stamps.Form+`"`), nil
}

// UnmarshalJSON reads any RFC 3339 time.
func (s *Stamp) UnmarshalJSON(b []byte) error {
	var t time.Time
	if err := json.Unmarshal(b, &t); err != nil {
		return err
	}
	*s = Stamp(t)
	return nil
}

// Schema describes Stamp in the document.
func (Stamp) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Description: "RFC 3339, UTC, with milliseconds."}
}

// stamp is a time that may be missing.
func stamp(t time.Time) *Stamp {
	if t.IsZero() {
		return nil
	}
	s := Stamp(t)
	return &s
}

// millis is a duration in whole milliseconds.
func millis(d time.Duration) int64 { return d.Milliseconds() }

// Raw is JSON that is passed on as it is.
type Raw = json.RawMessage

// rawOutput is an answer that is JSON already.
type rawOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func rawJSON(b []byte) *rawOutput { return &rawOutput{ContentType: "application/json", Body: b} }

// anyObject is the schema of a JSON object that is not described further.
func anyObject(about string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Description: about, AdditionalProperties: true}
}

// jsonFault says where a text is wrong that is no JSON, or not of the wanted form.
func jsonFault(b []byte, err error) *fault.Error {
	location, message := "body", "The body is not valid JSON."
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case len(bytes.TrimSpace(b)) == 0:
		message = "The body is empty; send JSON."
	case errors.As(err, &syntax):
		message = fmt.Sprintf("The body is not valid JSON at %s: %s.", position(b, syntax.Offset-1), syntax.Error())
	case errors.As(err, &typ):
		if typ.Field != "" {
			location = "body." + typ.Field
		}
		message = fmt.Sprintf("%s: a %s cannot be used here.", position(b, typ.Offset), typ.Value)
	}
	e := fault.Wrap(err, fault.Invalid, fault.CodeValidation, "%s", message)
	e.Fields = []fault.Field{{Location: location, Message: message}}
	return e
}

// position names the line and column, both from 1, of a byte.
func position(b []byte, offset int64) string {
	at := b[:max(0, min(offset, int64(len(b))))]
	line := 1 + bytes.Count(at, []byte{'\n'})
	column := len(at) - bytes.LastIndexByte(at, '\n')
	return fmt.Sprintf("line %d, column %d", line, column)
}

// valueFault is jsonFault for errors of package value.
func valueFault(b []byte, err error) *fault.Error {
	at, advice := int64(len(b)), "check for a missing comma, quote or bracket."
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		at = syntax.ByteOffset
		if strings.Contains(syntax.Err.Error(), "exceeded max depth") { // the package does not export it
			advice = "it is nested too deeply there."
		}
	}
	message := "The body is not valid JSON at " + position(b, at) + "; " + advice
	e := fault.Wrap(err, fault.Invalid, fault.CodeValidation, "%s", message)
	e.Fields = []fault.Field{{Location: "body", Message: message}}
	return e
}

func timeOf(s Stamp) time.Time { return time.Time(s).UTC() }
