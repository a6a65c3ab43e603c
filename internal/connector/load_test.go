package connector

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/automatelanka/automatelanka/internal/credential"
)

// acme is a small connector; PARAMS and MORE stand where tests put what they try.
const acme = `{"type": "n8n-nodes-base.acme", "versions": [1, 2], "name": "Acme", "description": "Acme.", "auth": {"type": "acmeApi"},
	"baseUrl": "https://acme.example", "define": {"values": {"v": "{id}"}},
	"operations": [{"value": "get", "name": "Get", "params": [{"name": "id", "type": "string", "default": ""} PARAMS], "request": {"path": "/a/{id}" MORE}}]}`

func fileSystem(text string) fs.FS {
	return fstest.MapFS{"data/acme.json": {Data: []byte(text)}, "data/common/base.json": {Data: []byte(`{"errorMessage": ["m"]}`)}}
}

func with(params, more string) string {
	return strings.NewReplacer("PARAMS", params, "MORE", more).Replace(acme)
}

func TestGoodFileLoads(t *testing.T) {
	if _, err := load(fileSystem(with("", `, "query": {"a": {"$use": "v"}}`)), "acme"); err != nil {
		t.Fatal(err)
	}
}

// What is wrong with a file is said with the file and where in it.
func TestMistakesAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":             {with("", `, "querry": {}`), "querry"},
		"unknown key deep inside": {with(`, {"name": "x", "type": "string", "colour": 1}`, ""), "colour"},
		"unknown placeholder":     {with("", `, "query": {"a": "{idd}"}`), `no parameter or variable "idd"`},
		"unknown variable":        {with("", `, "query": {"a": "{$jsn.x}"}`), `no parameter or variable "$jsn"`},
		"unknown filter":          {with("", `, "query": {"a": "{id|uper}"}`), `no filter "uper"`},
		"unknown step":            {with("", `, "query": {"a": "{$steps.x}"}`), "no such step"},
		"unknown value":           {with("", `, "query": {"a": {"$use": "w"}}`), `no defined value "w"`},
		"unknown reference":       {with(`, "@list"`, ""), `no defined parameter "@list"`},
		"operator's member":       {with("", `, "query": {"a": {"$if": "{id}", "$than": 1}}`), `no member "$than"`},
		"operator without name":   {with("", `, "query": {"a": {"$then": 1}}`), "no operator"},
		"broken expression":       {with("", `, "query": {"a": "={{ 1 + }}"}`), "invalid syntax"},
		"forbidden expression":    {with("", `, "query": {"a": "={{ $json.constructor }}"}`), "constructor"},
		"broken placeholder":      {with("", `, "query": {"a": "{id|default:{}}"}`), "no placeholder"},
		"credential in a set":     {strings.Replace(with("", ""), `"request": {"path": "/a/{id}" }`, `"steps": [{"set": "{$credentials.x}"}]`, 1), "only stand in URLs"},
		"credential in a query":   {with("", `, "query": {"a": "{$credentials.x}"}`), "only stand in URLs"},
		"path and url":            {with("", `, "url": "https://x"`), "a path or a url"},
		"two bodies":              {with("", `, "body": {}, "form": {}`), "one of body"},
		"broken range":            {with(`, {"name": "x", "type": "string", "versions": "~2"}`, ""), "not a comparison"},
		"no group":                {with(`, {"name": "x", "type": "resourceLocator", "modes": {"url": {"regex": "x"}}}`, ""), "needs a group"},
		"wrong type":              {strings.Replace(with("", ""), `"versions": [1, 2]`, `"versions": "1"`, 1), "versions"},
		"no versions":             {strings.Replace(with("", ""), `"versions": [1, 2], `, ``, 1), "are needed"},
		"head behind the body":    {strings.Replace(strings.Replace(with("", ""), `"auth": {"type": "acmeApi"},`, "", 1), `"operations"`, `"auth": {"type": "acmeApi"}, "operations"`, 1), "must come before"},
		"no authentication":       {strings.Replace(with("", ""), `{"type": "acmeApi"}`, `{}`, 1), "auth needs a type"},
		"twice":                   {strings.Replace(with("", ""), `"operations": [`, `"operations": [{"value": "get", "name": "G", "request": {"path": "/"}},`, 1), "twice for a version"},
		"key to nowhere":          {strings.Replace(with("", ""), `"request"`, `"effect": "keyed", "request"`, 1), "the key is sent nowhere"},
		"no JSON":                 {with("", `,`), "acme.json"},
		"nothing":                 {"", "acme.json"},
		"usage without ai":        {with("", `, "method": "POST", "usage": {"model": "m"}`), `say "ai": true`},
		"ai without usage":        {strings.Replace(with("", ""), `"auth"`, `"ai": true, "auth"`, 1), `say "ai": true`},
		"usage of nothing":        {with("", `, "method": "POST", "usage": {"model": "{mod}"}`), `"mod"`},
		"units without a unit":    {with("", `, "method": "POST", "usage": {"model": "m", "units": "1"}`), "need their unit"},
		"missing base":            {strings.Replace(with("", ""), `"auth"`, `"extend": ["bass"], "auth"`, 1), "bass"},
	} {
		_, err := load(fileSystem(c.text), "acme")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v", name, err)
		}
		if err != nil && !strings.Contains(err.Error(), "acme.json") && name != "missing base" {
			t.Errorf("%s: the error names no file: %v", name, err)
		}
	}
}

// poller is a small trigger; POLL stands where tests put what they try.
const poller = `{"type": "n8n-nodes-base.acmeTrigger", "versions": [1], "name": "Acme Trigger", "description": "Acme.", "group": "trigger", "auth": {"type": "acmeApi"},
	"baseUrl": "https://acme.example", "operations": [{"value": "", "name": "New", "steps": [{"request": {"path": "/a", "query": {"since": "{$poll.since}"}} STEP}] POLL}]}`

