package expr

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
)

// anItem is what the tables' expressions are evaluated on.
const anItem = `{"pk":{"S":"a"},"n":{"N":"5"},"s":{"S":"str"},"l":{"L":[{"N":"1"},{"S":"x"}]},` +
	`"m":{"M":{"a":{"N":"1"},"b":{"M":{"c":{"S":"d"}}}}},"ss":{"SS":["a","b"]},"b":{"B":"YQ=="},"t":{"BOOL":true}}`

func item(doc string) attr.Item { return attr.ReadItem(wirejson.NewReader([]byte(doc))) }

// given makes placeholders: names as #k=attribute, values as :k=JSON.
func given(pairs ...string) *Placeholders {
	p := &Placeholders{}
	for _, pair := range pairs {
		key, text, _ := strings.Cut(pair, "=")
		if key[0] == '#' {
			p.Names = append(p.Names, Name{Key: key, Attribute: text})
		} else {
			p.Values = append(p.Values, NamedValue{Key: key, Value: attr.ReadValue(wirejson.NewReader([]byte(text)))})
		}
	}
	return p
}

// test evaluates a condition on anItem: "true", "false" or the error.
func test(text string, p *Placeholders) string {
	c, err := new(Cache).Condition(text)
	if err != nil {
		return err.Error()
	}
	b, err := c.Bind(p)
	if err == nil {
		err = p.CheckUsed()
	}
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(c.Test(b, item(anItem)))
}

func TestConditions(t *testing.T) {
	one, str := `:v={"N":"1"}`, `:v={"S":"str"}`
	const bad = "Invalid ConditionExpression: "
	for _, c := range []struct {
		text, want string
		given      []string
	}{
		{"s = :v", "true", []string{str}},
		{"#x.#y.c = :v", "true", []string{"#x=m", "#y=b", `:v={"S":"d"}`}},
		{"l[1] = :v AND m.a = :w", "true", []string{`:v={"S":"x"}`, `:w={"N":"1.0"}`}},
		{"n < :v OR NOT n > :v", "true", []string{`:v={"N":"5"}`}},
		{"n BETWEEN :v AND n2 OR s BETWEEN :w AND :w", "true", []string{one, `:w={"S":"str"}`}},
		{"zz <> :v", "true", []string{one}}, {"zz = yy", "false", nil}, {"NOT zz = yy", "true", nil}, {"n < s", "false", nil},
		{"n IN (s, :v, zz)", "true", []string{`:v={"N":"5e0"}`}},
		{"contains(ss, :v) AND contains(l, :v)", "false", []string{`:v={"S":"a"}`}},
		{"begins_with(s, :v) AND contains(s, :v)", "true", []string{`:v={"S":"st"}`}},
		{"size(s) = :v AND size(l) < :v AND size(m) < size(s)", "true", []string{`:v={"N":"3"}`}},
		{"attribute_exists(m.b.c) AND attribute_not_exists(m.b.c.d)", "true", nil},
		{"attribute_type(b, :v)", "true", []string{`:v={"S":"B"}`}},
		{"a = :v OR b = :v AND n = :v", "false", []string{one}},

		{"", bad + "The expression can not be empty;", nil},
		{"foo", bad + `Syntax error; token: "<EOF>", near: "foo"`, nil},
		{"s == :v", bad + `Syntax error; token: "=", near: "== :v"`, []string{one}},
		{"s = :v)", bad + `Syntax error; token: ")", near: ":v)"`, []string{one}},
		{"(s AND n = :v)", bad + `Syntax error; token: "AND", near: "s AND n"`, []string{one}},
		{"_a = :v", bad + `Syntax error; token: "_", near: "_a"`, []string{one}},
		{"l[01] = :v", bad + `Syntax error; token: "1", near: "01]"`, []string{one}},
		{"l[0]a = :v", bad + `Syntax error; token: "a", near: "]a ="`, []string{one}},
		{"((s = :v))", bad + "The expression has redundant parentheses;", []string{str}},
		{"NAME = :v", bad + "Attribute name is a reserved keyword; reserved keyword: NAME", []string{one}},
		{"foo(s)", bad + "Invalid function name; function: foo", nil},
		{"size(s)", bad + "The function is not allowed to be used this way in an expression; function: size", nil},
		{"if_not_exists(s, :v) = :v", bad + "The function is not allowed in a condition expression; function: if_not_exists", []string{one}},
		{"attribute_exists(:v)", bad + "Operator or function requires a document path; operator or function: attribute_exists", []string{one}},
		{"begins_with(s)", bad + "Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1", nil},
		{"l[99999999999] = :v", bad + "List index is not within the allowable range; index: [99999999999]", []string{one}},
		{"s = :w", bad + "An expression attribute value used in expression is not defined; attribute value: :w", []string{one}},
		{"#a = :v", bad + "An expression attribute name used in the document path is not defined; attribute name: #a", []string{one}},
		{"s = :v", "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}", []string{str, `:w={"N":"1"}`}},
		{"s = :v", "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}", []string{str, "#b=b", "#a=a"}},
		{"n < :v", bad + "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL", []string{`:v={"BOOL":true}`}},
		{"m.a = #m.a", bad + "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [m, a]", []string{"#m=m"}},
		{"s BETWEEN :v AND :w", bad + "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:str}, upper bound operand: AttributeValue: {S:a}", []string{str, `:w={"S":"a"}`}},
		{"attribute_type(s, :v)", bad + "Invalid attribute type name found; type: Q, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}", []string{`:v={"S":"Q"}`}},
		{strings.Repeat("n=:v OR ", 150) + "n=:v", bad + "The expression contains too many operators; operator count: 301", []string{one}},
		{strings.Repeat("a", 4097), bad + "Expression size has exceeded the maximum allowed size; expression size: 4097", nil},
	} {
		if got := test(c.text, given(c.given...)); got != c.want {
			t.Errorf("%.80s %v:\n got %s\nwant %s", c.text, c.given, got, c.want)
		}
	}
}

