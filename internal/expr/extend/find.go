package extend

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

// space is what \s means in JavaScript; RE2's is ASCII only.
const space = `\s\x0b\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`

const (
	// host is a name with a top-level domain, localhost or an IPv4 address.
	host = `(?:(?:[-\w]+\.)+(?:[a-zA-Z]{2,}|xn--[a-zA-Z0-9]+)|localhost|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})`
	port = `(?::\d+)?`
	// tail is a path, a query and a fragment.
	tail = `(?:/[^` + space + `?]*)?(?:\?[^` + space + `#]*)?(?:#[^` + space + `]*)?`
	web  = `(?:https?|ftp)://(?:www\.)?` + host + port + `(?:/[^` + space + `?#]*)?(?:\?[^` + space + `#]*)?#?[^` + space + `]*`
	// local is the part of a mail address before @.
	local = `[^<>()\[\]\\.,;:` + space + `@"]+(?:\.[^<>()\[\]\\.,;:` + space + `@"]+)*|".+"`
)

var (
	tags     = regexp.MustCompile(`<[^>]*>?`)
	exactURL = regexp.MustCompile(`(?i)^` + web + `$`)
	anyURL   = regexp.MustCompile(`(?i)` + web)
	domain   = regexp.MustCompile(`(?i)^(?:www\.)?` + host + port + tail + `$`)
	inURL    = regexp.MustCompile(`(?i)^(?:(?:https?|ftp)://)?(?:mailto:)?(?://)?((?:www\.)?` + host + `)` + port + tail + `$`)
	email    = regexp.MustCompile(`(?:` + local + `)@(\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}]|(?:[a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,})`)
	currency = alternatives(
		"Lek", "؋", "$", "ƒ", "₼", "Br", "BZ$", "$b", "KM", "P", "лв", "R$", "៛", "¥", "₡", "kn", "₱", "Kč", "kr", "RD$", "£", "€", "¢", "Q",
		"L", "Ft", "₹", "Rp", "﷼", "₪", "J$", "₩", "₭", "ден", "RM", "₨", "₮", "MT", "C$", "₦", "B/.", "Gs", "S/.", "zł", "lei", "₽", "Дин.",
		"S", "R", "CHF", "NT$", "฿", "TT$", "₺", "₴", "$U", "Bs", "₫", "Z$",
	)
)

// alternatives matches the first of the words that fits.
func alternatives(words ...string) *regexp.Regexp {
	for i, w := range words {
		words[i] = regexp.QuoteMeta(w)
	}
	return regexp.MustCompile(strings.Join(words, "|"))
}

func isEmail(v string) bool { return email.MatchString(v) && !strings.Contains(v, " ") }

func extractDomain(v string) (string, bool) {
	if isEmail(v) {
		return first(email.FindStringSubmatch(v), 1)
	}
	return first(inURL.FindStringSubmatch(v), 1)
}

// urlPath is new URL(text).pathname.
func urlPath(v string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(v))
	if err != nil || u.Scheme == "" {
		return "", false
	}
	if u.Opaque != "" {
		return u.Opaque, true
	}
	switch u.Scheme {
	case "http", "https", "ftp", "ws", "wss":
		if u.Host == "" {
			return "", false
		}
	}
	p := u.EscapedPath()
	clean := path.Clean("/" + p)
	if strings.HasSuffix(p, "/") && clean != "/" || strings.HasSuffix(p, "/.") || strings.HasSuffix(p, "/..") {
		clean = strings.TrimSuffix(clean, "/") + "/"
	}
	if strings.Contains(p, "//") {
		clean = p // empty segments count
	}
	return clean, true
}
