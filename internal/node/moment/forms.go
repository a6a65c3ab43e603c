package moment

import (
	"regexp"
	"strings"
	"time"
)

var (
	rfc2822Form = regexp.MustCompile(`^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),\s)?(\d{1,2})\s(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s(\d{2,4})\s(\d\d):(\d\d)(?::(\d\d))?\s(?:(UT|GMT|[ECMP][SD]T)|([Zz])|([+-]\d\d)(\d\d))$`)
	rfc1123Form = regexp.MustCompile(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$`)
	asciiForm   = regexp.MustCompile(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ( \d|\d\d) (\d\d):(\d\d):(\d\d) (\d{4})$`)
	sqlForm     = regexp.MustCompile(`^(\d{4})-(\d\d)-(\d\d)(?:[ T]` + `(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,30}))?)?` + `(?: ?(Z|[+-]\d\d:?\d\d)| ([A-Za-z][A-Za-z_]{1,256}(?:/[A-Za-z0-9_+-]{1,256}(?:/[A-Za-z0-9_+-]{1,256})?)?))?)?$`)
)

func parseRFC2822(s string, _ *time.Location) (time.Time, bool) {
	m := rfc2822Form.FindStringSubmatch(strings.Join(strings.Fields(s), " "))
	if m == nil {
		return time.Time{}, false
	}
	year := atoi(m[3])
	if len(m[3]) == 2 {
		if year += 1900; year < 1961 {
			year += 100
		}
	}
	offset := "Z"
	if m[7] != "" {
		offset = zoneNames[m[7]]
	} else if m[9] != "" {
		offset = m[9] + m[10]
	}
	return build(date{year, monthOf(m[2]), atoi(m[1])}, []string{m[4], m[5], m[6], ""}, offset, time.UTC)
}

func parseHTTP(s string, _ *time.Location) (time.Time, bool) {
	if m := rfc1123Form.FindStringSubmatch(s); m != nil {
		return build(date{atoi(m[3]), monthOf(m[2]), atoi(m[1])}, []string{m[4], m[5], m[6], ""}, "Z", time.UTC)
	}
	if m := asciiForm.FindStringSubmatch(s); m != nil {
		return build(date{atoi(m[6]), monthOf(m[1]), atoi(strings.TrimSpace(m[2]))}, []string{m[3], m[4], m[5], ""}, "Z", time.UTC)
	}
	return time.Time{}, false
}

func parseSQL(s string, zone *time.Location) (time.Time, bool) {
	m := sqlForm.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	if m[9] != "" {
		loc, ok := Zone(m[9])
		if !ok {
			return time.Time{}, false
		}
		zone = loc
	}
	return build(date{atoi(m[1]), atoi(m[2]), atoi(m[3])}, m[4:8], m[8], zone)
}

// zoneNames are the zones that e-mail dates may name.
var zoneNames = map[string]string{
	"UT": "Z", "UTC": "Z", "GMT": "Z", "Z": "Z", "EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500",
	"MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
}

const months = "janfebmaraprmayjunjulaugsepoctnovdec"

// monthOf finds a month by the first three letters of its name, 0 if there is none.
func monthOf(name string) int {
	if len(name) < 3 {
		return 0
	}
	i := strings.Index(months, strings.ToLower(name[:3]))
	if i < 0 || i%3 != 0 {
		return 0
	}
	return i/3 + 1
}
