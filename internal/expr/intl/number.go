package intl

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// numberData is how a locale writes numbers.
type numberData struct {
	Decimal string              `json:"decimal"`
	Group   string              `json:"group"`
	Minus   string              `json:"minus"`
	Plus    string              `json:"plus"`
	First   int                 `json:"first"` // digits of the last group
	Rest    int                 `json:"rest"`  // digits of the groups before it
	Least   int                 `json:"least"` // digits before the last group from which groups are made
	Percent []string            `json:"percent"`
	Money   map[string][]string `json:"money"` // before and behind a positive, then a negative amount
}

// Number is what Intl.NumberFormat is told. Counts are -1 where they are not given.
type Number struct {
	Locale                         string
	Style                          string // decimal, percent, currency, unit
	Currency, CurrencyDisplay      string
	Unit, UnitDisplay              string
	Notation                       string
	SignDisplay                    string
	NoGrouping                     bool
	MinInteger                     int
	MinFraction, MaxFraction       int
	MinSignificant, MaxSignificant int
}

// NewNumber returns the options without any that is given.
func NewNumber(locale string) Number {
	return Number{Locale: locale, Style: "decimal", MinInteger: -1, MinFraction: -1, MaxFraction: -1, MinSignificant: -1, MaxSignificant: -1}
}

// Format writes n.
func (o Number) Format(n float64) (string, error) {
	l, err := find(o.Locale)
	if err != nil {
		return "", err
	}
	if o.Notation == "compact" {
		return o.compact(n)
	}
	if o.Notation != "" && o.Notation != "standard" {
		return "", fmt.Errorf("the notation %q is not supported", o.Notation)
	}
	negative := math.Signbit(n) && !math.IsNaN(n)
	if o.Style == "percent" {
		n *= 100
	}
	body, zero, err := o.body(&l.Number, math.Abs(n))
	if err != nil {
		return "", err
	}
	sign := o.sign(&l.Number, negative, zero, math.IsNaN(n))
	return o.dress(&l.Number, body, sign)
}

// fractions are the least and most digits behind the point.
func (o Number) fractions() (least, most int) {
	least, most = 0, 3
	switch o.Style {
	case "percent":
		most = 0
	case "currency":
		least = 2
		if d, ok := data().Digits[strings.ToUpper(o.Currency)]; ok {
			least = d
		}
		most = least
	}
	if o.MinFraction >= 0 {
		least = o.MinFraction
		most = max(most, least)
	}
	if o.MaxFraction >= 0 {
		most = o.MaxFraction
		if o.MinFraction < 0 {
			least = min(least, most)
		}
	}
	return least, most
}

// body writes a number that is not negative, without sign or unit.
func (o Number) body(l *numberData, n float64) (text string, zero bool, err error) {
	switch {
	case math.IsNaN(n):
		return "NaN", false, nil
	case math.IsInf(n, 0):
		return "∞", false, nil
	}
	least, most := o.fractions()
	if least > most || most > 100 || o.MaxSignificant > 21 || o.MinInteger > 21 {
		return "", false, fmt.Errorf("a number of digits is out of range")
	}
	digits := strconv.FormatFloat(n, 'f', -1, 64)
	if o.MaxSignificant > 0 || o.MinSignificant > 0 {
		digits = significant(digits, max(o.MinSignificant, 1), max(o.MaxSignificant, 0))
	} else {
		digits = rounded(digits, most)
		digits = padded(digits, least)
	}
	whole, frac, _ := strings.Cut(digits, ".")
	for len(whole) < o.MinInteger {
		whole = "0" + whole
	}
	zero = strings.Trim(whole+frac, "0") == ""
	if !o.NoGrouping {
		whole = l.grouped(whole)
	}
	if frac != "" {
		whole += l.Decimal + frac
	}
	return whole, zero, nil
}

