package imap

import (
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// flagRules are the rules of one word, with the flag that each asks for ("-": that
// it is not set). They are RFC 3501's search keys, as node-imap takes them.
var flagRules = map[string]string{
	"ANSWERED": `\Answered`, "DELETED": `\Deleted`, "DRAFT": `\Draft`, "FLAGGED": `\Flagged`, "SEEN": `\Seen`, "RECENT": `\Recent`,
	"UNANSWERED": `-\Answered`, "UNDELETED": `-\Deleted`, "UNDRAFT": `-\Draft`, "UNFLAGGED": `-\Flagged`, "UNSEEN": `-\Seen`, "OLD": `-\Recent`,
}

// maxRules bounds rules within rules.
const maxRules = 100

// parseRules reads node-imap's list of rules, of which all must hold: "UNSEEN",
// "!SEEN", ["SINCE", "May 20, 2010"], ["OR", "UNSEEN", ["SINCE", …]]. No rules
// select every message.
func parseRules(rules []any) (*imap.SearchCriteria, error) {
	p := &ruleParser{left: maxRules}
	all := &imap.SearchCriteria{}
	for _, r := range rules {
		c, err := p.rule(r)
		if err != nil {
			return nil, err
		}
		intersect(all, c)
	}
	return all, nil
}

// intersect adds what c asks for; sizes are merged here, because of several limits
// the narrowest must hold.
func intersect(all, c *imap.SearchCriteria) {
	larger, smaller := max(all.Larger, c.Larger), all.Smaller
	if smaller == 0 || c.Smaller > 0 && c.Smaller < smaller {
		smaller = c.Smaller
	}
	all.And(c)
	all.Larger, all.Smaller = larger, smaller
}

type ruleParser struct{ left int }

func invalid(format string, args ...any) error {
	return fault.New(fault.Invalid, fault.CodeValidation, "Custom Email Rules: "+format, args...)
}

func (p *ruleParser) rule(v any) (*imap.SearchCriteria, error) {
	if p.left--; p.left < 0 {
		return nil, invalid("there are more than %d rules.", maxRules)
	}
	var name string
	var args []any
	switch v := v.(type) {
	case string:
		name = v
	case []any:
		if len(v) > 0 {
			name, _ = v[0].(string)
			args = v[1:]
		}
	}
	name, negated := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(name)), "!")
	c, err := p.named(name, args)
	if err != nil || !negated {
		return c, err
	}
	return &imap.SearchCriteria{Not: []imap.SearchCriteria{*c}}, nil
}

func (p *ruleParser) named(name string, args []any) (*imap.SearchCriteria, error) {
	if flag, ok := flagRules[name]; ok {
		return flagged(flag), nil
	}
	switch name {
	case "ALL":
		return &imap.SearchCriteria{}, nil
	case "NEW":
		return &imap.SearchCriteria{Flag: []imap.Flag{`\Recent`}, NotFlag: []imap.Flag{imap.FlagSeen}}, nil
	case "OR":
		return p.either(args)
	case "NOT":
		return p.negation(args)
	case "HEADER":
		if len(args) != 2 {
			return nil, invalid(`["HEADER", name, value] needs a name and a value.`)
		}
		return header(node.Text(args[0]), node.Text(args[1])), nil
	}
	if len(args) == 0 || name == "" {
		return nil, invalid(`the rule %q is not known, or lacks its value. Rules are a JSON list, for example ["UNSEEN", ["FROM", "ada@example.com"]].`, name)
	}
	return valued(name, node.Text(args[0]), args)
}

func (p *ruleParser) either(args []any) (*imap.SearchCriteria, error) {
	if len(args) != 2 {
		return nil, invalid(`["OR", rule, rule] needs two rules.`)
	}
	var pair [2]imap.SearchCriteria
	for i, a := range args {
		c, err := p.rule(a)
		if err != nil {
			return nil, err
		}
		pair[i] = *c
	}
	return &imap.SearchCriteria{Or: [][2]imap.SearchCriteria{pair}}, nil
}

func (p *ruleParser) negation(args []any) (*imap.SearchCriteria, error) {
	if len(args) != 1 {
		return nil, invalid(`["NOT", rule] needs one rule.`)
	}
	c, err := p.rule(args[0])
	if err != nil {
		return nil, err
	}
	return &imap.SearchCriteria{Not: []imap.SearchCriteria{*c}}, nil
}

