package credential

import (
	"net/url"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// DomainsOf are the hosts that may get a credential of the type: the owner's
// list, or else the type's. Empty: any host.
func (k *Kind) DomainsOf(fields map[string]string) []string {
	if own := SplitDomains(fields[FieldDomains]); len(own) > 0 {
		return own
	}
	fields = k.Complete(fields)
	var out []string
	for _, text := range k.Domains {
		if d := hostOf(Fill(text, fields)); d != "" && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	if out == nil && len(k.Domains) > 0 { // they hang on a field that is not set
		return []string{nowhere}
	}
	return out
}

// nowhere is a host that does not exist (RFC 6761).
const nowhere = "none.invalid"

// ShownDomains are the type's hosts as far as they are known without secrets; the
// rest names its field.
func (k *Kind) ShownDomains(values map[string]string) []string {
	if d := k.DomainsOf(values); !slices.Equal(d, []string{nowhere}) {
		return d
	}
	return slices.Clone(k.Domains)
}

// SplitDomains reads a list of hosts as people write it.
func SplitDomains(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\t' })
}

// hostOf is the host of a URL, or of what is a host already.
func hostOf(text string) string {
	if strings.Contains(text, "://") {
		u, err := url.Parse(text)
		if err != nil {
			return ""
		}
		return strings.ToLower(u.Hostname())
	}
	host, _, _ := strings.Cut(strings.ToLower(text), "/")
	return strings.Trim(host, ".")
}

// MatchesHost reports whether host is in the list: "api.example.com" is that host,
// "*.example.com" every host below example.com, "*" any. Ports do not count.
func MatchesHost(domains []string, host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return slices.ContainsFunc(domains, func(d string) bool {
		if below, ok := strings.CutPrefix(d, "*."); ok {
			return strings.HasSuffix(host, "."+below)
		}
		return d == "*" || d == host
	})
}

// CheckHost refuses a host that may not get the credential. Fields are what
// opening the credential gave: they carry the domains.
func CheckHost(fields map[string]string, host string) error {
	domains := SplitDomains(fields[FieldDomains])
	if len(domains) == 0 || MatchesHost(domains, host) {
		return nil
	}
	return fault.New(fault.Invalid, fault.CodeCredentialDomain,
		"The credential may not be sent to %s; it is for %s. Its owner can change the allowed domains.", host, strings.Join(domains, ", "))
}
