package hook

import (
	"encoding/base64"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/automatelanka/automatelanka/internal/value"
)

// A forged webhook starts nothing (CVE-2026-21894).
func TestCredentials(t *testing.T) {
	hs := func(secret string, claims jwt.MapClaims) string {
		s, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + s
	}
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	basic := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	late := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC).Unix()
	for _, c := range []struct {
		auth, header, value string
		status              int
	}{
		{"basicAuth", "Authorization", basic("u:p"), 200},
		{"basicAuth", "", "", 401},
		{"basicAuth", "Authorization", basic("u:q"), 403},
		{"basicAuth", "Authorization", basic(":"), 403},
		{"headerAuth", "X-Key", "v", 200},
		{"headerAuth", "X-Key", "w", 403},
		{"headerAuth", "", "", 403},
		{"jwtAuth", "Authorization", hs("s3", jwt.MapClaims{"sub": "x"}), 200},
		{"jwtAuth", "Authorization", hs("other", jwt.MapClaims{"sub": "x"}), 403},
		{"jwtAuth", "Authorization", hs("s3", jwt.MapClaims{"exp": late}), 403},
		{"jwtAuth", "Authorization", "Bearer " + none, 403},
		{"jwtAuth", "", "", 401},
	} {
		f := setup(t, "2", `{"path":"in","authentication":"`+c.auth+`"}`)
		w := f.call("GET", "/hooks/ten_a/in", "", nil, c.header, c.value)
		if w.Code != c.status || (len(f.desk.launches) == 1) != (c.status == 200) {
			t.Errorf("%s %s %q: %d %s", c.auth, c.header, c.value, w.Code, w.Body)
		}
		if c.auth == "jwtAuth" && c.status == 200 {
			if sub, _ := value.Path(f.item(t).JSON, "jwtPayload", "sub"); sub != "x" {
				t.Error("the payload is missing")
			}
		}
	}
	f := setup(t, "2", `{"path":"in","authentication":"headerAuth"}`)
	f.Credentials = nil
	if w := f.call("GET", "/hooks/ten_a/in", "", nil, "X-Key", "v"); w.Code != 403 {
		t.Errorf("without any credentials: %d", w.Code)
	}
}

func TestAddressesAndBots(t *testing.T) {
	f := setup(t, "2", `{"path":"in","options":{"ipWhitelist":"192.0.2.1, 198.51.100.0/24","ignoreBots":true}}`)
	for from, want := range map[string]int{"192.0.2.1:5": 200, "198.51.100.77:5": 200, "203.0.113.9:5": 403, "nonsense": 403} {
		r := httptest.NewRequest("GET", "/hooks/ten_a/in", nil)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: %d", from, w.Code)
		}
	}
	r := httptest.NewRequest("GET", "/hooks/ten_a/in", nil)
	r.RemoteAddr = "192.0.2.1:5"
	r.Header.Set("User-Agent", "Googlebot/2.1")
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	if w.Code != 403 {
		t.Errorf("a bot: %d", w.Code)
	}
}
