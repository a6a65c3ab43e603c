// Package library holds the JavaScript that expressions and Code nodes share:
// Luxon (MIT), jmespath.js (Apache-2.0), n8n's functions on dates and what Code
// nodes know from Node.js. Each is
// parsed once for the process; a runtime runs it when a script first needs it.
//
// Luxon and jmespath.js are the files of their npm packages, unchanged:
// luxon@3.4.4 build/global/luxon.min.js and jmespath@0.16.0
// jmespath.js. A test holds them to their checksums.
package library

import (
	_ "embed"
	"sync"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
)

var (
	//go:embed luxon-3.4.4.min.js
	luxon string
	//go:embed jmespath-0.16.0.js
	jmespath string
	//go:embed dates.js
	dates string
	//go:embed node.js
	node string
)

// lazyRegExp keeps Luxon from compiling, while it loads, two dozen regular
// expressions of which most runs need none: that is most of its loading time.
const lazyRegExp = `
var loading = true;
function LazyRegExp(source, flags) {
  if (!loading) return new RegExp(source, flags);
  var real;
  return {
    source: source,
    exec: function (s) { real = real || new RegExp(source, flags); return real.exec(s); },
    test: function (s) { return this.exec(s) !== null; },
  };
}`

var (
	// Luxon evaluates to function (Intl) that gives luxon's module.
	Luxon = compiled("luxon", "(function (Intl) {"+lazyRegExp+
		"return (function (RegExp) {"+luxon+"\nloading = false; return luxon })(LazyRegExp) })")
	// JMESPath evaluates to function () that gives jmespath's module.
	JMESPath = compiled("jmespath", "(function () { var exports = {};"+jmespath+"\nreturn exports })")
	// Dates evaluates to function (luxon, fail) that gives n8n's date functions.
	Dates = compiled("dates", dates)
	// Node evaluates to function (codec) that gives what Code nodes know from Node.js.
	Node = compiled("node", node)
)

// compiled parses a script when it is first asked for.
func compiled(name, source string) func() *goja.Program {
	return sync.OnceValue(func() *goja.Program {
		parsed, err := goja.Parse(name, source, parser.WithDisableSourceMaps)
		if err != nil {
			panic(err) // the scripts are part of the program
		}
		prog, err := goja.CompileAST(parsed, false)
		if err != nil {
			panic(err)
		}
		return prog
	})
}
