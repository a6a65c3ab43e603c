package connector

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/value"
)

func TestXMLBecomesObjects(t *testing.T) {
	for text, want := range map[string]string{
		`<?xml version="1.0"?><d:m xmlns:d="DAV:"><d:r><d:h>/a b</d:h><d:p/></d:r><d:r><d:h>c</d:h></d:r></d:m>`: `{"m":{"r":[{"h":"/a b","p":""},{"h":"c"}]}}`,
		`<L><C n="1">x<K>1</K></C><C/><C>z</C></L>`:                                                              `{"L":{"C":[{"$":{"n":"1"},"K":"1","_":"x"},"","z"]}}`,
		`<a>1 &lt; 2 <![CDATA[<b>]]></a>`:                                                                        `{"a":"1 \u003c 2 \u003cb\u003e"}`,
		`<a><b></a>`:                                                                                             `null`,
		`no XML`:                                                                                                 `null`,
		strings.Repeat("<a>", 200) + strings.Repeat("</a>", 200):                                                 `null`,
	} {
		got := "null"
		if o := parseXML(text); o != nil {
			got = string(value.JSON(o))
		}
		if got != want && got != strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(want) {
			t.Errorf("%.60s: %s, not %s", text, got, want)
		}
	}
}
