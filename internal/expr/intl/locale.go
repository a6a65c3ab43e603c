package intl

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

//go:embed locales.json.gz
var packed []byte

// bundle is the data of all locales; each locale is decoded when it is first used.
type bundle struct {
	Locales map[string]json.RawMessage `json:"locales"`
	Zones   map[string][2][3]string    `json:"zones"` // January's and July's {offset, short, long} of en-US
	Digits  map[string]int             `json:"digits"`
	Names   [][]string                 `json:"names"`
	decoded sync.Map
}

// locale is the data of one locale. Patterns hold tokens in braces.
type locale struct {
	Date  map[string]string `json:"date"` // by the widths of weekday, year, month and day
	Join  map[string]string `json:"join"` // what stands between that date and a time
	Time  map[string]string `json:"time"` // by hour cycle and the widths of hour, minute and second
	Style struct {
		Date map[string]string `json:"date"`
		Time map[string]string `json:"time"`
		Join map[string]string `json:"join"`
	} `json:"style"`
	Number   numberData `json:"number"`
	ZoneGlue []string   `json:"zoneGlue"` // between a date and a zone's name
	// Zones are the abbreviations of zones in January and July, where they are not offsets.
	Zones map[string][2]string `json:"zones"`

	tag string
}

var data = sync.OnceValue(func() *bundle {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err) // the data is part of the program
	}
	b := &bundle{}
	if err := json.NewDecoder(z).Decode(b); err != nil {
		panic(err)
	}
	return b
})

// regions are the locales that languages without a known region stand for.
var regions = map[string]string{
	"en": "en-US", "de": "de-DE", "fr": "fr-FR", "es": "es-ES", "it": "it-IT", "pt": "pt-BR", "nl": "nl-NL", "sv": "sv-SE", "da": "da-DK",
	"nb": "nb-NO", "no": "nb-NO", "fi": "fi-FI", "pl": "pl-PL", "cs": "cs-CZ", "sk": "sk-SK", "hu": "hu-HU", "ro": "ro-RO", "bg": "bg-BG",
	"el": "el-GR", "tr": "tr-TR", "ru": "ru-RU", "uk": "uk-UA", "he": "he-IL", "iw": "he-IL", "ja": "ja-JP", "zh": "zh-CN", "ko": "ko-KR",
	"id": "id-ID", "vi": "vi-VN", "hi": "hi-IN", "ms": "ms-MY", "sr": "sr-RS", "hr": "hr-HR", "lt": "lt-LT", "lv": "lv-LV", "et": "et-EE",
	"ca": "ca-ES",
}

// Default is the locale where none is asked for.
const Default = "en-US"

// Canonical returns the form of a locale's tag that Intl uses, and an error if
// the locale is not supported.
func Canonical(tag string) (string, error) {
	l, err := find(tag)
	if err != nil {
		return "", err
	}
	return l.tag, nil
}

// find returns a locale's data; extensions (-u-…) are ignored.
func find(tag string) (*locale, error) {
	if tag == "" {
		tag = Default
	}
	base, _, _ := strings.Cut(tag, "-u-")
	parts := strings.Split(strings.ReplaceAll(base, "_", "-"), "-")
	parts[0] = strings.ToLower(parts[0])
	region := ""
	for _, p := range parts[1:] {
		if len(p) == 2 {
			region = strings.ToUpper(p)
		}
		if p = strings.ToLower(p); p == "hant" && region == "" {
			region = "TW"
		}
	}
	name := parts[0]
	if region != "" {
		name += "-" + region
	}
	b := data()
	if _, ok := b.Locales[name]; !ok {
		if name = regions[parts[0]]; name == "" {
			return nil, fmt.Errorf("the locale %q is not supported", tag)
		}
	}
	return b.locale(name)
}

func (b *bundle) locale(name string) (*locale, error) {
	if l, ok := b.decoded.Load(name); ok {
		return l.(*locale), nil
	}
	l := &locale{tag: name}
	if err := json.Unmarshal(b.Locales[name], l); err != nil {
		return nil, err
	}
	b.decoded.Store(name, l)
	return l, nil
}
