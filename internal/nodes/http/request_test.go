package http

import (
	"crypto/sha256"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// sentCase is one set of parameters and what must arrive at the server.
type sentCase struct {
	version float64
	params  string
	method  string
	uri     string
	body    string
	header  map[string]string // "" means absent
}

func TestSends(t *testing.T) {
	const fields = `"bodyParameters":{"parameters":[{"name":"a","value":"x y"},{"name":"n","value":1.5},{"name":"l","value":[1,{"k":2}]}]}`
	for name, c := range map[string]sentCase{
		"JSON text": {
			4.2, `{"url":"/","method":"POST","sendBody":true,"specifyBody":"json","jsonBody":"{ \"b\": 1,\n \"a\": [true,null] }"}`,
			"POST", "/", `{"b":1,"a":[true,null]}`, map[string]string{"Content-Type": "application/json"},
		},
		"JSON value": {
			4.2, `{"url":"/","method":"PUT","sendBody":true,"specifyBody":"json","jsonBody":{"z":1,"a":2}}`,
			"PUT", "/", `{"z":1,"a":2}`, nil,
		},
		"version 3 keeps dots in names": {
			3, `{"url":"/","method":"POST","sendBody":true,"bodyParameters":{"parameters":[{"name":"a.b","value":1}]}}`,
			"POST", "/", `{"a.b":1}`, nil,
		},
		"form": {
			4.2, `{"url":"/","method":"POST","sendBody":true,"contentType":"form-urlencoded",` + fields + `}`,
			"POST", "/", `a=x%20y&n=1.5&l%5B0%5D=1&l%5B1%5D%5Bk%5D=2`, map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		},
		"form as text": {
			4.2, `{"url":"/","method":"POST","sendBody":true,"contentType":"form-urlencoded","specifyBody":"string","body":"a=1&b=x+y&a=2"}`,
			"POST", "/", `a=2&b=x%20y`, nil,
		},
		"raw": {
			4.2, `{"url":"/","method":"POST","sendBody":true,"contentType":"raw","rawContentType":"text/xml","body":"<a/>"}`,
			"POST", "/", `<a/>`, map[string]string{"Content-Type": "text/xml"},
		},
		"DELETE sends form fields as JSON, as n8n does": {
			4.2, `{"url":"/","method":"DELETE","sendBody":true,"contentType":"form-urlencoded","bodyParameters":{"parameters":[{"name":"a","value":1}]}}`,
			"DELETE", "/", `{"a":1}`, nil,
		},
		"body switched off": {
			4.2, `{"url":"/","method":"POST","sendBody":false,` + fields + `}`, "POST", "/", ``, nil,
		},
		"query of the URL and of the node": {
			4.2, `{"url":"/p?a=1#frag","sendQuery":true,"queryParameters":{"parameters":[{"name":"q","value":"ä&b"},{"name":"null","value":null}]}}`,
			"GET", "/p?a=1&q=%C3%A4%26b&null=", ``, nil,
		},
		"query as JSON, repeated": {
			4.2, `{"url":"/","sendQuery":true,"specifyQuery":"json","jsonQuery":"{\"a\":[1,2],\"o\":{\"k\":true}}","options":{"queryParameterArrays":"repeat"}}`,
			"GET", "/?a=1&a=2&o%5Bk%5D=true", ``, nil,
		},
		"query in brackets": {
			4.2, `{"url":"/","sendQuery":true,"specifyQuery":"json","jsonQuery":"{\"a\":[1,2]}","options":{"queryParameterArrays":"brackets"}}`,
			"GET", "/?a%5B%5D=1&a%5B%5D=2", ``, nil,
		},
		"query by default": {
			4.2, `{"url":"/","sendQuery":true,"specifyQuery":"json","jsonQuery":"{\"a\":[1,2]}"}`, "GET", "/?a%5B0%5D=1&a%5B1%5D=2", ``, nil,
		},
		"headers": {
			4.2, `{"url":"/","sendHeaders":true,"headerParameters":{"parameters":[{"name":"X-One","value":1},{"name":"","value":"x"},{"name":"Accept","value":"text/plain"},{"name":"X-No","value":false}]}}`,
			"GET", "/", ``, map[string]string{"X-One": "1", "Accept": "text/plain", "X-No": "", "User-Agent": wire.UserAgent, "Idempotency-Key": ""},
		},
		"headers as JSON": {
			4.2, `{"url":"/","sendHeaders":true,"specifyHeaders":"json","jsonHeaders":"{\"X-A\":\"1\"}"}`, "GET", "/", ``, map[string]string{"X-A": "1"},
		},
		"own idempotency key": {
			4.2, `{"url":"/","method":"POST","sendHeaders":true,"headerParameters":{"parameters":[{"name":"idempotency-KEY","value":"mine"}]}}`,
			"POST", "/", ``, map[string]string{"Idempotency-Key": "mine"},
		},
		"idempotency key switched off": {
			4.2, `{"url":"/","method":"POST","options":{"idempotency":"off"}}`, "POST", "/", ``, map[string]string{"Idempotency-Key": ""},
		},
		"version 1 fields": {
			1, `{"url":"/","requestMethod":"POST","bodyParametersUi":{"parameter":[{"name":"a.b","value":"1"}]},"queryParametersUi":{"parameter":[{"name":"q","value":"1"},{"name":"q","value":"2"}]},"headerParametersUi":{"parameter":[{"name":"X-A","value":"1"}]}}`,
			"POST", "/?q%5B0%5D=1&q%5B1%5D=2", `{"a.b":"1"}`, map[string]string{"X-A": "1", "Content-Type": "application/json"},
		},
		"version 1 JSON": {
			1, `{"url":"/","requestMethod":"POST","jsonParameters":true,"bodyParametersJson":"[1, {\"a\": 2}]","headerParametersJson":"{\"X-A\":\"1\"}","queryParametersJson":"{}"}`,
			"POST", "/", `[1,{"a":2}]`, map[string]string{"X-A": "1"},
		},
		"version 1 raw": {
			1, `{"url":"/","requestMethod":"POST","jsonParameters":true,"bodyParametersJson":"<a/>","options":{"bodyContentType":"raw","bodyContentCustomMimeType":"text/xml"}}`,
			"POST", "/", `<a/>`, map[string]string{"Content-Type": "text/xml"},
		},
		"version 2 form": {
			2, `{"url":"/","requestMethod":"POST","bodyParametersUi":{"parameter":[{"name":"a","value":"x y"}]},"options":{"bodyContentType":"form-urlencoded"}}`,
			"POST", "/", `a=x%20y`, map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.items(b.run(c.version, c.params))
			r := b.requests[0]
			if r.Method != c.method || r.RequestURI != c.uri || b.bodies[0] != c.body {
				t.Errorf("%s %s with %q", r.Method, r.RequestURI, b.bodies[0])
			}
			for h, want := range c.header {
				if got := strings.Join(r.Header.Values(h), "|"); got != want {
					t.Errorf("%s: %q, want %q", h, got, want)
				}
			}
		})
	}
}

