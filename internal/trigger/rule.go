package trigger

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// The node types that are schedules.
const (
	typeSchedule = "n8n-nodes-base.scheduleTrigger"
	typeCron     = "n8n-nodes-base.cron"
	typeInterval = "n8n-nodes-base.interval"
)

// params reads a node's parameters with their defaults. The first problem is kept.
type params struct {
	o   *value.Object
	err error
}

func (p *params) fail(name, text string) {
	if p.err == nil {
		p.err = fmt.Errorf("parameter %s %s", name, text)
	}
}

func (p *params) text(name, def string) string {
	v, ok := p.o.Get(name)
	if !ok || v == nil {
		return def
	}
	switch v := v.(type) {
	case string:
		if strings.HasPrefix(v, "=") {
			p.fail(name, "is an expression; what is registered in advance must be a fixed value")
			return def
		}
		return v
	case float64:
		return value.FormatNumber(v)
	}
	p.fail(name, "is "+value.KindOf(v)+", not text")
	return def
}

func (p *params) int(name string, def int) int {
	t := p.text(name, strconv.Itoa(def))
	n, err := strconv.Atoi(t)
	if err != nil {
		p.fail(name, fmt.Sprintf("is %q, not a whole number", t))
		return def
	}
	return n
}

// objects returns the members of a list parameter; a single object is a list of one.
func objects(v any) []*value.Object {
	var out []*value.Object
	switch v := v.(type) {
	case *value.Object:
		out = append(out, v)
	case []any:
		for _, x := range v {
			if o, ok := x.(*value.Object); ok {
				out = append(out, o)
			}
		}
	}
	return out
}

// timings returns when the node starts runs, or polls; nil if it is no schedule.
func timings(n *workflow.Node, zone string, polls bool) ([]Timing, error) {
	var rules []*value.Object
	var read func(*params, string) (Timing, error)
	switch {
	case polls:
		v, _ := value.Path(n.Parameters, "pollTimes", "item")
		if rules, read = objects(v), cronRule; len(rules) == 0 {
			rules = []*value.Object{value.Obj("mode", "everyMinute")} // n8n's default
		}
	case n.Type == typeSchedule:
		v, _ := value.Path(n.Parameters, "rule", "interval")
		rules, read = objects(v), scheduleRule
	case n.Type == typeCron:
		v, _ := value.Path(n.Parameters, "triggerTimes", "item")
		rules, read = objects(v), cronRule
	case n.Type == typeInterval:
		rules, read = []*value.Object{n.Parameters}, intervalRule
	default:
		return nil, nil
	}
	if len(rules) == 0 { // n8n's default: one rule with nothing set
		rules = []*value.Object{value.NewObject(0)}
	}
	var out []Timing
	for i, o := range rules {
		p := &params{o: o}
		t, err := read(p, zone)
		if p.err != nil {
			err = p.err
		}
		if err != nil {
			return nil, fmt.Errorf("rule %d: %w", i+1, err)
		}
		out = append(out, t)
	}
	if n.Type == typeSchedule && !polls {
		return out, lateness(n, out)
	}
	return out, nil
}

// lateness reads what becomes of ticks that come too late: from version 1.4 the node says it.
func lateness(n *workflow.Node, timings []Timing) error {
	if n.TypeVersion < 1.4 {
		return nil
	}
	p := &params{o: n.Parameters}
	policy, grace := p.text("misfirePolicy", "skip"), p.int("misfireGraceSeconds", 0)
	switch {
	case p.err != nil:
		return p.err
	case policy != "skip" && policy != "coalesce" && policy != "coalesce_owner":
		return fmt.Errorf("parameter misfirePolicy is %q; it can be skip, coalesce or coalesce_owner", policy)
	case policy == "coalesce_owner" && len(timings) > 1:
		return fmt.Errorf("parameter misfirePolicy is coalesce_owner, which is not supported with several rules; choose coalesce, one for each rule, or skip")
	}
	for i := range timings {
		timings[i].Grace, timings[i].Coalesce = max(grace, 0), policy != "skip"
	}
	return nil
}

