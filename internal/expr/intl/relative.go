package intl

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

//go:embed relative.json.gz
var packedRelative []byte

// relativeData is how distances in time are written.
type relativeData struct {
	Of   map[string]int  `json:"of"` // by locale, its place in the list
	List []relativeTexts `json:"list"`
}

// relativeTexts are those of some locales. Forms of plurals are numbered.
type relativeTexts struct {
	Whole string                  `json:"whole"` // the form of each number from 0 to 199, a digit each; those above repeat the second hundred
	Part  int                     `json:"part"`  // the form of numbers that are not whole
	Units map[string]relativeUnit `json:"units"`
}

// relativeUnit are the texts of a unit, with {0} for the number.
type relativeUnit struct {
	Next  map[string]string `json:"next"`  // by the form
	Last  map[string]string `json:"last"`  // likewise
	Words map[string]string `json:"words"` // by the number: yesterday
}

var relatives = sync.OnceValue(func() *relativeData {
	z, err := gzip.NewReader(bytes.NewReader(packedRelative))
	if err != nil {
		panic(err) // the data is part of the program
	}
	d := &relativeData{}
	if err := json.NewDecoder(z).Decode(d); err != nil {
		panic(err)
	}
	return d
})

// Relative writes a distance in time: in 3 days, 2 hours ago; auto: yesterday.
func Relative(tag string, auto bool, n float64, unit string) (string, error) {
	l, err := find(tag)
	if err != nil {
		return "", err
	}
	d := relatives()
	texts := d.List[d.Of[l.tag]]
	u, ok := texts.Units[strings.TrimSuffix(unit, "s")]
	if !ok {
		return "", fmt.Errorf("invalid unit argument for format() '%s'", unit)
	}
	if word := u.Words[strconv.FormatFloat(n+0, 'f', -1, 64)]; auto && word != "" {
		return word, nil
	}
	amount, err := NewNumber(tag).Format(math.Abs(n))
	if err != nil {
		return "", err
	}
	templates := u.Next
	if math.Signbit(n) {
		templates = u.Last
	}
	return strings.Replace(templates[texts.form(math.Abs(n))], "{0}", amount, 1), nil
}

// form is the form of the plural that a number takes.
func (t *relativeTexts) form(n float64) string {
	switch {
	case n != math.Trunc(n) || math.IsInf(n, 0):
		return strconv.Itoa(t.Part)
	case n >= 200:
		n = 100 + math.Mod(n, 100)
	}
	return t.Whole[int(n) : int(n)+1]
}