func withFile(name string, data string) workflow.Item {
	return workflow.Item{JSON: value.Obj("id", 7.0), Binary: map[string]workflow.Binary{
		name: {MimeType: "text/csv", FileName: `a "b".csv`, Data: []byte(data)},
	}}
}

func TestSendsFiles(t *testing.T) {
	b := setup(t)
	b.items(b.run(4.2, `{"url":"/","method":"POST","sendBody":true,"contentType":"binaryData","inputDataFieldName":"f"}`, withFile("f", "x,y")))
	if b.bodies[0] != "x,y" || b.requests[0].Header.Get("Content-Type") != "text/csv" {
		t.Errorf("%q as %s", b.bodies[0], b.requests[0].Header.Get("Content-Type"))
	}
	for version, params := range map[float64]string{
		4.2: `{"url":"/","method":"POST","sendBody":true,"contentType":"multipart-form-data","bodyParameters":{"parameters":[
			{"name":"doc","parameterType":"formBinaryData","inputDataFieldName":"f"},{"name":"note","value":"hé"}]}}`,
		1: `{"url":"/","requestMethod":"POST","jsonParameters":true,"sendBinaryData":true,"binaryPropertyName":"doc:f","options":{"bodyContentType":"multipart-form-data"}}`,
	} {
		b := setup(t)
		b.items(b.run(version, params, withFile("f", "x,y")))
		_, p, err := mime.ParseMediaType(b.requests[0].Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		r := multipart.NewReader(strings.NewReader(b.bodies[0]), p["boundary"])
		part, err := r.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		data, _ := io.ReadAll(part)
		if part.FormName() != "doc" || string(data) != "x,y" || part.Header.Get("Content-Type") != "text/csv" || part.FileName() != "a %22b%22.csv" {
			t.Errorf("version %v: %s %q %q %v", version, part.FormName(), part.FileName(), data, part.Header)
		}
	}
}

func TestMissingFileIsSaid(t *testing.T) {
	b := setup(t)
	out := b.run(4.2, `{"url":"/","method":"POST","sendBody":true,"contentType":"binaryData","inputDataFieldName":"nope"}`)
	if out.Err == nil || !strings.Contains(out.Err.Message, "'nope'") || out.Err.Outcome != fault.NotSent || len(b.requests) != 0 {
		t.Errorf("%v", out.Err)
	}
}

func TestBadParametersAreRefusedBeforeSending(t *testing.T) {
	for params, want := range map[string]string{
		`{"url":""}`:                     "URL parameter cannot be empty",
		`{"url":5}`:                      "URL parameter must be a string, got number",
		`{"url":"ftp://a"}`:              `URL must start with "http" or "https"`,
		`{"url":"http://exa mple.com/"}`: "Invalid URL",
		`{"url":"/","sendBody":true,"method":"POST","specifyBody":"json","jsonBody":"{"}`: `The value in the "JSON Body" field is not valid JSON`,
		`{"url":"/","options":{"proxy":"http://p:1"}}`:                                    "proxy is not supported",
		`{"url":"/","provideSslCertificates":true}`:                                       "Client certificates are not supported",
		`{"url":"/","options":{"timeout":"soon"}}`:                                        "must be a number",
	} {
		b := setup(t)
		out := b.run(4.2, params)
		if out.Err == nil || !strings.Contains(out.Err.Message, want) || len(b.requests) != 0 {
			t.Errorf("%s gave %v", params, out.Err)
		}
	}
}

func TestAuthentication(t *testing.T) {
	generic := func(typ string) string {
		return `{"url":"/","authentication":"genericCredentialType","genericAuthType":"` + typ + `"}`
	}
	service := func(typ string) string {
		return `{"url":"/","authentication":"predefinedCredentialType","nodeCredentialType":"` + typ + `"}`
	}
	for name, c := range map[string]struct {
		version     float64
		params, typ string
		fields      map[string]string
		header, uri string
		name        string
	}{
		"basic":      {4.2, generic("httpBasicAuth"), "httpBasicAuth", map[string]string{"user": "u", "password": "p"}, "Basic dTpw", "/", "Authorization"},
		"bearer":     {4.2, generic("httpBearerAuth"), "httpBearerAuth", map[string]string{"token": "t"}, "Bearer t", "/", "Authorization"},
		"header":     {4.2, generic("httpHeaderAuth"), "httpHeaderAuth", map[string]string{"name": "X-Key", "value": "k"}, "k", "/", "X-Key"},
		"query":      {4.2, generic("httpQueryAuth"), "httpQueryAuth", map[string]string{"name": "key", "value": "k k"}, "", "/?key=k%20k", "X"},
		"custom":     {4.2, generic("httpCustomAuth"), "httpCustomAuth", map[string]string{"json": `{"headers":{"X-Key":"k"},"qs":{"q":"1"}}`}, "k", "/?q=1", "X-Key"},
		"OAuth2":     {4.2, generic("oAuth2Api"), "oAuth2Api", map[string]string{"oauthTokenData": `{"access_token":"at"}`}, "Bearer at", "/", "Authorization"},
		"openAiApi":  {4.2, service("openAiApi"), "openAiApi", map[string]string{"apiKey": "sk"}, "Bearer sk", "/", "Authorization"},
		"qdrantApi":  {4.2, service("qdrantApi"), "qdrantApi", map[string]string{"apiKey": "qk"}, "qk", "/", "api-key"},
		"wordpress":  {4.2, service("wordpressApi"), "wordpressApi", map[string]string{"username": "u", "password": "p"}, "Basic dTpw", "/", "Authorization"},
		"palm":       {4.2, service("googlePalmApi"), "googlePalmApi", map[string]string{"apiKey": "g"}, "", "/?key=g", "X"},
		"any OAuth2": {4.2, service("googleSheetsOAuth2Api"), "googleSheetsOAuth2Api", map[string]string{"accessToken": "at"}, "Bearer at", "/", "Authorization"},
		"version 1":  {1, `{"url":"/","authentication":"headerAuth"}`, "httpHeaderAuth", map[string]string{"name": "X-Key", "value": "k"}, "k", "/", "X-Key"},
		"version 2":  {2, generic("httpBasicAuth"), "httpBasicAuth", map[string]string{"user": "u", "password": "p"}, "Basic dTpw", "/", "Authorization"},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.creds[c.typ] = c.fields
			b.items(b.run(c.version, c.params))
			if r := b.requests[0]; r.Header.Get(c.name) != c.header || r.RequestURI != c.uri {
				t.Errorf("%s: %q at %s", c.name, r.Header.Get(c.name), r.RequestURI)
			}
		})
	}
}

