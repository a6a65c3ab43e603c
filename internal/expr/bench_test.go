package expr

import "testing"

// BenchmarkResolve measures one evaluation: in an Evaluator that has run before,
// and with a runtime of its own.
func BenchmarkResolve(b *testing.B) {
	for name, text := range map[string]string{
		"path":     "={{ $json.o.nested.deep.x }}",
		"node":     "={{ $('A').item.json.av }}",
		"first":    "={{ $('A').first().json.av }}",
		"template": "=id {{ $json.n }}: {{ $json.s }}",
		"method":   "={{ $json.s.toUpperCase() }}",
		"lambda":   "={{ $json.objs.map(o => o.name).join(', ') }}",
		"json":     "={{ JSON.stringify($json.o) }}",
		"extended": "={{ $json.strs.first().toTitleCase() }}",
		"regexp":   "={{ $json.s.replace(/o/g, '0') }}",
		"now":      "={{ $now.format('yyyy-MM-dd') }}",
	} {
		scope := recordedScope(b)
		b.Run(name+"/used", func(b *testing.B) {
			e := NewEvaluator(b.Context(), scope, Limits{})
			defer e.Close()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Resolve(text, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/fresh", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e := NewEvaluator(b.Context(), scope, Limits{})
				if _, err := e.Resolve(text, 0); err != nil {
					b.Fatal(err)
				}
				e.Close()
			}
		})
	}
}
