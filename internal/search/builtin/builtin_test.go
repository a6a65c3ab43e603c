package builtin_test

import (
	"slices"
	"testing"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/onnxembed"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/builtin"
	"github.com/automatelanka/automatelanka/internal/search/eval"
	"github.com/automatelanka/automatelanka/internal/template"
)

const howTo = "run `make templates`"

func setup(t *testing.T) (*search.Index, []*template.Template) {
	t.Helper()
	x, err := builtin.Index()
	if err != nil {
		t.Fatal(err)
	}
	c, err := template.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return x, c.All()
}

// The committed index is that of the templates as they are, for the model as it is.
func TestIndexIsOfTheTemplates(t *testing.T) {
	x, templates := setup(t)
	if x.Model() != onnxembed.ModelSHA256 {
		t.Fatalf("the index is for model %s, the layer has %s: %s", x.Model(), onnxembed.ModelSHA256, howTo)
	}
	if x.Owner() != search.Everybody {
		t.Errorf("owner %q", x.Owner())
	}
	for _, tpl := range templates {
		want := tpl.Document()
		if hash, ok := x.TextHash(tpl.ID); !ok || hash != want.TextHash() {
			t.Errorf("%s is new or was changed: %s", tpl.ID, howTo)
			continue
		}
		got, _ := x.Document(tpl.ID)
		if got.Category != want.Category || !slices.Equal(got.Apps, want.Apps) || !slices.Equal(got.Tags, want.Tags) {
			t.Errorf("%s: category, apps or tags were changed: %s", tpl.ID, howTo)
		}
	}
	if x.Len() != len(templates) {
		t.Errorf("%d templates in the index, %d in the catalogue: %s", x.Len(), len(templates), howTo)
	}
}

func embedder(t *testing.T) *onnxembed.Embedder {
	t.Helper()
	config, err := onnxembed.Locate()
	if err != nil {
		t.Fatal(err)
	}
	e, err := onnxembed.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// The vectors are those that the model gives, tried on every tenth template.
func TestVectorsAreTheModels(t *testing.T) {
	x, templates := setup(t)
	e := embedder(t)
	for i := 0; i < len(templates); i += 10 {
		want, err := e.Embed(t.Context(), templates[i].Text())
		if err != nil {
			t.Fatal(err)
		}
		got, _ := x.Vector(templates[i].ID)
		var cosine float32
		for j := range got {
			cosine += got[j] * want[0][j]
		}
		// 0.995 leaves room for the kernels of another processor.
		if cosine < 0.995 {
			t.Errorf("%s: cosine %.4f to what the model gives: run `go run ./internal/search/cmd/embed-templates -all`", templates[i].ID, cosine)
		}
	}
}

// The example of the product: hardly a word of what happens, and still found; by
// the words alone it is not.
func TestCustomerPays(t *testing.T) {
	x, _ := setup(t)
	e := embedder(t)
	const text, want = "when a customer pays, send them a welcome email and update spreadsheet", "payment-confirmation-crm-email"
	v, err := e.Embed(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	among := func(first int, mode search.Mode) bool {
		hits := search.Rank(search.Query{Text: text, Limit: first, Mode: mode}, v[0], search.Measured, x)
		return slices.ContainsFunc(hits, func(h search.Hit) bool { return h.Document.ID == want })
	}
	if !among(2, search.Both) {
		t.Errorf("%s is not among the first two", want)
	}
	if among(5, search.WordsOnly) {
		t.Errorf("%s is found by its words alone: the example shows nothing", want)
	}
}

// What the judged queries want is among the first five, as the product promises.
func TestSearchFindsWhatIsAskedFor(t *testing.T) {
	const promised = 0.95
	x, _ := setup(t)
	e := embedder(t)
	load := func(name string, least int) *eval.Set {
		set, err := eval.Load("../eval/data/"+name+".json", func(id string) bool { _, ok := x.Document(id); return ok })
		if err != nil {
			t.Fatal(err)
		}
		if len(set.Queries) < least {
			t.Errorf("%s: only %d queries", name, len(set.Queries))
		}
		return set
	}
	set := load("templates", 200)
	speller := search.NewSpeller(x.Documents(), e.Words())
	for name, asked := range map[string]*eval.Set{
		"as written": set, "mistyped": set.Mistyped(0.3, 1), "strangers": load("strangers", 110), "unseen": load("unseen", 70),
	} {
		b, err := eval.Prepare(t.Context(), asked, x, e, speller)
		if err != nil {
			t.Fatal(err)
		}
		both, missed := b.Run(search.Both, search.Measured)
		words, _ := b.Run(search.WordsOnly, search.Measured)
		if asked.Sealed {
			missed = nil
		}
		if both.Hit < promised || both.MRR < words.MRR {
			t.Errorf("%s: %v; words alone %v; missed %v", name, both, words, missed)
		}
	}
}

// Nonsense is told from what the library has; never what somebody really asked.
func TestOnlyNonsenseIsWeak(t *testing.T) {
	x, _ := setup(t)
	e := embedder(t)
	s, err := search.New(search.Config{Embedder: e, Vocabulary: e.Words, Clock: clock.Real(), Builtin: x})
	if err != nil {
		t.Fatal(err)
	}
	weak := func(text string) bool {
		r, err := s.Search(t.Context(), "ten_1", search.Query{Text: text, Kind: search.Template})
		if err != nil {
			t.Fatal(err)
		}
		return r.Weak
	}
	for _, q := range []string{"the and of to a", "xqzvk wpfjq zzkkrt", "quantum entanglement of photons", "客户付款后发送邮件", "ගෙවීමක් ලැබුණු විට", "отправить письмо клиенту"} {
		if !weak(q) {
			t.Errorf("%q finds something", q)
		}
	}
	for _, q := range []string{"RMA process", "offboarding", "okr", "why did they not buy from us", "cheap flite alert", "watsapp bot order traking"} {
		if weak(q) {
			t.Errorf("%q finds nothing", q)
		}
	}
}