func TestDigestAuthentication(t *testing.T) {
	b := setup(t)
	b.creds["httpDigestAuth"] = map[string]string{"user": "Mufasa", "password": "Circle of Life"}
	b.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate", `Digest realm="http-auth@example.org", qop="auth", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"in":true}`)
	}
	if got := b.items(b.run(4.2, `{"url":"/dir/index.html","authentication":"genericCredentialType","genericAuthType":"httpDigestAuth"}`)); got != `[{"in":true}]` {
		t.Errorf("items: %s", got)
	}
	header := b.requests[1].Header.Get("Authorization")
	p := challengeParams(header)
	// The server's computation, RFC 7616 3.4.1.
	sum := hashWith(sha256.New)
	ha1 := sum("Mufasa:http-auth@example.org:Circle of Life")
	want := sum(ha1 + ":" + p["nonce"] + ":" + p["nc"] + ":" + p["cnonce"] + ":auth:" + sum("GET:/dir/index.html"))
	if p["response"] != want || p["uri"] != "/dir/index.html" || p["opaque"] == "" {
		t.Errorf("header: %s", header)
	}
}

func TestMissingCredentialIsNamed(t *testing.T) {
	b := setup(t)
	out := b.run(4.2, `{"url":"/","authentication":"predefinedCredentialType","nodeCredentialType":"slackApi"}`)
	if out.Err == nil || out.Err.Code != fault.CodeCredentialMissing || !strings.Contains(out.Err.Message, "slackApi") {
		t.Errorf("%v", out.Err)
	}
	b.creds["oddApi"] = map[string]string{"secret": "s"}
	out = b.run(4.2, `{"url":"/","authentication":"predefinedCredentialType","nodeCredentialType":"oddApi"}`)
	if out.Err == nil || !strings.Contains(out.Err.Message, "oddApi cannot be used") || len(b.requests) != 0 {
		t.Errorf("%v", out.Err)
	}
}

