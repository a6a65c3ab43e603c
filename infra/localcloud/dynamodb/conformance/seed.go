package conformance

import "testing"

// richItem has a value of each type; conditions and updates are tried on it.
const richItem = `{"pk":{"S":"a"},"sk":{"S":"1"},"n":{"N":"5"},"s":{"S":"str"},"l":{"L":[{"N":"1"},{"S":"x"}]},` +
	`"m":{"M":{"a":{"N":"1"},"b":{"M":{"c":{"S":"d"}}}}},"ss":{"SS":["a","b"]},"ns":{"NS":["1","2"]},` +
	`"b":{"B":"YQ=="},"bo":{"BOOL":true},"nu":{"NULL":true}}`

// richKey is richItem's key.
const richKey = `{"pk":{"S":"a"},"sk":{"S":"1"}}`

// searched makes the table that the queries' cases search: five items of one
// partition, with two global indexes and a local one.
func (s suite) searched(t *testing.T) string {
	t.Helper()
	table := s.table(t, "pk:S sk:S", global("gsi", "gp:S gs:N", "KEYS_ONLY"), global("inc", "gp:S", "INCLUDE x"), local("lsi", "pk:S ls:S", "KEYS_ONLY"))
	s.put(t, table,
		`{"pk":{"S":"a"},"sk":{"S":"s0"},"gp":{"S":"g"},"gs":{"N":"0"},"ls":{"S":"l5"},"x":{"N":"0"},"y":{"S":"y"}}`,
		`{"pk":{"S":"a"},"sk":{"S":"s1"},"gp":{"S":"g"},"gs":{"N":"1"},"ls":{"S":"l4"},"x":{"N":"1"},"y":{"S":"y"}}`,
		`{"pk":{"S":"a"},"sk":{"S":"s2"},"gp":{"S":"g"},"gs":{"N":"0"},"ls":{"S":"l3"},"x":{"N":"2"},"y":{"S":"y"}}`,
		`{"pk":{"S":"a"},"sk":{"S":"s3"},"gp":{"S":"g"},"gs":{"N":"1"},"ls":{"S":"l2"},"x":{"N":"3"},"y":{"S":"y"}}`,
		`{"pk":{"S":"a"},"sk":{"S":"s4"},"gp":{"S":"g"},"gs":{"N":"0"},"ls":{"S":"l1"},"x":{"N":"4"},"y":{"S":"y"}}`)
	return table
}
