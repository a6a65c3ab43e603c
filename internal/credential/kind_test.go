package credential

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// TestEveryTypeReads reads each file strictly, with all that it extends.
func TestEveryTypeReads(t *testing.T) {
	r := Kinds()
	if len(r.Names()) < 270 {
		t.Fatalf("there are only %d types", len(r.Names()))
	}
	for _, name := range r.Names() {
		b, err := r.read(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parse(name, b); err != nil {
			t.Error(err)
			continue
		}
		if _, err := r.load(name, 0); err != nil {
			t.Error(err)
		}
	}
}

func TestStrictLoader(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown member":        {`{"name":"X","colour":"red"}`, "unknown field"},
		"unknown member inside": {`{"name":"X","fields":[{"name":"a","label":"A","hidden":true}]}`, "unknown field"},
		"text behind":           {`{"name":"X"} {}`, "text after"},
		"no name":               {`{}`, "no name"},
		"no label":              {`{"name":"X","fields":[{"name":"a"}]}`, "no label"},
		"unknown type":          {`{"name":"X","fields":[{"name":"a","label":"A","type":"colour"}]}`, "unknown type"},
		"no options":            {`{"name":"X","fields":[{"name":"a","label":"A","type":"options"}]}`, "choices"},
		"default":               {`{"name":"X","fields":[{"name":"a","label":"A","type":"options","options":["b"],"default":"c"}]}`, "none of its options"},
		"show":                  {`{"name":"X","fields":[{"name":"a","label":"A","show":{"b":["c"]}}]}`, "does not have"},
		"place":                 {`{"name":"X","auth":[{"headers":{"K":"{key}"}}]}`, "does not have"},
		"brace":                 {`{"name":"X","auth":[{"headers":{"K":"{ key }"}}]}`, "brace"},
		"scheme":                {`{"name":"X","auth":[{"scheme":"magic"}]}`, "unknown"},
		"token from nowhere":    {`{"name":"X","auth":[{"scheme":"accessToken"}]}`, "where from"},
		"no token endpoint":     {`{"name":"X","oauth2":{"scope":"a"}}`, "token endpoint"},
		"derived":               {`{"name":"X","derived":[{"name":"a","from":"b","after":"-"}]}`, "derived"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Registry{names: []string{"x"}, kinds: map[string]*Kind{}, read: func(string) ([]byte, error) { return []byte(c.text), nil }}
			if _, err := r.load("x", 0); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	loop := &Registry{names: []string{"x"}, kinds: map[string]*Kind{}, read: func(string) ([]byte, error) { return []byte(`{"name":"X","extends":"x"}`), nil }}
	if _, err := loop.load("x", 0); err == nil {
		t.Error("a type that extends itself was taken")
	}
}

// TestTypesAgreeWithThemselves: the hosts of a type's test and API are among those
// that may get it, and tokens come over https.
func TestTypesAgreeWithThemselves(t *testing.T) {
	for _, name := range Kinds().Names() {
		k := Kinds().Get(name)
		fields := k.Complete(sample(k))
		domains := k.DomainsOf(fields)
		texts := []string{k.BaseURL}
		if k.Test != nil {
			texts = append(texts, k.Test.URL)
		}
		for _, text := range texts {
			if text == "" {
				continue
			}
			u, err := url.Parse(FillURL(text, fields))
			if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
				t.Errorf("%s: %q becomes %q", name, text, FillURL(text, fields))
			} else if len(domains) > 0 && !MatchesHost(domains, u.Hostname()) {
				t.Errorf("%s: %s may not get it, only %v", name, u.Hostname(), domains)
			}
		}
		if k.Docs != "" && !strings.HasPrefix(k.Docs, "https://") {
			t.Errorf("%s: its documents are at %q", name, k.Docs)
		}
		if o := k.OAuth2; o != nil {
			for _, text := range []string{o.AuthURL, o.TokenURL} {
				if text != "" && text[0] != '{' && !strings.HasPrefix(text, "https://") {
					t.Errorf("%s: %s", name, text)
				}
			}
		}
		for i := range k.Fields {
			if why := k.wrong(k.Fields[i].Name, k.Fields[i].Default); why != "" {
				t.Errorf("%s: the default of %s: %s", name, k.Fields[i].Name, why)
			}
		}
	}
}

// sample gives each field a value: an address where a URL begins with the field.
func sample(k *Kind) map[string]string {
	texts := append([]string{k.BaseURL}, k.Domains...)
	if k.Test != nil {
		texts = append(texts, k.Test.URL)
	}
	for _, d := range k.Derived {
		for _, text := range d.Map {
			texts = append(texts, text)
		}
	}
	out := map[string]string{FieldTokenData + ".instance_url": "https://acme.my.salesforce.com"}
	for i := range k.Fields {
		f := &k.Fields[i]
		switch {
		case f.Type == Choice:
			out[f.Name] = f.Options[0]
		case f.Default == "" && slices.ContainsFunc(texts, func(s string) bool {
			return strings.HasPrefix(s, "{"+f.Name+"}") && !strings.HasPrefix(s, "{"+f.Name+"}.")
		}):
			out[f.Name] = "https://acme.example/"
		case f.Default == "":
			out[f.Name] = "acme"
		}
	}
	return out
}

func TestSecretsInAllTheirForms(t *testing.T) {
	secrets := Kinds().Get("wordpressApi").Secrets(map[string]string{"username": "somebody", "password": "a b/c+\"d<é", "url": "https://x.example"})
	for _, text := range []string{`a b/c+"d<é`, "a+b%2Fc%2B%22d%3C%C3%A9", "a%20b%2Fc%2B%22d%3C%C3%A9", `a b/c+\"d\u003cé`, "c29tZWJvZHk6YSBiL2MrImQ8w6k="} {
		if got := Hide("x "+text+" y", secrets); got != "x "+Hidden+" y" {
			t.Errorf("%s: %s", text, got)
		}
	}
	if got := Hide("somebody at https://x.example", secrets); strings.Contains(got, Hidden) {
		t.Errorf("what is no secret is hidden: %s", got)
	}
	if got := Kinds().Get("slackApi").Secrets(map[string]string{"accessToken": "short"}); len(got) != 0 {
		t.Errorf("%v", got)
	}
	unknown := (*Kind)(nil).Secrets(map[string]string{"anything": "long enough", FieldDomains: "api.example.com"})
	if Hide("long enough for api.example.com", unknown) != Hidden+" for api.example.com" {
		t.Errorf("a type that is not known: %v", unknown)
	}
}

// TestWhatACutLeftOfASecretIsHidden cuts a text within a secret, at each of its bytes.
func TestWhatACutLeftOfASecretIsHidden(t *testing.T) {
	const secret = "a-long-söcret/with+all"
	secrets := (*Kind)(nil).Secrets(map[string]string{"anything": secret})
	text := "The server said: " + secret + " is wrong, really."
	for most := len("The server said: ") + len(fault.More); most < len(text); most++ {
		got := Hide(fault.Shorten(text, most)+" (400)", secrets)
		for n := MinSecret; n <= len(secret); n++ {
			if strings.Contains(got, secret[:n]) {
				t.Fatalf("cut at %d: %s", most, got)
			}
		}
	}
	if got := Hide("nothing to … hide", secrets); got != "nothing to … hide" {
		t.Error(got)
	}
}
