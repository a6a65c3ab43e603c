package intl

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"strconv"
	"testing"
)

// testdata/relative.json.gz is what Node 20 wrote: [locale, unit, number, numeric, text].
func TestDistancesInTimeAreWrittenAsNodeWritesThem(t *testing.T) {
	f, err := os.Open("testdata/relative.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all [][5]string
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 400 {
		t.Fatalf("only %d", len(all))
	}
	for _, x := range all {
		n, err := strconv.ParseFloat(x[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Relative(x[0], x[3] == "auto", n, x[1])
		if err != nil || got != x[4] {
			t.Errorf("%v gives %q (%v)", x, got, err)
		}
	}
	if _, err := Relative("de", false, 1, "fortnight"); err == nil {
		t.Error("a unit that is none is taken")
	}
}