// apply updates anItem and returns what of it changed, as JSON, or the error.
func apply(text string, p *Placeholders) string {
	u, err := new(Cache).Update(text)
	if err != nil {
		return err.Error()
	}
	b, err := u.Bind(p)
	if err != nil {
		return err.Error()
	}
	old := item(anItem)
	got, err := u.Apply(b, old)
	if err != nil {
		return err.Error()
	}
	if d := cmp.Diff(item(anItem), old); d != "" {
		return "the old item was changed: " + d
	}
	var out attr.Item
	for _, f := range got {
		if was := old.Get(f.Name); was == nil || !attr.Equal(was, &f.Value) {
			out = append(out, f)
		}
	}
	for _, f := range old {
		if got.Get(f.Name) == nil {
			out = append(out, attr.Field{Name: "-" + f.Name, Value: attr.Value{Kind: attr.Null}})
		}
	}
	return string(out.AppendJSON(nil))
}

func TestUpdates(t *testing.T) {
	one := `:v={"N":"1"}`
	const bad = "Invalid UpdateExpression: "
	for _, c := range []struct {
		text, want string
		given      []string
	}{
		{"SET a = :v, m.b.x = n - :v REMOVE s ADD n :v DELETE ss :w", `{"a":{"N":"1"},"m":{"M":{"a":{"N":"1"},"b":{"M":{"c":{"S":"d"},"x":{"N":"4"}}}}},"n":{"N":"6"},"ss":{"SS":["a"]},"-s":{"NULL":true}}`, []string{one, `:w={"SS":["b","z"]}`}},
		{"SET s = n, n = s", `{"n":{"S":"str"},"s":{"N":"5"}}`, nil},
		{"SET l[5] = :v, l[2] = s REMOVE l[0]", `{"l":{"L":[{"S":"x"},{"S":"str"},{"N":"1"}]}}`, []string{one}},
		{"REMOVE l[0], l[1]", `{"l":{"L":[]}}`, nil},
		{"REMOVE l[7], zz", `{}`, nil},
		{"SET l = list_append(:v, if_not_exists(zz, l))", `{"l":{"L":[{"NULL":true},{"N":"1"},{"S":"x"}]}}`, []string{`:v={"L":[{"NULL":true}]}`}},
		{"SET c = if_not_exists(c, :v) + (n)", `{"c":{"N":"6"}}`, []string{one}},
		{"DELETE ss :v", `{"-ss":{"NULL":true}}`, []string{`:v={"SS":["a","b"]}`}},
		{"ADD c :v", `{"c":{"SS":["q"]}}`, []string{`:v={"SS":["q"]}`}},
		{"SET #a = :v", `{"m.a":{"N":"1"}}`, []string{one, "#a=m.a"}},

		{"SET zz.a = :v", string(errPath), []string{one}}, {"REMOVE n.a", string(errPath), nil}, {"SET m[0] = :v", string(errPath), []string{one}},
		{"SET a = zz", string(errNoAttribute), nil}, {"SET a = s + :v", string(errOperandType), []string{one}},
		{"ADD s :v", string(errOperandType), []string{one}},
		{"SET n = n + :v", string(attr.ErrOverflow), []string{`:v={"N":"1e100"}`}},
		{"SET a = :v SET b = :v", bad + `The "SET" section can only be used once in an update expression;`, []string{one}},
		{"SET a = :v + :v + :v", bad + `Syntax error; token: "+", near: ":v + :v"`, []string{one}},
		{"SET a = if_not_exists(z, list_append(l, l))", bad + "The function is not allowed to be used this way in an expression; function: list_append", nil},
		{"SET a = size(l)", bad + "The function is not allowed in an update expression; function: size", nil},
		{"ADD n :v", bad + "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND", []string{`:v={"S":"1"}`}},
		{"SET a = n + :v", bad + "Incorrect operand type for operator or function; operator or function: +, operand type: S", []string{`:v={"S":"1"}`}},
		{"SET m.a = :v REMOVE #m", bad + "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m]", []string{one, "#m=m"}},
		{"SET m[0] = :v, m.a = :v", bad + "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, [0]], path two: [m, a]", []string{one}},
		{"ADD n n", bad + `Syntax error; token: "n", near: "n n"`, nil},
	} {
		if got := apply(c.text, given(c.given...)); got != c.want {
			t.Errorf("%s %v:\n got %s\nwant %s", c.text, c.given, got, c.want)
		}
	}
}