func (l *numberData) grouped(whole string) string {
	if len(whole) < l.First+l.Least || l.First == 0 {
		return whole
	}
	out := whole[len(whole)-l.First:]
	whole = whole[:len(whole)-l.First]
	for len(whole) > l.Rest {
		out = whole[len(whole)-l.Rest:] + l.Group + out
		whole = whole[:len(whole)-l.Rest]
	}
	if whole != "" {
		out = whole + l.Group + out
	}
	return out
}

// rounded rounds a decimal text half away from zero to most digits behind the point.
func rounded(digits string, most int) string {
	whole, frac, _ := strings.Cut(digits, ".")
	if len(frac) <= most {
		return digits
	}
	up := frac[most] >= '5'
	all := []byte(whole + frac[:most])
	for i := len(all) - 1; up && i >= 0; i-- {
		if all[i]++; all[i] > '9' {
			all[i] = '0'
		} else {
			up = false
		}
	}
	text := string(all)
	if up {
		text = "1" + text
	}
	whole, frac = text[:len(text)-most], text[len(text)-most:]
	frac = strings.TrimRight(frac, "0")
	if frac == "" {
		return whole
	}
	return whole + "." + frac
}

func padded(digits string, least int) string {
	whole, frac, _ := strings.Cut(digits, ".")
	for len(frac) < least {
		frac += "0"
	}
	if frac == "" {
		return whole
	}
	return whole + "." + frac
}

// significant rounds to most significant digits (0: any number) and pads to least.
func significant(digits string, least, most int) string {
	whole, _, _ := strings.Cut(digits, ".")
	before := len(strings.TrimLeft(whole, "0"))
	if before == 0 { // zeros behind the point do not count
		_, frac, _ := strings.Cut(digits, ".")
		before = len(strings.TrimLeft(frac, "0")) - len(frac)
	}
	if most > 0 {
		if places := most - before; places >= 0 {
			digits = rounded(digits, places)
		} else {
			scale := strings.Repeat("0", -places)
			n := len(whole) + places
			digits = strings.TrimRight(rounded(whole[:n]+"."+whole[n:], 0), ".") + scale
		}
	}
	return padded(digits, max(least-before, 0))
}

func (o Number) sign(l *numberData, negative, zero, nan bool) string {
	switch o.SignDisplay {
	case "never":
		return ""
	case "always":
		if !negative {
			return l.Plus
		}
	case "exceptZero":
		if zero || nan {
			return ""
		}
		if !negative {
			return l.Plus
		}
	case "negative":
		if zero {
			return ""
		}
	}
	if negative {
		return l.Minus
	}
	return ""
}

// dress puts sign, currency, percent or unit around the digits.
func (o Number) dress(l *numberData, body, sign string) (string, error) {
	switch o.Style {
	case "", "decimal":
		return sign + body, nil
	case "percent":
		return sign + l.Percent[0] + body + l.Percent[1], nil
	case "currency":
		return o.money(l, body, sign)
	case "unit":
		return o.unit(sign + body)
	}
	return "", fmt.Errorf("the style %q is not supported", o.Style)
}

func (o Number) money(l *numberData, body, sign string) (string, error) {
	code := strings.ToUpper(o.Currency)
	if len(code) != 3 {
		return "", fmt.Errorf("a currency is needed, as a code of three letters")
	}
	shape, known := l.Money[code]
	if !known {
		shape = l.Money["CHF"]
	}
	if len(shape) != 4 {
		return "", fmt.Errorf("the currency %q is not supported", code)
	}
	before, behind := shape[0], shape[1]
	switch o.CurrencyDisplay {
	case "", "symbol", "narrowSymbol":
		if !known {
			before, behind = strings.ReplaceAll(before, "CHF", code), strings.ReplaceAll(behind, "CHF", code)
		} else if sign == l.Minus {
			return shape[2] + body + shape[3], nil
		}
	case "code":
		if before != "" {
			return sign + code + "\u00a0" + body, nil
		}
		return sign + body + "\u00a0" + code, nil
	default:
		return "", fmt.Errorf("currencyDisplay %q is not supported", o.CurrencyDisplay)
	}
	return sign + before + body + behind, nil
}