func flagged(flag string) *imap.SearchCriteria {
	if bare, ok := strings.CutPrefix(flag, "-"); ok {
		return &imap.SearchCriteria{NotFlag: []imap.Flag{imap.Flag(bare)}}
	}
	return &imap.SearchCriteria{Flag: []imap.Flag{imap.Flag(flag)}}
}

func header(name, v string) *imap.SearchCriteria {
	return &imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: name, Value: v}}}
}

// valued reads the rules that have a value.
func valued(name, text string, args []any) (*imap.SearchCriteria, error) {
	switch name {
	case "FROM", "TO", "CC", "BCC", "SUBJECT":
		return header(name[:1]+strings.ToLower(name[1:]), text), nil
	case "BODY":
		return &imap.SearchCriteria{Body: []string{text}}, nil
	case "TEXT":
		return &imap.SearchCriteria{Text: []string{text}}, nil
	case "KEYWORD":
		return &imap.SearchCriteria{Flag: []imap.Flag{imap.Flag(text)}}, nil
	case "UNKEYWORD":
		return &imap.SearchCriteria{NotFlag: []imap.Flag{imap.Flag(text)}}, nil
	case "LARGER", "SMALLER":
		return size(name, text)
	case "UID":
		return uids(args)
	case "SINCE", "BEFORE", "ON", "SENTSINCE", "SENTBEFORE", "SENTON":
		return dated(name, text)
	}
	return nil, invalid("the rule %q is not supported.", name)
}

func size(name, text string) (*imap.SearchCriteria, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return nil, invalid("%s needs a number of bytes, not %q.", name, text)
	}
	if name == "LARGER" {
		return &imap.SearchCriteria{Larger: n}, nil
	}
	return &imap.SearchCriteria{Smaller: n}, nil
}

// uids reads numbers and ranges ("3", "5:9", "12:*"), each an argument or with commas.
func uids(args []any) (*imap.SearchCriteria, error) {
	var set imap.UIDSet
	for _, a := range args {
		for _, text := range node.SplitNames(node.Text(a)) {
			from, to, ranged := strings.Cut(text, ":")
			first, err := uidOf(from)
			last, err2 := first, error(nil)
			if ranged {
				last, err2 = uidOf(to)
			}
			if err != nil || err2 != nil {
				return nil, invalid("%q is not a UID or a range of UIDs such as 5:9.", text)
			}
			set.AddRange(first, last)
		}
	}
	if len(set) == 0 {
		return nil, invalid("UID needs numbers.")
	}
	return &imap.SearchCriteria{UID: []imap.UIDSet{set}}, nil
}

// uidOf reads one number; "*", the last message, is 0.
func uidOf(text string) (imap.UID, error) {
	if text == "*" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err == nil && n == 0 {
		err = strconv.ErrRange
	}
	return imap.UID(n), err
}

// layouts are the ways in which authors write dates; JavaScript reads them all.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.000", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02", "2006/01/02",
	"January 2, 2006", "Jan 2, 2006", "2 January 2006", "2 Jan 2006", "2-Jan-2006", "01/02/2006", "1/2/2006", time.RFC1123, time.RFC1123Z,
}

func dated(name, text string) (*imap.SearchCriteria, error) {
	var day time.Time
	err := strconv.ErrSyntax
	for _, l := range layouts {
		if day, err = time.Parse(l, strings.TrimSpace(text)); err == nil {
			break
		}
	}
	if err != nil {
		return nil, invalid("%s needs a date such as 2024-05-20, not %q.", name, text)
	}
	next := day.AddDate(0, 0, 1)
	switch name {
	case "SINCE":
		return &imap.SearchCriteria{Since: day}, nil
	case "BEFORE":
		return &imap.SearchCriteria{Before: day}, nil
	case "ON":
		return &imap.SearchCriteria{Since: day, Before: next}, nil
	case "SENTSINCE":
		return &imap.SearchCriteria{SentSince: day}, nil
	case "SENTBEFORE":
		return &imap.SearchCriteria{SentBefore: day}, nil
	}
	return &imap.SearchCriteria{SentSince: day, SentBefore: next}, nil
}