func TestProjections(t *testing.T) {
	for text, want := range map[string]string{
		"n, zz":                 `{"n":{"N":"5"}}`,
		"m.b, l[1], m.zz":       `{"l":{"L":[{"S":"x"}]},"m":{"M":{"b":{"M":{"c":{"S":"d"}}}}}}`,
		"l[1], l[0]":            `{"l":{"L":[{"N":"1"},{"S":"x"}]}}`,
		"m.zz, l[9], n.a, m[0]": "Invalid ProjectionExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, zz], path two: [m, [0]]",
		"n, n":                  "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [n], path two: [n]",
		"m.b.c, m.a":            `{"m":{"M":{"a":{"N":"1"},"b":{"M":{"c":{"S":"d"}}}}}}`,
		"zz.a, l[7]":            `{}`,
		"n m":                   `Invalid ProjectionExpression: Syntax error; token: "m", near: "n m"`,
		"n,":                    `Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ","`,
	} {
		got := ""
		p, err := new(Cache).Projection(text)
		var b *Binding
		if err == nil {
			b, err = p.Bind(&Placeholders{})
		}
		if err != nil {
			got = err.Error()
		} else {
			got = string(p.Project(b, item(anItem)).AppendJSON(nil))
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}

// TestUpdatesKeepLists checks list actions against Go slices: sets and appends
// by old indexes, then removals by old indexes.
func TestUpdatesKeepLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(0, 5).Draw(t, "length")
		list := attr.Value{Kind: attr.List}
		for i := range length {
			list.Kids = append(list.Kids, attr.Field{Value: attr.Value{Kind: attr.Number, Str: fmt.Sprint(i)}})
		}
		indexes := rapid.SliceOfNDistinct(rapid.IntRange(0, 8), 1, 6, rapid.ID[int]).Draw(t, "indexes")
		var sets, removes []string
		removed, set := map[int]bool{}, map[int]bool{}
		for _, i := range indexes {
			if rapid.Bool().Draw(t, "remove") {
				removes, removed[i] = append(removes, fmt.Sprintf("l[%d]", i)), true
			} else {
				sets, set[i] = append(sets, fmt.Sprintf("l[%d] = :v", i)), true
			}
		}
		var want []string
		for i := range length {
			switch {
			case removed[i]:
			case set[i]:
				want = append(want, "new")
			default:
				want = append(want, fmt.Sprint(i))
			}
		}
		for i := length; i <= 8; i++ {
			if set[i] {
				want = append(want, "new")
			}
		}
		var text string
		var p Placeholders
		if len(sets) > 0 {
			text, p = "SET "+strings.Join(sets, ", "), *given(`:v={"S":"new"}`)
		}
		if len(removes) > 0 {
			text += " REMOVE " + strings.Join(removes, ", ")
		}
		u, err := parseUpdate(text)
		if err != nil {
			t.Fatal(err)
		}
		b, err := u.Bind(&p)
		if err != nil {
			t.Fatal(err)
		}
		after, err := u.Apply(b, attr.Item{{Name: "l", Value: list}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range after.Get("l").Kids {
			got = append(got, k.Value.Str)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%s on %d elements (-want +got):\n%s", text, length, d)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"a = :v AND NOT (b[0].#c < :w OR size(d) IN (:x, e))", "attribute_exists(a) OR contains(b, :v)", "((a))", "a BETWEEN :v AND :w",
		"SET a = if_not_exists(b, :v) + :w, c[1] = list_append(c, :v) REMOVE d.e ADD f :v DELETE g :v", "a, b[1].c, #d", "éa = :v", "a[",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := given(`:v={"N":"1"}`, `:w={"S":"x"}`, `:x={"L":[]}`, "#c=m", "#d=l")
		if c, err := parseCondition("ConditionExpression", text); err == nil {
			if b, err := c.Bind(p); err == nil {
				c.Test(b, item(anItem))
				_, _ = c.KeyRange(b, KeySchema{Hash: "a", Range: "b", HashKind: attr.String, RangeKind: attr.Number})
			}
		}
		if u, err := parseUpdate(text); err == nil {
			if b, err := u.Bind(p); err == nil {
				if after, err := u.Apply(b, item(anItem)); err == nil {
					after.AppendJSON(u.Touched(b, after).AppendJSON(nil))
				}
			}
		}
		if pr, err := parseProjection(text); err == nil {
			if b, err := pr.Bind(p); err == nil {
				pr.Project(b, item(anItem))
			}
		}
	})
}
