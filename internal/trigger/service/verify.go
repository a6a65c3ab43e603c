package service

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio signs with HMAC-SHA1, which is not broken
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Tolerance is how far the time of a signature may lie from now.
const Tolerance = 5 * time.Minute

var hashes = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New}

var decoders = map[string]func(string) ([]byte, error){"hex": hex.DecodeString, "base64": base64.StdEncoding.DecodeString}

// Credential is the credential of the node by which its calls are proved; false if
// none is connected that could.
func (t *Type) Credential(n *workflow.Node) (Credential, bool) {
	for _, c := range t.Credentials {
		_, connected := n.Credentials[c.Type]
		if c.proves(t.Verify) && c.holds(n) && (connected || c.Demanded) {
			return c, true
		}
	}
	// A credential that the parameters do not name is still better than none.
	for _, c := range t.Credentials {
		if _, connected := n.Credentials[c.Type]; connected && c.Secret != "" {
			return c, true
		}
	}
	return Credential{}, false
}

func (c Credential) proves(v Verify) bool { return c.Secret != "" || v.Scheme == Basic && c.Demanded }

func (c Credential) holds(n *workflow.Node) bool {
	for name, want := range c.When {
		if got, _ := text(n.Parameters, name); got != want {
			return false
		}
	}
	return true
}

// Prove checks the call with the secret of its registration, "" for none, and else
// as Check does: who registered the address by hand has the secret in the credential.
func (t *Type) Prove(c Call, registered string, used Credential, fields map[string]string, now time.Time) error {
	if registered == "" {
		return t.Check(c, used, fields, now)
	}
	err := t.Check(c, Credential{Secret: ownSecret}, map[string]string{ownSecret: registered, "user": BasicUser, "password": registered}, now)
	if err != nil && (fields[used.Secret] != "" || t.Verify.Scheme == Basic && fields["password"] != "") {
		return t.Check(c, used, fields, now)
	}
	return err
}

// BasicUser is the user of the basic authentication that the platform chooses.
const BasicUser = "automatelanka"

// ownSecret stands for a credential's field.
const ownSecret = "registered"

// Check checks that the call comes from the service. The fields are those of the
// credential; without a secret among them there is nothing to check.
func (t *Type) Check(c Call, used Credential, fields map[string]string, now time.Time) error {
	v, secret := t.Verify, fields[used.Secret]
	var ok bool
	switch {
	case v.Scheme == Basic:
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte(fields["user"]+":"+fields["password"]))
		ok = fields["user"] != "" && SameSecret(c.Header("Authorization"), want)
	case secret == "", v.Scheme == None:
		return nil
	case v.Scheme == Token:
		ok = SameSecret(c.Header(v.Header), secret)
	case v.Scheme == Twilio:
		ok = v.twilio(c, secret)
	default:
		return v.signed(c, secret, now)
	}
	if !ok {
		return refused("does not prove that it comes from the service")
	}
	return nil
}

func refused(why string) error {
	return fault.New(fault.Forbidden, fault.CodeForbidden, "The call %s; check the secret in the credential of the trigger.", why)
}

// SameSecret compares two secrets in a time that tells nothing of them.
func SameSecret(a, b string) bool {
	ha, hb := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(ha[:], hb[:]) == 1
}

// signed checks an HMAC, and then its time.
func (v Verify) signed(c Call, secret string, now time.Time) error {
	given, members := []string{c.Header(v.Header)}, map[string][]string{}
	if v.Member != "" {
		for part := range strings.SplitSeq(given[0], ",") {
			name, x, _ := strings.Cut(strings.TrimSpace(part), "=")
			members[name] = append(members[name], x)
		}
		given = members[v.Member]
	}
	stamp := v.stamp(c, members)
	mac := hmac.New(hashes[v.Algorithm], []byte(secret))
	mac.Write(v.message(c, stamp))
	want := mac.Sum(nil)
	// Stripe sends several signatures while a secret is changed.
	if !slices.ContainsFunc(given, func(s string) bool { return v.matches(s, want) }) {
		return refused("is not signed with the trigger's secret")
	}
	if v.Timestamp == (Timestamp{}) {
		return nil
	}
	n, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return refused("does not say when it was signed")
	}
	when := time.Unix(n, 0)
	if v.Timestamp.Millis {
		when = time.UnixMilli(n)
	}
	if d := now.Sub(when); d > Tolerance || d < -Tolerance {
		return fault.New(fault.Forbidden, fault.CodeForbidden, "The call was signed more than %s ago or ahead.", Tolerance)
	}
	return nil
}

func (v Verify) matches(given string, want []byte) bool {
	given, ok := strings.CutPrefix(given, v.Prefix)
	got, err := decoders[v.Encoding](given)
	return ok && err == nil && hmac.Equal(got, want)
}

func (v Verify) stamp(c Call, members map[string][]string) string {
	switch s := v.Timestamp; {
	case s.Header != "":
		return c.Header(s.Header)
	case s.Member != "":
		return strings.Join(members[s.Member], ",")
	default:
		stamp, _ := text(c.Body, s.Body)
		return stamp
	}
}

// message fills in what is signed. The body is put in last, so that nothing in it
// is taken for a placeholder.
func (v Verify) message(c Call, stamp string) []byte {
	before, after, _ := strings.Cut(v.Message, "{body}")
	fill := strings.NewReplacer("{timestamp}", stamp, "{method}", c.Method, "{url}", c.URL)
	return slices.Concat([]byte(fill.Replace(before)), c.Raw, []byte(fill.Replace(after)))
}

// twilio checks Twilio's signature: of the URL with the form's sorted fields, or of
// a URL whose query has the hash of a body that is no form.
func (v Verify) twilio(c Call, secret string) bool {
	message := c.URL
	u, err := url.Parse(c.URL)
	if err != nil {
		return false
	}
	if sum := u.Query().Get("bodySHA256"); sum != "" {
		got := sha256.Sum256(c.Raw)
		if !SameSecret(strings.ToLower(sum), hex.EncodeToString(got[:])) {
			return false
		}
	} else {
		form, err := url.ParseQuery(string(c.Raw))
		if err != nil || !strings.HasPrefix(c.Header("Content-Type"), "application/x-www-form-urlencoded") {
			return false // a body that the signature does not cover proves nothing
		}
		message += sortedForm(form)
	}
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(message))
	got, err := base64.StdEncoding.DecodeString(c.Header(v.Header))
	return err == nil && hmac.Equal(got, mac.Sum(nil))
}

func sortedForm(form url.Values) string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		values := slices.Compact(slices.Sorted(slices.Values(form[name])))
		for _, x := range values {
			b.WriteString(name + x)
		}
	}
	return b.String()
}
