package issuer

import (
	"html/template"
	"net/http"
	"net/url"
)

// page asks who to be. What the console sent travels along in hidden fields.
var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Sign in, on this machine</title>
<style nonce="{{.Nonce}}">
body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}
button{display:block;width:100%;text-align:left;font:inherit;padding:.7rem 1rem;margin:.4rem 0;border:1px solid #8886;border-radius:.5rem;background:none;color:inherit;cursor:pointer}
button:hover,button:focus-visible{border-color:currentColor}
small{opacity:.75}
</style></head><body>
<h1>Who are you?</h1>
<p>This platform runs on your machine and asks for no password. Members that you add in the console appear here too.</p>
<form method="post">
{{range $k, $v := .Fields}}<input type="hidden" name="{{$k}}" value="{{$v}}">{{end}}
{{range .People}}<button name="person" value="{{.Email}} {{.Tenant}}">{{or .Name .Email}}<br><small>{{.Email}}: {{.Role}}{{with .Tenant}} of {{.}}{{end}}</small></button>
{{else}}<p>There is nobody yet. Start the platform anew, or add a member with an API key.</p>{{end}}
</form></body></html>`))

// asked are the fields of the console's request that are needed later.
var asked = []string{"client_id", "redirect_uri", "state", "code_challenge", "nonce"}

// check refuses requests that must not be answered by a redirect.
func (i *Issuer) check(w http.ResponseWriter, q url.Values) bool {
	switch {
	case q.Get("client_id") != ClientID:
		http.Error(w, "The client is not known here; use "+ClientID+".", http.StatusBadRequest)
	case !i.mayReturn(q.Get("redirect_uri")):
		http.Error(w, "The redirect_uri is not an address of this machine.", http.StatusBadRequest)
	case q.Get("code_challenge") == "":
		http.Error(w, "The request needs a code_challenge by S256 (PKCE).", http.StatusBadRequest)
	default:
		return true
	}
	return false
}

func (i *Issuer) choose(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		http.Error(w, "The request needs response_type code and code_challenge_method S256.", http.StatusBadRequest)
		return
	}
	if !i.check(w, q) {
		return
	}
	people, err := i.people(r.Context())
	if err != nil {
		http.Error(w, "The members could not be read; try again.", http.StatusServiceUnavailable)
		return
	}
	fields := map[string]string{}
	for _, name := range asked {
		fields[name] = q.Get(name)
	}
	nonce := i.kid
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+nonce+"'; base-uri 'none'; frame-ancestors 'none'")
	_ = page.Execute(w, struct {
		Nonce  string
		Fields map[string]string
		People []Person
	}{nonce, fields, people})
}

// grant sends the browser back with a code for the person who was picked.
func (i *Issuer) grant(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || !i.check(w, r.PostForm) {
		return
	}
	people, err := i.people(r.Context())
	if err != nil {
		http.Error(w, "The members could not be read; try again.", http.StatusServiceUnavailable)
		return
	}
	f := r.PostForm
	for _, p := range people {
		if p.Email+" "+p.Tenant != f.Get("person") {
			continue
		}
		back, _ := url.Parse(f.Get("redirect_uri")) // check has parsed it
		q := back.Query()
		q.Set("code", i.keep(grant{person: p, redirect: f.Get("redirect_uri"), challenge: f.Get("code_challenge"), nonce: f.Get("nonce")}))
		q.Set("state", f.Get("state"))
		back.RawQuery = q.Encode()
		http.Redirect(w, r, back.String(), http.StatusSeeOther)
		return
	}
	http.Error(w, "There is no such person any more; go back and pick another.", http.StatusBadRequest)
}
