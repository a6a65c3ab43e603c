package form

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/value"
)

func fields(t *testing.T, version float64, list string) []Field {
	t.Helper()
	v, err := value.Parse([]byte(list))
	if err != nil {
		t.Fatal(err)
	}
	f, err := ReadFields(v.([]any), version)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const everyField = `[
	{"fieldLabel":"Name","requiredField":true},
	{"fieldLabel":"Notes","fieldType":"textarea"},
	{"fieldLabel":"Age","fieldType":"number"},
	{"fieldLabel":"Mail","fieldType":"email"},
	{"fieldLabel":"Born","fieldType":"date","formatDate":"dd.MM.yyyy"},
	{"fieldLabel":"Size","fieldType":"dropdown","fieldOptions":{"values":[{"option":"S"},{"option":"L"}]}},
	{"fieldLabel":"Tags","fieldType":"checkbox","fieldOptions":{"values":[{"option":"a"},{"option":"b"},{"option":"c"}]},"limitSelection":"range","minSelections":1,"maxSelections":2},
	{"fieldLabel":"Way","fieldType":"radio","fieldOptions":{"values":[{"option":"post"},{"option":"mail"}]}},
	{"fieldLabel":"CV (PDF)","fieldType":"file","acceptFileTypes":".pdf, image/*","multipleFiles":false},
	{"fieldType":"hiddenField","fieldName":"source","fieldValue":"web"},
	{"fieldType":"html","elementName":"note","html":"<b>x</b>"}
]`

// The item is what n8n's form gives: names, kinds of values, and what nothing is.
func TestItem(t *testing.T) {
	f := Form{Fields: fields(t, 2.2, everyField)}
	a := Answers{
		Values: map[string][]string{
			"field-0": {" Ada "}, "field-1": {" as it is "}, "field-2": {"1.50"}, "field-3": {"a@b.example"}, "field-4": {"1990-12-31"},
			"field-5": {"L"}, "field-6": {"a", "c"}, "field-7": {"mail"}, "field-9": {"web"},
		},
		Files: map[string][]Upload{"field-8": {{"cv.PDF", "application/pdf", 12}}},
	}
	if bad := f.Check(a); len(bad) > 0 {
		t.Fatal(bad)
	}
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.FixedZone("", 19800))
	want := `{"Name":"Ada","Notes":" as it is ","Age":1.5,"Mail":"a@b.example","Born":"31.12.1990","Size":"L","Tags":["a","c"],"Way":"mail",` +
		`"CV (PDF)":{"filename":"cv.PDF","mimetype":"application/pdf","size":12},"source":"web","note":"<b>x</b>",` +
		`"submittedAt":"2026-03-01T10:00:00.000+05:30","formMode":"production"}`
	if diff := cmp.Diff(want, string(value.JSON(f.Item(a, at)))); diff != "" {
		t.Error(diff)
	}
	want = `{"Name":null,"Notes":"","Age":null,"Mail":null,"Born":null,"Size":null,"Tags":[],"Way":null,"CV (PDF)":null,"source":null,"note":"<b>x</b>",` +
		`"submittedAt":"2026-03-01T04:30:00.000Z","formMode":"production"}`
	if diff := cmp.Diff(want, string(value.JSON(f.Item(Answers{Values: map[string][]string{"field-1": {""}, "field-2": {""}, "field-5": {""}}}, at.UTC())))); diff != "" {
		t.Error(diff)
	}
}