// scheduleRule reads one rule of the schedule trigger, with n8n's defaults.
func scheduleRule(p *params, zone string) (Timing, error) {
	minute, hour := p.int("triggerAtMinute", 0), p.int("triggerAtHour", 0)
	daily := func(days, weekdays string) (Timing, error) {
		return Cron(fmt.Sprintf("%d %d %s * %s", minute, hour, days, weekdays), zone)
	}
	switch f := p.text("field", "days"); f {
	case "cronExpression":
		return Cron(p.text("expression", ""), zone)
	case "seconds":
		return seconds(p.int("secondsInterval", 30), zone)
	case "minutes":
		return minutes(p.int("minutesInterval", 5), zone)
	case "hours":
		t, err := Cron(fmt.Sprintf("%d * * * *", minute), zone)
		return then(t, err, p.int("hoursInterval", 1), Hours)
	case "days":
		t, err := daily("*", "*")
		return then(t, err, p.int("daysInterval", 1), Days)
	case "weeks":
		t, err := daily("*", weekdays(p.o))
		return then(t, err, p.int("weeksInterval", 1), Weeks)
	case "months":
		t, err := daily(strconv.Itoa(p.int("triggerAtDayOfMonth", 1)), "*")
		return then(t, err, p.int("monthsInterval", 1), Months)
	default:
		return Timing{}, fmt.Errorf("%q is no kind of interval", f)
	}
}

func then(t Timing, err error, n int, unit Unit) (Timing, error) {
	if err != nil {
		return t, err
	}
	return nth(t, n, unit)
}

// weekdays reads triggerAtDay: a list of numbers from 0 (Sunday), Sunday by default.
func weekdays(o *value.Object) string {
	v, _ := o.Get("triggerAtDay")
	var days []string
	switch v := v.(type) {
	case []any:
		for _, d := range v {
			days = append(days, fmt.Sprint(d))
		}
	case float64:
		days = []string{value.FormatNumber(v)}
	}
	if len(days) == 0 {
		return "0"
	}
	return strings.Join(days, ",")
}

// cronRule reads one entry of the old Cron node or of a poll's times, with n8n's
// defaults.
func cronRule(p *params, zone string) (Timing, error) {
	hour, minute := p.int("hour", 14), p.int("minute", 0)
	switch mode := p.text("mode", "everyDay"); mode {
	case "everyMinute":
		return Cron("* * * * *", zone)
	case "everyHour":
		return Cron(fmt.Sprintf("%d * * * *", minute), zone)
	case "everyDay":
		return Cron(fmt.Sprintf("%d %d * * *", minute, hour), zone)
	case "everyWeek":
		return Cron(fmt.Sprintf("%d %d * * %s", minute, hour, p.text("weekday", "1")), zone)
	case "everyMonth":
		return Cron(fmt.Sprintf("%d %d %d * *", minute, hour, p.int("dayOfMonth", 1)), zone)
	case "everyX":
		n := p.int("value", 2)
		if p.text("unit", "hours") == "minutes" {
			return minutes(n, zone)
		}
		t, err := Cron("0 * * * *", zone)
		return then(t, err, n, Hours)
	case "custom":
		return Cron(p.text("cronExpression", ""), zone)
	default:
		return Timing{}, fmt.Errorf("%q is no mode of such times", mode)
	}
}

// intervalRule reads the old Interval node, with n8n's defaults.
func intervalRule(p *params, zone string) (Timing, error) {
	n := p.int("interval", 1)
	switch unit := p.text("unit", "seconds"); unit {
	case "seconds":
		return seconds(n, zone)
	case "minutes", "hours":
		return every(n, unit, zone)
	default:
		return Timing{}, fmt.Errorf("%q is no unit of the Interval node", unit)
	}
}

// minutes follows n8n's cron form: at the minutes of the hour that n divides.
func minutes(n int, zone string) (Timing, error) {
	switch {
	case n == 1:
		return Cron("* * * * *", zone)
	case n > 1 && n < 60:
		return Cron(fmt.Sprintf("*/%d * * * *", n), zone)
	default:
		return every(n, "minutes", zone)
	}
}

func seconds(n int, zone string) (Timing, error) {
	if n < 1 || n%60 != 0 {
		return Timing{}, fmt.Errorf("every %d seconds is not possible: a schedule ticks at whole minutes; use minutes", n)
	}
	return every(n/60, "minutes", zone)
}