func TestSecretsDoNotShowInErrors(t *testing.T) {
	b := setup(t)
	b.creds["httpQueryAuth"] = map[string]string{"name": "key", "value": "s3cr3t-marker"}
	b.answer = func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "bad key "+r.URL.Query().Get("key"))
	}
	out := b.run(4.2, `{"url":"/","authentication":"genericCredentialType","genericAuthType":"httpQueryAuth"}`)
	if all := out.Err.Error() + out.Run.Error.Message + out.Run.Error.Detail; strings.Contains(all, "s3cr3t") || !strings.Contains(all, "bad key") {
		t.Errorf("the error says %q", all)
	}
}

func TestPathsOfFieldNames(t *testing.T) {
	for name, want := range map[string]string{
		"a": `{"a":1}`, "a.b": `{"a":{"b":1}}`, "a[1]": `{"a":[null,1]}`, "a[0].b": `{"a":[{"b":1}]}`, `a["b"]`: `{"a":{"b":1}}`,
		"": `{"":1}`, "__proto__.x": `{}`, "a[99999]": `{"a":[]}`, "0": `{"0":1}`,
	} {
		if got := string(value.JSON(nested([]wire.Part{{Name: name, Value: 1.0}}))); got != want {
			t.Errorf("%q gave %s, want %s", name, got, want)
		}
	}
	both := nested([]wire.Part{{Name: "a", Value: 1.0}, {Name: "a.b", Value: 2.0}, {Name: "a.c", Value: 3.0}})
	if diff := cmp.Diff(`{"a":{"b":2,"c":3}}`, string(value.JSON(both))); diff != "" {
		t.Error(diff)
	}
}
