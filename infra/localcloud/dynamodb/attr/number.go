package attr

import "strings"

// The limits of a number: significant digits, and the exponents of its first digit.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
const (
	maxDigits   = 38
	maxExponent = 125
	minExponent = -130
)

// The failures of numbers, with DynamoDB's messages.
const (
	ErrNotNumber = Invalid("The parameter cannot be converted to a numeric value")
	ErrPrecision = Invalid("Attempting to store more than 38 significant digits in a Number")
	ErrOverflow  = Invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
	ErrUnderflow = Invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
)

// decimal is ±0.d₁d₂…dₙ × 10^exp, without zeros at either end of the digits; no
// digits is zero.
type decimal struct {
	negative bool
	digits   string
	exp      int
}

// ParseNumber returns the canonical form of a number's text, in which equal
// numbers are equal strings: plain decimal without exponent, plus sign or
// superfluous zeros.
func ParseNumber(text string) (string, error) {
	if isCanonicalInteger(text) {
		return text, nil
	}
	d, err := parseDecimal(text)
	if err != nil {
		return "", err
	}
	if err := d.check(); err != nil {
		return "", err
	}
	return d.String(), nil
}

// isCanonicalInteger recognises the common case: a short whole number as it should be.
func isCanonicalInteger(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	if len(digits) == 0 || len(digits) > maxDigits || digits[0] == '0' {
		return text == "0"
	}
	for i := range len(digits) {
		if digits[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// parseDecimal reads [+-] digits [. digits] [e [+-] digits]; digits may be missing
// on one side of the point.
func parseDecimal(text string) (decimal, error) {
	var d decimal
	rest := text
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		d.negative = rest[0] == '-'
		rest = rest[1:]
	}
	mantissa, exponent := rest, ""
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		mantissa, exponent = rest[:i], rest[i+1:]
		if exponent == "" {
			return d, ErrNotNumber
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole == "" && fraction == "" || !allDigits(whole) || !allDigits(fraction) {
		return d, ErrNotNumber
	}
	exp, err := parseExponent(exponent)
	if err != nil {
		return d, err
	}
	all := whole + fraction
	significant := strings.TrimLeft(all, "0")
	d.exp = exp + len(whole) - (len(all) - len(significant))
	d.digits = strings.TrimRight(significant, "0")
	if d.digits == "" {
		d = decimal{}
	}
	return d, nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// parseExponent reads an exponent; one beyond all limits is cut to a million.
func parseExponent(s string) (int, error) {
	negative := false
	if s != "" && (s[0] == '+' || s[0] == '-') {
		negative = s[0] == '-'
		s = s[1:]
		if s == "" {
			return 0, ErrNotNumber
		}
	}
	n := 0
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return 0, ErrNotNumber
		}
		n = min(n*10+int(s[i]-'0'), 1_000_000)
	}
	if negative {
		n = -n
	}
	return n, nil
}

// check refuses what DynamoDB cannot store.
func (d decimal) check() error {
	switch {
	case d.digits == "":
		return nil
	case d.exp-1 > maxExponent:
		return ErrOverflow
	case d.exp-1 < minExponent:
		return ErrUnderflow
	case len(d.digits) > maxDigits:
		return ErrPrecision
	}
	return nil
}

// String returns the canonical form.
func (d decimal) String() string {
	if d.digits == "" {
		return "0"
	}
	var b strings.Builder
	if d.negative {
		b.WriteByte('-')
	}
	switch {
	case d.exp <= 0:
		b.WriteString("0.")
		b.WriteString(strings.Repeat("0", -d.exp))
		b.WriteString(d.digits)
	case d.exp >= len(d.digits):
		b.WriteString(d.digits)
		b.WriteString(strings.Repeat("0", d.exp-len(d.digits)))
	default:
		b.WriteString(d.digits[:d.exp])
		b.WriteByte('.')
		b.WriteString(d.digits[d.exp:])
	}
	return b.String()
}

// canonicalDecimal takes a canonical number apart.
func canonicalDecimal(text string) decimal {
	d, _ := parseDecimal(text) // it was made by String
	return d
}

// CompareNumbers orders two canonical numbers.
func CompareNumbers(a, b string) int {
	negA, negB := strings.HasPrefix(a, "-"), strings.HasPrefix(b, "-")
	switch {
	case negA && negB:
		return compareMagnitudes(b[1:], a[1:])
	case negA:
		return -1
	case negB:
		return 1
	}
	return compareMagnitudes(a, b)
}

// compareMagnitudes compares plain decimals without signs: a longer whole part is
// larger, equally long ones compare as text, and fractions always do.
func compareMagnitudes(a, b string) int {
	wholeA, fractionA, _ := strings.Cut(a, ".")
	wholeB, fractionB, _ := strings.Cut(b, ".")
	if len(wholeA) != len(wholeB) {
		return len(wholeA) - len(wholeB)
	}
	if c := strings.Compare(wholeA, wholeB); c != 0 {
		return c
	}
	return strings.Compare(fractionA, fractionB)
}
