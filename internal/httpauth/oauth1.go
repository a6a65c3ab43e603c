package httpauth

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the protocol's (RFC 5849)
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// signOAuth1 signs a request by RFC 5849, with the token that its owner was given.
func signOAuth1(req *http.Request, fields map[string]string, nonce string, now time.Time) error {
	hashes := map[string]func() hash.Hash{"HMAC-SHA1": sha1.New, "HMAC-SHA256": sha256.New, "HMAC-SHA512": sha512.New}
	method := fields["signatureMethod"]
	sum := hashes[method]
	if sum == nil {
		return fault.New(fault.Invalid, fault.CodeNodeError, "The signature method %q of OAuth1 is not supported.", method)
	}
	own := map[string]string{
		"oauth_consumer_key": fields["consumerKey"], "oauth_nonce": nonce, "oauth_signature_method": method,
		"oauth_timestamp": strconv.FormatInt(now.Unix(), 10), "oauth_version": "1.0",
	}
	if t := fields["oauthToken"]; t != "" {
		own["oauth_token"] = t
	}
	params, err := oauth1Params(req, own)
	if err != nil {
		return err
	}
	base := *req.URL
	base.RawQuery, base.Fragment, base.User = "", "", nil
	base.Host, base.Scheme = strings.ToLower(base.Host), strings.ToLower(base.Scheme)
	text := strings.Join([]string{strings.ToUpper(req.Method), strict(base.String()), strict(params)}, "&")
	h := hmac.New(sum, []byte(strict(fields["consumerSecret"])+"&"+strict(fields["oauthTokenSecret"])))
	h.Write([]byte(text))
	own["oauth_signature"] = base64.StdEncoding.EncodeToString(h.Sum(nil))
	var parts []string
	for name, v := range own {
		parts = append(parts, name+`="`+strict(v)+`"`)
	}
	slices.Sort(parts)
	SetHeader(req.Header, "Authorization", "OAuth "+strings.Join(parts, ", "))
	return nil
}

// oauth1Params are the parameters that are signed, sorted: of the query, of a form,
// and the protocol's own.
func oauth1Params(req *http.Request, own map[string]string) (string, error) {
	var pairs []string
	add := func(name, v string) { pairs = append(pairs, strict(name)+"="+strict(v)) }
	for name, v := range own {
		add(name, v)
	}
	texts := []string{req.URL.RawQuery}
	if kind, _, _ := mime.ParseMediaType(contentType(req.Header)); kind == "application/x-www-form-urlencoded" {
		body, err := readBody(req)
		if err != nil {
			return "", err
		}
		texts = append(texts, string(body))
	}
	for _, text := range texts {
		values, err := url.ParseQuery(text)
		if err != nil {
			return "", fault.New(fault.Invalid, fault.CodeNodeError, "The query or the form cannot be read, so the request cannot be signed.")
		}
		for name, list := range values {
			for _, v := range list {
				add(name, v)
			}
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&"), nil
}
