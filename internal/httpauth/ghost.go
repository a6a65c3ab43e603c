package httpauth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// ghostTokenTime is the longest that Ghost lets a token be good
// (docs.ghost.org/admin-api, token authentication).
const ghostTokenTime = 5 * time.Minute

// signGhost gives a request a token of Ghost's Admin API: a JWT (RFC 7519) that is
// signed with the second part of the key, in hexadecimal, and names the first.
func signGhost(req *http.Request, key string, now time.Time) error {
	id, text, _ := strings.Cut(strings.TrimSpace(key), ":")
	secret, err := hex.DecodeString(text)
	if err != nil || len(secret) == 0 || id == "" || strings.ContainsAny(id, `"\`) {
		return fault.New(fault.Invalid, fault.CodeNodeError, "The credential's API Key is no Admin API key of Ghost; copy it whole from Settings, Integrations: an ID, a colon and a secret.")
	}
	encode := base64.RawURLEncoding.EncodeToString
	token := encode(fmt.Appendf(nil, `{"alg":"HS256","kid":"%s","typ":"JWT"}`, id)) + "." +
		encode(fmt.Appendf(nil, `{"aud":"/v2/admin/","exp":%d,"iat":%d}`, now.Add(ghostTokenTime).Unix(), now.Unix()))
	sum := hmac.New(sha256.New, secret)
	sum.Write([]byte(token))
	SetHeader(req.Header, "Authorization", "Ghost "+token+"."+encode(sum.Sum(nil)))
	return nil
}
