package attr

import (
	"bytes"
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseNumber(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "000": "0", "0.0": "0", "0e10": "0", "0.0e126": "0", "+0": "0",
		"1": "1", "+1": "1", "007": "7", "-12": "-12", "1.0": "1", "1.50": "1.5", ".5": "0.5", "5.": "5", "-.5e1": "-5",
		"1e3": "1000", "1E3": "1000", "1e+3": "1000", "12.34e1": "123.4", "1e-3": "0.001", "120e-1": "12",
		"0.1e126": "1" + strings.Repeat("0", 125), "1e125": "1" + strings.Repeat("0", 125),
		"1e-130":                                   "0." + strings.Repeat("0", 129) + "1",
		"12345678901234567890123456789012345678":   "12345678901234567890123456789012345678",
		"1234567890123456789012345678901234567800": "1234567890123456789012345678901234567800",
		"9223372036854775808":                      "9223372036854775808",
	} {
		got, err := ParseNumber(in)
		if err != nil || got != want {
			t.Errorf("ParseNumber(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestParseNumberRefuses(t *testing.T) {
	for in, want := range map[string]error{
		"": ErrNotNumber, "dog": ErrNotNumber, " 1": ErrNotNumber, "1 ": ErrNotNumber, "NaN": ErrNotNumber,
		"Infinity": ErrNotNumber, "0x1": ErrNotNumber, "1e": ErrNotNumber, "e1": ErrNotNumber, "1e+": ErrNotNumber,
		".": ErrNotNumber, "-": ErrNotNumber, "1.2.3": ErrNotNumber, "--1": ErrNotNumber, "1_000": ErrNotNumber, "١": ErrNotNumber,
		"1e126": ErrOverflow, "10e125": ErrOverflow, "-1e126": ErrOverflow, "1e999999999999": ErrOverflow,
		"1e-131": ErrUnderflow, "0.1e-130": ErrUnderflow, "1e-99999999999999999999": ErrUnderflow,
		"123456789012345678901234567890123456789":     ErrPrecision,
		"1.00000000000000000000000000000000000000001": ErrPrecision,
	} {
		if got, err := ParseNumber(in); !errors.Is(err, want) {
			t.Errorf("ParseNumber(%q) = %q, %v; want %v", in, got, err, want)
		}
	}
}

// number draws the text of a number that DynamoDB stores.
func number(t *rapid.T, label string) string {
	text := rapid.StringMatching(`-?[0-9]{1,12}(\.[0-9]{1,12})?(e[+-]?[0-9]{1,2})?`).Draw(t, label)
	n, err := ParseNumber(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if exact(t, n).Cmp(exact(t, text)) != 0 {
		t.Fatalf("ParseNumber(%q) = %q has another value", text, n)
	}
	return n
}

func exact(t *rapid.T, text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return r
}

func TestNumbersOrderAndAddExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := number(t, "a"), number(t, "b")
		x, y := exact(t, a), exact(t, b)
		if got, want := sign(CompareNumbers(a, b)), x.Cmp(y); got != want {
			t.Fatalf("CompareNumbers(%s, %s) = %d, want %d", a, b, got, want)
		}
		sa := AppendSortable(nil, &Value{Kind: Number, Str: a})
		sb := AppendSortable(nil, &Value{Kind: Number, Str: b})
		if got, want := bytes.Compare(sa, sb), x.Cmp(y); got != want {
			t.Fatalf("sort forms of %s and %s compare %d, want %d", a, b, got, want)
		}
		checkSum(t, AddNumbers, [2]string{a, b}, new(big.Rat).Add(x, y))
		checkSum(t, SubtractNumbers, [2]string{a, b}, new(big.Rat).Sub(x, y))
	})
}

func checkSum(t *rapid.T, op func(a, b string) (string, error), of [2]string, want *big.Rat) {
	got, err := op(of[0], of[1])
	if err != nil {
		if len(strings.Trim(strings.ReplaceAll(want.FloatString(150), ".", ""), "-0")) <= maxDigits {
			t.Fatalf("%v fits, but: %v", of, err)
		}
		return
	}
	if exact(t, got).Cmp(want) != 0 {
		t.Fatalf("%v gives %s, want %s", of, got, want.FloatString(40))
	}
	if again, err := ParseNumber(got); err != nil || again != got {
		t.Fatalf("%v gives %s, which is not canonical: %s, %v", of, got, again, err)
	}
}

func TestSumsThatDoNotFit(t *testing.T) {
	big := "9" + strings.Repeat("0", 125)
	if _, err := AddNumbers(big, big); err != ErrOverflow {
		t.Errorf("9e125 + 9e125: %v", err)
	}
	if _, err := AddNumbers("1"+strings.Repeat("0", 50), "1"); err != ErrOverflow {
		t.Errorf("1e50 + 1: %v", err)
	}
	if got, err := SubtractNumbers("5", "-0.5"); got != "5.5" || err != nil {
		t.Errorf("5 - -0.5 = %s, %v", got, err)
	}
	if got, err := SubtractNumbers("0.1", "0.1"); got != "0" || err != nil {
		t.Errorf("0.1 - 0.1 = %s, %v", got, err)
	}
}

func sign(n int) int { return min(max(n, -1), 1) }

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"0", "-1.5e10", "1e-130", ".5", "1e126", "00012.3400"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseNumber(text)
		if err != nil {
			return
		}
		if again, err := ParseNumber(n); err != nil || again != n {
			t.Fatalf("%q becomes %q becomes %q, %v", text, n, again, err)
		}
		if len(text) < 30 {
			want, ok := new(big.Rat).SetString(text) // it refuses exponents that are very large
			got, _ := new(big.Rat).SetString(n)
			if ok && got.Cmp(want) != 0 {
				t.Fatalf("%q becomes %q", text, n)
			}
		}
	})
}