func TestCheckNamesTheField(t *testing.T) {
	f := Form{Fields: fields(t, 2.2, everyField)}
	a := Answers{
		Values: map[string][]string{
			"field-0": {"  "}, "field-2": {"1e999"}, "field-3": {"Ada <a@b.example>"}, "field-4": {"31.12.1990"},
			"field-5": {"XXL"}, "field-6": {"a", "b", "c"}, "field-7": {"post", "mail"},
		},
		Files: map[string][]Upload{"field-8": {{"cv.exe", "application/x-msdownload", 1}}},
	}
	want := map[string]string{
		"field-0": "Fill in", "field-2": "number", "field-3": "email", "field-4": "date", "field-5": "one of the options",
		"field-6": "Choose 1 to 2 options.", "field-7": "one option", "field-8": `"cv.exe"`,
	}
	got := f.Check(a)
	if len(got) != len(want) {
		t.Errorf("%v", got)
	}
	for id, says := range want {
		if !strings.Contains(got[id], says) {
			t.Errorf("%s: %q", id, got[id])
		}
	}
}

func TestAcceptedFiles(t *testing.T) {
	for _, c := range []struct {
		accept, name, mime string
		want               bool
	}{
		{"", "x", "y/z", true}, {" , ", "x", "", true}, {".pdf", "a.PDF", "", true}, {"pdf", "a.pdf", "", true}, {".pdf", "a.pdf.exe", "", false},
		{"image/*", "a", "image/png", true}, {"image/*", "a", "imagex/png", false}, {"application/pdf", "a", "application/pdf", true}, {"*", "a", "", true},
	} {
		if got := accepted(c.accept, Upload{Name: c.name, MIME: c.mime}); got != c.want {
			t.Errorf("%q %s %s: %v", c.accept, c.name, c.mime, got)
		}
	}
}

func TestFieldNames(t *testing.T) {
	const list = `[{"fieldLabel":"Your name","fieldName":"name"}]`
	if f := fields(t, 2.3, list); f[0].Key != "Your name" {
		t.Errorf("2.3: %s", f[0].Key)
	}
	if f := fields(t, 2.4, list); f[0].Key != "name" || f[0].Label != "Your name" {
		t.Errorf("2.4: %+v", f[0])
	}
	if f := fields(t, 2.6, `[{"fieldLabel":"CV","fieldType":"file"}]`); !f[0].Many {
		t.Errorf("2.6: an attribute that was not added has its default: %+v", f[0])
	}
	file := Field{Key: "CV (PDF) é"}
	if p := file.Property(1, 2); p != "CV__PDF____1" {
		t.Error(p)
	}
	if p := file.Property(0, 1); p != "CV__PDF___" {
		t.Error(p)
	}
}

func TestFieldsThatCannotBe(t *testing.T) {
	for list, says := range map[string]string{
		`[{"fieldType":"slider","fieldLabel":"x"}]`: "no type of field", `[{}]`: "neither a label nor a name", `[1]`: "not an object",
		`[` + strings.Repeat(`{"fieldLabel":"x"},`, maxFields) + `{"fieldLabel":"x"}]`: "at most",
	} {
		v, _ := value.Parse([]byte(list))
		if _, err := ReadFields(v.([]any), 1); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40s: %v", list, err)
		}
	}
}

func TestPageKeepsThroughState(t *testing.T) {
	p := Page{Form: &Form{Title: "T", Fields: fields(t, 1, everyField)}, LocalTime: true, Timezone: "Asia/Colombo"}
	o, err := p.State()
	if err != nil {
		t.Fatal(err)
	}
	got, ok := PageOf(o)
	if !ok || cmp.Diff(p, got) != "" {
		t.Error(cmp.Diff(p, got))
	}
	for _, o := range []*value.Object{nil, value.Obj("form", "x"), value.Obj("form", value.Obj("form", 1.0)), value.Obj("form", value.Obj())} {
		if _, ok := PageOf(o); ok {
			t.Errorf("%s is a page", value.JSON(o))
		}
	}
}

func TestFormatDay(t *testing.T) {
	day := time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	for layout, want := range map[string]string{
		"dd.MM.yyyy": "05.03.2026", "M/d/yy": "3/5/26", "EEE, d LLLL yyyy": "Thu, 5 March 2026", "'day' d": "day 5", "'": "'",
	} {
		if got := formatDay(day, layout); got != want {
			t.Errorf("%s: %s", layout, got)
		}
	}
}
