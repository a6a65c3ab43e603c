// Command analyze runs the analyzers of go vet and of staticcheck in one pass, so that
// each package is read once. Both look at other people's modules only for what they say of
// our code. Of these it does not build staticcheck's intermediate representation, which
// tells no more than whether their functions are pure (SA4017), never give nil (SA4023) or
// want even numbers of arguments (SA5012). All checks of our own packages are whole; of the
// standard library all is known, and what modules say of themselves (deprecated, does not
// return). These two were most of the time on a machine without a cache.
package main

import (
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"honnef.co/go/tools/analysis/lint"
	"honnef.co/go/tools/lintcmd"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
	"honnef.co/go/tools/stylecheck"
	"honnef.co/go/tools/unused"
)

// own is how the paths of our packages begin.
const own = "github.com/automatelanka/automatelanka"

func main() {
	all := slices.Concat(simple.Analyzers, staticcheck.Analyzers, stylecheck.Analyzers, []*lint.Analyzer{unused.Analyzer})
	seen := narrowed{}
	for _, a := range all {
		seen.narrow(a.Analyzer)
	}
	cmd := lintcmd.NewCommand("analyze")
	cmd.ParseFlags(os.Args[1:])
	cmd.AddAnalyzers(all...)
	cmd.AddBareAnalyzers(vet...)
	cmd.Run()
}

// narrowed tells of each analyzer whether it is kept from other people's modules.
type narrowed map[*analysis.Analyzer]bool

// narrow keeps other people's modules from the analyzer that builds the representation
// and from all that need it. Of these they have no result, which nobody else would read.
func (n narrowed) narrow(a *analysis.Analyzer) bool {
	if done, ok := n[a]; ok {
		return done
	}
	n[a] = a.Name == "buildir"
	for _, needed := range a.Requires {
		if n.narrow(needed) {
			n[a] = true
		}
	}
	if n[a] {
		whole := a.Run
		a.Run = func(pass *analysis.Pass) (any, error) {
			if foreign(pass.Pkg.Path()) {
				return nil, nil //nolint:nilnil // as above
			}
			return whole(pass)
		}
	}
	return n[a]
}

// foreign reports whether a package is neither ours nor of the standard library, whose
// paths begin with no domain.
func foreign(path string) bool {
	domain, _, _ := strings.Cut(path, "/")
	return strings.Contains(domain, ".") && !strings.HasPrefix(path, own)
}
