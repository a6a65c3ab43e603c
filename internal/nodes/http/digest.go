package http

import (
	"crypto/md5" //nolint:gosec // the algorithm is the server's choice (RFC 7616)
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/http"
	"strings"

	"github.com/automatelanka/automatelanka/internal/ident"
)

// digest answers a digest challenge (RFC 7616) for the request that got it.
func (a *auth) digest(req *http.Request, challenge string) string {
	p := challengeParams(challenge)
	algorithm := strings.ToUpper(p["algorithm"])
	sum := hashWith(md5.New)
	if strings.HasPrefix(algorithm, "SHA-256") {
		sum = hashWith(sha256.New)
	}
	cnonce, user := ident.Token(), a.fields()["user"]
	ha1 := sum(user + ":" + p["realm"] + ":" + a.fields()["password"])
	if strings.HasSuffix(algorithm, "-SESS") {
		ha1 = sum(ha1 + ":" + p["nonce"] + ":" + cnonce)
	}
	uri := req.URL.RequestURI()
	ha2 := sum(req.Method + ":" + uri)
	out := `Digest username="` + user + `", realm="` + p["realm"] + `", nonce="` + p["nonce"] + `", uri="` + uri + `"`
	if strings.Contains(p["qop"], "auth") {
		out += `, qop=auth, nc=00000001, cnonce="` + cnonce + `", response="` +
			sum(ha1+":"+p["nonce"]+":00000001:"+cnonce+":auth:"+ha2) + `"`
	} else {
		out += `, response="` + sum(ha1+":"+p["nonce"]+":"+ha2) + `"`
	}
	if p["algorithm"] != "" {
		out += ", algorithm=" + p["algorithm"]
	}
	if p["opaque"] != "" {
		out += `, opaque="` + p["opaque"] + `"`
	}
	return out
}

func hashWith(make func() hash.Hash) func(string) string {
	return func(s string) string {
		h := make()
		h.Write([]byte(s))
		return hex.EncodeToString(h.Sum(nil))
	}
}

// challengeParams reads the parameters of a WWW-Authenticate header.
func challengeParams(header string) map[string]string {
	out := map[string]string{}
	rest := strings.TrimSpace(header[len("digest "):])
	for rest != "" {
		var name, v string
		name, rest, _ = strings.Cut(rest, "=")
		if rest = strings.TrimSpace(rest); strings.HasPrefix(rest, `"`) {
			v, rest, _ = strings.Cut(rest[1:], `"`)
			_, rest, _ = strings.Cut(rest, ",")
		} else {
			v, rest, _ = strings.Cut(rest, ",")
		}
		out[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(v)
		rest = strings.TrimSpace(rest)
	}
	return out
}
