package expr

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var units = []string{"years", "quarter", "months", "week", "days", "day", "hours", "minutes", "seconds", "milliseconds"}

// dateSource draws an expression about the present.
func dateSource(t *rapid.T) string {
	s := rapid.SampledFrom([]string{"$now", "$today"}).Draw(t, "root")
	for range rapid.IntRange(0, 3).Draw(t, "steps") {
		n := rapid.IntRange(-40, 40).Draw(t, "n")
		unit := rapid.SampledFrom(units).Draw(t, "unit")
		switch rapid.IntRange(0, 4).Draw(t, "step") {
		case 0:
			s += fmt.Sprintf(".plus(%d, '%s')", n, unit)
		case 1:
			s += fmt.Sprintf(".minus({%s: %d, hours: 5})", unit, n)
		case 2:
			s += "." + rapid.SampledFrom([]string{"startOf", "endOf"}).Draw(t, "edge") + "('" + strings.TrimSuffix(unit, "s") + "')"
		case 3:
			s += ".setZone('" + rapid.SampledFrom([]string{"Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"}).Draw(t, "zone") + "')"
		default:
			s += ".toUTC()"
		}
	}
	return s + rapid.SampledFrom([]string{
		"", ".toISO()", ".toISODate()", ".toMillis()", ".toSeconds()", ".toUnixInteger()", ".year", ".month", ".weekday", ".weekNumber", ".ordinal", ".quarter",
		".format('yyyy-MM-dd HH:mm:ss.SSS')", ".toFormat('d LLL yy h:mm a')", ".format(\"cccc, dd MMMM 'at' hh ZZ ZZZ\")", ".format('x X W WW o q c EEE H m s L M')",
	}).Draw(t, "read")
}

// TestDirectDatesEqualLuxon compares the direct way with Luxon, around the
// changes of daylight saving above all.
func TestDirectDatesEqualLuxon(t *testing.T) {
	base := recordedScope(t)
	turns := []time.Time{
		time.Date(2024, 3, 10, 7, 0, 0, 0, time.UTC), time.Date(2024, 11, 3, 6, 0, 0, 0, time.UTC), time.Date(2024, 3, 31, 1, 0, 0, 0, time.UTC),
		time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC), time.Date(2023, 12, 31, 23, 59, 59, 999e6, time.UTC), time.Date(1999, 10, 31, 0, 0, 0, 0, time.UTC),
	}
	direct := 0
	rapid.Check(t, func(t *rapid.T) {
		scope := *base
		scope.Timezone = rapid.SampledFrom([]string{"America/New_York", "UTC", "Asia/Colombo", "Europe/London", "Etc/UTC", "America/Sao_Paulo"}).Draw(t, "timezone")
		scope.Now = rapid.SampledFrom(turns).Draw(t, "turn").Add(time.Duration(rapid.IntRange(-100_000, 100_000).Draw(t, "seconds")) * time.Second)
		text := "{{ " + dateSource(t) + " }}"
		e := NewEvaluator(t.Context(), &scope, testLimits())
		defer e.Close()
		fast, slow := newTemplate(text), newTemplate(text)
		if fast.err != nil {
			t.Fatal(fast.err)
		}
		if fast.chunks[1].code.fast == nil {
			return
		}
		direct++
		slow.chunks[1].code.fast = nil
		if got, want := outcomeOf(e.apply(fast, 0)), outcomeOf(e.apply(slow, 0)); got != want {
			t.Errorf("%s at %s in %s\ndirectly %s\nLuxon    %s", text, scope.Now, scope.Timezone, got, want)
		}
	})
	if direct == 0 {
		t.Error("nothing was evaluated directly")
	}
}