func pollerWith(step, poll string) string {
	return strings.NewReplacer("STEP", step, "POLL", poll).Replace(poller)
}

func TestMistakesOfTriggersAreRefused(t *testing.T) {
	good := `, "poll": {"key": "{$value.id}", "at": "{$value.at}", "scope": "{$version}"}`
	if _, err := load(fileSystem(pollerWith(`, "new": {"key": "{$value.id}", "max": 10}`, good)), "acme"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, want string }{
		"no poll":            {pollerWith("", ""), "only triggers poll"},
		"poll of a node":     {strings.Replace(pollerWith("", good), `"group": "trigger", `, "", 1), "group trigger"},
		"neither":            {pollerWith("", `, "poll": {}`), "either key or state"},
		"both":               {pollerWith("", `, "poll": {"key": "{$value.id}", "state": 1}`), "either key or state"},
		"times with a state": {pollerWith("", `, "poll": {"state": 1, "at": "{$value.at}"}`), "neither at, clock nor overlap"},
		"clock without at":   {pollerWith("", `, "poll": {"key": "{$value.id}", "clock": true}`), "needs at"},
		"overlap":            {pollerWith("", `, "poll": {"key": "{$value.id}", "overlap": -1}`), "less than 0"},
		"unknown key":        {pollerWith("", `, "poll": {"kee": "{$value.id}"}`), "kee"},
		"unknown name":       {pollerWith("", `, "poll": {"key": "{id}"}`), `no parameter or variable "id"`},
		"writes":             {strings.Replace(pollerWith("", good), `"path": "/a"`, `"method": "POST", "path": "/a"`, 1), "only reads"},
		"input":              {pollerWith("", good+`, "output": {"input": true}`), "items, each and files alone"},
		"new with a state":   {pollerWith(`, "new": {"key": "{$value.id}", "max": 1}`, `, "poll": {"state": 1}`), "steps of triggers with keys"},
		"new of a node":      {strings.Replace(with("", ""), `"request"`, `"steps": [{"new": {"key": "{$value.id}", "max": 1}, "request": {"path": "/"}}], "requets"`, 1), "acme.json"},
	} {
		_, err := load(fileSystem(c.text), "acme")
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "acme.json") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

func TestExtendGivesWhatIsLeftOut(t *testing.T) {
	s, err := load(fileSystem(strings.Replace(with("", ""), `"auth"`, `"extend": ["base"], "auth"`, 1)), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.file.ErrorMessage) != 1 {
		t.Errorf("the common part is missing: %+v", s.file)
	}
}

// All files of the program load, and their credential types are there.
func TestAllFilesLoad(t *testing.T) {
	list, err := names(embedded)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range list {
		s, err := load(embedded, name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, typ := range s.file.Auth.credentials() {
			if k := credential.Kinds().Get(typ); k == nil || !k.HTTP() {
				t.Errorf("%s.json: the credential type %s does not go into requests", name, typ)
			}
		}
	}
}

// Whatever a file holds, reading it ends with a service or an error.
func FuzzLoad(f *testing.F) {
	f.Add(with("", ""))
	f.Add(with(`, {"name": "x", "type": "collection", "fields": [{"name": "y", "type": "string"}]}`, `, "body": {"...": "{x}", "k": {"$each": "{x.y|split}", "$do": {"v": "{$value!|trim}"}}}`))
	f.Add(with("", `, "query": {"a": "={{ $parameter.id.split(',').map(x => x.trim()) }}", "b": {"$first": ["{id}", {"$concat": [[1], "{id|list}"]}]}}`))
	f.Add(pollerWith(`, "new": {"key": "{$value.id}", "max": 10}`, `, "poll": {"key": "{$value.id}", "at": "{$value.at}", "clock": "{$value.x}", "overlap": 60}`))
	f.Add(pollerWith("", `, "poll": {"state": {"rows": "{$body|count}"}, "scope": "{$parameters|omit:pollTimes|stringify|hash}"}`))
	f.Fuzz(func(t *testing.T, text string) {
		s, err := load(fileSystem(text), "acme")
		if err == nil && (len(s.operations) == 0 || len(s.file.Versions) == 0) {
			t.Errorf("a service without operations or versions")
		}
		if err == nil && (s.file.Group == triggerGroup) != (s.operations[0].def.Poll != nil) {
			t.Errorf("a trigger that does not poll, or a node that does")
		}
		if err != nil && err.Error() == "" {
			t.Errorf("an error that says nothing")
		}
	})
}

// BenchmarkTypes is what the list of node types costs at a function's start: 60
// files of 40 kB.
func BenchmarkTypes(b *testing.B) {
	fsys := fstest.MapFS{}
	for i := range 60 {
		op := `{"value": "op%d", "name": "Op", "params": [{"name": "id", "type": "string", "default": "", "description": "` + strings.Repeat("x", 300) + `"}], "request": {"path": "/a/{id}"}}`
		var ops []string
		for j := range 90 {
			ops = append(ops, fmt.Sprintf(op, j))
		}
		text := strings.Replace(with("", ""), `"operations": [`, `"operations": [`+strings.Join(ops, ",")+",", 1)
		text = strings.Replace(text, "n8n-nodes-base.acme", fmt.Sprintf("n8n-nodes-base.acme%d", i), 1)
		fsys[fmt.Sprintf("data/acme%d.json", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	b.ReportAllocs()
	for b.Loop() {
		types, err := typesOf(fsys)
		if err != nil || len(types) != 60 {
			b.Fatal(len(types), err)
		}
	}
}
