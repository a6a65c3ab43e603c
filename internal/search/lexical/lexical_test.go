package lexical

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func surfaces(text string) []string { return slices.Collect(Surfaces(text)) }

func TestSurfaces(t *testing.T) {
	for text, want := range map[string][]string{
		"":                           nil,
		"Send an E-mail, please!":    {"send", "an", "email", "please"},
		"the customer's follow-up":   {"the", "customer", "s", "follow", "up"},
		"Café Zürich naïve":          {"cafe", "zurich", "naive"},
		"付款 confirmation":            {"付", "款", "confirmation"},
		"ගෙවීම් තහවුරු":              {"ගෙවීම්", "තහවුරු"},
		"நன்றி":                      {"நன்றி"},
		"\x00\x01 \u200bok\u200d":    {"ok"},
		"Payment → CRM (2nd) $5.00":  {"payment", "crm", "2nd", "5", "00"},
		"trailing- and 'quoted' -x-": {"trailing", "and", "quoted", "x"},
	} {
		if diff := cmp.Diff(want, surfaces(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestAnalyzeLeavesOutStopWords(t *testing.T) {
	want := []Word{{"customer", "custom"}, {"pays", "pay"}, {"send", "send"}, {"emails", "email"}}
	if diff := cmp.Diff(want, Analyze("when a customer pays, send them the emails", 100)); diff != "" {
		t.Error(diff)
	}
	if got := Analyze(strings.Repeat("word ", 1000), 64); len(got) != 64 {
		t.Errorf("%d words, want the limit of 64", len(got))
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		limit int
		want  int
	}{
		{"payment", "payment", 2, 0},
		{"paymnet", "payment", 2, 1}, // neighbours swapped
		{"paymet", "payment", 2, 1},
		{"paymentt", "payment", 2, 1},
		{"pagment", "payment", 2, 1},
		{"spredshet", "spreadsheet", 2, 2},
		{"invoice", "payment", 2, 3},
		{"", "ab", 2, 2},
		{"a", "abcd", 2, 3},
	} {
		if got := Distance(c.a, c.b, c.limit); got != c.want {
			t.Errorf("Distance(%q, %q, %d) = %d, want %d", c.a, c.b, c.limit, got, c.want)
		}
	}
}

func TestDistanceProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-e]{0,9}`)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := Distance(a, b, 9)
		if d != Distance(b, a, 9) {
			t.Fatal("not symmetric")
		}
		if (d == 0) != (a == b) {
			t.Fatal("zero is not equality")
		}
		if cut := Distance(a, b, 2); cut != min(d, 3) {
			t.Fatalf("limit 2 gives %d for a distance of %d", cut, d)
		}
		if bits := popcount(Letters(a) ^ Letters(b)); d <= 2 && bits > 4 {
			t.Fatalf("the filter of letters drops words at distance %d", d)
		}
	})
}

func popcount(m uint32) (n int) {
	for ; m != 0; m &= m - 1 {
		n++
	}
	return n
}

func corpus() *Index {
	x := New()
	for i, fields := range [][4]string{
		{"Payment confirmation to CRM", "stripe hubspot", "Thank buyers after checkout", "Update the contact when a payment succeeds"},
		{"New lead to Slack", "hubspot slack", "Tell sales about prospects", "Post a message when a lead arrives"},
		{"Invoice reminders", "xero gmail", "Chase late payers", "Send emails for unpaid invoices every morning"},
		{"Weather to Telegram", "telegram", "Know before you go out", "Send the forecast as a message every morning"},
	} {
		x.Put(int32(i), fields)
	}
	return x
}

func best(q *Query, x *Index) (slot int, score float32) {
	for i, s := range q.Scores(x, nil) {
		if s > score {
			slot, score = i, s
		}
	}
	return slot, score
}

func TestQueryFindsByFormsPrefixesAndTypos(t *testing.T) {
	x := corpus()
	for text, want := range map[string]int{
		"confirm payments":         0,
		"paymnet confrmation":      0, // typing errors
		"leads in slack":           1,
		"remind of invoicse":       2,
		"forec":                    3, // as it is typed
		"telegrm weathr":           3,
		"tell the sales prospects": 1,
	} {
		slot, score := best(Prepare(text, 64, x), x)
		if score <= 0 || score > 1 || slot != want {
			t.Errorf("%q: document %d with %.3f, want %d", text, slot, score, want)
		}
	}
}

func TestQueryFindsNothing(t *testing.T) {
	x := corpus()
	for _, text := range []string{"", "the and of", "zzzzqqqq", "付款"} {
		q := Prepare(text, 64, x)
		if _, score := best(q, x); score != 0 || !q.Empty() {
			t.Errorf("%q: score %.3f, empty %v; want nothing", text, score, q.Empty())
		}
	}
	if q := Prepare("payment", 64, New()); len(q.Scores(New(), nil)) != 0 {
		t.Error("scores out of an empty index")
	}
}

func TestExactBeatsMisspelt(t *testing.T) {
	x := New()
	x.Put(0, [4]string{"form"})
	x.Put(1, [4]string{"farm"})
	slot, _ := best(Prepare("farm", 8, x), x)
	if slot != 1 {
		t.Error("a known word was taken for a typing error")
	}
}

func TestMatched(t *testing.T) {
	x := corpus()
	q := Prepare("email customers their paymnets", 64, x)
	got := q.Matched(func(stem string) bool { return x.Has(0, stem) })
	if diff := cmp.Diff([]string{"paymnets"}, got); diff != "" {
		t.Error(diff)
	}
}

// Scores over several indexes are those over one that holds all documents.
func TestJointStatistics(t *testing.T) {
	docs := [][4]string{{"payment"}, {"payment lead"}, {"lead slack"}, {"slack weather"}, {"weather payment report"}}
	whole, left, right := New(), New(), New()
	for i, d := range docs {
		whole.Put(int32(i), d)
		if i < 2 {
			left.Put(int32(i), d)
		} else {
			right.Put(int32(i-2), d)
		}
	}
	const text = "weather payment"
	want := Prepare(text, 8, whole).Scores(whole, nil)
	q := Prepare(text, 8, left, right)
	got := append(q.Scores(left, nil), q.Scores(right, nil)...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// After any puts and removals the index answers as one made of what is left.
func TestIndexIsWhatWasPut(t *testing.T) {
	text := rapid.StringMatching(`([a-d]{1,3} ){0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		x, docs := New(), map[int32][4]string{}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			slot := int32(rapid.IntRange(0, 7).Draw(t, "slot"))
			if rapid.Bool().Draw(t, "remove") {
				x.Remove(slot)
				delete(docs, slot)
				continue
			}
			d := [4]string{text.Draw(t, "name"), text.Draw(t, "labels"), "", text.Draw(t, "body")}
			x.Put(slot, d)
			docs[slot] = d
		}
		fresh := New()
		for slot := range int32(8) {
			if d, ok := docs[slot]; ok {
				fresh.Put(slot, d)
			}
		}
		q := text.Draw(t, "query")
		want, got := Prepare(q, 64, fresh).Scores(fresh, nil), Prepare(q, 64, x).Scores(x, nil)
		for slot := range docs {
			if want[slot] != got[slot] {
				t.Fatalf("query %q, slot %d: %v, fresh index %v", q, slot, got[slot], want[slot])
			}
		}
		if x.Len() != len(docs) {
			t.Fatalf("%d documents, want %d", x.Len(), len(docs))
		}
	})
}

func FuzzPrepare(f *testing.F) {
	x := corpus()
	f.Add("paymnet confirmation")
	f.Add("\xff\x00 \u0300")
	f.Fuzz(func(t *testing.T, text string) {
		for slot, s := range Prepare(text, 64, x).Scores(x, nil) {
			if s < 0 || s > 1.0001 {
				t.Fatalf("slot %d has score %v", slot, s)
			}
		}
	})
}
