package template

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

var (
	slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	tag  = regexp.MustCompile(`^[a-z0-9]+([ -][a-z0-9]+)*$`)
)

// Validate names everything about the template that is not in order, joined.
func (t *Template) Validate() error {
	var p problems
	p.check(len(t.ID) <= 80 && slug.MatchString(t.ID), "id %q is not a slug (a-z, 0-9, hyphens, at most 80)", t.ID)
	p.check(length(t.Name, 8, 100), "name has %d characters, want 8 to 100", len(t.Name))
	p.check(length(t.Description, 40, 600), "description has %d characters, want 40 to 600", len(t.Description))
	p.check(isCategory(t.Category), "category %q does not exist", t.Category)
	p.list("tags", t.Tags, 2, 12, func(s string) bool { return tag.MatchString(s) })
	p.list("useCases", t.UseCases, 2, 8, func(s string) bool { return length(s, 12, 200) })
	p.list("apps", t.Apps, 0, 12, func(s string) bool { return slug.MatchString(s) })
	w, err := t.Workflow()
	if err != nil {
		return errors.Join(append(p.errs, err)...)
	}
	p.join(w.Validate())
	t.checkWorkflow(&p, w)
	p.check(len(t.Test.Cases) > 0, "test has no case")
	for i := range t.Test.Cases {
		c := &t.Test.Cases[i]
		c.check(&p, w)
	}
	return errors.Join(p.errs...)
}

// problems collects what is wrong.
type problems struct{ errs []error }

func (p *problems) check(ok bool, format string, args ...any) {
	if !ok {
		p.errs = append(p.errs, fmt.Errorf(format, args...))
	}
}

func (p *problems) join(err error) {
	if err != nil {
		p.errs = append(p.errs, err)
	}
}

// list checks the number of entries, each entry, and that none is doubled.
func (p *problems) list(name string, list []string, least, most int, ok func(string) bool) {
	p.check(len(list) >= least && len(list) <= most, "%s has %d entries, want %d to %d", name, len(list), least, most)
	for i, s := range list {
		p.check(ok(s), "%s: %q is not allowed (form or length)", name, s)
		p.check(!slices.Contains(list[:i], s), "%s: %q is there twice", name, s)
	}
}

func length(s string, least, most int) bool {
	n := len([]rune(s))
	return n >= least && n <= most && strings.TrimSpace(s) == s
}

// checkWorkflow checks what a template's workflow must not carry, and that apps
// are those of its nodes.
func (t *Template) checkWorkflow(p *problems, w *workflow.Workflow) {
	p.check(len(w.Nodes) >= 2, "the workflow has %d nodes, want at least a trigger and a step", len(w.Nodes))
	p.check(len(w.PinData) == 0, "the workflow has pinned data; that belongs in the test's mocks")
	p.check(w.ID == "" && !w.Active, "the workflow has an id or is active; a template has neither")
	var apps []string
	for _, n := range w.Nodes {
		if app, ok := search.App(n.Type); ok {
			apps = append(apps, app)
		}
		for kind, ref := range n.Credentials {
			p.check(ref.ID == "" && ref.Name != "", "node %q: credential %s must be a placeholder: an empty id and a name", n.Name, kind)
		}
	}
	for _, app := range apps {
		p.check(slices.Contains(t.Apps, app), "apps lacks %q, which a node uses", app)
	}
}

// check compares the case with the nodes of the workflow.
func (c *Case) check(p *problems, w *workflow.Workflow) {
	at := fmt.Sprintf("test case %q", c.Name)
	p.check(c.Name != "", "a test case has no name")
	node := func(what, name string) {
		p.check(w.Node(name) != nil, "%s: %s names node %q, which does not exist", at, what, name)
	}
	node("start", c.Start.Node)
	if n := w.Node(c.Start.Node); n != nil {
		p.check(len(w.Incoming(n.Name)) == 0, "%s: start node %q has inputs; a run begins at a trigger", at, n.Name)
	}
	for name, m := range c.Mocks {
		node("mocks", name)
		kinds := 0
		for _, n := range []int{len(m.HTTP), len(m.Chat), len(m.Items)} {
			kinds += min(n, 1)
		}
		p.check(kinds == 1, "%s: the mock of %q has %d of http, chat and items, want one", at, name, kinds)
		for _, x := range m.HTTP {
			p.check(len(x.JSON) == 0 || x.Text == "", "%s: the mock of %q answers both JSON and text", at, name)
		}
	}
	switch c.Expect.Status {
	case "", "completed", "waiting":
		p.check(c.Expect.Error == "", "%s: an error is expected of a run that does not fail", at)
	case "failed":
		p.check(c.Expect.Error != "", "%s: the run fails with which error?", at)
	default:
		p.check(false, "%s: status %q is not an end", at, c.Expect.Status)
	}
	p.check(c.Expect.Last != "" || len(c.Expect.Nodes) > 0, "%s: nothing is expected", at)
	if c.Expect.Last != "" {
		node("expect.last", c.Expect.Last)
	}
	for name := range c.Expect.Nodes {
		node("expect.nodes", name)
	}
	for _, name := range c.Expect.NotRun {
		node("expect.notRun", name)
	}
}
