package attr

import (
	"math/big"
	"strconv"
	"strings"
)

// safeDigits is how many digits two whole numbers may have so that their sum fits an int64.
const safeDigits = 18

// AddNumbers returns a+b of canonical numbers, exactly; what does not fit into 38
// digits is an ErrOverflow.
func AddNumbers(a, b string) (string, error) {
	if x, ok := smallInteger(a); ok {
		if y, ok := smallInteger(b); ok {
			return strconv.FormatInt(x+y, 10), nil
		}
	}
	return addBig(canonicalDecimal(a), canonicalDecimal(b))
}

// SubtractNumbers returns a-b of canonical numbers, as AddNumbers does.
func SubtractNumbers(a, b string) (string, error) {
	if rest, ok := strings.CutPrefix(b, "-"); ok {
		return AddNumbers(a, rest)
	}
	if b == "0" {
		return a, nil
	}
	return AddNumbers(a, "-"+b)
}

func smallInteger(s string) (int64, bool) {
	if len(s) > safeDigits {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

func addBig(a, b decimal) (string, error) {
	scale := min(a.exp-len(a.digits), b.exp-len(b.digits))
	sum := new(big.Int).Add(a.scaled(scale), b.scaled(scale))
	text := new(big.Int).Abs(sum).String()
	d := decimal{negative: sum.Sign() < 0, digits: strings.TrimRight(text, "0"), exp: len(text) + scale}
	if sum.Sign() == 0 {
		return "0", nil
	}
	switch err := d.check(); err {
	case nil:
		return d.String(), nil
	case ErrPrecision:
		return "", ErrOverflow // DynamoDB says so of sums that have too many digits
	default:
		return "", err
	}
}

// scaled returns d / 10^scale, which must be whole.
func (d decimal) scaled(scale int) *big.Int {
	n, ok := new(big.Int).SetString(d.digits+strings.Repeat("0", d.exp-len(d.digits)-scale), 10)
	if !ok {
		return new(big.Int) // zero has no digits
	}
	if d.negative {
		n.Neg(n)
	}
	return n
}
